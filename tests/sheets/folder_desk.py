"""A folder of CSV files, as people and other programs see it."""

import csv
import io
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

from sheetsync.sheets import Change
from sheetsync.sheets.folder import FolderSheet
from sheetsync.sheets.outbox import Outbox
from tests.sheets.contract import ACCOUNTS, NOW, Cells


class Folder:
    """A sheet in a folder, and what can be done with its files behind its back.

    Args:
        path: The folder; an Accounts.csv is saved there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._save("Accounts", ACCOUNTS)

    def open(self) -> FolderSheet:
        return FolderSheet(self.path, clock=lambda: NOW, timezone=UTC)

    def file(self, tab: str) -> Path:
        return self.path / f"{tab}.csv"

    def table(self, tab: str) -> Cells:
        file = self.file(tab)
        return list(csv.reader(io.StringIO(file.read_bytes().decode(), newline=""))) if file.exists() else []

    def edit(self, tab: str, change: Callable[[Cells], Cells]) -> None:
        self._save(tab, change(self.table(tab)))

    def formulas(self, tab: str) -> list[str]:
        cells = [cell for line in self.table(tab) for cell in line]
        return [cell for cell in cells if cell.strip()[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20")]

    def waiting(self) -> list[tuple[Path, Change]]:
        return Outbox(self.path / ".sheetsync" / "outbox").pending()

    def _save(self, tab: str, cells: Cells) -> None:
        text = io.StringIO()
        csv.writer(text).writerows(cells)
        self.file(tab).write_bytes(text.getvalue().encode())
