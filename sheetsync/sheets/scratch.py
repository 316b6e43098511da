"""A tab of our own in somebody's spreadsheet, to try things on: made, written to, and removed without a trace.

Everything is sent as commits send it: behind a marker, so that a copy that got lost is never carried out twice. The
markers have a key and ids of their own, far below those of commits, which therefore never meet them. The note that the
tab was made with stays for a while after the tab has gone: it is what refuses a late copy of the request that made it.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from sheetsync.errors import ConflictError, SheetError, SheetsyncError, SheetUnavailableError
from sheetsync.model import Value
from sheetsync.sheets.grid import Cells
from sheetsync.sheets.requests import CELL_FIELDS, Request, cell, metadata, update, without_metadata
from sheetsync.sheets.spreadsheet import FIELDS, Spreadsheet, quoted
from sheetsync.sheets.wire import Patience, RefusedError, Wire

KEY = "sheetsync.test"
"""Of every note that is left while a tab is tried on."""
TITLE = "sheetsync write test"
"""How every such tab is called, in its beginning."""
BASE = 1_500_000_000
"""Notes are numbered from here; commits, from ``MARKER_BASE`` on."""
STEP = 64
"""Numbers for one tab: the first is that of the tab and of the note that it was made with."""
COLUMNS = 12
"""Of the tab."""

_LINES = 20
_KEPT = 5  # notes of tabs that are gone
_TRIES = 4
_CALM = Patience(attempts=4, read=60.0, most=8.0)
_HASTY = Patience(attempts=1, read=0.001)  # seconds: no answer is that quick


class Body(NamedTuple):
    """A ``batchUpdate`` behind its marker, as it is sent.

    Attributes:
        data: Its bytes.
        marker: The id of its marker.
        value: The value of its marker.
    """

    data: bytes
    marker: int
    value: str


class Scratch:
    """A scratch tab.

    Args:
        wire: Gives a line to the spreadsheet, each time another one.

    Attributes:
        id: Of the tab; 0 when there is none to be removed.
        title: Of the tab.
    """

    def __init__(self, wire: Callable[[Patience], Wire]) -> None:
        self.id = 0
        self.title = TITLE
        self._new_wire = wire
        self._wire = wire(_CALM)
        self._number = 0

    def make(self) -> int:
        """Make the tab, and remove those that earlier tests left behind because they were killed.

        Returns:
            How many were left behind.

        Raises:
            ConflictError: Another one was made at the same moment.
            SheetsyncError: It cannot be made.
        """
        book = self.look()
        self.id, self.title = _free(book)
        left = [tab for tab in book.sheets if tab.id in _notes(book) and tab.title.startswith(TITLE)]
        old = [number for number in _markers(book) if number % STEP] + _notes(book)[: 1 - _KEPT]
        gone = [*(_without(tab.id) for tab in left), *map(without_metadata, old)]
        grid = {"rowCount": _LINES, "columnCount": COLUMNS, "frozenRowCount": 1}
        tab = {"addSheet": {"properties": {"sheetId": self.id, "title": self.title, "gridProperties": grid}}}
        body = _behind(self.id, secrets.token_hex(8), [tab, *gone])  # in this order a tab is always left
        try:
            self._wire.update(body.data)
        except RefusedError as refused:
            there = self._wire.find_marker(body.marker)
            if there == body.value:
                return len(left)
            self.id = 0
            if there is None:
                raise refused.error from refused
            raise ConflictError(
                f"Another write test began on “{book.title}” at this moment.", "Wait until it is done."
            ) from refused
        return len(left)

    def remove(self) -> None:
        """Remove the tab and all notes but the one that it was made with, and see that they are gone.

        Raises:
            SheetError: Something is left.
        """
        cause: SheetsyncError | None = None
        for _ in range(_TRIES if self.id else 0):
            try:
                wanted = self._removal(self.look())
                if not wanted:
                    self.id = 0
                    return
                self._wire.update(msgspec.json.encode({"requests": wanted}))
            except RefusedError as refused:
                cause = refused.error
            except SheetsyncError as error:
                cause = error
                if isinstance(error, SheetUnavailableError):
                    break
        if self.id:
            raise SheetError(
                f"The tab “{self.title}” could not be removed: {cause or 'it is still there.'}",
                "Delete it in the spreadsheet, or run `sheetsync doctor --write-test` again, which removes it.",
            ) from cause

    def _removal(self, book: Spreadsheet) -> list[Request]:
        markers = [number for number in _markers(book) if self.id < number < self.id + STEP]
        return [_without(self.id)] * bool(book.tab_by_id(self.id)) + [*map(without_metadata, markers)]

    # What is tried on it.

    def look(self) -> Spreadsheet:
        """The spreadsheet as a run sees it, without its cells."""
        return Spreadsheet.read(self._wire.spreadsheet(FIELDS))

    def cells(self) -> Cells:
        """All cells of the tab, unformatted, as a run reads them."""
        return self._wire.values([f"{quoted(self.title)}!A1:{chr(ord('A') + COLUMNS - 1)}"])[0]

    def lay(self, rows: Sequence[Sequence[Value]], *further: Request, lines: int = _LINES) -> None:
        """Wipe the tab, write these rows from A1 on, and do what is asked for further.

        Raises:
            SheetError: Google refused.
        """
        size = {"sheetId": self.id, "gridProperties": {"rowCount": lines}}
        fit = {"updateSheetProperties": {"properties": size, "fields": "gridProperties.rowCount"}}
        wipe = {"updateCells": {"range": {"sheetId": self.id}, "fields": "*"}}
        written = [self.write(0, rows)] if rows else []
        self.must(fit, wipe, *written, *further)

    def write(self, line: int, rows: Sequence[Sequence[Value]]) -> Request:
        """Write rows from this line on, counted from 0."""
        return update(self.id, line, 0, [[cell(value) for value in row] for row in rows])

    def append(self, *rows: Sequence[Value]) -> Request:
        """Append rows as a commit does."""
        lines = [{"values": [cell(value) for value in row]} for row in rows]
        return {"appendCells": {"sheetId": self.id, "rows": lines, "fields": CELL_FIELDS}}

    def must(self, *requests: Request) -> None:
        """Send requests that Google has to carry out.

        Raises:
            SheetError: It refused.
        """
        if said := self.send(*requests):
            raise SheetError(f"Google refused what the test begins with: {said}")

    def send(self, *requests: Request) -> str:
        """Send requests, and say how Google refused; empty when it carried them out."""
        return self.carry_out(self.body(*requests))

    def body(self, *requests: Request, value: str = "test") -> Body:
        """Requests behind a marker that no other body has."""
        self._number += 1
        if self._number >= STEP:
            raise AssertionError
        return _behind(self.id + self._number, value, requests)

    def rival(self, body: Body, *requests: Request) -> Body:
        """Other requests behind the marker of this body."""
        return _behind(body.marker, "rival", requests)

    def carry_out(self, body: Body) -> str:
        """Send a body until there is an answer, as a commit does; empty when it was carried out."""
        try:
            self._wire.update(body.data)
        except RefusedError as refused:
            return "" if self.find(body.marker) == body.value else refused.said
        return ""

    def repeat(self, body: Body) -> str:
        """Send a body that may have been carried out, and say how this copy was refused; empty when it was not."""
        try:
            self._wire.update(body.data)
        except RefusedError as refused:
            return refused.said
        return ""

    def hang_up(self, body: Body) -> None:
        """Send a body and do not wait for the answer, so that nobody knows what became of it."""
        with suppress(SheetsyncError, RefusedError):
            self._new_wire(_HASTY).update(body.data)

    def rival_scratch(self) -> "Scratch":
        """The same tab for a second writer."""
        other = Scratch(self._new_wire)
        other.id, other.title = self.id, self.title
        return other

    def find(self, marker: int) -> str | None:
        """The value of a marker, as it is looked up after a refusal."""
        return self._wire.find_marker(marker)


def _behind(marker: int, value: str, requests: Sequence[Request]) -> Body:
    content: Mapping[str, Any] = {"requests": [metadata(KEY, value, marker), *requests]}
    return Body(msgspec.json.encode(content), marker, value)


def _without(tab: int) -> Request:
    return {"deleteSheet": {"sheetId": tab}}


def _markers(book: Spreadsheet) -> list[int]:
    return sorted(one.metadata_id for one in book.developer_metadata if one.metadata_key == KEY)


def _notes(book: Spreadsheet) -> list[int]:
    return [number for number in _markers(book) if number % STEP == 0]


def _free(book: Spreadsheet) -> tuple[int, str]:
    """A number above all that were taken, and a title that no tab has."""
    taken = {tab.id for tab in book.sheets}
    number = max([BASE, *_notes(book)]) + STEP
    while number in taken:
        number += STEP
    titles = {title.casefold() for title in book.titles}
    names = [TITLE, *(f"{TITLE} {count}" for count in range(2, len(titles) + 3))]
    return number, next(name for name in names if name.casefold() not in titles)
