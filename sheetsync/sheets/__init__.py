"""Where rows live: a sheet is read, and a change is committed to it whole or not at all."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Protocol

from sheetsync.model import Entry, Kind, Mark, Row, RowKey, Status

_SPREADSHEET = re.compile(r"^(?:https?://)?docs\.google\.com/|^[A-Za-z0-9_-]{25,}$")

Identity = tuple[str, Kind, str]
"""(platform, kind, name): a RowKey without its day."""


@dataclass(frozen=True, slots=True)
class SheetState:
    """The sheet as it was read.

    Attributes:
        day: The day that rows are to be dated: as asked for, else today in the sheet's time zone.
        timezone: The sheet's time zone.
        entries: What people typed, in the sheet's order, cells without text left out.
        taken: By key, by name and by stable id, the status of each row already there for ``day``.
        latest: Each account's newest row before ``day``, by name and by stable id (``id:…``).
        revision: Changes with every commit by anybody; a commit on another revision is refused.
    """

    day: date
    timezone: tzinfo
    entries: tuple[Entry, ...]
    taken: Mapping[RowKey, Status]
    latest: Mapping[Identity, Row]
    revision: str


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written in one commit: rows, and marks beside the entries they belong to."""

    rows: tuple[Row, ...] = ()
    marks: tuple[tuple[Entry, Mark], ...] = field(default=())

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.rows or self.marks)


class Sheet(Protocol):
    """A Google spreadsheet, or a folder of CSV files.

    Attributes:
        name: How to call it in a message to its owner.
        batch: How many rows a commit should gather, when there are many.
        notices: What its owner should know, as of the last ``read`` or ``commit``, a sentence each.
    """

    name: str
    batch: int
    notices: tuple[str, ...]

    def create(self) -> bool:
        """Make the sheet with an example for its owner, where there is none; whether it did.

        Raises:
            SheetError: It cannot be made.
        """
        ...

    def read(self, day: date | None = None) -> SheetState:
        """Read what a run needs, creating missing tabs, columns and headers.

        Args:
            day: The day to date rows; today in the sheet's time zone when None.

        Raises:
            SheetError: The sheet is not what it should be; the message says what to mend.
            SheetUnavailableError: No answer.
        """
        ...

    def commit(self, change: Change, state: SheetState) -> SheetState:
        """Write the change whole or not at all, and return the state after it.

        Marks go to the line where the entry now stands, found by its text; an entry that is gone gets none.

        Raises:
            ConflictError: Rows were written since ``state`` was read. Nothing was written: read again.
            SheetError: The sheet answered no. Nothing was written.
            SheetUnavailableError: No answer; the change waits in the outbox and is written by the next ``read``.
        """
        ...


def open_sheet(
    target: str,
    *,
    clock: Callable[[], datetime],
    timezone: tzinfo | None = None,
    accounts: str = "",
    environment: Mapping[str, str] | None = None,
) -> Sheet:
    """The sheet that a person named.

    Args:
        target: A spreadsheet's link or id, or a folder.
        clock: The time now, in UTC.
        timezone: Decides which day it is in a folder; None for this machine's. A spreadsheet has its own.
        accounts: Where people type in a spreadsheet, as in ``Influencers!B``; empty for the tab ``Accounts``.
        environment: Has the credentials for a spreadsheet.

    Raises:
        SheetError: The target is something that cannot hold a sheet.
    """
    if is_spreadsheet(target):
        from sheetsync.sheets.google import GoogleSheet  # noqa: PLC0415 - a backend is loaded when it is asked for
        from sheetsync.sheets.layout import ACCOUNTS  # noqa: PLC0415 - it stands on this module

        return GoogleSheet(target, clock=clock, accounts=accounts or ACCOUNTS, environment=environment or {})
    from sheetsync.sheets.folder import FolderSheet  # noqa: PLC0415 - the same

    return FolderSheet(Path(target), clock=clock, timezone=timezone or _machine_zone())


def is_spreadsheet(target: str) -> bool:
    """Whether a target is a spreadsheet's link or id, rather than a folder; a folder of that name wins."""
    return bool(_SPREADSHEET.search(target)) and not Path(target).is_dir()


def _machine_zone() -> tzinfo:
    return datetime.now().astimezone().tzinfo or UTC
