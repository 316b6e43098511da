"""Import formulas as people really write them: what each becomes, and that its value stays the same."""

import csv
import io
import subprocess
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from sheetsync.carry_over import CarriedOver, carry_over
from sheetsync.errors import ConfigError
from sheetsync.extract import extract
from sheetsync.formulas import FormulaError, parse_formula
from sheetsync.identify import identify_url
from sheetsync.model import Account, Kind, Page
from sheetsync.platform import Platforms
from sheetsync.platform_file import load_platform, load_platforms
from sheetsync.sheets.written import _text
from sheetsync.workbook import read_workbook
from tests.commands import COMMAND, environment
from tests.google_double import Google

PAGE = """<html lang="en"><head><title>Mara (@mara) | Fans</title>
<meta property="og:description" content="48,213 Followers, 310 Following, 1.2M Likes"></head><body>
<h1> Mara  Peeters </h1><b class="n">48,213</b><b class="n">310</b><b class="n">1.2M</b>
<span id="f">48,213 followers</span><span id="r">Rank: 17 of 90</span><span id="d">12.345</span>
<a href="/shop">Shop</a><p id="q">He said "hi"</p>
<table><tr><th>what</th><th>how many</th></tr><tr><td>posts</td><td>97</td></tr></table>
<ul><li>red</li><li>green</li></ul>
<div id="dl"><i>x</i><i>77</i></div></body></html>"""
# A2 holds a handle, A3 an address, A4 an XPath, A5 an address put together from A2, A6 a handle with its @.
CELLS = {
    (2, 1): "mara",
    (3, 1): "https://fans.example/@mara",
    (4, 1): "//h1",
    (5, 1): '="https://fans.example/@"&A2',
    (6, 1): "@mara",
}
U = '"https://fans.example/@mara"'

SERVED = [
    (f'=IMPORTXML({U};"//h1")', "about", "Mara  Peeters"),
    (f'=IMPORTXML({U},"//h1")', "about", "Mara  Peeters"),
    ('=IMPORTXML("https://fans.example/@"&A2;"//h1")', "about", "Mara  Peeters"),
    ('=IMPORTXML("https://fans.example/"&A6;"//h1")', "about", "Mara  Peeters"),
    ("=IMPORTXML(A3;A4)", "about", "Mara  Peeters"),
    ("=importxml($A$5, $A4)", "about", "Mara  Peeters"),
    ('=IMPORTXML(CONCATENATE("https://fans.example/@",A2),"//h1")', "about", "Mara  Peeters"),
    ("=IMPORTXML('my tab'!A3;\"//h1\")", "about", "Mara  Peeters"),
    (f'=IFERROR(IMPORTXML({U};"//b[@class=\'n\'][1]");"")', "followers", 48_213),
    (f'=IFERROR(VALUE(INDEX(IMPORTXML({U};"//b");2));0)', "anything", 310),
    (f'=INDEX(IMPORTXML({U},"//b"),2,1)*1', "anything", 310),
    (f'=INDEX(IMPORTXML({U};"//tr");2;2)*1', "anything", 97),
    (f'=INDEX(IMPORTXML({U};"//div");1;2)', "about", "77"),
    (f'=VALUE(REGEXEXTRACT(IMPORTXML({U};"//span[@id=\'r\']");"of (\\d+)"))', "anything", 90),
    (f'=REGEXEXTRACT(IMPORTXML({U},"//meta/@content"),"^[\\d,]+")', "followers", 48_213),
    (f'=VALUE(SUBSTITUTE(IMPORTXML({U};"//b[1]");",";""))', "anything", 48_213),
    (f'=VALUE(SUBSTITUTE(IMPORTXML({U};"//span[1]");" followers";""))', "anything", 48_213),
    (f'=SUBSTITUTE(REGEXEXTRACT(IMPORTXML({U};"//span[1]");"[\\d,]+");",";"")', "anything", 48_213),
    (f'=INDEX(SPLIT(IMPORTXML({U};"//meta/@content");" ");1;3)', "following", 310),
    (f'=SPLIT(IMPORTXML({U};"//title");"(")', "about", "Mara"),
    (f'=--IMPORTXML({U};"//b[2]")', "anything", 310),
    (f'=IMPORTXML({U};"//span[@id=\'d\']";"nl_BE")', "likes", 12_345),
    (f'=IMPORTXML({U};"count(//b)")', "posts", 3),
    (f'=IMPORTXML({U};"//a/@href")', "about", "/shop"),
    (f'=IMPORTXML({U};"//p[@id=""q""]")', "about", 'He said "hi"'),
    (f'=INDEX(IMPORTHTML({U};"table";1);2;2)', "posts", 97),
    (f'=INDEX(IMPORTHTML({U};"list";1);2)', "about", "green"),
    (f'=ARRAYFORMULA(TRIM(IMPORTXML({U};"//h1")))', "about", "Mara Peeters"),
    (
        '=IFERROR(__xludf.DUMMYFUNCTION("IMPORTXML(""https://fans.example/@""&A2,""//b[3]"")"),"1.2M")',
        "likes",
        1_200_000,
    ),
]
REFUSED = [
    ('=SUBSTITUTE(IMPORTXML("https://fans.example/@mara";"//b[");",";"")', "is not an XPath"),
    ('=INDEX(IMPORTXML("https://fans.example/@mara";"https://fans.example");1)', "is not an XPath"),
    ('=TRIM(IMPORTXML("https://fans.example/@mara";"//b["))', "is not an XPath"),
    (f'=IMPORTHTML({U};"table";1)', "INDEX"),
    (f"=IMPORTDATA({U})", "no CSV"),
    (f'=QUERY(IMPORTHTML({U};"table";1);"select Col1")', "QUERY"),
    (f'=IMPORTXML({U};"//b[")', "is not an XPath"),
    (f'=IMPORTXML({U};"//b[1]")+IMPORTXML({U};"//b[2]")', "calculates (+)"),
    (f'="Fans: "&IMPORTXML({U};"//b")', "together with other text"),
    ('=IMPORTXML("https://www.tiktok.com/@"&A2;"//b")', "sheetsync reads TikTok itself"),
    ('=IMPORTXML("https://fans.example/";"//b")', "names an account"),
    ('=IMPORTXML(A9;"//b")', "names an account"),
    ('=IMPORTXML(A7;"//b")', "in a circle"),
    ('=IMPORTXML(VLOOKUP(A2;B:C;2);"//b")', "VLOOKUP"),
    (f'=IMPORTXML({U};"//b"', "missing"),
    (f'=REGEXEXTRACT(IMPORTXML({U};"//b");"(a)(b)")', "several cells"),
    ('=IMPORTXML("https://[fans.example/@mara";"//b")', "no web address"),
    ('=IMPORTXML("https://me:secret@fans.example/@mara";"//b")', "no web address"),
    (f'=REGEXEXTRACT(IMPORTXML({U};"//b");"a{{9999999999}}")', "is none here"),
    ("=" + "INDEX(" * 30 + f'IMPORTXML({U};"//b")' + ";1;1)" * 30, "nested too deep"),
    ('=IMPORTXML(A10;"//b")', "too many parts"),
    ('=IMPORTXML("ftp://fans.example/@mara";"//b")', "no web address"),
]


def carried(formula: str, header: str = "about") -> CarriedOver:
    doubled = {(row, 1): "=" + "&".join([f"A{row + 1}"] * 9) for row in range(10, 13)}
    cells = {**CELLS, **doubled, (7, 1): "=A7", (1, 2): header, (2, 2): formula}
    return carry_over({"Sheet1": cells, "my tab": CELLS}, load_platforms())


def read(result: CarriedOver, page: str = PAGE, content_type: str = "text/html") -> dict[str, object]:
    ((key, text),) = result.files.items()
    platform = load_platform(key, "made", text.encode())
    account = identify_url(result.accounts[0], Platforms([platform]))
    assert isinstance(account, Account)
    assert account.handle == "mara"
    answer = Page(account.url, 200, content_type, page.encode(), datetime(2026, 1, 1, tzinfo=UTC))
    return dict(extract(answer, account, platform.recipes[Kind.ACCOUNT]).values)


@pytest.mark.parametrize(("formula", "header", "value"), SERVED)
def test_a_formula_that_is_carried_over_gives_the_same_value(formula: str, header: str, value: object) -> None:
    result = carried(formula, header)
    assert [one.reason for one in result.found] == [""]
    assert read(result) == {header: value}


@pytest.mark.parametrize(("formula", "reason"), REFUSED)
def test_what_cannot_be_carried_over_says_why(formula: str, reason: str) -> None:
    result = carried(formula)
    assert (len(result.found), dict(result.files), result.accounts) == (1, {}, ())
    assert reason in result.found[0].reason


def test_a_made_file_may_visit_its_own_host_only() -> None:
    ((_, text),) = carried(SERVED[0][0]).files.items()
    assert load_platform("made", "made", text.encode()).hosts == {"fans.example"}


RSS = """<?xml version="1.0"?><rss><item><title>New</title><link>https://n.example/1</link></item>
<item><title>Old</title><link>https://n.example/0</link><pubDate>1 May</pubDate>
<description>d</description></item></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/><entry><title>New</title>
<link href="https://n.example/1"/><link href="/edit"/></entry><entry><title>Old</title><link href="https://n.example/0"/>
<published>1 May</published><summary>d</summary></entry></feed>"""


@pytest.mark.parametrize("feed", [RSS, ATOM])
@pytest.mark.parametrize(
    ("query", "number", "value"),
    [("title", 2, "Old"), ("url", 2, "https://n.example/0"), ("created", 1, "1 May"), ("summary", 1, "d")],
)
def test_a_feed_is_read_whichever_kind_it_is(feed: str, query: str, number: int, value: str) -> None:
    result = carried(f'=INDEX(IMPORTFEED({U};"items {query}");{number})')
    assert read(result, feed, "application/xml") == {"about": value}


def test_a_layout_that_changed_gives_no_number() -> None:
    assert read(carried(f'=IMPORTXML({U};"//b")', "followers"), "<p>new layout</p>") == {}


def test_formulas_of_one_site_become_one_file_and_rows_its_accounts() -> None:
    rows = {
        (1, 1): "Page",
        (1, 2): "Followers",
        (1, 3): "Status",
        **{(n, 1): f"https://fans.example/@{who}" for n, who in enumerate(["mara", "nele"], 2)},
        **{(n, 2): f'=IMPORTXML(A{n};"//b[1]")' for n in (2, 3)},
        **{(n, 3): f'=IMPORTXML(A{n};"//h1")' for n in (2, 3)},
        (4, 2): '=IMPORTXML("https://fans.example/other/x";"//b")',
        (5, 2): '=IMPORTXML("https://fans.example/@juf";"//i")',
    }
    result = carry_over({"Old": rows}, load_platforms())
    ((_, text),) = result.files.items()
    recipe = load_platform("fans-example", "made", text.encode()).recipes[Kind.ACCOUNT]
    assert [field.name for field in recipe.fields] == ["followers", "status_read", "followers_2"]
    assert [field.required for field in recipe.fields] == [True, False, False]
    assert result.accounts == tuple(f"https://fans.example/@{who}" for who in ("mara", "nele", "juf"))
    assert [(one.place, one.reason) for one in result.found if one.reason] == [
        ("Old!B4", "a platform file reads one page, here https://fans.example/@{handle}")
    ]
    assert result.found[0].becomes == (
        "followers of fans-example, for mara: count //b[1] (the first match; the formula shows all)"
    )


@given(st.text(max_size=60) | st.text('=A1"(),;&{}$!%.:-+*/ \\IMPORTXML', max_size=60))
def test_any_text_is_a_formula_or_an_error(text: str) -> None:
    with suppress(FormulaError):
        parse_formula(text)


PIECES = st.recursive(
    st.sampled_from([U, "A2", "A3", "A5", "1", '"//b"', '"//b | //i"', '","', '""', '"count(//b)"', '"\\d+"']),
    lambda inner: st.builds(
        "{}({};{};{})".format,
        st.sampled_from(
            ["IMPORTXML", "INDEX", "SUBSTITUTE", "SPLIT", "IMPORTHTML", "VALUE", "IFERROR", "REGEXEXTRACT"]
        ),
        st.builds("IMPORTXML({};{})".format, inner, inner) | inner,
        inner,
        inner,
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.text(max_size=30) | PIECES, st.text(max_size=12))
def test_whatever_a_formula_holds_it_becomes_a_file_that_a_run_takes_or_has_a_reason(formula: str, header: str) -> None:
    result = carried("=" + formula, header)
    assert all(bool(one.becomes) != bool(one.reason) for one in result.found)
    for key, text in result.files.items():
        load_platform(key, "made", text.encode())


def test_two_sites_never_share_a_file() -> None:
    cells = {
        (n, 2): f'=IMPORTXML("https://{host}/@x";"//b")' for n, host in enumerate(["a.b.example", "a-b.example"], 1)
    }
    assert set(carry_over({"Old": cells}, load_platforms()).files) == {"a-b-example", "a-b-example-2"}


@pytest.mark.parametrize("text", ["(" * 9_000, "-" * 9_000, "{" * 9_000, "A(" * 9_000, '"' * 9_001, "1&" * 9_000])
def test_deep_formulas_are_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(text)


TEXTS = st.text('ab"; ,&(', max_size=6)


@given(st.recursive(TEXTS, lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=12))
def test_separators_of_every_locale_give_the_same_tree(shape: object) -> None:
    def written(node: object, separator: str) -> str:
        if isinstance(node, list):
            return "F(" + separator.join(written(one, separator) for one in node) + ")"
        return '"' + str(node).replace('"', '""') + '"'

    assert parse_formula("=" + written(shape, ";")) == parse_formula("=" + written(shape, " , "))


# Files.


def xlsx(path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Old"
    sheet.append(["who", "followers"])
    sheet.append(["mara", '=IFERROR(__xludf.DUMMYFUNCTION("IMPORTXML(""https://fans.example/@""&A2;""//b"")"),1)'])
    sheet.append(["x", '=IFERROR(__xludf.DUMMYFUNCTION("""COMPUTED_VALUE"""),310)'])
    book.save(path)
    return path


def imported(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "import", *arguments],
        env=environment("") | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_writes_files_that_a_run_takes_and_overwrites_none(tmp_path: Path) -> None:
    file, into = str(xlsx(tmp_path / "old.xlsx")), str(tmp_path / "mine")
    looked = imported(file)
    assert "1 import formula, 1 carried over" in looked.stdout, looked.stderr
    assert "Old!B2" in looked.stdout
    assert not Path(into).exists()
    assert "https://fans.example/@mara" in imported(file, "--into", into).stdout
    assert "fans-example" in load_platforms(Path(into))
    again = imported(file, "--into", into)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_that_shows_formulas_is_read(tmp_path: Path, separator: str) -> None:
    formula = '"=IMPORTXML(""https://fans.example/@mara"";""//b"")"'
    (tmp_path / "old.csv").write_text(f"who{separator}fans\nmara{separator}{formula}\n", encoding="utf-8-sig")
    cells = read_workbook(tmp_path / "old.csv")["old"]
    assert cells[(2, 2)] == '=IMPORTXML("https://fans.example/@mara";"//b")'


def test_a_csv_with_an_endless_cell_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text('"' + "x" * 200)
    limit = csv.field_size_limit(100)  # Python's own, which is the whole process's
    try:
        with pytest.raises(ConfigError, match="is not CSV that can be read"):
            read_workbook(tmp_path / "old.csv")
    finally:
        csv.field_size_limit(limit)


def test_a_bomb_is_not_unfolded(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/workbook.xml", "w") as part:
        for _ in range(201):
            part.write(b" " * 1_000_000)
    (tmp_path / "bomb.xlsx").write_bytes(bomb.getvalue())
    with pytest.raises(ConfigError, match="unfolds to more than"):
        read_workbook(tmp_path / "bomb.xlsx")


@pytest.mark.parametrize("raw", [b"PK\3\4 broken", b"\xd0\xcf\x11\xe0 old Excel", b"a\0b"])
def test_what_is_no_spreadsheet_is_refused_in_a_sentence(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "old.xlsx").write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        read_workbook(tmp_path / "old.xlsx")
    assert caught.value.hint
    with pytest.raises(ConfigError, match="cannot be read"):
        read_workbook(tmp_path / "missing.xlsx")


def test_the_formulas_of_a_google_spreadsheet_are_read_in_one_request(google: Google) -> None:
    formula = '=IFERROR(IMPORTXML("https://fans.example/@"&A2;"//b");"")'
    tabs: dict[str, list[list[str | float | None]]] = {
        "Empty": [],
        "Old": [["who", "followers", 7], ["mara", formula, 1.5]],
    }
    sheet = google.new_spreadsheet("Old", tabs, locale="nl_BE")
    ended = imported("--sheet", sheet, SHEETS_EMULATOR_HOST=google.host)
    assert "Old!B2" in ended.stdout, ended.stderr
    assert "1 import formula, 1 carried over" in ended.stdout
    assert "https://fans.example/@mara" in ended.stdout
    assert len(google.calls) == 1


def test_nothing_to_import_from_is_a_sentence(tmp_path: Path) -> None:
    for arguments in ([], ["--sheet", str(tmp_path)], [str(tmp_path / "missing.xlsx")]):
        ended = imported(*arguments)
        assert (ended.returncode, "hint:" in ended.stderr) == (2, True), ended.stderr


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ({"formulaValue": "=A1"}, "=A1"),
        ({"stringValue": "=A1"}, "'=A1"),
        ({"numberValue": 7.0}, "7"),
        ({"numberValue": 1.5}, "1.5"),
        ({}, ""),
    ],
)
def test_a_text_that_looks_like_a_formula_is_none(typed: dict[str, object], text: str) -> None:
    assert _text(typed) == text
