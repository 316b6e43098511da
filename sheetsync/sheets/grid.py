"""Tabs of a Google spreadsheet as their cells were read: unformatted, dates as serial numbers. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, zip_longest

from sheetsync.errors import SheetError
from sheetsync.model import Entry, Kind, Mark, Row, Value
from sheetsync.sheets import layout
from sheetsync.sheets.spelling import as_date, as_moment

Cell = str | int | float | bool
Cells = Sequence[Sequence[Cell]]
"""Lines of cells; empty cells at the end of a line, and empty lines at the end, are left out by Google."""

EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
"""Day 0 of every serial number, the fraction being the time of day: 2020-01-01 is 43831."""

_WINDOW = 2_000
_DAYS = 4
_MOST = 20_000
_PROBES = 16


def serial(value: date) -> float:
    """A day, or a moment in UTC, as Google counts them."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) - EPOCH) / timedelta(days=1)
    return (value - EPOCH.date()).days


def as_day(cell: Cell) -> date | None:
    """The day that a cell holds, as a serial number or typed as text; None when it holds none."""
    if isinstance(cell, str):
        return as_date(cell.strip(), day_first=None)
    moment = _moment(cell)
    return moment.date() if moment else None


def _as_moment(cell: Cell) -> datetime | None:
    return as_moment(cell.strip()) if isinstance(cell, str) else _moment(cell)


def _moment(number: float) -> datetime | None:
    if isinstance(number, bool):
        return None
    try:
        return EPOCH + timedelta(seconds=round(number * 86_400))
    except OverflowError:
        return None


def as_text(cell: Cell) -> str:
    """The text of a cell, also where a person's digits became a number."""
    if isinstance(cell, bool):
        return str(cell).upper()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


@dataclass(frozen=True, slots=True)
class AccountsGrid:
    """The tab where people type, and the marks beside it.

    Attributes:
        title: Of the tab.
        columns: By the normal name of a column, its index from 0.
        width: How many columns hold something; a new one goes to the right of them.
        entries: What people typed, cells without text left out.
    """

    title: str
    columns: Mapping[str, int]
    width: int
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, title: str, cells: Cells, column: int | None = None) -> "AccountsGrid":
        """Take the cells of the whole tab apart.

        Args:
            title: Of the tab.
            cells: Its cells, the header first.
            column: The index of the column of handles; None for the one under the header ``account``.

        Raises:
            SheetError: There is no ``account`` column, or a column of ours stands there twice.
        """
        headers = [as_text(cell) for cell in cells[0]] if cells else []
        if column is None:
            columns = layout.account_columns(headers, title)
        else:
            ours = [name for name in layout.ACCOUNTS_COLUMNS if name != "account"]
            there = layout.find_columns(["" if at == column else name for at, name in enumerate(headers)], ours, title)
            columns = there | {"account": column}
        entries = (_entry(line, record, columns) for line, record in enumerate(cells[1:], 2))
        width = max([*map(len, cells), *(at + 1 for at in columns.values())])
        return cls(title, columns, width, tuple(entry for entry in entries if entry.text.strip()))

    @property
    def mark_columns(self) -> set[int]:
        """Where marks stand, or will stand."""
        added = [name for name in layout.MARK_COLUMNS if name not in self.columns]
        there = {self.columns[name] for name in layout.MARK_COLUMNS if name in self.columns}
        return there | {self.width + at for at in range(len(added))}

    def marked(self, placed: Mapping[int, Mark]) -> tuple[Entry, ...]:
        """The entries with these marks, by line, beside them."""
        return tuple(replace(entry, mark=placed.get(entry.line, entry.mark)) for entry in self.entries)


def _entry(line: int, record: Sequence[Cell], columns: Mapping[str, int]) -> Entry:
    def cell(name: str) -> Cell:
        at = columns.get(name, len(record))
        return record[at] if at < len(record) else ""

    mark = Mark(as_text(cell("status")), as_text(cell("detail")), as_day(cell("last row")))
    return Entry(line, as_text(cell("account")), as_text(cell("platform")), mark)


def window(grid_lines: int, accounts_lines: int) -> tuple[int, list[int]]:
    """Which lines of History or Posts are read at once.

    Rows stand in the order of their dates, so a few days at the end of the tab tell all that a run needs. Single
    lines spread over the rest show whether the order is really that of dates: whoever sorts by account makes their
    dates start again and again.

    Args:
        grid_lines: How many lines the tab has.
        accounts_lines: How many lines the tab has in which people type.

    Returns:
        The first line of the window, which ends with the tab; and the single lines before it.
    """
    length = min(max(_WINDOW, _DAYS * accounts_lines), _MOST)
    start = max(grid_lines - length + 1, 2)
    step = max((start - 2) // _PROBES, 1)
    return start, list(range(2, start, step))[:_PROBES]


@dataclass(frozen=True, slots=True)
class RowsGrid:
    """History or Posts: its header and its last lines.

    Attributes:
        kind: Of its rows.
        title: Of the tab.
        headers: Its first line.
        columns: By the normal name of a column, its index from 0; empty when the tab is.
        width: How many columns hold something; a new one goes to the right of them.
        lines: What tells the lines apart that were read, people's own lines left out.
        start: The first line that was read; 2 when all were.
        ordered: Whether dates never go back, as far as they were read.
        cells: By line, its cells.
        stray: A line below the last row that holds something else; 0 when there is none.
        dated: The names of columns whose numbers are dates.
    """

    kind: Kind
    title: str
    headers: tuple[str, ...]
    columns: Mapping[str, int]
    width: int
    lines: tuple[layout.Line, ...]
    start: int
    ordered: bool
    cells: Mapping[int, Sequence[Cell]]
    stray: int
    dated: frozenset[str]

    @classmethod
    def empty(cls, kind: Kind, title: str) -> "RowsGrid":
        """A tab without anything in it."""
        return cls(kind, title, (), {}, 0, (), 2, ordered=True, cells={}, stray=0, dated=frozenset())

    @classmethod
    def read(
        cls,
        kind: Kind,
        title: str,
        cells: Mapping[int, Sequence[Cell]],
        start: int,
        dated: frozenset[str],
    ) -> "RowsGrid":
        """Take some lines of a tab apart.

        Args:
            kind: Of the rows.
            title: Of the tab.
            cells: By line, its cells: the header, the probes, and all from ``start`` on.
            start: Where the window begins.
            dated: The names of columns whose numbers are dates.

        Raises:
            SheetError: A key column is missing, a column of ours stands there twice, or a row has no date.
        """
        there = {line: record for line, record in cells.items() if any(map(as_text, record))}
        if not there:
            return cls.empty(kind, title)
        headers = tuple(map(as_text, there.pop(1, ())))
        columns = layout.row_columns(headers, kind, title)
        keys = ((number, _at(record, columns, kind)) for number, record in sorted(there.items()))
        found = tuple(_lines(kind, title, keys))
        ordered = all(one.date <= other.date for one, other in pairwise(found))
        last = found[-1].number if found else 1
        stray = max(there, default=0) if max(there, default=0) > last else 0
        width = max(map(len, cells.values()))
        lines = tuple(line for line in found if line.number >= start)
        return cls(kind, title, headers, columns, width, lines, start, ordered, there, stray, dated)

    def with_header(self, header: Sequence[Cell]) -> "RowsGrid":
        """The same rows under the header as it stands now.

        Raises:
            SheetError: A key column is missing, or a column of ours stands there twice.
        """
        headers = tuple(map(as_text, header))
        if not self.columns and not any(map(str.strip, headers)):
            return self
        columns = layout.row_columns(headers, self.kind, self.title)
        return replace(self, headers=headers, columns=columns, width=max(self.width, len(headers)))

    def covers(self, since: date) -> bool:
        """Whether every row of ``since`` and later has been read."""
        return self.start <= 2 or bool(self.ordered and self.lines and self.lines[0].date < since)  # noqa: PLR2004

    def widened(self, keys: Mapping[int, Cells]) -> "RowsGrid":
        """This tab with all its lines known.

        Args:
            keys: By index, the cells from line 2 on of each column that tells lines apart; see ``key_columns``.
        """
        tall = [[line[0] if line else "" for line in keys.get(at, ())] for at in _places(self.columns, self.kind)]
        lines = _lines(self.kind, self.title, enumerate(zip_longest(*tall, fillvalue=""), 2))
        return replace(self, lines=tuple(lines), start=2)

    @property
    def key_columns(self) -> list[int]:
        """The indexes of the columns that tell lines apart."""
        return [at for at in _places(self.columns, self.kind) if at >= 0]

    def row(self, number: int) -> Row:
        """The row in a line whose cells have been read.

        Raises:
            SheetError: It has no date.
        """
        record = self.cells[number]
        there = {name: record[at] for name, at in self.columns.items() if at < len(record) and record[at] != ""}
        values = {name: self._value(name, cell) for name, cell in there.items()}
        return layout.row({name: value for name, value in values.items() if value is not None}, self.kind)

    def _value(self, name: str, cell: Cell) -> Value | None:
        if name == "date":
            return as_day(cell)
        if name == "observed at":
            return _as_moment(cell)
        if name in layout.TEXT_COLUMNS:
            return as_text(cell)
        return as_day(cell) if name in self.dated and not isinstance(cell, str) else cell


def _places(columns: Mapping[str, int], kind: Kind) -> list[int]:
    """Where date, platform, name, stable id and status are; -1 for a column that is not there."""
    name = "post" if kind is Kind.POST else "account"
    return [columns.get(column, -1) for column in ("date", "platform", name, "id", "status")]


def _at(record: Sequence[Cell], columns: Mapping[str, int], kind: Kind) -> list[Cell]:
    return [record[at] if 0 <= at < len(record) else "" for at in _places(columns, kind)]


def _lines(kind: Kind, title: str, keys: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[layout.Line]:
    for number, (date_cell, *rest) in keys:
        platform, name, stable_id, status = map(as_text, rest)
        if not (platform or name):
            continue
        day = as_day(date_cell)
        if day is None:
            raise SheetError(
                f"{title}, line {number}: “{as_text(date_cell)}” is no date.",
                "Write it as 2026-11-23, or delete the line.",
            )
        yield layout.Line(number, day, platform, kind, name, stable_id, status)
