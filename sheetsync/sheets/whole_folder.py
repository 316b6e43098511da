"""A folder of CSV files, read to the last line of each, whatever stands there."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from sheetsync.errors import ConflictError, SheetError, SheetUnavailableError
from sheetsync.model import Entry, Kind, Row, Value
from sheetsync.sheets import Change, SheetState, layout
from sheetsync.sheets.accounts_file import AccountsFile
from sheetsync.sheets.folder import FolderSheet, in_words
from sheetsync.sheets.outbox import write_whole
from sheetsync.sheets.spelling import unguard
from sheetsync.sheets.tabs import RowsTab
from sheetsync.sheets.whole import Place, Stored


class WholeTab(RowsTab):
    """History.csv or Posts.csv, of which no line is refused."""

    def stored(self) -> Iterator[Stored]:
        """Every line that holds something, and at last the one that was cut off, if there is one."""
        lines = self.table.dialect.all_cells(self.table.records)
        for number, texts in enumerate(islice(lines, 1, None), 2):
            there = {name: texts[at] for name, at in self.columns.items() if at < len(texts) and texts[at]}
            if there:
                cells = {name: self._typed(name, text, number) for name, text in there.items()}
                yield Stored(self.kind, number, cells)
        if self.notice:
            yield Stored(self.kind, len(self.table.records) + 1, {}, is_torn=True)

    def _typed(self, name: str, text: str, number: int) -> Value:
        try:
            value = self._value(name, text, number)
        except SheetError:
            value = None
        return unguard(text) if value is None else value

    def without(self, lines: Collection[int]) -> bytes:
        """The bytes of the file without these lines."""
        kept = [record for number, record in enumerate(self.table.records, 1) if number not in lines]
        return replace(self.table, records=kept).data()


class WholeFolder(FolderSheet):
    """A sheet in a folder that can be read to its last line, and lines taken out of it; see ``WholeSheet``."""

    bulk: int = 20_000  # a whole file is written each time
    _read: dict[Kind, WholeTab]
    _found: SheetState | None = None

    @property
    def place(self) -> str:
        """The folder, wherever a link to it is."""
        return str(self._folder.resolve())

    @property
    def is_there(self) -> bool:
        """Whether there is an Accounts.csv."""
        self._refuse_file()
        return self._path(layout.ACCOUNTS).exists()

    def prepare(self) -> SheetState:
        """Make the folder and an Accounts.csv with nothing but headers, where they are missing."""
        AccountsFile(self._folder).prepare()
        self._found = self.read()
        return self._found

    def listed(self) -> tuple[Entry, ...]:
        """What stands in Accounts.csv."""
        self._require()
        with in_words(SheetUnavailableError, self._folder):
            return self._accounts().entries

    def bring(self, rows: Sequence[Row]) -> None:
        """Commit rows, on the state that ``prepare`` found or the last commit left."""
        self._found = self.commit(Change(tuple(rows)), self._found or self.prepare())

    def enlist(self, entries: Sequence[Entry]) -> None:
        """Write the entries that are missing to the end of Accounts.csv, in one step."""
        with self._lock():
            self._edit(self._path(layout.ACCOUNTS), lambda data: self._accounts(data).extended(entries))

    def stored(self) -> Iterator[Stored]:
        """Every line of both files, as they are at this moment; no run is half way between the two.

        Raises:
            SheetError: A file is missing or not what it should be; the message says what to mend.
            SheetUnavailableError: Another run or another program has the folder.
        """
        with self._lock():
            self._read = {kind: WholeTab.read(path.name, kind, _bytes(path)) for kind, path in self._paths()}
        for tab in self._read.values():
            yield from tab.stored()

    def erase(self, places: Sequence[Place]) -> None:
        """Replace each file by one without these lines.

        Raises:
            ConflictError: A file is not any more as ``stored`` found it. It was left alone.
            SheetUnavailableError: Another run or another program has the folder.
        """
        with self._lock():
            if any(_bytes(path) != self._read[kind].data for kind, path in self._paths()):
                raise self._conflict()
            for kind, path in self._paths():
                if lines := {place.line for place in places if place.kind is kind}:
                    self._replace(path, self._read[kind], lines)

    def _replace(self, path: Path, tab: WholeTab, lines: Collection[int]) -> None:
        if not write_whole(path, tab.without(lines), lambda: _bytes(path) == tab.data):
            raise self._conflict()

    def _paths(self) -> list[tuple[Kind, Path]]:
        return [(kind, self._path(layout.TABS[kind])) for kind in Kind]

    def _conflict(self) -> ConflictError:
        return ConflictError(f"The files in {self.name} were changed in the meantime.", "Look again: sheetsync verify.")


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
