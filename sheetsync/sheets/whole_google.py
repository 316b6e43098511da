"""A Google spreadsheet, read to the last line of its tabs, whatever stands there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from sheetsync.model import Entry, Kind, Row, Value
from sheetsync.sheets import Change, layout, requests, seen
from sheetsync.sheets.fresh_google import FreshGoogle
from sheetsync.sheets.grid import Cell, RowsGrid, as_text
from sheetsync.sheets.requests import Request
from sheetsync.sheets.seen import Seen
from sheetsync.sheets.spreadsheet import Spreadsheet, Tab, quoted
from sheetsync.sheets.whole import Place, Stored

_LINES = 20_000  # in one request: some 5 MB of an answer
_AT_ONCE = 100  # ranges in one request: its address must not get too long


class WholeGrid(RowsGrid):
    """The header of History or Posts, under which no line is refused."""

    def stored(self, number: int, record: Sequence[Cell]) -> Stored:
        """A line, taken apart."""
        there = {name: record[at] for name, at in self.columns.items() if at < len(record) and record[at] != ""}
        return Stored(self.kind, number, {name: self._typed(name, cell) for name, cell in there.items()})

    def _typed(self, name: str, cell: Cell) -> Value:
        value = self._value(name, cell)
        return as_text(cell) if value is None else value


class WholeGoogle(FreshGoogle):
    """A spreadsheet that can be read to its last line, and lines taken out of it; see ``WholeSheet``."""

    bulk: int = requests.MOST_ROWS
    _revision = -1
    _newest: dict[Kind, date]
    _unordered: set[Kind]  # tabs in which days go back

    @property
    def place(self) -> str:
        """The spreadsheet's id."""
        return self._target.id

    @property
    def is_there(self) -> bool:
        """Always: a spreadsheet is made by people."""
        return True

    def listed(self) -> tuple[Entry, ...]:
        """What people typed; nothing where their tab is missing."""
        book = self._book()
        return self._typed(book)[1].entries if seen.placed(book, self._target, self._place) else ()

    def bring(self, rows: Sequence[Row]) -> None:
        """Append rows in parts, each of them whole or not at all, on the revision that ``stored`` found.

        Nothing goes through the outbox: what is not written stands in the sheet that it comes from. A run reads only
        the end of a tab and relies on the order of dates. So a part whose rows are older than what stands above them
        puts the tab in that order, in the same ``batchUpdate``; no run ever sees it without.
        """
        in_order = sorted(rows, key=lambda row: row.date)
        for piece in requests.parts(Change(tuple(in_order))):
            self._revision = int(self._write(piece, str(self._revision), date.max)[1])
            for kind in {row.account.kind for row in piece.rows}:
                newest = max(row.date for row in piece.rows if row.account.kind is kind)
                self._newest[kind] = max(newest, self._newest.get(kind, date.min))
                self._unordered.discard(kind)

    def _requests(self, found: Seen, piece: Change) -> list[Request]:
        wanted = super()._requests(found, piece)
        for kind, grid in found.grids.items():
            days = [row.date for row in piece.rows if row.account.kind is kind]
            tab = found.book.tab(grid.title)
            if tab and days and (kind in self._unordered or min(days) < self._newest.get(kind, date.min)):
                wanted.append(requests.sort(tab.id, grid.columns["date"]))
        return wanted

    def enlist(self, entries: Sequence[Entry]) -> None:
        """Put the entries that are missing below all that stands where people type, in one ``batchUpdate``."""
        book = self._book()
        tab, accounts, _ = self._typed(book)
        if missing := layout.unlisted(entries, accounts.entries):
            self._seen = None
            self._apply(requests.seal(requests.enlist(tab, accounts, missing), book, self._writer))

    def stored(self) -> Iterator[Stored]:
        """Every line of both tabs, 20,000 at a time, so that a long history never is in memory at once.

        Raises:
            CredentialsError: The credentials do not open the spreadsheet.
            SheetError: A tab has lost a key column.
            SheetUnavailableError: No answer.
        """
        book = self._book()
        self._revision, self._seen, self._newest, self._unordered = book.revision, None, {}, set()
        for tab, grid in self._grids(book):
            for first in range(2, tab.lines + 1, _LINES):
                last = min(first + _LINES - 1, tab.lines)
                (lines,) = self._wire.values([f"{quoted(tab.title)}!{first}:{last}"])
                found = (grid.stored(number, record) for number, record in enumerate(lines, first))
                for stored in found:
                    self._follow(stored)
                    if stored.cells:
                        yield stored

    def _follow(self, stored: Stored) -> None:
        """Remember the newest day of a tab, and whether days go back in it."""
        if stored.key:
            newest = self._newest.get(stored.kind, date.min)
            self._newest[stored.kind] = max(newest, stored.key.date)
            if stored.key.date < newest:
                self._unordered.add(stored.kind)

    def erase(self, places: Sequence[Place]) -> None:
        """Delete these lines, all in one ``batchUpdate``.

        They are read once more just before it, because people may have sorted; a person who sorts in the very second
        between the two cannot be noticed by any means that Google offers.

        Raises:
            ConflictError: Somebody wrote rows since ``stored``, or these lines hold something else by now.
            CredentialsError: The credentials do not allow it.
            SheetError: Google refused it.
            SheetUnavailableError: No answer; it may or may not have been done.
        """
        book = self._book()
        if book.revision != self._revision or not self._still_there(book, places):
            raise self._conflict()
        wanted = [request for tab, grid in self._grids(book) for request in _deletions(tab, grid.kind, places)]
        self._seen = None  # lines have moved
        self._apply(requests.seal(wanted, book, self._writer))

    def _grids(self, book: Spreadsheet) -> list[tuple[Tab, WholeGrid]]:
        """The tabs that have a header, and what it says."""
        tabs = [(kind, tab) for kind in Kind if (tab := book.tab(layout.TABS[kind]))]
        headers = self._wire.values([f"{quoted(tab.title)}!1:1" for _, tab in tabs]) if tabs else []
        found = []
        for (kind, tab), header in zip(tabs, headers, strict=True):
            grid = WholeGrid.empty(kind, tab.title).with_header(header[0] if header else ())
            if isinstance(grid, WholeGrid) and grid.columns:
                found.append((tab, replace(grid, dated=book.dated)))
        return found

    def _still_there(self, book: Spreadsheet, places: Sequence[Place]) -> bool:
        grids = self._grids(book)
        if {place.kind for place in places} - {grid.kind for _, grid in grids}:
            return False
        for tab, grid in grids:
            wanted = {place.line: place for place in places if place.kind is grid.kind}
            for some in _portions(_runs(wanted)):
                found = self._wire.values([f"{quoted(tab.title)}!{run.start}:{run.stop - 1}" for run in some])
                for run, lines in zip(some, found, strict=True):
                    there = [*lines, *([()] * (len(run) - len(lines)))]  # Google leaves empty lines at the end out
                    if any(grid.stored(*one).place != wanted[one[0]] for one in zip(run, there, strict=True)):
                        return False
        return True


def _runs(lines: Iterable[int]) -> list[range]:
    """Lines as runs without a gap, none longer than what one request should read."""
    runs: list[range] = []
    for line in sorted(lines):
        if runs and runs[-1].stop == line and len(runs[-1]) < _LINES:
            runs[-1] = range(runs[-1].start, line + 1)
        else:
            runs.append(range(line, line + 1))
    return runs


def _portions(runs: Iterable[range]) -> Iterator[list[range]]:
    """Runs for one request: not too many, and together not too long."""
    portion: list[range] = []
    for run in runs:
        if portion and (len(portion) == _AT_ONCE or sum(map(len, portion)) + len(run) > _LINES):
            yield portion
            portion = []
        portion.append(run)
    if portion:
        yield portion


def _deletions(tab: Tab, kind: Kind, places: Iterable[Place]) -> list[Request]:
    """Requests from the bottom up, so that none moves the lines of another."""
    runs = _runs(place.line for place in places if place.kind is kind)
    return [
        {
            "deleteDimension": {
                "range": {"sheetId": tab.id, "dimension": "ROWS", "startIndex": run.start - 1, "endIndex": run.stop - 1}
            }
        }
        for run in reversed(runs)
    ]
