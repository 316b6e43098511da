"""A whole sheet at once: every line of History and Posts as it stands, also those that can be no row.

A run never needs this; it reads what it must and refuses what it cannot understand. Whoever looks for damage must not
stop at the first cell that is damaged.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

from sheetsync.model import Entry, Kind, Row, Value
from sheetsync.sheets import Sheet, is_spreadsheet, layout


class Stored:
    """A line of History or Posts.

    Attributes:
        kind: Of the tab it stands in.
        line: As the spreadsheet counts it, header included.
        cells: Those that hold something, by the normal name of their column, typed; a date or a moment that cannot be
            read is the text that stands there.
        is_torn: Whether it was cut off while it was written, and so has no cells.
    """

    def __init__(self, kind: Kind, line: int, cells: Mapping[str, Value], *, is_torn: bool = False) -> None:
        self.kind = kind
        self.line = line
        self.cells = cells
        self.is_torn = is_torn

    @property
    def tab(self) -> str:
        """The title of its tab."""
        return layout.TABS[self.kind]

    @property
    def day(self) -> date | None:
        """The day of its row; None when it has none that can be read."""
        day = self.cells.get("date")
        return day if isinstance(day, date) else None

    @cached_property
    def key(self) -> layout.Line | None:
        """What tells its row from others; None when something of that is missing."""
        name = self._text("post" if self.kind is Kind.POST else "account")
        platform = self._text("platform")
        if self.day is None or not platform or not name:
            return None
        return layout.Line(self.line, self.day, platform, self.kind, name, self._text("id"), self._text("status"))

    @property
    def row(self) -> Row | None:
        """Its row; None when it cannot be one. A moment that cannot be read is left out of it."""
        if self.key is None:
            return None
        seen = self.cells.get("observed at")
        left_out = () if isinstance(seen, datetime) else ("observed at",)
        return layout.row({name: value for name, value in self.cells.items() if name not in left_out}, self.kind)

    @property
    def place(self) -> "Place":
        """Where it stands, and what tells whether it still does."""
        return Place(self.kind, self.line, hash(frozenset(self.cells.items())))

    def _text(self, name: str) -> str:
        return str(self.cells.get(name, ""))


class Place(NamedTuple):
    """A line, remembered without its cells, because a long history has many.

    Attributes:
        kind: Of the tab.
        line: As the spreadsheet counts it.
        content: The hash of its cells, good for as long as this process lives.
    """

    kind: Kind
    line: int
    content: int


class WholeSheet(Sheet, Protocol):
    """A sheet that can be read to its last line, lines taken out of it, and rows of any day brought to it.

    Attributes:
        bulk: How many rows ``bring`` should be given at once.
    """

    bulk: int

    @property
    def place(self) -> str:
        """What tells it from every other sheet."""
        ...

    @property
    def is_there(self) -> bool:
        """Whether there is anything to read yet."""
        ...

    def prepare(self) -> object:
        """Make what is missing before rows can be written, and finish what an earlier run left unfinished."""
        ...

    def listed(self) -> tuple[Entry, ...]:
        """What people typed, with the marks beside it. Nothing is written."""
        ...

    def bring(self, rows: Sequence[Row]) -> None:
        """Write rows of any days; their keys must not have been among those that ``stored`` gave last.

        Raises:
            ConflictError: Others wrote rows since ``stored``. Some of these may be written: look again.
            SheetError: The sheet answered no.
            SheetUnavailableError: No answer.
        """
        ...

    def enlist(self, entries: Sequence[Entry]) -> None:
        """Write those of the entries, and their marks, that people have not typed yet, below the others.

        Raises:
            ConflictError: Others wrote rows at the same moment. Nothing was written.
            SheetError: The sheet answered no.
            SheetUnavailableError: No answer.
        """
        ...

    def stored(self) -> Iterator[Stored]:
        """Every line below the headers of History, then of Posts, empty ones left out. Nothing is written.

        Raises:
            SheetError: A tab has lost a key column, or is no table at all.
            SheetUnavailableError: No answer.
        """
        ...

    def erase(self, places: Sequence[Place]) -> None:
        """Take lines out, all in one step for each file or spreadsheet.

        Raises:
            ConflictError: The sheet is not any more as ``stored`` found it. Nothing was taken out.
            SheetError: The sheet answered no.
            SheetUnavailableError: No answer.
        """
        ...


def open_whole(
    target: str,
    *,
    clock: Callable[[], datetime],
    timezone: tzinfo | None = None,
    accounts: str = "",
    environment: Mapping[str, str] | None = None,
) -> WholeSheet:
    """The sheet that a person named; see ``open_sheet``.

    Raises:
        SheetError: The target is something that cannot hold a sheet.
    """
    if is_spreadsheet(target):
        from sheetsync.sheets.whole_google import WholeGoogle  # noqa: PLC0415 - loaded when it is asked for

        return WholeGoogle(target, clock=clock, accounts=accounts or layout.ACCOUNTS, environment=environment or {})
    from sheetsync.sheets.whole_folder import WholeFolder  # noqa: PLC0415 - the same

    return WholeFolder(Path(target), clock=clock, timezone=timezone or clock().astimezone().tzinfo or UTC)
