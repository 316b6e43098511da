import csv
import io
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from sheetsync.sheets.folder import FolderSheet
from tests.sheets.contract import ACCOUNTS, DAY, NOW, Cells, Desk, SheetContract, account_row, commit, post_row


class Folder:
    """A folder, as its people see it through a spreadsheet program."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._save("Accounts", ACCOUNTS)

    def open(self) -> FolderSheet:
        return FolderSheet(self.path, clock=lambda: NOW, timezone=UTC)

    def table(self, tab: str) -> Cells:
        file = self.path / f"{tab}.csv"
        return list(csv.reader(io.StringIO(file.read_bytes().decode(), newline=""))) if file.exists() else []

    def edit(self, tab: str, change: Callable[[Cells], Cells]) -> None:
        self._save(tab, change(self.table(tab)))

    def formulas(self, tab: str) -> list[str]:
        cells = [cell for line in self.table(tab) for cell in line]
        return [cell for cell in cells if cell.strip()[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20")]

    def _save(self, tab: str, cells: Cells) -> None:
        text = io.StringIO()
        csv.writer(text).writerows(cells)
        (self.path / f"{tab}.csv").write_bytes(text.getvalue().encode())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


class TestFolderSheet(SheetContract):
    @pytest.fixture
    def desk(self, folder: Folder) -> Desk:
        return folder
