"""Requests of a batch that write, sort, add or take away cells."""

from collections.abc import Sequence
from typing import Any

from tests.google_double import a1, cells, masks
from tests.google_double.book import Book
from tests.google_double.cells import Content
from tests.google_double.errors import JsonObject, Refused
from tests.google_double.ranges import Rect
from tests.google_double.tab import Tab


def append_cells(book: Book, body: JsonObject) -> None:
    """Below the last row with data of the whole tab, always from column A; rows are added, columns are not.

    Live probes (report section 1): with data down to J11 an append landed in A12; gaps are not filled; a full grid
    grows. Into a native table by its id the answer is 200, the table grows, and the values are silently dropped.
    """
    tab = book.grid_by_id(body.get("sheetId", 0))
    tree = masks.changes(body.get("fields"), "CellData")
    rows: list[JsonObject] = body.get("rows", [])
    if "tableId" in body:
        _grow_table(book, body["tableId"], len(rows))
        return
    top = tab.last_row_with_data(formats_count=book.unproved.format_only_rows_are_data)
    width = max((len(row.get("values", [])) for row in rows), default=0)
    _hold_columns(width, tab.column_count)
    book.check_protection(tab, Rect(top, 0, top + len(rows), width))
    missing = top + len(rows) - tab.row_count
    if missing > 0:
        tab.grow("ROWS", missing)
        book.check_size()
    _write(tab, top, 0, rows, tree)


def _grow_table(book: Book, table_id: str, count: int) -> None:
    for tab in book.tabs:
        for table in tab.tables:
            if table["tableId"] == table_id:
                table["range"]["endRowIndex"] += count
                tab.grow("ROWS", max(0, table["range"]["endRowIndex"] - tab.row_count))
                return
    raise Refused(f"No table with id: {table_id}")


def _hold_columns(end: int, width: int) -> None:
    if end > width:
        raise Refused(f"Attempting to write column: {width}, beyond the last requested column of: {width - 1}")


def _hold_rows(end: int, height: int) -> None:
    if end > height:
        raise Refused(f"Attempting to write row: {height}, beyond the last requested row of: {height - 1}")


def _write(tab: Tab, top: int, left: int, rows: Sequence[JsonObject], tree: masks.Tree) -> None:
    for row, data in enumerate(rows, start=top):
        values: list[Any] = data.get("values", [])
        if values:
            contents = [cells.edited(tab.cell(row, left + i), value, tree) for i, value in enumerate(values)]
            tab.put_row(row, left, contents)


def update_cells(book: Book, body: JsonObject) -> None:
    """Write rows from a start, or over a range whose cells without data are cleared under the mask.

    A write past the grid, or past the range, is refused: "Attempting to write column: 26, beyond the last requested
    column of: 25" is quoted by many who met it.
    """
    tree = masks.changes(body.get("fields"), "CellData")
    rows: list[JsonObject] = body.get("rows", [])
    if "start" in body:
        tab, rect = _started(book, body["start"], rows)
    elif "range" in body:
        tab, rect = a1.rect_of(body["range"], book)
        widest = max((len(row.get("values", [])) for row in rows), default=0)
        _hold_rows(rect.top + len(rows), rect.bottom)
        _hold_columns(rect.left + widest, rect.right)
    else:
        raise Refused("Must specify either start or range.")
    book.check_protection(tab, rect)
    if "range" in body:
        rows = _filled(rows, rect)
    _write(tab, rect.top, rect.left, rows, tree)


def _started(book: Book, start: JsonObject, rows: Sequence[JsonObject]) -> tuple[Tab, Rect]:
    tab = book.grid_by_id(start.get("sheetId", 0))
    top, left = start.get("rowIndex", 0), start.get("columnIndex", 0)
    if top >= tab.row_count:
        raise Refused(f"GridCoordinate.rowIndex[{top}] is after last row in grid[{tab.row_count - 1}]")
    if left >= tab.column_count:
        raise Refused(f"GridCoordinate.columnIndex[{left}] is after last column in grid[{tab.column_count - 1}]")
    width = max((len(row.get("values", [])) for row in rows), default=0)
    _hold_rows(top + len(rows), tab.row_count)
    _hold_columns(left + width, tab.column_count)
    return tab, Rect(top, left, top + len(rows), left + width)


def _filled(rows: Sequence[JsonObject], rect: Rect) -> list[JsonObject]:
    """The rows made as large as the range, with empty cells: what the data does not cover is cleared."""
    width, height = rect.right - rect.left, rect.bottom - rect.top
    filled = []
    for index in range(height):
        values = list(rows[index].get("values", [])) if index < len(rows) else []
        filled.append({"values": values + [{}] * (width - len(values))})
    return filled


def repeat_cell(book: Book, body: JsonObject) -> None:
    """The same cell data in every cell of a range; one that starts past the grid is refused (live probe)."""
    tree = masks.changes(body.get("fields"), "CellData")
    tab, rect = a1.rect_of(body.get("range", {}), book)
    book.check_protection(tab, rect)
    data = body.get("cell", {})
    made: dict[Any, Content] = {}
    for row in range(rect.top, rect.bottom):
        old = [tab.cell(row, column) for column in range(rect.left, rect.right)]
        tab.put_row(row, rect.left, [_shared(content, data, tree, made) for content in old])


def _shared(content: Content, data: JsonObject, tree: masks.Tree, made: dict[Any, Content]) -> Content:
    """Cells that were empty become one and the same object: a format on a whole column costs nothing."""
    if content is not None:
        return cells.edited(content, data, tree)
    if "empty" not in made:
        made["empty"] = cells.edited(None, data, tree)
    return made["empty"]


def set_data_validation(book: Book, body: JsonObject) -> None:
    data = {"dataValidation": body.get("rule")}
    repeat_cell(book, {"range": body.get("range", {}), "cell": data, "fields": "dataValidation"})


def append_dimension(book: Book, body: JsonObject) -> None:
    tab = book.grid_by_id(body.get("sheetId", 0))
    count = body.get("length", 0)
    if count < 1:
        raise Refused(f"length[{count}] must be greater than zero.")
    tab.grow(_dimension(body), count)
    book.check_size()


def insert_dimension(book: Book, body: JsonObject) -> None:
    """New rows or columns; they take the formats before them when asked to, which the very first cannot."""
    tab, start, end = _dimension_range(book, body)
    inherit = body.get("inheritFromBefore", False)
    if inherit and start == 0:
        raise Refused("inheritFromBefore cannot be set to true when inserting at the start of the sheet.")
    if start > tab.count(body["range"]["dimension"]):
        raise Refused(f"startIndex[{start}] is after the end of the sheet.")
    _check_lines(book, tab, body["range"], start, start + 1)
    book.insert(tab, body["range"]["dimension"], start, end - start, inherit=inherit)


def delete_dimension(book: Book, body: JsonObject) -> None:
    tab, start, end = _dimension_range(book, body)
    _check_lines(book, tab, body["range"], start, end)
    book.delete(tab, body["range"]["dimension"], start, end)


def _dimension_range(book: Book, body: JsonObject) -> tuple[Tab, int, int]:
    place = body.get("range", {})
    tab = book.grid_by_id(place.get("sheetId", 0))
    start = place.get("startIndex", 0)
    end = place.get("endIndex", tab.count(_dimension(place)))
    if end <= start:
        raise Refused(f"endIndex[{end}] must be greater than startIndex[{start}].")
    return tab, start, end


def _dimension(body: JsonObject) -> str:
    dimension: str = body.get("dimension", "DIMENSION_UNSPECIFIED")
    if dimension == "DIMENSION_UNSPECIFIED":
        raise Refused("No dimension specified.")
    return dimension


def _check_lines(book: Book, tab: Tab, place: JsonObject, start: int, end: int) -> None:
    whole = tab.grid()
    rows = place["dimension"] == "ROWS"
    rect = Rect(start, 0, end, whole.right) if rows else Rect(0, start, whole.bottom, end)
    book.check_protection(tab, rect)


def sort_range(book: Book, body: JsonObject) -> None:
    tab, rect = a1.rect_of(body.get("range", {}), book)
    book.check_protection(tab, rect)
    specs = [
        (spec.get("dimensionIndex", 0), spec.get("sortOrder") == "DESCENDING") for spec in body.get("sortSpecs", [])
    ]
    book.sort(tab, rect, specs)


def update_dimension_properties(book: Book, body: JsonObject) -> None:
    tab, start, end = _dimension_range(book, body)
    tree = masks.changes(body.get("fields"), "DimensionProperties")
    known = tab.dimensions[body["range"]["dimension"]]
    for index in range(start, end):
        properties = dict(known.get(index, {}))
        masks.apply(properties, body.get("properties", {}), tree)
        known[index] = {name: value for name, value in properties.items() if value}


def auto_resize_dimensions(book: Book, body: JsonObject) -> None:
    """Widths are not measured here; a range that does not exist is refused as elsewhere."""
    _dimension_range(book, {"range": body.get("dimensions", {})})


HANDLERS = {
    "appendCells": append_cells,
    "updateCells": update_cells,
    "repeatCell": repeat_cell,
    "appendDimension": append_dimension,
    "insertDimension": insert_dimension,
    "deleteDimension": delete_dimension,
    "sortRange": sort_range,
    "updateDimensionProperties": update_dimension_properties,
    "setDataValidation": set_data_validation,
    "autoResizeDimensions": auto_resize_dimensions,
}
