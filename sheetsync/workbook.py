"""The cells of a CSV or XLSX file, formulas as they are written.

An XLSX file is a ZIP of XML: what it would unfold to is looked at first, so that a small file cannot fill the memory.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sheetsync.errors import ConfigError

Cells = Mapping[tuple[int, int], str]
"""Text by row and column, counted from 1; empty cells are missing."""

MOST_BYTES = 200_000_000
MOST_CELLS = 1_000_000


def read_workbook(path: Path) -> dict[str, Cells]:
    """The cells of each tab; a CSV file is one tab of the file's name.

    Raises:
        ConfigError: The file is not there, too large, or no such file.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError(f"{path} is larger than {MOST_BYTES:,} bytes.", "Import a file with fewer tabs.")
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Check the name of the file.") from error
    if raw.startswith(b"PK"):
        return _xlsx(path, raw)
    if raw.startswith(b"\xd0\xcf\x11\xe0") or b"\0" in raw:
        raise ConfigError(f"{path} is neither CSV nor XLSX.", "Save it as .xlsx, or as CSV that shows formulas.")
    return {path.stem: _csv(path, raw)}


def _csv(path: Path, raw: bytes) -> Cells:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("windows-1252", "replace")
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    cells: dict[tuple[int, int], str] = {}
    try:
        for number, row in enumerate(reader, 1):
            _put(cells, number, row)
    except csv.Error as error:
        raise ConfigError(f"{path} is not CSV that can be read: {error}.", "Save it as .xlsx instead.") from error
    return cells


def _xlsx(path: Path, raw: bytes) -> dict[str, Cells]:
    from openpyxl import load_workbook  # noqa: PLC0415 - 100 ms that only this needs

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            # zipfile never gives more of a part than its entry announces, so the announcement can be relied on
            size = sum(part.file_size for part in parts.infolist())
        if size <= MOST_BYTES:
            book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
            return {sheet.title: _tab(sheet.iter_rows()) for sheet in book.worksheets}
    except ConfigError:
        raise
    except Exception as error:  # openpyxl meets a broken file with whatever its insides raise
        raise ConfigError(f"{path} is not an XLSX file that can be read.", "Save it again as .xlsx.") from error
    raise ConfigError(f"{path} unfolds to more than {MOST_BYTES:,} bytes.", "Import a file with fewer tabs.")


def _tab(rows: Iterable[Iterable[Any]]) -> Cells:
    cells: dict[tuple[int, int], str] = {}
    for cell in (cell for row in rows for cell in row):
        if cell.value is not None:
            _put(cells, cell.row, [_formula_or_text(cell.value)], cell.column)
    return cells


def _formula_or_text(value: object) -> str:
    """A cell's text; an array formula is an object that has it as ``text``."""
    return str(getattr(value, "text", value))


def _put(cells: dict[tuple[int, int], str], row: int, texts: list[str], column: int = 1) -> None:
    cells.update({(row, column + offset): text for offset, text in enumerate(texts) if text})
    if len(cells) > MOST_CELLS:
        raise ConfigError(f"A tab has more than {MOST_CELLS:,} cells.", "Import a file with fewer cells.")
