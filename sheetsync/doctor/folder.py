"""What a run needs of a folder of CSV files, looked at one by one and without writing."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from sheetsync.config import Config
from sheetsync.doctor.checks import Check, Found, Step, go_through
from sheetsync.doctor.proof import Ask
from sheetsync.doctor.words import last_run, many, waiting
from sheetsync.errors import ConfigError, SheetError, SheetUnavailableError
from sheetsync.model import Entry, Kind
from sheetsync.sheets import layout
from sheetsync.sheets.folder import tab_file
from sheetsync.sheets.tabs import AccountsTab, RowsTab

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}


class FolderChecks:
    """The checks of one folder.

    Args:
        settings: Name the folder.
        clock: Tells the time, with its time zone.
    """

    def __init__(self, settings: Config, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._folder = Path(settings.sheet)
        self._clock = clock

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the folder to the newest row."""
        return (
            Step("sheet", self._sheet, ("settings",)),
            Step("may write", self._may_write, ("sheet",)),
            Step("tabs and headers", self._tabs, ("sheet",)),
            Step("spelling", self._spelling, ("tabs and headers",)),
            Step("time zone", self._time_zone, ("settings",)),
            Step("outbox", self._waiting, ("sheet",)),
            Step("lock", self._lock, ("sheet",)),
            Step("last run", self._last_run, ("tabs and headers",)),
        )

    def prove(self, _ask: Ask, before: Sequence[Check]) -> Iterator[Check]:
        """Say that a folder has nothing of the kind to be proved."""
        yield from go_through([Step("write test", self._nothing_to_prove)], before)

    def _nothing_to_prove(self) -> Found:
        raise ConfigError(
            f"{self._folder} is a folder; the write test tries what Google does.",
            "Name a Google spreadsheet with --sheet, or leave --write-test out.",
        )

    def entries(self) -> tuple[Entry, ...]:
        """What people typed; to be asked for when “tabs and headers” is well."""
        return self._accounts.entries

    def _path(self, tab: str) -> Path:
        return tab_file(self._folder, tab)

    def _bytes(self, tab: str) -> bytes:
        path = self._path(tab)
        try:
            return path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise SheetError(
                f"{path} cannot be read: {error.strerror or error}.", "Look at its permissions, or close it elsewhere."
            ) from error

    @cached_property
    def _accounts(self) -> AccountsTab:
        return AccountsTab.read(self._path(layout.ACCOUNTS).name, self._bytes(layout.ACCOUNTS))

    @cached_property
    def _rows(self) -> dict[Kind, RowsTab]:
        return {
            kind: RowsTab.read(self._path(title).name, kind, self._bytes(title)) for kind, title in layout.TABS.items()
        }

    def _sheet(self) -> Found:
        folder = self._folder
        if folder.exists() and not folder.is_dir():
            raise SheetError(f"{folder} is a file, not a folder.", "Name the folder that holds Accounts.csv.")
        if not folder.exists():
            raise SheetError(f"There is no folder {folder}.", f"`sheetsync init --sheet {folder}` makes it.")
        if not os.access(folder, os.R_OK | os.X_OK):
            raise SheetError(f"{folder} may not be read.", "Look at its permissions.")
        if not self._path(layout.ACCOUNTS).exists():
            raise SheetError(f"There is no Accounts.csv in {folder}.", f"`sheetsync init --sheet {folder}` makes it.")
        return Found(f"the folder {folder}")

    def _may_write(self) -> Found:
        ours = [self._path(title) for title in (layout.ACCOUNTS, *layout.TABS.values())]
        for path in (self._folder, *filter(Path.exists, (self._folder / ".sheetsync", *ours))):
            if not os.access(path, os.W_OK):
                raise SheetError(f"{path} may not be written.", "Look at its permissions.")
        return Found("as far as the permissions tell; whether another program holds a file shows when it is written")

    def _tabs(self) -> Found:
        said = [f"{self._accounts.file} with {many(len(self._accounts.entries), 'entry', 'entries')}"]
        for tab in self._rows.values():
            there = sum(1 for _ in tab.lines())
            said.append(f"{tab.file} with {many(there, 'row')}" if tab.data else f"{tab.file} comes with its first row")
        return Found("; ".join(said), " ".join(tab.notice for tab in self._rows.values() if tab.notice))

    def _spelling(self) -> Found:
        dialect = self._accounts.dialect
        mark = f"{_DELIMITERS[dialect.delimiter]} between cells, decimals with “{dialect.decimal}”"
        return Found(f"{dialect.encoding}{' with a BOM' if dialect.bom else ''}, {mark}")

    def _time_zone(self) -> Found:
        now = self._clock().astimezone(self._settings.zone())
        source = self._settings.timezone or f"that of this machine ({now.tzname()})"
        return Found(f"{source}, where it is {now.date()} now")

    def _waiting(self) -> Found:
        return waiting(self._folder / ".sheetsync" / "outbox")

    def _lock(self) -> Found:
        """Only a lock file that is there is tried, and given back at once: runs wait far longer than that."""
        path = self._folder / ".sheetsync" / "lock"
        if path.exists() and os.access(path, os.W_OK):
            try:
                with FileLock(path, timeout=0):
                    pass
            except Timeout as error:
                raise SheetUnavailableError(
                    f"A run of sheetsync is busy in {self._folder} at this moment.", "Wait until it is done."
                ) from error
        return Found("no run is busy here")

    def _last_run(self) -> Found:
        newest = max((line.date for tab in self._rows.values() for line in tab.lines()), default=None)
        return last_run(newest, self._clock().astimezone(self._settings.zone()).date())
