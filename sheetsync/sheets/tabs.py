"""The three tabs of a folder, each read from one CSV file and written back into it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Self

from sheetsync.errors import SheetError
from sheetsync.model import Entry, Kind, Mark, Row, Value
from sheetsync.sheets import layout
from sheetsync.sheets.dialect import Dialect, Table
from sheetsync.sheets.spelling import as_date, as_moment, guard, is_day_first, spell, understand, unguard


@dataclass(frozen=True, slots=True)
class AccountsTab:
    """Accounts.csv: what people typed, and the marks beside it.

    Attributes:
        file: The name of the file, for messages.
        table: Its records.
        columns: By the normal name of a column, its index from 0.
    """

    file: str
    table: Table
    columns: dict[str, int]

    @classmethod
    def read(cls, file: str, data: bytes) -> Self:
        """Take the bytes of the file apart.

        Raises:
            SheetError: It is no text, has no ``account`` column, or a quotation mark in it is never closed.
        """
        table = _table(file, data, layout.ACCOUNTS_COLUMNS, torn=False)
        if table.is_open:
            raise _never_closed(file, table)
        return cls(file, table, layout.account_columns(table.headers, file))

    @property
    def dialect(self) -> Dialect:
        """How the file is spelled."""
        return self.table.dialect

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What people typed, cells without text left out."""
        every = (self._entry(line, record) for line, record in enumerate(self.table.records[1:], 2))
        return tuple(entry for entry in every if entry.text.strip())

    def _entry(self, line: int, record: str) -> Entry:
        cells = dict(enumerate(self.dialect.cells(record)))
        account, platform, status, detail, last_row = (
            unguard(cells.get(self.columns.get(name, -1), "")) for name in layout.ACCOUNTS_COLUMNS
        )
        day = as_date(last_row.strip(), day_first=self.dialect.delimiter == ";" or None)
        return Entry(line, account, platform, Mark(status, detail, day))

    def marked(self, marks: Iterable[tuple[Entry, Mark]]) -> bytes:
        """The bytes of the file with these marks beside their entries; cells that say the same already stay."""
        entries = self.entries
        placed = layout.place(marks, entries)
        texts = {
            entry.line - 1: changes
            for entry in entries
            if entry.line in placed and (changes := _changes(entry.mark, placed[entry.line]))
        }
        needed = [name for name in layout.MARK_COLUMNS if any(name in changes for changes in texts.values())]
        added = [name for name in needed if name not in self.columns]
        width = self.table.width if added else 0
        columns = self.columns | {name: width + index for index, name in enumerate(added)}
        by_index = {line: {columns[name]: text for name, text in changes.items()} for line, changes in texts.items()}
        return self.table.changed({0: {columns[name]: name for name in added}} | by_index).data()

    def extended(self, entries: Sequence[Entry]) -> bytes:
        """The bytes of the file with those of the entries, and their marks, that do not stand there yet."""
        texts = [layout.enlisted(entry) for entry in layout.unlisted(entries, self.entries)]
        if not texts:
            return self.table.data()
        needed = [name for name in layout.ACCOUNTS_COLUMNS if any(name in cells for cells in texts)]
        added = [name for name in needed if name not in self.columns]
        width = self.table.width
        columns = self.columns | {name: width + index for index, name in enumerate(added)}
        table = self.table.changed({0: {columns[name]: name for name in added}}) if added else self.table
        lines = [[""] * len(table.headers) for _ in texts]
        for line, cells in zip(lines, texts, strict=True):
            for name, value in cells.items():
                line[columns[name]] = spell(value, self.dialect.decimal)
        return table.extended(lines).data()


def _changes(old: Mark, new: Mark) -> dict[str, str]:
    """The cells that must say something else, by the name of their column."""
    day = new.last_row.isoformat() if new.last_row else ""
    pairs = {
        "status": (old.status, new.status, guard(layout.plain(new.status))),
        "detail": (old.detail, new.detail, guard(layout.plain(new.detail))),
        "last row": (old.last_row, new.last_row, day),
    }
    return {name: text for name, (before, after, text) in pairs.items() if before != after}


@dataclass(eq=False)
class RowsTab:
    """History.csv or Posts.csv: one row an account and day. It is never changed, only extended into another one.

    Attributes:
        file: The name of the file, for messages.
        kind: Of its rows.
        data: The bytes of the file; none when it is not there yet.
        table: Its records, without a torn one at its end.
        columns: By the normal name of a column, its index from 0.
        notice: What a person should know about how it was read; empty when all was well.
    """

    file: str
    kind: Kind
    data: bytes
    table: Table
    columns: dict[str, int]
    notice: str = ""
    _dates: dict[str, date] = field(default_factory=dict)
    _day_first: bool | None = None

    @classmethod
    def read(cls, file: str, kind: Kind, data: bytes) -> Self:
        """Take the bytes of the file apart. A line that was cut off while it was written is left out.

        Raises:
            SheetError: It is no text, a key column is missing, or a quotation mark in it is never closed.
        """
        table, notice = _table(file, data, layout.own_columns(kind), torn=True), ""
        if table.is_torn:
            if table.swallows_lines:
                raise _never_closed(file, table)
            notice = f"{file} ended in half a row (line {len(table.records)}); it was never finished and is left out."
            table = table.without_last()
        columns = {} if table.is_blank else layout.row_columns(table.headers, kind, file)
        return cls(file, kind, data, table, columns, notice)

    def lines(self) -> Iterator[layout.Line]:
        """What tells each line from others; people's own lines, which name neither platform nor account, left out.

        Raises:
            SheetError: A date cannot be read, or could be read in two ways.
        """
        for number, day, platform, name, stable_id, status in self._cells_of("id", "status"):
            key = unguard(platform), self.kind, unguard(name)
            yield layout.Line(number, self._date(day, number), *key, unguard(stable_id), unguard(status))

    def _cells_of(self, *further: str) -> Iterator[tuple[int, str, str, str, str, str]]:
        """Each line's number, date, platform, name and two further cells, as they stand in the file."""
        name = "post" if self.kind is Kind.POST else "account"
        indexes = [self.columns.get(column, -1) for column in ("date", "platform", name, *further)]
        width = max(indexes) + 1
        lines = self.table.dialect.all_cells(self.table.records)
        for number, cells in enumerate(islice(lines, 1, None), 2):
            cells.extend([""] * max(width + 1 - len(cells), 1))  # the last one stands for columns that are not there
            day, platform, called, one, other = [cells[index] for index in indexes]
            if platform or called:
                yield number, day, platform, called, one, other

    def _date(self, text: str, number: int) -> date:
        if found := self._dates.get(text):
            return found
        bare = text.strip()
        found = as_date(bare, day_first=None) or as_date(bare, day_first=self._order())
        if found is None:
            raise SheetError(
                f"{self.file}, line {number}: it cannot be told which day “{text}” is.",
                "Write the dates of this column as 2026-11-23, year first.",
            )
        return self._dates.setdefault(text, found)

    def _order(self) -> bool | None:
        """How the dates are to be read that a spreadsheet has rewritten; found out when the first is met."""
        if self._day_first is None:
            default = True if self.table.dialect.delimiter == ";" else None
            column = ((day.strip(), moment) for _, day, _, _, moment, _ in self._cells_of("observed at", "note"))
            self._day_first = is_day_first(column, default=default)
        return self._day_first

    def row(self, number: int) -> Row:
        """The row in a line, counted as the spreadsheet does.

        Raises:
            SheetError: Its date cannot be read.
        """
        cells = self.table.dialect.cells(self.table.records[number - 1])
        there = {name: cells[index] for name, index in self.columns.items() if index < len(cells) and cells[index]}
        values = {name: self._value(name, cell, number) for name, cell in there.items()}
        return layout.row({name: value for name, value in values.items() if value is not None}, self.kind)

    def _value(self, name: str, cell: str, number: int) -> Value | None:
        if name == "date":
            return self._date(cell, number)
        if name == "observed at":
            return as_moment(cell.strip())
        if name in layout.TEXT_COLUMNS:
            return unguard(cell)
        return understand(cell, self.table.dialect.decimal, day_first=self._day_first)

    def without_taken(self, rows: Sequence[Row]) -> list[Row]:
        """Those of the rows that do not stand here, by name or by stable id, the first of any two alike.

        Raises:
            SheetError: A date cannot be read.
        """
        days = {row.date for row in rows}
        taken = set(layout.taken(line for line in self.lines() if line.date in days)) if rows else set()
        fresh = []
        for row in rows:
            if row.keys.isdisjoint(taken):
                fresh.append(row)
                taken |= row.keys
        return fresh

    def widened(self, rows: Sequence[Row], dialect: Dialect) -> Self:
        """This tab with every column that these rows need, and nothing else new.

        Args:
            rows: The rows to come.
            dialect: How a new file is to be spelled.

        Raises:
            SheetError: A column that they need stands there twice.
        """
        if self.table.is_blank:
            table = Table(dialect, [dialect.line(layout.header(self.kind, rows))])
        else:
            headers, added = self.table.headers, layout.missing_columns(self.columns, rows)
            layout.find_columns(headers, {name for row in rows for name in layout.cells(row)}, self.file)
            table = self.table.changed({0: dict(enumerate(added, self.table.width))}) if added else self.table
        columns = layout.row_columns(table.headers, self.kind, self.file)
        return replace(self, table=table, columns=columns, notice="")

    def extended(self, rows: Sequence[Row], dialect: Dialect) -> Self:
        """This tab with these rows at its end; see ``widened``."""
        wide = self.widened(rows, dialect)
        width = len(wide.table.headers)
        table = wide.table.extended(wide.line(row, width) for row in rows)
        return replace(wide, table=table, data=table.data())

    def line(self, row: Row, width: int) -> list[str]:
        """The texts of a row's cells, each at the place of its column."""
        texts = [""] * width
        for name, value in layout.cells(row).items():
            texts[self.columns[name]] = spell(value, self.table.dialect.decimal)
        return texts


def _table(file: str, data: bytes, names: Iterable[str], *, torn: bool) -> Table:
    try:
        return Table.read(data, frozenset(names), torn=torn)
    except UnicodeDecodeError as error:
        raise SheetError(
            f"{file} begins as {error.encoding} text, but byte {error.start} is none.", "Save it as “CSV UTF-8”."
        ) from error


def _never_closed(file: str, table: Table) -> SheetError:
    return SheetError(
        f"{file}, line {len(table.records)}: a quotation mark is opened there and never closed.",
        "Close it or take it out; all that follows it looks like one cell.",
    )
