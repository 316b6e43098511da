import codecs
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync.sheets.dialect import Dialect, Table

NAMES = frozenset({"account", "platform", "status"})
DELIMITERS = st.sampled_from(",;\t")
ROUGH = st.text(st.sampled_from('ab,;\t"\r\n é')) | st.text(st.characters(codec="utf-8"))
"""Text in which everything that means something in a CSV file is frequent."""


def read(text: str, *, torn: bool = False) -> Table:
    return Table.read(text.encode(), NAMES, torn=torn)


@given(st.binary() | ROUGH.map(str.encode), st.sampled_from([b"", codecs.BOM_UTF8]))
def test_untouched_bytes_survive(data: bytes, bom: bytes) -> None:
    try:
        table = Table.read(bom + data, NAMES)
    except UnicodeDecodeError:
        assert data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or bom
        return
    assert table.data() == bom + data


@given(ROUGH, st.sampled_from([("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)]))
def test_untouched_wide_bytes_survive(text: str, spelling: tuple[str, bytes]) -> None:
    encoding, bom = spelling
    table = Table.read(bom + text.encode(encoding), NAMES)
    assert table.dialect.encoding == encoding
    assert table.data() == bom + text.encode(encoding)


@given(ROUGH, DELIMITERS)
def test_raw_cells_are_the_whole_record(text: str, delimiter: str) -> None:
    table = read(f"account{delimiter}platform\n{text}")
    for record in table.records:
        assert record.startswith(delimiter.join(table.dialect.raw_cells(record)))


@given(
    st.lists(st.lists(ROUGH, min_size=2, max_size=4), max_size=5),
    DELIMITERS,
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_cells_are_what_the_csv_module_wrote(rows: list[list[str]], delimiter: str, quoting: int, newline: str) -> None:
    forgotten = "\r" if newline == "\n" else ""  # by the module, which writes it without quotes
    rows = [["account", "platform"], *([cell.replace(forgotten, "") for cell in row] for row in rows)]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=newline).writerows(rows)  # type: ignore[arg-type]
    table = read(text.getvalue())
    assert table.dialect == Dialect("utf-8", b"", delimiter, newline, quoting == csv.QUOTE_ALL)
    assert [table.dialect.cells(record) for record in table.records] == rows
    assert list(table.dialect.all_cells(table.records)) == rows


@given(ROUGH, DELIMITERS)
def test_the_quick_way_reads_the_same(text: str, delimiter: str) -> None:
    table = read(f"account{delimiter}platform\n{text}")
    if not table.is_open:
        slow = [table.dialect.cells(record) if record.strip("\r\n") else [] for record in table.records]
        assert list(table.dialect.all_cells(table.records)) == slow


@given(st.lists(ROUGH, min_size=1, max_size=4), st.integers(0, 6), ROUGH, DELIMITERS)
def test_one_changed_cell_leaves_the_others(cells: list[str], index: int, text: str, delimiter: str) -> None:
    dialect = Dialect(delimiter=delimiter, newline="\r\n")
    record = dialect.line(["", *cells])
    changed = dialect.changed(record, {index: text})
    before, after = dialect.raw_cells(record), dialect.raw_cells(changed)
    assert changed.endswith("\r\n")
    assert dialect.cells(changed)[index] == text
    padded = before + [""] * (len(after) - len(before))
    assert padded[:index] + padded[index + 1 :] == after[:index] + after[index + 1 :]


def test_a_cell_in_quotes_stays_in_quotes() -> None:
    assert Dialect().changed('"a","b",c\n', {1: "x", 2: "y"}) == '"a","x",y\n'


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("account", ","),
        ("account;platform", ";"),
        ("account\tplatform", "\t"),
        ("my notes, thoughts; and more;account;status", ";"),
        ('"a;b;c;d",account', ","),
        ("account;notes, ideas, plans, dreams", ";"),
    ],
)
def test_the_header_tells_the_delimiter(header: str, delimiter: str) -> None:
    assert read(header + "\n").dialect.delimiter == delimiter


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"account\ncaf\xc3\xa9\n", "utf-8"),
        (b"account\ncaf\xe9\n", "cp1252"),
        (b"account\ncaf\xe9\x81\n", "latin-1"),
        (codecs.BOM_UTF8 + b"account\n", "utf-8"),
    ],
)
def test_the_bytes_tell_the_encoding(data: bytes, encoding: str) -> None:
    table = Table.read(data, NAMES)
    assert table.dialect.encoding == encoding
    assert table.headers == ["account"]


def test_text_that_the_encoding_lacks_makes_the_file_utf_8() -> None:
    table = Table.read(b"account\ncaf\xe9\n", NAMES).extended([["運動"]])
    assert table.data() == codecs.BOM_UTF8 + "account\ncafé\n運動\n".encode()


def test_a_very_long_cell_is_read() -> None:
    table = read("account,status\n" + "x" * 200_000 + ",ok\n")
    assert [len(cells[0]) for cells in table.dialect.all_cells(table.records)] == [7, 200_000]


@pytest.mark.parametrize(
    ("text", "torn", "damaged"),
    [
        ("account,status\na,b\n", False, False),
        ("account,status\na,b", False, False),
        ("account,status\na", True, False),
        ("account,status", False, False),
        ("account,status\na\n", False, False),
        ('account,status\na,"b', True, False),
        ('account,status\na,"b\n', True, False),
        ('account,status\na,"b\nsecond line of a text', True, False),
        ('account,status\na,"b\nc,d\n', True, True),
        ('account,status\na,"b"', False, False),
        ('account,status\na,"b""', True, False),
    ],
)
def test_a_torn_end_is_told_from_a_damage_within(text: str, *, torn: bool, damaged: bool) -> None:
    table = read(text)
    assert (table.is_torn, table.swallows_lines) == (torn, damaged)


@pytest.mark.parametrize("cut", [1, 2])
def test_a_file_that_ends_within_a_character_is_still_utf_8(cut: int) -> None:
    data = "account,status\n運動,o\n運".encode()[:-cut]
    assert Table.read(data, NAMES, torn=True).records[1] == "運動,o\n"


def test_half_a_wide_character_is_cut_or_refused() -> None:
    data = codecs.BOM_UTF16_LE + "account\n".encode("utf-16-le") + b"a"
    assert Table.read(data, NAMES, torn=True).records == ["account\n"]
    with pytest.raises(UnicodeDecodeError):
        Table.read(data, NAMES)


def test_new_records_come_after_a_missing_line_break() -> None:
    assert read("account,status\r\na,b").extended([["c", "d,"]]).data() == b'account,status\r\na,b\r\nc,"d,"\r\n'
