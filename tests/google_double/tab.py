"""One tab of a spreadsheet: its grid of cells, and what hangs on it."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.google_double import ranges
from tests.google_double.cells import Cell, Content, Formula, Value, value_of
from tests.google_double.errors import JsonObject, Refused
from tests.google_double.formats import calculated
from tests.google_double.ranges import Rect

COUNTS = {"ROWS": "rowCount", "COLUMNS": "columnCount"}
FROZEN = {"ROWS": "frozenRowCount", "COLUMNS": "frozenColumnCount"}
WORD = {"ROWS": "row", "COLUMNS": "column"}


@dataclass
class Tab:
    """A tab; `rows` may be shorter than the grid, and each row shorter than its width: the rest is empty.

    A row that is in `rows` is never changed, only replaced, so a copy of a tab shares all of them.
    """

    properties: JsonObject
    rows: list[Sequence[Content]] = field(default_factory=list)
    dimensions: dict[str, dict[int, JsonObject]] = field(default_factory=lambda: {"ROWS": {}, "COLUMNS": {}})
    conditional_formats: list[JsonObject] = field(default_factory=list)
    charts: list[JsonObject] = field(default_factory=list)
    protected: list[JsonObject] = field(default_factory=list)
    tables: list[JsonObject] = field(default_factory=list)
    merges: list[JsonObject] = field(default_factory=list)
    basic_filter: JsonObject | None = None

    def copy(self) -> "Tab":
        return replace(
            self,
            properties=copy.deepcopy(self.properties),
            rows=list(self.rows),
            dimensions=copy.deepcopy(self.dimensions),
            conditional_formats=copy.deepcopy(self.conditional_formats),
            charts=copy.deepcopy(self.charts),
            protected=copy.deepcopy(self.protected),
            tables=copy.deepcopy(self.tables),
            merges=copy.deepcopy(self.merges),
            basic_filter=copy.deepcopy(self.basic_filter),
        )

    @property
    def id(self) -> int:
        number: int = self.properties["sheetId"]
        return number

    @property
    def title(self) -> str:
        text: str = self.properties["title"]
        return text

    @property
    def is_grid(self) -> bool:
        return "gridProperties" in self.properties

    @property
    def row_count(self) -> int:
        return self.count("ROWS")

    @property
    def column_count(self) -> int:
        return self.count("COLUMNS")

    def count(self, dimension: str) -> int:
        number: int = self.properties.get("gridProperties", {}).get(COUNTS[dimension], 0)
        return number

    def frozen(self, dimension: str) -> int:
        number: int = self.properties["gridProperties"].get(FROZEN[dimension], 0)
        return number

    def grid(self) -> Rect:
        return Rect(0, 0, self.row_count, self.column_count)

    def cell(self, row: int, column: int) -> Content:
        cells = self.rows[row] if row < len(self.rows) else ()
        return cells[column] if column < len(cells) else None

    def value(self, row: int, column: int) -> Value:
        return calculated(value_of(self.cell(row, column)))

    def cells(self, rect: Rect) -> Iterator[tuple[int, int, Content]]:
        for row in range(rect.top, rect.bottom):
            for column in range(rect.left, rect.right):
                yield row, column, self.cell(row, column)

    def put_row(self, row: int, left: int, contents: Sequence[Content]) -> None:
        """Write cells beside each other; nothing outside the grid gets here."""
        old = list(self.rows[row]) if row < len(self.rows) else []
        old += [None] * (left + len(contents) - len(old))
        old[left : left + len(contents)] = contents
        while old and old[-1] is None:
            old.pop()
        self.rows += [()] * (row + 1 - len(self.rows))
        self.rows[row] = old

    def put(self, row: int, column: int, content: Content) -> None:
        self.put_row(row, column, [content])

    def last_row_with_data(self, *, formats_count: bool = False) -> int:
        """The number of rows down to the last that holds anything, in any column; a formula or FALSE is data."""
        for index in range(len(self.rows), 0, -1):
            for content in self.rows[index - 1]:
                if content is not None and (formats_count or value_of(content) is not None):
                    return index
        return 0

    def grow(self, dimension: str, count: int) -> None:
        self.properties["gridProperties"][COUNTS[dimension]] += count

    def insert(self, dimension: str, at: int, count: int, *, inherit: bool = False) -> None:
        self.grow(dimension, count)
        if dimension == "ROWS":
            if at < len(self.rows):
                self.rows[at:at] = [self._bare_row(at - 1) if inherit else () for _ in range(count)]
        else:
            self.rows = [[*row[:at], *[None] * count, *row[at:]] if at < len(row) else row for row in self.rows]
        self._shift(dimension, at, count)

    def _bare_row(self, row: int) -> Sequence[Content]:
        """The formats of a row without what stands in it."""
        source = self.rows[row] if 0 <= row < len(self.rows) else ()
        return [Cell(None, cell.format) if isinstance(cell, Cell) and cell.format else None for cell in source]

    def delete(self, dimension: str, start: int, end: int) -> None:
        """Take rows or columns out; Google keeps at least one that is not frozen."""
        total = self.count(dimension)
        word = WORD[dimension]
        if end > total:
            sentence = f"Cannot delete a {word} that doesn't exist. Tried to delete {word} index {max(start, total)}"
            raise Refused(f"{sentence} but there are only {total} {word}s.")
        frozen = self.frozen(dimension)
        if total - (end - start) <= frozen - max(0, min(end, frozen) - start):
            raise Refused(f"Sorry, it is not possible to delete all non-frozen {word}s.")
        self.cut(dimension, start, end)
        if start < frozen:
            self.properties["gridProperties"][FROZEN[dimension]] = frozen - (min(end, frozen) - start)

    def cut(self, dimension: str, start: int, end: int) -> None:
        self.grow(dimension, start - end)
        if dimension == "ROWS":
            del self.rows[start:end]
        else:
            self.rows = [[*row[:start], *row[end:]] if start < len(row) else row for row in self.rows]
        self._shift(dimension, start, start - end)

    def resize(self, dimension: str, count: int) -> None:
        total = self.count(dimension)
        if count < total:
            self.cut(dimension, count, total)
        else:
            self.grow(dimension, count - total)

    def _shift(self, dimension: str, at: int, count: int) -> None:
        where = (self.id, dimension, at, count)
        self.conditional_formats = ranges.shifted(self.conditional_formats, *where)
        self.charts = ranges.shifted(self.charts, *where)
        self.protected = ranges.shifted(self.protected, *where)
        self.tables = ranges.shifted(self.tables, *where)
        self.merges = ranges.shifted(self.merges, *where)
        self.basic_filter = ranges.shifted(self.basic_filter, *where)
        kept = self.dimensions[dimension]
        gone = range(at, at - count) if count < 0 else range(0)
        moved = {index + count if index >= at else index: kept[index] for index in kept if index not in gone}
        self.dimensions[dimension] = moved

    def sort(self, rect: Rect, specs: Sequence[tuple[int, bool]]) -> list[int]:
        """Sort the rows of a rectangle by (column, descending); answers where each row came from."""
        order = list(range(rect.top, rect.bottom))
        for column, descending in reversed(specs):
            filled = [row for row in order if self.value(row, column) is not None]
            blank = [row for row in order if self.value(row, column) is None]
            order = sorted(filled, key=lambda row: _rank(self.value(row, column)), reverse=descending) + blank
        cells = [[self.cell(row, column) for column in range(rect.left, rect.right)] for row in order]
        for row, contents in enumerate(cells, start=rect.top):
            self.put_row(row, rect.left, contents)
        return order


def _rank(value: Value) -> tuple[int, float, str]:
    """Numbers before text before FALSE before TRUE."""
    if isinstance(value, bool):
        return (2, float(value), "")
    if isinstance(value, int | float):
        return (0, value, "")
    return (1, 0.0, str(value or "").casefold())


def row_of(values: Sequence[Value]) -> list[Content]:
    """Plain Python values as a row: what begins with ``=`` is a formula, as if a person had typed it."""
    return [Formula(value) if isinstance(value, str) and value.startswith("=") else value for value in values]
