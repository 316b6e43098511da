"""Places on a grid: letters of columns, rectangles, and ranges that move when rows or columns come and go.

A GridRange is half open and counted from 0; a missing index means unbounded. Google leaves ``sheetId`` out of a range
when it is 0 (recorded: CellTest.test_define_named_range.json).
"""

from dataclasses import dataclass
from typing import Any

from tests.google_double.errors import JsonObject

GRID = {"sheetId", "startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"}
DIMENSION = {"sheetId", "dimension", "startIndex", "endIndex"}
COORDINATE = {"sheetId", "rowIndex", "columnIndex"}
AXIS = {"ROWS": ("startRowIndex", "endRowIndex"), "COLUMNS": ("startColumnIndex", "endColumnIndex")}
RANGE_NAMES = {"range", "ranges", "sources", "unprotectedRanges"}


@dataclass(frozen=True, slots=True)
class Rect:
    """Rows top to bottom and columns left to right, half open."""

    top: int
    left: int
    bottom: int
    right: int

    def meets(self, other: "Rect") -> bool:
        rows = self.top < other.bottom and other.top < self.bottom
        return rows and self.left < other.right and other.left < self.right

    def holds(self, other: "Rect") -> bool:
        rows = self.top <= other.top and other.bottom <= self.bottom
        return rows and self.left <= other.left and other.right <= self.right


def letters(column: int) -> str:
    """0 is A, 26 is AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def column_of(text: str) -> int:
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def is_grid(value: Any, name: str = "") -> bool:
    """Whether this JSON is a GridRange; one that names only its tab is known by the name it stands under."""
    if not isinstance(value, dict) or not set(value) <= GRID:
        return False
    return bool(set(value) - {"sheetId"}) or name in RANGE_NAMES


def is_dimension(value: Any) -> bool:
    return isinstance(value, dict) and "dimension" in value and set(value) <= DIMENSION


def stored(value: Any, name: str = "") -> Any:
    """A thing as it is given back: no ``sheetId: 0`` in ranges, no zeros in coordinates."""
    if isinstance(value, list):
        return [stored(item, name) for item in value]
    if not isinstance(value, dict):
        return value
    if is_grid(value, name) or is_dimension(value):
        return {key: item for key, item in value.items() if key != "sheetId" or item != 0}
    if value and set(value) <= COORDINATE and set(value) != {"sheetId"}:
        return {key: item for key, item in value.items() if item != 0}
    return {key: stored(item, key) for key, item in value.items()}


def shifted(value: Any, sheet_id: int, dimension: str, at: int, count: int) -> Any:
    """The same JSON after `count` rows or columns came in at `at` (or went from there, when negative).

    A range that is wholly gone becomes None, and so does what only stands on such a range.
    """
    if isinstance(value, list):
        items = [shifted(item, sheet_id, dimension, at, count) for item in value]
        return [item for item in items if item is not None]
    if not isinstance(value, dict):
        return value
    if is_grid(value) and value.get("sheetId", 0) == sheet_id:
        return _moved(value, AXIS[dimension], at, count)
    if is_dimension(value) and value.get("sheetId", 0) == sheet_id and value["dimension"] == dimension:
        return _moved(value, ("startIndex", "endIndex"), at, count)
    moved = {key: shifted(item, sheet_id, dimension, at, count) for key, item in value.items()}
    groundless = any(moved[key] is None for key in ("range", "dimensionRange", "location") if key in moved)
    if groundless or (value.get("ranges") and not moved["ranges"]):
        return None
    return {key: item for key, item in moved.items() if item is not None}


def _moved(value: JsonObject, names: tuple[str, str], at: int, count: int) -> JsonObject | None:
    first, last = names
    start, end = value.get(first, 0), value.get(last)
    new_start = _after(start, at, count, is_end=False)
    new_end = None if end is None else _after(end, at, count, is_end=True)
    if new_end is not None and end is not None and new_end <= new_start and end > start:
        return None
    moved = dict(value)
    if first in value or new_start:
        moved[first] = new_start
    if new_end is not None:
        moved[last] = new_end
    return moved


def _after(index: int, at: int, count: int, *, is_end: bool) -> int:
    if count >= 0:
        passed = index > at if is_end else index >= at
        return index + count if passed else index
    gone = at - count
    return index if index <= at else max(at, index + count) if index >= gone else at
