"""Accounts.csv as its owner would make it and type into it, before there is any run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sheetsync.errors import SheetError, SheetUnavailableError
from sheetsync.model import Entry
from sheetsync.sheets import layout
from sheetsync.sheets.dialect import Dialect, Table
from sheetsync.sheets.folder import tab_file
from sheetsync.sheets.outbox import write_whole
from sheetsync.sheets.spelling import guard
from sheetsync.sheets.tabs import AccountsTab


class AccountsFile:
    """The file in which people type.

    Args:
        folder: Where it is, or will be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """Where it is, or will be."""
        return tab_file(self._folder, layout.ACCOUNTS)

    def prepare(self) -> tuple[str, ...]:
        """Make the folder, the file, its headers: whatever of it is missing. What is there stays, byte for byte.

        Returns:
            What was done, a few words each; nothing when all was there.

        Raises:
            SheetError: It cannot be made, or has headers without ``account``.
            SheetUnavailableError: Another program saves the file at this very moment.
        """
        if self._folder.exists() and not self._folder.is_dir():
            raise SheetError(f"{self._folder} is a file, not a folder.", "Name a folder, or one that is not there yet.")
        with self._in_words():
            self._folder.mkdir(parents=True, exist_ok=True)
        before = self._bytes()
        table = Table.read(before, frozenset(layout.ACCOUNTS_COLUMNS))
        if table.is_blank:
            headers = Dialect().line(layout.ACCOUNTS_COLUMNS)
            self._replace(before, Table(table.dialect, [headers]).data())
            return (f"wrote the headers into {self.path}" if before else f"made {self.path}",)
        return self._add_columns(before)

    def _add_columns(self, before: bytes) -> tuple[str, ...]:
        tab = AccountsTab.read(self.path.name, before)
        lacking = [name for name in layout.MARK_COLUMNS if name not in tab.columns]
        if lacking:
            headers = {0: dict(enumerate(lacking, tab.table.width))}
            self._replace(before, tab.table.changed(headers).data())
        return (f"added the columns {', '.join(lacking)} to {self.path}",) if lacking else ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What people typed.

        Raises:
            SheetError: It cannot be read, or has no ``account`` column.
        """
        return AccountsTab.read(self.path.name, self._bytes()).entries

    def type_in(self, texts: Sequence[str]) -> bool:
        """Type handles below the headers, if nothing else stands there yet.

        Returns:
            Whether they were typed.

        Raises:
            SheetError: It cannot be read or written.
        """
        before = self._bytes()
        tab = AccountsTab.read(self.path.name, before)
        below = (cell for record in tab.table.records[1:] for cell in tab.dialect.cells(record))
        if any(cell.strip() for cell in below):
            return False
        width, at = len(tab.table.headers), tab.columns["account"]
        lines = [[guard(text) if column == at else "" for column in range(width)] for text in texts]
        self._replace(before, tab.table.extended(lines).data())
        return True

    def _bytes(self) -> bytes:
        with self._in_words():
            return self.path.read_bytes() if self.path.exists() else b""

    def _replace(self, before: bytes, after: bytes) -> None:
        with self._in_words():
            if write_whole(self.path, after, lambda: self._bytes() == before):
                return
        raise SheetUnavailableError(f"{self.path} is being saved by another program.", "Close it there and try again.")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Put into one sentence what the system refuses."""
        try:
            yield
        except OSError as error:
            where = error.filename or self._folder
            raise SheetError(
                f"{where}: {error.strerror or error}.", "Look at its permissions, or name another."
            ) from error
