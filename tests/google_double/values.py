"""The values.* methods: plain values in and out of ranges in A1 notation.

Left out of an answer, as in the recordings: empty cells at the end of a row, empty rows at the end, and the whole
``values`` when there are none. ``null`` on the way in leaves a cell alone, ``""`` empties it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.google_double import a1, cells, formats
from tests.google_double.a1 import Area
from tests.google_double.book import Book
from tests.google_double.errors import ApiError, JsonObject, Refused, invalid
from tests.google_double.ranges import Rect, letters
from tests.google_double.tab import Tab


@dataclass(frozen=True)
class Rendering:
    """How values come back."""

    value: str = "FORMATTED_VALUE"
    dates: str = "SERIAL_NUMBER"
    major: str = "ROWS"


def get(book: Book, text: str, how: Rendering) -> JsonObject:
    area = a1.parse(text, book)
    return _value_range(book, area.tab, area.rect(), how)


def _value_range(book: Book, tab: Tab, rect: Rect, how: Rendering) -> JsonObject:
    made: JsonObject = {"range": a1.name_of(tab, rect), "majorDimension": how.major}
    rows = [
        [formats.rendered(tab.cell(row, column), how.value, how.dates, book.locale) for column in columns]
        for row, columns in _extent(tab, rect)
    ]
    if how.major == "COLUMNS":
        width = max(map(len, rows), default=0)
        rows = [[row[column] if column < len(row) else "" for row in rows] for column in range(width)]
    found = _trimmed(rows)
    return made | {"values": found} if found else made


def _extent(tab: Tab, rect: Rect) -> list[tuple[int, range]]:
    return [
        (row, range(rect.left, min(rect.right, len(tab.rows[row]))))
        for row in range(rect.top, min(rect.bottom, len(tab.rows)))
    ]


def _trimmed(rows: list[list[Any]]) -> list[list[Any]]:
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def batch_get(book: Book, texts: Sequence[str], how: Rendering) -> JsonObject:
    found = [get(book, text, how) for text in texts]
    return {"spreadsheetId": book.id, "valueRanges": found} if found else {"spreadsheetId": book.id}


def update(book: Book, text: str, body: JsonObject, option: str | None) -> JsonObject:
    """Write one range, all or nothing."""
    if body.get("range", text) != text and a1.parse(body["range"], book) != a1.parse(text, book):
        raise invalid(f"Request range[{text}] does not match value's range[{body['range']}]")
    area = a1.parse(text, book)
    rows = _rows(body)
    rect = _target(area, rows)
    _write(book, area.tab, rect, rows, _checked(option))
    return _updated(book, area.tab, rect, rows)


def _checked(option: str | None) -> str:
    if option not in {"RAW", "USER_ENTERED"}:
        raise invalid("'valueInputOption' is required but not specified")
    return option


def _rows(body: JsonObject) -> list[list[Any]]:
    rows = body.get("values", [])
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if isinstance(value, dict | list):
                kind = "struct_value" if isinstance(value, dict) else "list_value"
                raise invalid(f"Invalid values[{i}][{j}]: {kind} {{\n}}\n")
    if body.get("majorDimension") == "COLUMNS":
        height = max(map(len, rows), default=0)
        return [[column[i] if i < len(column) else None for column in rows] for i in range(height)]
    return list(rows)


def _target(area: Area, rows: list[list[Any]]) -> Rect:
    """Where values land: from one cell or a whole tab they run on to the edge of the grid, from a range to its end."""
    place = area.rect()
    tab = area.tab
    height, width = len(rows), max(map(len, rows), default=0)
    bottom, right = place.top + height, place.left + width
    if area.single or area.whole:
        if bottom > tab.row_count or right > tab.column_count:
            raise invalid(a1.outside(tab, place.top, place.left, bottom, right))
    elif right > place.right or bottom > place.bottom:
        wide = right > place.right
        beyond = f"column [{letters(place.right)}]" if wide else f"row [{place.bottom + 1}]"
        asked = a1.name_of(tab, place)
        raise invalid(f"Requested writing within range [{asked}], but tried writing to {beyond}")
    return Rect(place.top, place.left, bottom, right)


def _write(book: Book, tab: Tab, rect: Rect, rows: list[list[Any]], option: str) -> None:
    try:
        book.check_protection(tab, rect)
        for index, row in enumerate(rows, start=rect.top):
            old = [tab.cell(index, rect.left + i) for i in range(len(row))]
            pairs = zip(old, row, strict=True)
            if row:
                tab.put_row(index, rect.left, [_typed(content, value, option, book.locale) for content, value in pairs])
    except Refused as refusal:
        raise invalid(str(refusal)) from None


def _typed(content: cells.Content, value: Any, option: str, locale: str) -> cells.Content:
    if value is None:
        return content
    if value == "":
        return cells.with_value(content, None)
    checked = cells.checked(value)
    return cells.with_value(content, checked) if option == "RAW" else formats.entered(content, checked, locale)


def _updated(book: Book, tab: Tab, rect: Rect, rows: list[list[Any]]) -> JsonObject:
    """The counts leave out what was null (recorded: test_update_cells_noncontiguous)."""
    made = {"spreadsheetId": book.id, "updatedRange": a1.name_of(tab, rect if rows else Rect(0, 0, 1, 1))}
    cells_written = [(i, j) for i, row in enumerate(rows) for j, value in enumerate(row) if value is not None]
    counts = {
        "updatedRows": len({row for row, _ in cells_written}),
        "updatedColumns": len({column for _, column in cells_written}),
        "updatedCells": len(cells_written),
    }
    return made | {name: count for name, count in counts.items() if count}


def batch_update(book: Book, body: JsonObject) -> JsonObject:
    """Several ranges, together or not at all (live probe); the counts are of different rows and columns."""
    replies: list[JsonObject] = []
    touched: set[tuple[int, str, int]] = set()
    for index, data in enumerate(body.get("data", [])):
        try:
            replies.append(update(book, data.get("range", ""), data, body.get("valueInputOption")))
        except ApiError as error:
            raise invalid(f"Invalid data[{index}]: {error.message}") from None
        area = a1.parse(data["range"], book)
        rect = _target(area, _rows(data))
        touched |= {(area.tab.id, "row", row) for row in range(rect.top, rect.bottom)}
        touched |= {(area.tab.id, "column", column) for column in range(rect.left, rect.right)}
    return {
        "spreadsheetId": book.id,
        "totalUpdatedRows": sum(kind == "row" for _, kind, _ in touched),
        "totalUpdatedColumns": sum(kind == "column" for _, kind, _ in touched),
        "totalUpdatedCells": sum(reply.get("updatedCells", 0) for reply in replies),
        "totalUpdatedSheets": len({number for number, _, _ in touched}),
        "responses": replies,
    }


def clear(book: Book, text: str) -> JsonObject:
    return {"spreadsheetId": book.id, "clearedRange": _cleared(book, text)}


def batch_clear(book: Book, body: JsonObject) -> JsonObject:
    names = [_cleared(book, text) for text in body.get("ranges", [])]
    return {"spreadsheetId": book.id, "clearedRanges": names}


def _cleared(book: Book, text: str) -> str:
    area = a1.parse(text, book)
    rect = area.rect()
    try:
        book.check_protection(area.tab, rect)
    except Refused as refusal:
        raise invalid(str(refusal)) from None
    for row, columns in _extent(area.tab, rect):
        if columns:
            empty = [cells.with_value(area.tab.cell(row, column), None) for column in columns]
            area.tab.put_row(row, rect.left, empty)
    return a1.name_of(area.tab, rect)


def append(book: Book, text: str, body: JsonObject, option: str | None, insert: str | None) -> JsonObject:
    """After the block of cells that the range touches, from that block's first column.

    This is the method that lands in a wrong column: for a row ``x, "", z`` Google itself answered the table
    ``Sheet1!C1`` and wrote to C2 (recorded: test_append_row_with_empty_value).
    """
    area = a1.parse(text, book)
    tab, rows = area.tab, _rows(body)
    table = _table(tab, area.rect())
    top, left = (table.bottom, table.left) if table else (area.rect().top, area.rect().left)
    rect = Rect(top, left, top + len(rows), left + max(map(len, rows), default=0))
    if insert == "INSERT_ROWS" and table and top < tab.row_count:
        book.insert(tab, "ROWS", top, len(rows))
    tab.grow("ROWS", max(0, rect.bottom - tab.row_count))
    tab.grow("COLUMNS", max(0, rect.right - tab.column_count))
    _sized(book.check_size)
    _write(book, tab, rect, rows, _checked(option))
    made: JsonObject = {"spreadsheetId": book.id}
    if table:
        made["tableRange"] = a1.name_of(tab, table)
    return made | {"updates": _updated(book, tab, rect, rows)}


def _sized(check: Callable[[], None]) -> None:
    try:
        check()
    except Refused as refusal:
        raise invalid(str(refusal)) from None


def _table(tab: Tab, rect: Rect) -> Rect | None:
    """The block around the last filled cell of a range: it grows while a neighbour of its border is filled."""
    last = _last_filled(tab, rect)
    if last is None:
        return None
    row, column = last
    block = Rect(row, column, row + 1, column + 1)
    while True:
        wider = Rect(block.top - 1, block.left - 1, block.bottom + 1, block.right + 1)
        filled = [(r, c) for r, c, content in _border(tab, wider, block) if cells.value_of(content) is not None]
        if not filled:
            return block
        rows, columns = [r for r, _ in filled], [c for _, c in filled]
        block = Rect(
            min(block.top, *rows), min(block.left, *columns), max(block.bottom, *(r + 1 for r in rows)),
            max(block.right, *(c + 1 for c in columns)),
        )  # fmt: skip


def _border(tab: Tab, outer: Rect, inner: Rect) -> list[tuple[int, int, cells.Content]]:
    rows = range(max(0, outer.top), outer.bottom)
    columns = range(max(0, outer.left), outer.right)
    around = [(r, c) for r in rows for c in columns if not inner.holds(Rect(r, c, r + 1, c + 1))]
    return [(r, c, tab.cell(r, c)) for r, c in around]


def _last_filled(tab: Tab, rect: Rect) -> tuple[int, int] | None:
    for row in range(min(rect.bottom, len(tab.rows)) - 1, rect.top - 1, -1):
        for column in range(min(rect.right, len(tab.rows[row])) - 1, rect.left - 1, -1):
            if cells.value_of(tab.cell(row, column)) is not None:
                return row, column
    return None
