"""A Google spreadsheet, shared with a robot: read in two requests, and committed to in two.

Google gives no way to say "only if nobody has written since". It does give out every metadata id once, and it applies
a ``batchUpdate`` whole or not at all. So each commit begins with a marker whose id follows from the revision that it
is made on: of two commits on one revision, or of two copies of one, Google takes the first and refuses the other.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from sheetsync.errors import ConflictError, SheetError, SheetUnavailableError
from sheetsync.model import Entry, Mark, Row
from sheetsync.sheets import Change, SheetState, layout, requests, seen, spreadsheet
from sheetsync.sheets.credentials import EMULATOR_VARIABLE, find_key
from sheetsync.sheets.outbox import Outbox
from sheetsync.sheets.seen import Seen
from sheetsync.sheets.spreadsheet import FIELDS, Spreadsheet
from sheetsync.sheets.wire import Patience, RefusedError, Wire

_TRIES = 5  # to write what waits while others keep writing


class GoogleSheet:
    """A sheet that is a Google spreadsheet.

    Args:
        target: The spreadsheet's link or id. The tab that a link opens is the one in which people type.
        clock: Tells the time, with its time zone.
        accounts: Another place where people type: ``Influencers!B``.
        outbox: The folder with the outboxes of all spreadsheets.
        environment: Has the credentials; see ``find_key``.
        patience: How long Google is waited for.

    Attributes:
        name: The spreadsheet's title, once it has been read; its id before.
        batch: How many rows a commit should gather.
        notices: What its owner should know, as of the last ``read``, a sentence each.

    Raises:
        SheetError: The target is no spreadsheet, or ``accounts`` no place in one.
    """

    batch: int = requests.MOST_ROWS

    def __init__(
        self,
        target: str,
        *,
        clock: Callable[[], datetime],
        accounts: str = layout.ACCOUNTS,
        outbox: Path = Path(".sheetsync/outbox"),
        environment: Mapping[str, str],
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self._target = spreadsheet.find_target(target)
        self._place = spreadsheet.find_place(accounts)
        self.name = self._target.id
        self.notices: tuple[str, ...] = ()
        self._clock = clock
        self._environment = environment
        self._patience = patience
        self._folder = outbox / self._target.id
        self._outbox = Outbox(self._folder)
        self._writer = secrets.token_hex(8)
        self._seen: Seen | None = None
        self._is_old = False

    @cached_property
    def _wire(self) -> Wire:
        key, emulator = find_key(self._environment), self._environment.get(EMULATOR_VARIABLE, "")
        return Wire(self._target.id, key, emulator=emulator, clock=self._clock, patience=self._patience)

    def create(self) -> bool:
        """Make nothing: a spreadsheet belongs to the person who makes it and shares it."""
        return False

    def read(self, day: date | None = None) -> SheetState:
        """Write what waits in the outbox, and read what a run needs.

        Args:
            day: The day to date rows; today in the spreadsheet's time zone when None.

        Raises:
            CredentialsError: There are none, or they do not open the spreadsheet.
            SheetError: The spreadsheet is not what it should be; the message says what to mend.
            SheetUnavailableError: No answer.
        """
        for _ in range(_TRIES):
            with self._disk():
                waiting = self._outbox.pending()
            now = self._look(day, [row.date for _, change in waiting for row in change.rows])
            if not self._flush(waiting, now):
                return self._state(day, now)
        raise SheetUnavailableError(
            f"Others keep writing to “{self.name}” at this moment.", "Run sheetsync again in a minute."
        )

    def commit(self, change: Change, state: SheetState) -> SheetState:
        """Write the change whole or not at all, and return the state after it.

        A change of more than 1,000 rows or 2 MB is written in parts, each of them whole or not at all.

        Raises:
            ConflictError: Rows were written since ``state`` was read. Read again.
            CredentialsError: The credentials do not allow it; the change waits in the outbox.
            SheetError: Google refused it; the change waits in the outbox.
            SheetUnavailableError: No answer; the change waits in the outbox.
        """
        if not change:
            return state
        layout.refuse_doubles(change.rows)
        pieces = requests.parts(change)
        with self._disk():
            waiting = [self._outbox.put(piece) for piece in pieces]
        try:
            self._refuse_taken(change, state)
            for piece, path in zip(pieces, waiting, strict=True):
                state = self._send(piece, state)
                self._forget([path])
        except ConflictError:
            self._seen = None
            self._forget(waiting)
            raise
        return state

    def _book(self) -> Spreadsheet:
        book = Spreadsheet.read(self._wire.spreadsheet(FIELDS))
        self.name = book.title or self.name
        self._wire.tabs = book.titles
        return book

    def _look(self, day: date | None, days: Sequence[date]) -> Seen:
        book = self._book()
        place = seen.find_place(book, self._target, self._place)
        found = seen.look(book, place, self._wire.values)
        found = seen.widen(found, min([day or self._today(book), *days]), self._wire.values)
        self._keep(found)
        self.notices = found.notices + tuple(
            f"{path} holds a change that cannot be read; it was set aside and not written."
            for path in self._outbox.broken()
        )
        return found

    def _today(self, book: Spreadsheet) -> date:
        return self._clock().astimezone(spreadsheet.zone(book.properties.time_zone)).date()

    def _state(self, day: date | None, now: Seen) -> SheetState:
        now, state = seen.state(now, day or self._today(now.book), self._wire.values)
        self._keep(now)
        return state

    def _keep(self, found: Seen) -> None:
        self._seen, self._is_old = found, False

    def _at(self, revision: str, day: date) -> Seen:
        """What was seen of the spreadsheet at this revision.

        Raises:
            ConflictError: It has another one by now.
        """
        found = self._seen or self._look(day, [])
        if self._is_old:
            found = replace(found, book=self._book())
            self._keep(found)
        if str(found.book.revision) != revision:
            raise self._conflict()
        return found

    def _conflict(self) -> ConflictError:
        return ConflictError(f"Somebody else wrote rows to “{self.name}” in the meantime.", "Read the sheet again.")

    def _refuse_taken(self, change: Change, state: SheetState) -> None:
        others = [row for row in change.rows if row.date != state.day]
        taken = set(state.taken)
        if others:
            found = self._at(state.revision, state.day)
            found = seen.widen(found, min(row.date for row in others), self._wire.values)
            self._keep(found)
            taken |= found.keys(row.date for row in others)
        if taken & {key for row in change.rows for key in row.keys}:
            raise ConflictError(f"“{self.name}” has some of these rows already.", "Read the sheet again.")

    def _send(self, piece: Change, state: SheetState) -> SheetState:
        """Write one part and return the state after it."""
        entries, revision = self._write(piece, state.revision, state.day)
        if any(row.date != state.day for row in piece.rows):
            return self._state(state.day, self._look(state.day, []))
        taken = {key: row.status for row in piece.rows for key in row.keys}
        return replace(state, entries=entries, taken={**state.taken, **taken}, revision=revision)

    def _write(self, piece: Change, revision: str, day: date) -> tuple[tuple[Entry, ...], str]:
        """Write one part to where everything stands now.

        Returns:
            The entries, and the revision after it.
        """
        found = seen.look_again(self._at(revision, day), self._wire.values)
        if wanted := self._requests(found, piece):
            batch = requests.seal(wanted, found.book, self._writer)
            self._apply(batch)
            self._seen, self._is_old = found, True
            revision = str(batch.revision)
        return found.accounts.marked(layout.place(piece.marks, found.accounts.entries)), revision

    def _requests(self, found: Seen, piece: Change) -> list[requests.Request]:
        return requests.commit(found.book, found.accounts, found.grids, piece)

    def _apply(self, batch: requests.Batch) -> None:
        """Send a body. A refusal is judged by the marker, because a first try that got lost may have been applied."""
        try:
            self._wire.update(batch.data)
        except RefusedError as refused:
            value = self._wire.find_marker(batch.marker)
            if value is None:
                raise refused.error from refused
            if value != batch.value:
                raise self._conflict() from refused

    def _flush(self, waiting: Sequence[tuple[Path, Change]], now: Seen) -> bool:
        """Write what is not there yet of what waits.

        Returns:
            Whether the spreadsheet must be read again.
        """
        missing = _missing([change for _, change in waiting], now)
        revision = str(now.book.revision)
        try:
            for piece in requests.parts(missing) if missing else ():
                _, revision = self._write(piece, revision, date.min)
        except ConflictError:
            return True
        except SheetUnavailableError:
            raise
        except SheetError as error:
            hint = f"{error.hint} Rows of an earlier run wait in {self._folder}; delete that folder to give them up."
            raise SheetError(str(error), hint.strip()) from error
        self._forget([path for path, _ in waiting])
        return bool(missing)

    def _forget(self, paths: Sequence[Path]) -> None:
        with self._disk():
            for path in paths:
                self._outbox.remove(path)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Put into one sentence what the system refuses."""
        try:
            yield
        except OSError as error:
            raise SheetError(
                f"The outbox {self._folder} cannot be used: {error.strerror or error}.",
                "Look whether the folder can be written and the disk has room. Nothing was written to the spreadsheet.",
            ) from error


def _missing(changes: Sequence[Change], now: Seen) -> Change:
    """What of these changes is not in the spreadsheet: each row once, in the order of dates, and no outdated mark."""
    rows = sorted((row for change in changes for row in change.rows), key=lambda row: row.date)
    taken = now.keys({row.date for row in rows})
    fresh: list[Row] = []
    for row in rows:
        if row.keys.isdisjoint(taken):
            fresh.append(row)
            taken |= row.keys
    wanted = {(entry.line, entry.text, entry.platform): (entry, mark) for one in changes for entry, mark in one.marks}
    placed = layout.place(wanted.values(), now.accounts.entries)
    marks = [(entry, placed[entry.line]) for entry in now.accounts.entries if entry.line in placed]
    return Change(tuple(fresh), tuple(pair for pair in marks if _is_news(*pair)))


def _is_news(entry: Entry, mark: Mark) -> bool:
    there = entry.mark.last_row
    return entry.mark != mark and (there is None or (mark.last_row is not None and mark.last_row >= there))
