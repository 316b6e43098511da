"""Changes on disk, written before the first try, so that none is lost when the try is cut off."""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

import msgspec

from sheetsync.model import Account, Entry, Mark, Row, Status, Value
from sheetsync.sheets import Change
from sheetsync.sheets.layout import plain


def write_whole(path: Path, data: bytes, still_right: Callable[[], bool] = lambda: True) -> bool:
    """Replace a file in one step: whoever looks, at whatever moment, finds the old bytes or the new ones.

    Args:
        path: The file; a link stays a link, and the mode of the file stays.
        data: What it is to hold.
        still_right: Asked at the last moment; the file is left as it is when the answer is no.

    Returns:
        Whether the file was replaced.

    Raises:
        OSError: It could not be written. The file is as it was.
    """
    path = path.resolve()
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        right = still_right()
        if right:
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(path.parent)
    return right


def _sync(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle on a folder to flush
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Outbox:
    """The changes that wait to be written to one sheet, each a JSON file in a folder.

    Args:
        folder: Where the files are; made when the first is put in.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, change: Change) -> Path:
        """Keep a change, and return only when the disk has it.

        Returns:
            The file, to be removed when the change is in the sheet.

        Raises:
            OSError: It could not be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}.json"
        write_whole(path, msgspec.json.encode(_Change.of(change)))
        return path

    def pending(self) -> list[tuple[Path, Change]]:
        """The changes that wait, oldest first. A file that cannot be understood is set aside; see ``broken``.

        Raises:
            OSError: The files could not be read.
        """
        waiting = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                waiting.append((path, _DECODER.decode(path.read_bytes()).change()))
            except FileNotFoundError:  # a run beside this one has just written it to the sheet
                continue
            except (msgspec.MsgspecError, UnicodeDecodeError):
                path.replace(path.with_suffix(".broken"))
        return waiting

    def broken(self) -> list[Path]:
        """Files that held no whole change and were set aside, until a person deletes them."""
        return sorted(self._folder.glob("*.broken"))

    def remove(self, path: Path) -> None:
        """Forget a change: it is in the sheet. It is no error when it is gone already."""
        path.unlink(missing_ok=True)
        _sync(path.parent)


class _Day(msgspec.Struct):
    """JSON has no dates: without this, a date would come back as text."""

    date: date


class _Row(msgspec.Struct):
    date: date
    account: Account
    status: Status
    values: dict[str, str | int | float | bool | _Day]
    observed_at: datetime | None
    note: str

    @classmethod
    def of(cls, row: Row) -> "_Row":
        return cls(row.date, row.account, row.status, _packed(row.values), row.observed_at, plain(row.note))

    def row(self) -> Row:
        values = {name: value.date if isinstance(value, _Day) else value for name, value in self.values.items()}
        return Row(self.date, self.account, self.status, values, self.observed_at, self.note)


class _Change(msgspec.Struct):
    rows: list[_Row]
    marks: list[tuple[Entry, Mark]]

    @classmethod
    def of(cls, change: Change) -> "_Change":
        return cls([_Row.of(row) for row in change.rows], [_plain_mark(*mark) for mark in change.marks])

    def change(self) -> Change:
        return Change(tuple(row.row() for row in self.rows), tuple(self.marks))


def _packed(values: Mapping[str, Value]) -> dict[str, str | int | float | bool | _Day]:
    return {name: _pack(value) for name, value in values.items()}


def _pack(value: Value) -> str | int | float | bool | _Day:
    if isinstance(value, date):
        return _Day(value)
    return plain(value) if isinstance(value, str) else value


def _plain_mark(entry: Entry, mark: Mark) -> tuple[Entry, Mark]:
    return entry, Mark(plain(mark.status), plain(mark.detail), mark.last_row)


_DECODER = msgspec.json.Decoder(_Change)
