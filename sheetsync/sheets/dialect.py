"""A CSV file as some program spelled it: changed where it must be, byte for byte the same elsewhere."""

import codecs
import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sheetsync.sheets.layout import normal

_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DELIMITERS = ",;\t"

# A cell as it stands between two delimiters: a quoted part, which may hold anything, then whatever follows it.
_CELL = r'(?:"[^"]*+(?:""[^"]*+)*+"?+)?+[^{mark}\r\n]*+'
_CELLS = {mark: re.compile(rf"({_CELL.format(mark=mark)})(?:{mark}|\Z)") for mark in _DELIMITERS}
_RECORDS = {
    mark: re.compile(r"(?:{cell}{mark})*+{cell}(?:\r\n?|\n|\Z)".format(cell=_CELL.format(mark=mark), mark=mark))
    for mark in _DELIMITERS
}
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)("?)(.*)', re.DOTALL)
_BREAK = re.compile(r"\r\n?|\n")

csv.field_size_limit(2**31 - 1)  # a cell may be as long as people like; the module's own limit is 128 KiB


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is spelled.

    Attributes:
        encoding: Of its text.
        bom: The bytes before the text, or none.
        delimiter: Comma, semicolon or tab.
        newline: What ends a record.
        quote_all: Whether every cell stands in quotes.
    """

    encoding: str = "utf-8"
    bom: bytes = b""
    delimiter: str = ","
    newline: str = "\n"
    quote_all: bool = False

    @property
    def decimal(self) -> str:
        """The mark before decimals: the countries whose lists have semicolons write decimals with a comma."""
        return "," if self.delimiter == ";" else "."

    def cells(self, record: str) -> list[str]:
        """The texts of a record's cells, quotes removed."""
        if '"' not in record:
            return record.rstrip("\r\n").split(self.delimiter)
        return [_unquoted(raw) if raw[:1] == '"' else raw for raw in self.raw_cells(record)]

    def all_cells(self, records: Iterable[str]) -> Iterator[list[str]]:
        """The same for many records, several times faster."""
        return csv.reader(records, delimiter=self.delimiter)

    def raw_cells(self, record: str) -> list[str]:
        """The cells of a record as they stand in the file; joined by the delimiter, they are the record again."""
        body = record.rstrip("\r\n")
        raw: list[str] = _CELLS[self.delimiter].findall(body + self.delimiter)[:-1]  # the last is the end itself
        if sum(map(len, raw)) + len(raw) > len(body) + 1:  # an open quotation mark took the delimiter for its text
            raw[-1] = raw[-1][:-1]
        return raw

    def cell(self, text: str, *, quoted: bool = False) -> str:
        """A cell as it is to stand in the file."""
        special = any(mark in text for mark in f'{self.delimiter}"\r\n') or text != text.strip()
        return '"' + text.replace('"', '""') + '"' if quoted or self.quote_all or special else text

    def line(self, cells: Iterable[str]) -> str:
        """A new record, with its line break."""
        return self.delimiter.join(map(self.cell, cells)) + self.newline

    def changed(self, record: str, changes: Mapping[int, str]) -> str:
        """The record with other texts in some cells, and its other cells as they are.

        Args:
            record: The record; when it is too short it is made as long as it must be.
            changes: The new texts by the cell's index from 0.
        """
        raw = self.raw_cells(record)
        ending = record[len(self.delimiter.join(raw)) :]
        raw += [""] * (max(changes, default=-1) + 1 - len(raw))
        for index, text in changes.items():
            raw[index] = self.cell(text, quoted=raw[index].startswith('"'))
        return self.delimiter.join(raw) + ending


def _unquoted(raw: str) -> str:
    found = _QUOTED.match(raw)
    return found[1].replace('""', '"') + found[3] if found else raw


@dataclass(frozen=True, slots=True)
class Table:
    """The records of a file, each as it stands there, with its line break.

    Attributes:
        dialect: How the file is spelled.
        records: The header, then the lines of the spreadsheet; cells with line breaks make a record of several lines.
    """

    dialect: Dialect
    records: Sequence[str]

    @classmethod
    def read(cls, data: bytes, names: Collection[str], *, torn: bool = False) -> "Table":
        """Find out how a file is spelled, and take it apart.

        Args:
            data: The bytes of the file.
            names: Headers that are expected; the delimiter that yields most of them is the file's.
            torn: Whether the file may end within a character, which is then cut off.

        Raises:
            UnicodeDecodeError: The file begins as Unicode but is not.
        """
        bom, encoding, text = _decoded(data, cut=torn)
        delimiter = _delimiter(text, names)
        records = list(_records(text, delimiter))
        first = records[0] if records else ""
        newline = found.group() if (found := _BREAK.search(first[len(first.rstrip("\r\n")) :])) else "\n"
        dialect = Dialect(encoding, bom, delimiter, newline)
        quoted = [raw.startswith('"') for raw in dialect.raw_cells(first) if raw]
        return cls(replace(dialect, quote_all=bool(quoted) and all(quoted)), records)

    def data(self) -> bytes:
        """The bytes of the file. Text that its encoding lacks turns the whole file into UTF-8 with a BOM."""
        text = "".join(self.records)
        try:
            return self.dialect.bom + text.encode(self.dialect.encoding)
        except UnicodeEncodeError:
            return codecs.BOM_UTF8 + text.encode()

    @property
    def headers(self) -> list[str]:
        """The texts of the first record."""
        return self.dialect.cells(self.records[0]) if self.records else []

    @property
    def width(self) -> int:
        """How many cells the longest record has: people write beside their headers, too."""
        return max((len(self.dialect.raw_cells(record)) for record in self.records), default=0)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it, not even headers."""
        return not any(record.strip() for record in self.records)

    @property
    def is_open(self) -> bool:
        """Whether a quotation mark is never closed: all that follows it looks like one cell."""
        last = self.dialect.raw_cells(self.records[-1])[-1] if self.records else ""
        found = _QUOTED.match(last)
        return bool(found and not found[2])

    @property
    def is_torn(self) -> bool:
        """Whether the last record was cut off while it was written."""
        if len(self.records) <= 1:
            return False
        last = self.records[-1]
        return self.is_open or (not _BREAK.search(last[-1:]) and len(self.dialect.cells(last)) < len(self.headers))

    @property
    def swallows_lines(self) -> bool:
        """Whether an open quotation mark has whole records behind it, so that it is no torn end but a damage within."""
        width = len(self.headers)
        lines = _BREAK.split(self.records[-1])[1:] if self.is_open else []
        return any(line.count(self.dialect.delimiter) >= width - 1 for line in lines)

    def without_last(self) -> "Table":
        """The table without its last record."""
        return replace(self, records=self.records[:-1])

    def changed(self, changes: Mapping[int, Mapping[int, str]]) -> "Table":
        """The table with other texts in some cells.

        Args:
            changes: By the record's index from 0, and then by the cell's, the new text.
        """
        records = list(self.records)
        for index, texts in changes.items():
            records[index] = self.dialect.changed(records[index], texts)
        return replace(self, records=records)

    def extended(self, lines: Iterable[Sequence[str]]) -> "Table":
        """The table with new records at its end."""
        records = list(self.records)
        if records and not _BREAK.search(records[-1][-1:]):
            records[-1] += self.dialect.newline
        return replace(self, records=[*records, *map(self.dialect.line, lines)])


def _decoded(data: bytes, *, cut: bool) -> tuple[bytes, str, str]:
    bom = next((bom for bom in _BOMS if data.startswith(bom)), b"")
    body, encoding = data[len(bom) :], _BOMS.get(bom, "utf-8")
    try:
        return bom, encoding, body.decode(encoding)
    except UnicodeDecodeError as error:
        if cut and error.end == len(body) and len(body) - error.start < 4:  # noqa: PLR2004 - no character is longer
            return bom, encoding, body[: error.start].decode(encoding)
        if bom:
            raise
    return _decoded_locally(data)


def _decoded_locally(data: bytes) -> tuple[bytes, str, str]:
    try:
        return b"", "cp1252", data.decode("cp1252")
    except UnicodeDecodeError:
        return b"", "latin-1", data.decode("latin-1")  # has a character for every byte, so that none is lost


def _delimiter(text: str, names: Collection[str]) -> str:
    def fit(mark: str) -> tuple[int, int]:
        cells = Dialect(delimiter=mark).cells(next(_records(text, mark), ""))
        return sum(normal(cell) in names for cell in cells), len(cells)

    return max(_DELIMITERS, key=fit)


def _records(text: str, delimiter: str) -> Iterator[str]:
    return (found.group() for found in _RECORDS[delimiter].finditer(text) if found.group())
