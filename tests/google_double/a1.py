"""Ranges as people write them: ``'Tab name'!A1:C``, a bare tab name, a named range."""

import re
from dataclasses import dataclass

from tests.google_double.book import Book
from tests.google_double.errors import ApiError, JsonObject, Refused, invalid
from tests.google_double.ranges import Rect, column_of, letters
from tests.google_double.tab import Tab

_CELL = r"\$?([A-Za-z]{1,3})?\$?([1-9]\d*)?"
_PLACE = re.compile(rf"{_CELL}(?::{_CELL})?")
_PLAIN_TITLE = re.compile(r"[^\W\d]\w*")
_LOOKS_LIKE_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]")


@dataclass(frozen=True)
class Area:
    """A place on a tab as it was asked for; an end that is None is open."""

    tab: Tab
    top: int
    left: int
    bottom: int | None
    right: int | None
    whole: bool = False
    """Only a tab was named."""
    single: bool = False
    """Only one cell was named: where writing starts, not where it ends."""

    def rect(self) -> Rect:
        """The part of it that is on the grid; one that starts outside is refused (live probe, plan 020)."""
        tab = self.tab
        if self.top >= tab.row_count or self.left >= tab.column_count:
            raise self.outside()
        bottom = tab.row_count if self.bottom is None else min(self.bottom, tab.row_count)
        right = tab.column_count if self.right is None else min(self.right, tab.column_count)
        return Rect(self.top, self.left, bottom, right)

    def outside(self) -> ApiError:
        return invalid(outside(self.tab, self.top, self.left, self.bottom, self.right))


def outside(tab: Tab, top: int, left: int, bottom: int | None, right: int | None) -> str:
    name = f"{quoted(tab.title)}!{_named(top, left, bottom, right)}"
    return f"Range ({name}) exceeds grid limits. Max rows: {tab.row_count}, max columns: {tab.column_count}"


def _named(top: int, left: int, bottom: int | None, right: int | None) -> str:
    if bottom == top + 1 and right == left + 1:
        return f"{letters(left)}{top + 1}"
    end = ("" if right is None else letters(right - 1)) + ("" if bottom is None else str(bottom))
    return f"{letters(left)}{top + 1}" + (f":{end}" if end else "")


def quoted(title: str) -> str:
    """A title as it is echoed: in quotes only when it needs them (recorded: ``Sheet1!A1``, ``'D3'!A1:D1``)."""
    if _PLAIN_TITLE.fullmatch(title) and not _LOOKS_LIKE_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def name_of(tab: Tab, rect: Rect) -> str:
    return f"{quoted(tab.title)}!{_named(rect.top, rect.left, rect.bottom, rect.right)}"


def parse(text: str, book: Book) -> Area:
    """Read a range, or answer ``Unable to parse range`` as Google does."""
    try:
        return _parsed(text, book)
    except (KeyError, ValueError):
        raise invalid(f"Unable to parse range: {text}") from None


def _parsed(text: str, book: Book) -> Area:
    title, bang, place = _split(text)
    if bang:
        tab = _grid(book, title)
        return _area(tab, place) or _named_area(place, book)
    if text.startswith("'"):
        return _whole(_grid(book, title))
    if any(named["name"] == text for named in book.named_ranges):
        return _named_area(text, book)
    first = next(tab for tab in book.tabs if tab.is_grid)
    return _area(first, text) or _whole(_grid(book, text))


def _split(text: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"'((?:[^']|'')*)'(!?)(.*)", text, re.DOTALL)
    if found:
        if found[3] and not found[2]:
            raise ValueError(text)
        return found[1].replace("''", "'"), found[2], found[3]
    title, bang, place = text.partition("!")
    return title, bang, place


def _grid(book: Book, title: str) -> Tab:
    tab = book.tab(title)
    if not tab.is_grid:
        raise KeyError(title)
    return tab


def _whole(tab: Tab) -> Area:
    return Area(tab, 0, 0, None, None, whole=True)


def _named_area(name: str, book: Book) -> Area:
    for named in book.named_ranges:
        if named["name"] == name:
            return grid_area(named["range"], book)
    raise KeyError(name)


def _area(tab: Tab, place: str) -> Area | None:
    found = _PLACE.fullmatch(place)
    if found is None or not place:
        return None
    first_column, first_row, last_column, last_row = found.groups()
    if ":" not in place:
        if not (first_column and first_row):
            return None
        top, left = int(first_row) - 1, column_of(first_column)
        return Area(tab, top, left, top + 1, left + 1, single=True)
    top, bottom = _span(_row(first_row), _row(last_row))
    left, right = _span(_column(first_column), _column(last_column))
    return Area(tab, top, left, bottom, right)


def _row(text: str | None) -> int | None:
    return None if text is None else int(text) - 1


def _column(text: str | None) -> int | None:
    return None if text is None else column_of(text)


def _span(first: int | None, last: int | None) -> tuple[int, int | None]:
    """From two ends in any order (recorded: ``D4:A1``) to a half open span; an end that is missing is open."""
    if first is None or last is None:
        return (first if first is not None else last if last is not None else 0), None
    return min(first, last), max(first, last) + 1


def grid_area(place: JsonObject, book: Book) -> Area:
    """A GridRange as an area; a missing ``sheetId`` is 0."""
    tab = book.grid_by_id(place.get("sheetId", 0))
    bounds = [place.get(name) for name in ("startRowIndex", "startColumnIndex", "endRowIndex", "endColumnIndex")]
    top, left, bottom, right = bounds
    if (bottom is not None and bottom < (top or 0)) or (right is not None and right < (left or 0)):
        raise Refused(f"range {place} ends before it starts.")
    return Area(tab, top or 0, left or 0, bottom, right)


def rect_of(place: JsonObject, book: Book) -> tuple[Tab, Rect]:
    """A GridRange of a request, held to the grid as repeatCell was seen to hold it."""
    area = grid_area(place, book)
    try:
        return area.tab, area.rect()
    except ApiError as error:
        raise Refused(error.message) from None
