"""A folder of CSV files that behaves like a spreadsheet: Accounts.csv, History.csv and Posts.csv.

People and their programs may open, sort and save these files whenever they like. Every write replaces a whole file in
one step, after the change is in the outbox (``.sheetsync/outbox``), so a killed run is finished by the next ``read``.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, tzinfo
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from sheetsync.errors import ConflictError, SheetError, SheetUnavailableError
from sheetsync.model import Entry, Kind, Mark, Row
from sheetsync.sheets import Change, SheetState, layout
from sheetsync.sheets.dialect import Dialect
from sheetsync.sheets.outbox import Outbox, write_whole
from sheetsync.sheets.tabs import AccountsTab, RowsTab

_PATIENCE = 30.0  # seconds to wait for another run: far more than a commit takes
_TRIES = 10  # to catch a moment in which nobody else saves the file
_EXAMPLE = Dialect()


class FolderSheet:
    """A sheet in a folder.

    Args:
        folder: Where the files are. ``create`` makes what is missing.
        clock: Tells the time, with its time zone.
        timezone: The time zone in which a day begins and ends.

    Attributes:
        name: The folder, as it was given.
        batch: How many rows a commit should gather.
        notices: What was put right by the last ``read`` or ``commit``, a sentence each.
    """

    batch: int = 100

    def __init__(self, folder: Path, *, clock: Callable[[], datetime], timezone: tzinfo) -> None:
        self.name = str(folder)
        self.notices: tuple[str, ...] = ()
        self._folder = folder
        self._clock = clock
        self._timezone = timezone
        self._outbox = Outbox(folder / ".sheetsync" / "outbox")
        self._known: dict[Kind, RowsTab] = {}

    def create(self) -> bool:
        """Make the folder and an example Accounts.csv, where they are missing.

        Returns:
            Whether the example was made.

        Raises:
            SheetError: The folder cannot be made.
        """
        self._refuse_file()
        with in_words(SheetError, self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._path(layout.ACCOUNTS)
            if path.exists():
                return False
            example = ("@tiktok", "tiktok", "", "", "")
            lines = (layout.ACCOUNTS_COLUMNS, example)
            return write_whole(path, "".join(map(_EXAMPLE.line, lines)).encode(), lambda: not path.exists())

    def read(self, day: date | None = None) -> SheetState:
        """Finish what a killed run left in the outbox, and read the files.

        Args:
            day: The day to date rows; today in the sheet's time zone when None.

        Raises:
            SheetError: A file is missing or not what it should be; the message says what to mend.
            SheetUnavailableError: Another run or another program has the folder.
        """
        self.notices = ()
        with self._lock():
            self._replay()
            return self._state(day or self._clock().astimezone(self._timezone).date())

    def commit(self, change: Change, state: SheetState) -> SheetState:
        """Write the change whole or not at all, and return the state after it.

        Raises:
            ConflictError: Rows were written since ``state`` was read. Nothing was written: read again.
            SheetError: The files are not what they should be, or the disk takes nothing. Nothing was written.
            SheetUnavailableError: A file is held by another program; the change waits in the outbox.
        """
        if not change:
            return state
        self.notices = ()
        waiting: Path | None = None
        try:
            with self._lock():
                self._replay()
                checked = self._check(change, state)
                waiting = self._outbox.put(change)
                self._apply(change, checked)
                self._outbox.remove(waiting)
                return self._state_after(change, state)
        except SheetUnavailableError:
            if waiting is None:
                with in_words(SheetError, self._folder):
                    self._outbox.put(change)
            raise
        except SheetError as error:
            if waiting is None:
                raise
            raise SheetUnavailableError(str(error), error.hint) from error  # others broke a file at this very moment

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Keep other runs out, and put what the system says into words."""
        self._require()
        with in_words(SheetUnavailableError, self._folder):
            lock = self._folder / ".sheetsync" / "lock"
            lock.parent.mkdir(exist_ok=True)
            try:
                with FileLock(lock, timeout=_PATIENCE):
                    yield
            except Timeout as error:
                raise SheetUnavailableError(
                    f"Another run of sheetsync has been busy in {self.name} for {_PATIENCE:.0f} seconds.",
                    "Wait until it is done, then run sheetsync again.",
                ) from error

    def _refuse_file(self) -> None:
        if self._folder.exists() and not self._folder.is_dir():
            raise SheetError(f"{self.name} is a file, not a folder.", "Name the folder that holds Accounts.csv.")

    def _require(self) -> None:
        self._refuse_file()
        with in_words(SheetError, self._folder):
            there = self._path(layout.ACCOUNTS).exists()
        if not there:
            raise SheetError(
                f"There is no Accounts.csv in {self.name}.",
                f"`sheetsync run --sheet {self.name}` makes one with an example; or save one with a column “account”.",
            )

    def _path(self, tab: str) -> Path:
        return tab_file(self._folder, tab)

    def _accounts(self, data: bytes | None = None) -> AccountsTab:
        path = self._path(layout.ACCOUNTS)
        return AccountsTab.read(path.name, path.read_bytes() if data is None else data)

    def _rows(self, kind: Kind, data: bytes | None = None) -> RowsTab:
        path = self._path(layout.TABS[kind])
        data = _bytes(path) if data is None else data
        known = self._known.get(kind)
        if known is None or known.data != data:
            known = self._known[kind] = RowsTab.read(path.name, kind, data)
        if known.notice and known.notice not in self.notices:
            self.notices += (known.notice,)
        return known

    def _revision(self) -> str:
        digest = hashlib.sha256()
        for kind in Kind:
            digest.update(hashlib.sha256(self._rows(kind).data).digest())
        return digest.hexdigest()

    def _state(self, day: date) -> SheetState:
        state = SheetState(day, self._timezone, self._accounts().entries, {}, {}, self._revision())
        for tab in map(self._rows, Kind):
            today, before = layout.newest(tab.lines(), day)
            rows = {number: tab.row(number) for number in {line.number for line in before.values()}}
            latest = {identity: rows[line.number] for identity, line in before.items()}
            state = replace(state, taken={**state.taken, **layout.taken(today)}, latest={**state.latest, **latest})
        return state

    def _state_after(self, change: Change, state: SheetState) -> SheetState:
        """The state after a commit on ``state``, without reading a long history once more."""
        if any(row.date != state.day for row in change.rows):
            return self._state(state.day)
        taken = {**state.taken, **{key: row.status for row in change.rows for key in row.keys}}
        return replace(state, entries=self._accounts().entries, taken=taken, revision=self._revision())

    def _check(self, change: Change, state: SheetState) -> dict[Kind, RowsTab]:
        """Refuse a change that would make doubles, else return the tabs in which all its rows are new."""
        if self._revision() != state.revision:
            raise ConflictError(f"Somebody else wrote rows to {self.name} in the meantime.", "Read the sheet again.")
        tabs = {kind: self._rows(kind) for kind in Kind}
        layout.refuse_doubles(change.rows)
        for kind, tab in tabs.items():
            rows = [row for row in change.rows if row.account.kind is kind]
            others = [row for row in rows if row.date != state.day]
            if state.taken.keys() & {key for row in rows for key in row.keys} or tab.without_taken(others) != others:
                raise ConflictError(f"{self.name} has some of these rows already.", "Read the sheet again.")
            tab.widened(rows, self._accounts().dialect)  # whatever is wrong shows before anything is written
        self._accounts().marked(change.marks)
        return tabs

    def _replay(self) -> None:
        for path, change in self._outbox.pending():
            self._apply(change, {})
            self._outbox.remove(path)
        self.notices += tuple(
            f"{path} holds a change that cannot be read; it was set aside and not written."
            for path in self._outbox.broken()
        )

    def _apply(self, change: Change, checked: dict[Kind, RowsTab]) -> None:
        """Write what is not there yet; doing it again does no harm.

        Args:
            change: What is to be written.
            checked: Tabs known to have none of the change's rows; others are looked through first.
        """
        for kind in Kind:
            if rows := [row for row in change.rows if row.account.kind is kind]:
                self._append(kind, rows, checked.get(kind))
        if change.marks:
            self._mark(change.marks)

    def _append(self, kind: Kind, rows: Sequence[Row], checked: RowsTab | None) -> None:
        def edit(data: bytes) -> bytes:
            tab = self._rows(kind, data)
            fresh = rows if tab is checked else tab.without_taken(rows)
            if not fresh:
                return data
            longer = self._known[kind] = tab.extended(fresh, self._accounts().dialect)
            return longer.data

        self._edit(self._path(layout.TABS[kind]), edit)

    def _mark(self, marks: Sequence[tuple[Entry, Mark]]) -> None:
        self._edit(self._path(layout.ACCOUNTS), lambda data: self._accounts(data).marked(marks))

    def _edit(self, path: Path, edit: Callable[[bytes], bytes]) -> None:
        """Replace a file by what ``edit`` makes of it, unless people save it at the same moment: then once more."""
        for _ in range(_TRIES):
            before = _bytes(path)
            after = edit(before)
            if after == before or write_whole(path, after, partial(_is, path, before)):
                return
        raise SheetUnavailableError(
            f"{path} is being saved by another program again and again.", "Close it there, then run sheetsync again."
        )


def tab_file(folder: Path, tab: str) -> Path:
    """The file of a tab in a folder; capitals do not matter in its name."""
    exact = folder / f"{tab}.csv"
    if exact.exists() or not folder.is_dir():
        return exact
    same = sorted(path for path in folder.iterdir() if path.name.casefold() == exact.name.casefold())
    return same[0] if same else exact


def _is(path: Path, data: bytes) -> bool:
    return _bytes(path) == data


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


@contextmanager
def in_words(error: type[SheetError], folder: Path) -> Iterator[None]:
    """Put into one sentence what the system refuses."""
    try:
        yield
    except PermissionError as refused:
        raise error(
            f"{refused.filename or folder} may not be written or read.",
            "If it is open in Excel or another program, close it there; else look at its permissions.",
        ) from refused
    except OSError as refused:
        raise error(
            f"{refused.filename or folder}: {refused.strerror or refused}.",
            "Look whether the folder can be written and the disk has room, then run sheetsync again.",
        ) from refused
