"""A folder of CSV files, read to the last line of each, whatever stands there."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from sheetsync.errors import ConflictError, SheetError
from sheetsync.model import Kind, Value
from sheetsync.sheets import layout
from sheetsync.sheets.folder import FolderSheet
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

    _read: dict[Kind, WholeTab]

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
