"""Where rows live: a sheet is read, and a change is committed to it whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Protocol

from sheetsync.model import Entry, Kind, Mark, Row, RowKey


Identity = tuple[str, Kind, str]
"""(platform, kind, name): a RowKey without its day."""


@dataclass(frozen=True, slots=True)
class SheetState:
    """The sheet as it was read.

    Attributes:
        day: The day that rows are to be dated: as asked for, else today in the sheet's time zone.
        timezone: The sheet's time zone.
        entries: What people typed, in the sheet's order, cells without text left out.
        taken: Keys of the rows already there for ``day``, by name and by stable id.
        latest: Each account's newest row before ``day``, by name and by stable id (``id:…``).
        revision: Changes with every commit by anybody; a commit on another revision is refused.
    """

    day: date
    timezone: tzinfo
    entries: tuple[Entry, ...]
    taken: frozenset[RowKey]
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
    """

    name: str
    batch: int

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
