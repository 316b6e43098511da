"""Accounts.csv as its owner would make it and type into it, before there is any run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sheetsync.errors import SheetError, SheetUnavailableError
from sheetsync.model import Entry
from sheetsync.sheets import layout
from sheetsync.sheets.dialect import Dialect
from sheetsync.sheets.outbox import write_whole
from sheetsync.sheets.spelling import guard
from sheetsync.sheets.tabs import AccountsTab


def tab_file(folder: Path, tab: str) -> Path:
    """The file of a tab in a folder; capitals do not matter in its name."""
    exact = folder / f"{tab}.csv"
    if exact.exists() or not folder.is_dir():
        return exact
    same = sorted(path for path in folder.iterdir() if path.name.casefold() == exact.name.casefold())
    return same[0] if same else exact


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

    def make(self) -> bool:
        """Make the folder and the file with nothing but its headers, where they are missing.

        Returns:
            Whether the file was made.

        Raises:
            SheetError: It cannot be made.
        """
        if self._folder.exists() and not self._folder.is_dir():
            raise SheetError(f"{self._folder} is a file, not a folder.", "Name a folder, or one that is not there yet.")
        with self._in_words():
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self.path
            headers = Dialect().line(layout.ACCOUNTS_COLUMNS).encode()
            return not path.exists() and write_whole(path, headers, lambda: not path.exists())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What people typed.

        Raises:
            SheetError: It cannot be read, or has no ``account`` column.
        """
        return self._read()[1].entries

    def type_in(self, texts: Sequence[str]) -> bool:
        """Type handles below the headers, if nobody has typed anything there yet.

        Returns:
            Whether they were typed.

        Raises:
            SheetError: It cannot be read or written.
        """
        before, tab = self._read()
        if tab.entries:
            return False
        width = len(tab.table.headers)
        at = tab.columns["account"]
        lines = [[guard(text) if column == at else "" for column in range(width)] for text in texts]
        with self._in_words():
            after = tab.table.extended(lines).data()
            if write_whole(self.path, after, lambda: self.path.read_bytes() == before):
                return True
        raise SheetUnavailableError(f"{self.path} is being saved by another program.", "Close it there and try again.")

    def _read(self) -> tuple[bytes, AccountsTab]:
        with self._in_words():
            data = self.path.read_bytes()
        return data, AccountsTab.read(self.path.name, data)

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
