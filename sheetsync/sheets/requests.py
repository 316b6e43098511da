"""A change as the body of one Sheets ``batchUpdate``. Pure: the same change on the same sheet is the same bytes.

Google applies all requests of a body in their order, or none:
https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/batchUpdate
The first one makes a marker under an id that Google gives out once; with it the body is refused when it comes again,
or when somebody else has committed on the same revision.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import msgspec

from sheetsync.errors import SheetError
from sheetsync.model import Entry, Kind, Mark, Row, Value
from sheetsync.sheets import Change, layout
from sheetsync.sheets.grid import AccountsGrid, RowsGrid, serial
from sheetsync.sheets.spreadsheet import DATES_KEY, MARKER_BASE, MARKER_KEY, MOST_COLUMNS, Spreadsheet, Tab

Request = dict[str, Any]
T = TypeVar("T")

MOST_ROWS = 1_000
"""Rows in one body."""
MOST_BYTES = 1_500_000
"""Of the changes in one body; empty cells come on top, and 2 MB is what Google recommends for the whole."""
MOST_TEXT = 50_000
"""Characters in a cell, the last that Google takes; one more, and the whole body is refused."""
_MARKERS = 50
_EXACT = 2**53
_FORMATS = {
    "date": {"type": "DATE", "pattern": "yyyy-mm-dd"},
    "moment": {"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm:ss"},
}
CELL_FIELDS = "userEnteredValue,userEnteredFormat.numberFormat"
"""What of a cell is written; its colours and all else stay as they are."""


def cell(value: Value) -> Request:
    """A cell that holds a value.

    Args:
        value: Text is never understood as a formula, a number or a date, and cut where Google's limit is. A number
            that a spreadsheet cannot hold exactly becomes text.
    """
    if isinstance(value, str):
        return {"userEnteredValue": {"stringValue": _cut(layout.plain(value))}} if value else {}
    if isinstance(value, bool):
        return {"userEnteredValue": {"boolValue": value}}
    if isinstance(value, date):
        style = _FORMATS["moment" if isinstance(value, datetime) else "date"]
        return {"userEnteredValue": {"numberValue": serial(value)}, "userEnteredFormat": {"numberFormat": style}}
    if not abs(value) <= _EXACT:
        return cell(str(value))
    return {"userEnteredValue": {"numberValue": value}}


def _cut(text: str) -> str:
    return (
        text if len(text) * 2 <= MOST_TEXT else text.encode("utf-16-le")[: MOST_TEXT * 2].decode("utf-16-le", "ignore")
    )


def parts(change: Change) -> list[Change]:
    """A change cut into as few as may each be one body; marks come last, when their rows are there."""
    rows = _cut_by_size(change.rows, layout.cells, MOST_ROWS)
    marks = _cut_by_size(change.marks, lambda pair: pair[1], 10 * MOST_ROWS)
    pieces = [Change(rows=tuple(group)) for group in rows] or [Change()]
    if marks:
        pieces[-1] = replace(pieces[-1], marks=tuple(marks[0]))
    return pieces + [Change(marks=tuple(group)) for group in marks[1:]]


def _cut_by_size(items: Iterable[T], content: Callable[[T], object], most: int) -> list[list[T]]:
    groups: list[list[T]] = []
    size = 0
    for item in items:
        weight = len(msgspec.json.encode(content(item))) + 500
        if not groups or len(groups[-1]) >= most or size + weight > MOST_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(item)
        size += weight
    return groups


class Batch(NamedTuple):
    """A body to be sent.

    Attributes:
        data: Its bytes; a second try sends the same.
        marker: The id of its marker.
        value: The value of its marker, which tells it from every other body.
        revision: Of the spreadsheet, once it has been applied.
    """

    data: bytes
    marker: int
    value: str
    revision: int


def seal(requests: Sequence[Request], book: Spreadsheet, writer: str = "") -> Batch:
    """Put a marker in front of requests, and take away the markers that nobody needs any more.

    Args:
        requests: What is to be done.
        book: The spreadsheet; its revision is the one that the body may be applied to.
        writer: Tells apart who sends it: two runs that found the same send the same requests. Without it, the one that
            is refused takes what the other one did for its own, which is right where nobody counts.
    """
    revision = book.revision + 1
    marker = MARKER_BASE + revision
    value = hashlib.sha256(msgspec.json.encode([writer, revision, requests])).hexdigest()[:32]
    old = book.markers[: -(_MARKERS - 1)]
    body = {"requests": [metadata(MARKER_KEY, value, marker), *requests, *map(without_metadata, old)]}
    return Batch(msgspec.json.encode(body), marker, value, revision)


def metadata(key: str, value: str, marker: int | None = None) -> Request:
    """A note that no person sees, for every program with access to the spreadsheet, whoever's account it uses."""
    named = {} if marker is None else {"metadataId": marker}
    content = {"metadataKey": key, "metadataValue": value, "location": {"spreadsheet": True}, "visibility": "DOCUMENT"}
    return {"createDeveloperMetadata": {"developerMetadata": named | content}}


def without_metadata(marker: int) -> Request:
    """Take away the note with this id."""
    return {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": marker}}}}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a tab, with those that are added.

    Attributes:
        there: By the normal name of a column, its index from 0.
        requests: What makes those that were not there.
    """

    there: Mapping[str, int]
    requests: tuple[Request, ...] = ()


def add_columns(tab: Tab, there: Mapping[str, int], width: int, names: Sequence[str]) -> Columns:
    """Add columns at the right of all that holds something.

    Args:
        tab: Where.
        there: The columns that are there.
        width: How many columns hold something.
        names: The headers to be added, in their order.

    Raises:
        SheetError: The tab cannot have so many columns.
    """
    if not names:
        return Columns(there)
    if width + len(names) > MOST_COLUMNS:
        raise SheetError(
            f"{tab.title} has no room for the columns {', '.join(names)}.",
            f"Delete columns that are not needed; a tab can have {MOST_COLUMNS:,}.",
        )
    lacking = width + len(names) - tab.width
    longer = {"appendDimension": {"sheetId": tab.id, "dimension": "COLUMNS", "length": lacking}}
    headers = update(tab.id, 0, width, [[cell(name) for name in names]])
    added = {layout.normal(name): width + at for at, name in enumerate(names)}
    return Columns({**there, **added}, (longer, headers) if lacking > 0 else (headers,))


def update(sheet_id: int, row: int, column: int, rows: Sequence[Sequence[Request]]) -> Request:
    """Write cells from a row and a column on, both counted from 0."""
    start = {"sheetId": sheet_id, "rowIndex": row, "columnIndex": column}
    return {"updateCells": {"start": start, "rows": [{"values": list(line)} for line in rows], "fields": CELL_FIELDS}}


def new_tab(book: Spreadsheet, title: str, headers: Sequence[str], lines: int = 2) -> list[Request]:
    """Make a tab with nothing but its header.

    Args:
        book: Where.
        title: Of the tab.
        headers: Its first line, which is frozen.
        lines: How many lines its grid has; one below the header is the least, because Google does not freeze all.
    """
    used = {tab.id for tab in book.sheets}
    number = zlib.crc32(title.encode()) & 0x7FFFFFFF or 1
    while number in used:
        number = number % 0x7FFFFFFF + 1
    grid = {"rowCount": lines, "columnCount": len(headers), "frozenRowCount": 1}
    properties = {"sheetId": number, "title": title, "gridProperties": grid}
    return [{"addSheet": {"properties": properties}}, update(number, 0, 0, [[cell(name) for name in headers]])]


def append(book: Spreadsheet, grid: RowsGrid, rows: Sequence[Row]) -> list[Request]:
    """Put rows below all that stands in their tab, which is made when it is missing.

    Args:
        book: The spreadsheet.
        grid: The tab as it stands.
        rows: Of the tab's kind, at least one.

    Raises:
        SheetError: A column that they need stands there twice, or there is no room for it.
    """
    tab = book.tab(grid.title)
    if tab is None:
        headers = layout.header(grid.kind, rows)
        first = new_tab(book, grid.title, headers)
        number, columns = first[0]["addSheet"]["properties"]["sheetId"], Columns(_indexes(headers), tuple(first))
    else:
        layout.find_columns(grid.headers, {name for row in rows for name in layout.cells(row)}, grid.title)
        names = layout.missing_columns(grid.columns, rows) if grid.columns else layout.header(grid.kind, rows)
        number, columns = tab.id, add_columns(tab, grid.columns, grid.width, names)
    below = {
        "appendCells": {"sheetId": number, "rows": [_line(row, columns.there) for row in rows], "fields": CELL_FIELDS}
    }
    return [*columns.requests, below, *_dates(book, rows)]


def _indexes(headers: Sequence[str]) -> dict[str, int]:
    return {layout.normal(name): at for at, name in enumerate(headers)}


def _line(row: Row, columns: Mapping[str, int]) -> Request:
    cells = {columns[name]: cell(value) for name, value in layout.cells(row).items()}
    return {"values": [cells.get(at, {}) for at in range(max(cells) + 1)]}


def _dates(book: Spreadsheet, rows: Iterable[Row]) -> list[Request]:
    """Remember which columns of fields hold dates."""
    names = {name for row in rows for name, value in layout.cells(row).items() if isinstance(value, date)}
    return [metadata(DATES_KEY, name) for name in sorted(names - {"date", "observed at"} - book.dated)]


def write_marks(tab: Tab, accounts: AccountsGrid, placed: Mapping[int, Mark]) -> list[Request]:
    """Write marks beside their entries; cells that say the same already stay untouched.

    Args:
        tab: Where people type.
        accounts: The tab as it stands.
        placed: The marks by line.
    """
    changes: dict[str, dict[int, Request]] = {name: {} for name in layout.MARK_COLUMNS}
    for entry in accounts.entries:
        if new := placed.get(entry.line):
            for name, before, after in zip(layout.MARK_COLUMNS, _values(entry.mark), _values(new), strict=True):
                if before != after:
                    changes[name][entry.line] = cell(after)
    lacking = [name for name in layout.MARK_COLUMNS if changes[name] and name not in accounts.columns]
    columns = add_columns(tab, accounts.columns, accounts.width, lacking)
    written = [_runs(tab.id, columns.there[name], cells) for name, cells in changes.items() if cells]
    return [*columns.requests, *(request for requests in written for request in requests)]


def _values(mark: Mark) -> tuple[Value, Value, Value]:
    return layout.plain(mark.status), layout.plain(mark.detail), mark.last_row or ""


def enlist(tab: Tab, accounts: AccountsGrid, entries: Sequence[Entry]) -> list[Request]:
    """Put entries, with their marks, below all that stands where people type.

    Args:
        tab: Where people type.
        accounts: The tab as it stands.
        entries: At least one.

    Raises:
        SheetError: There is no room for a column that they need.
    """
    texts = [layout.enlisted(entry) for entry in entries]
    lacking = [
        name for name in layout.ACCOUNTS_COLUMNS if name not in accounts.columns and any(map(_holds(name), texts))
    ]
    columns = add_columns(tab, accounts.columns, accounts.width, lacking)
    lines = [{columns.there[name]: cell(value) for name, value in text.items()} for text in texts]
    rows = [{"values": [line.get(at, {}) for at in range(max(line) + 1)]} for line in lines]
    return [*columns.requests, {"appendCells": {"sheetId": tab.id, "rows": rows, "fields": CELL_FIELDS}}]


def _holds(name: str) -> Callable[[Mapping[str, Value]], bool]:
    return lambda cells: name in cells


def sort(tab: int, column: int) -> Request:
    """Put all lines below the header in the order of a column, each with all its cells."""
    below = {"sheetId": tab, "startRowIndex": 1}
    return {"sortRange": {"range": below, "sortSpecs": [{"dimensionIndex": column, "sortOrder": "ASCENDING"}]}}


def _runs(sheet_id: int, column: int, cells: Mapping[int, Request]) -> list[Request]:
    """One request for each run of lines that follow on each other."""
    runs = groupby(enumerate(sorted(cells)), key=lambda pair: pair[1] - pair[0])
    groups = [[line for _, line in run] for _, run in runs]
    return [update(sheet_id, lines[0] - 1, column, [[cells[line]] for line in lines]) for lines in groups]


def commit(book: Spreadsheet, accounts: AccountsGrid, grids: Mapping[Kind, RowsGrid], part: Change) -> list[Request]:
    """Everything that a change asks for, except the marker.

    Args:
        book: The spreadsheet.
        accounts: The tab where people type, as it stands now.
        grids: History and Posts, with their headers as they stand now.
        part: The change, small enough for one body.

    Raises:
        SheetError: A column that is needed stands there twice, or there is no room for it.
    """
    requests: list[Request] = []
    for kind, grid in grids.items():
        if rows := [row for row in part.rows if row.account.kind is kind]:
            requests += append(book, grid, rows)
    tab = book.tab(accounts.title)
    placed = layout.place(part.marks, accounts.entries)
    return requests + (write_marks(tab, accounts, placed) if tab else [])
