import csv
from datetime import UTC, datetime

import pytest

from sheetsync.errors import ConfigError
from sheetsync.importxml import NothingFoundError, Wish, importjson, importxml
from sheetsync.model import Page

PAGE = """
<html><head><title>Plants</title><meta name="description" content="48,213 followers"></head><body>
<h1>Marigold</h1><p>First</p><p>Second <b>part</b></p><p>  Third  </p>
<a href="/one">One</a><a href="/two">Two</a>
<table><tr><td>a</td><td>1</td></tr><tr> <td>b</td>
<td>2</td> </tr></table>
<ul><li><b>x</b></li><li>text <b>y</b> <i>z</i></li><li><!-- c --><b>p</b><i>q</i></li></ul>
<strong title="Followers">1.2M</strong><em>e</em><em></em><i id="empty"></i>
</body></html>
"""
FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns:media="https://media.example"><entry><title>One</title><link>https://one.example</link></entry>
<entry><title>Zw\u00f6lf</title><link>https://two.example</link><media:views n="12"/></entry></feed>
"""


def rows(expression: str, body: str | bytes = PAGE, content_type: str = "text/html; charset=utf-8") -> list[list[str]]:
    raw = body.encode() if isinstance(body, str) else body
    page = Page("https://mara.example/", 200, content_type, raw, datetime(2026, 1, 1, tzinfo=UTC))
    return importxml(page, expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("//h1", [["Marigold"]]),
        ("//p", [["First"], ["Second part"], ["Third"]]),
        ("//p[2]", [["Second part"]]),
        ("/html/body/h1", [["Marigold"]]),
        ("//a/@href", [["/one"], ["/two"]]),
        ("//p | //h1 | //title", [["Plants"], ["Marigold"], ["First"], ["Second part"], ["Third"]]),
        ("//strong[@title='Followers']", [["1.2M"]]),
        ("//meta[@name='description']/@content", [["48,213 followers"]]),
        ("//p[2]/text()", [["Second "]]),
        ("//comment()", [["c"]]),
        ("/html/head", [["Plants", ""]]),
        ("//a[re:test(@href, '^/t')]", [["Two"]]),
        ("//a[re:test(., 'ONE', 'i')]/@href", [["/one"]]),
    ],
)
def test_matches_go_down_in_document_order(expression: str, expected: list[list[str]]) -> None:
    assert rows(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("//tr", [["a", "1"], ["b", "2"]]),
        ("//li", [["x"], ["text y z"], ["p", "q"]]),
        ("//td", [["a"], ["1"], ["b"], ["2"]]),
        ("//em", [["e"], [""]]),
    ],
)
def test_an_element_with_nothing_but_children_has_them_in_columns(expression: str, expected: list[list[str]]) -> None:
    assert rows(expression) == expected


@pytest.mark.parametrize(
    ("expression", "cell"),
    [
        ("count(//p)", "3"),
        ("count(//nothing)", "0"),
        ("1 div 4", "0.25"),
        ("string(//h1)", "Marigold"),
        ("normalize-space(//p[3])", "Third"),
        ("substring-before(//meta/@content, ' ')", "48,213"),
        ("boolean(//h1)", "TRUE"),
        ("boolean(//nothing)", "FALSE"),
        ("sum(//nothing)", "0"),
        ("'text'", "text"),
    ],
)
def test_a_scalar_is_one_cell(expression: str, cell: str) -> None:
    assert rows(expression) == [[cell]]


@pytest.mark.parametrize("expression", ["number('x')", "1 div 0", "-1 div 0"])
def test_a_number_that_is_none_does_not_fail(expression: str) -> None:
    assert rows(expression)[0][0] in ("nan", "inf", "-inf")


@pytest.mark.parametrize("content_type", ["application/atom+xml", "text/xml; charset=utf-8", "text/html", ""])
def test_a_feed_is_read_as_xml_whatever_it_is_called(content_type: str) -> None:
    assert rows("//entry/title", FEED, content_type) == [["One"], ["Zw\u00f6lf"]]
    assert rows("//entry/link", FEED, content_type) == [["https://one.example"], ["https://two.example"]]
    assert rows("//*[local-name()='views']/@n", FEED, content_type) == [["12"]]
    assert rows("//entry[1]", FEED, content_type) == [["One", "https://one.example"]]


@pytest.mark.parametrize(
    "expression", ["//h7", "//i[@id='empty']", "//h1/@class", "string(//h7)", "//p[9]", "//title/text()[2]"]
)
def test_nothing_found_says_where_and_that_scripts_are_not_run(expression: str) -> None:
    with pytest.raises(NothingFoundError) as caught:
        rows(expression)
    assert str(caught.value) == f"Nothing on https://mara.example/ (HTTP 200) matches {expression}."
    assert "scripts are not run" in caught.value.hint


@pytest.mark.parametrize(("body", "content_type"), [("", "text/html"), ("{}", "application/json"), ("\0", "text/html")])
def test_an_answer_without_markup_says_so(body: str, content_type: str) -> None:
    with pytest.raises(NothingFoundError, match="nothing that XPath can read"):
        rows("//p", body, content_type)


def test_a_hostile_tag_is_not_parsed() -> None:
    with pytest.raises(NothingFoundError, match="such a page is not read"):
        rows("//p", "<p " + 'a="" ' * 100_000)


@pytest.mark.parametrize("expression", ["//p[", "", "//", "//p[@class='x]", "p q"])
def test_what_is_not_an_xpath_is_refused_with_a_hint(expression: str) -> None:
    with pytest.raises(ConfigError, match="is not an XPath") as caught:
        rows(expression)
    assert caught.value.hint
    assert repr(expression) in str(caught.value)


@pytest.mark.parametrize(
    "expression", ["//no:p", "nofunction(//p)", "re:nothing(//p)", "count('x')", "matches('a', 'b')"]
)
def test_what_cannot_be_evaluated_is_refused_too(expression: str) -> None:
    with pytest.raises(ConfigError, match="cannot be evaluated"):
        rows(expression)


def page_of(body: str | bytes, content_type: str = "text/html", url: str = "https://mara.example/") -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, 200, content_type, raw, datetime(2026, 1, 1, tzinfo=UTC))


def test_white_space_is_kept_on_request() -> None:
    assert importxml(page_of(PAGE), "//p[3]", Wish(exact=True)) == [["  Third  "]]
    assert importxml(page_of(PAGE), "//p[3]") == [["Third"]]


@pytest.mark.parametrize(
    ("locale", "cells"),
    [
        ("nl_BE", ["1234", "12300000", "4,5", "1200000", "soon", ""]),
        ("en", ["1.234", "12,3 mln.", "4,5", "1200000", "soon", ""]),
        ("", ["1.234", "12,3 mln.", "4,5", "1.2M", "soon", ""]),
    ],
)
def test_counts_are_read_in_the_language_that_is_named_and_what_is_unsure_stays_text(
    locale: str, cells: list[str]
) -> None:
    page = page_of("<ul><li>1.234</li><li>12,3 mln.</li><li>4,5</li><li>1.2M</li><li>soon</li><li></li></ul>")
    assert importxml(page, "//li", Wish(locale=locale)) == [[cell] for cell in cells]


@pytest.mark.parametrize(
    ("body", "content_type", "url"),
    [
        ('name,fans\nMara,12\n"Juf, Nele",7\n', "text/csv", "https://mara.example/"),
        ("name;fans\r\nMara;12\r\nJuf, Nele;7", "text/csv; charset=utf-8", "https://mara.example/"),
        ("name\tfans\nMara\t12\nJuf, Nele\t7", "text/tab-separated-values", "https://mara.example/"),
        ("\ufeffname\tfans\nMara\t1\0002\nJuf, Nele\t7", "text/plain", "https://mara.example/fans.TSV?x=1"),
    ],
)
def test_csv_and_tsv_are_tables(body: str, content_type: str, url: str) -> None:
    page = page_of(body, content_type, url)
    assert importxml(page, "//tr") == [["name", "fans"], ["Mara", "12"], ["Juf, Nele", "7"]]
    assert importxml(page, "//tr[td='Mara']/td[2]") == [["12"]]
    assert importxml(page, "sum(//tr[position() > 1]/td[2])") == [["19"]]


def test_csv_is_read_in_the_encoding_it_has() -> None:
    assert importxml(page_of("caf\u00e9,1".encode("latin-1"), "text/csv"), "//td[1]") == [["caf\u00e9"]]
    assert importxml(page_of("\u0416,1".encode("cp1251"), "text/csv; charset=windows-1251"), "//td[1]") == [["\u0416"]]


def test_a_csv_that_cannot_be_read_says_so() -> None:
    limit = csv.field_size_limit(100)  # Python's own, which is the whole process's
    try:
        with pytest.raises(NothingFoundError, match="not a table"):
            importxml(page_of("x" * 200 + ",1", "text/csv"), "//td")
    finally:
        csv.field_size_limit(limit)


def test_only_line_breaks_end_a_line_of_csv() -> None:
    assert importxml(page_of('a\u2028b,1\n"c\nd",2', "text/csv"), "//tr") == [["a\u2028b", "1"], ["c\nd", "2"]]


SCRIPTS = """<html><script>var broken = {nothing: 1}; window.s =
{"user": {"fans": 48213, "tags": ["a", "b"]}};</script>
<script type="application/ld+json">{"@type": "Person", "stats": [{"n": "x", "v": 1.5}, {"n": "y", "v": null}],
"ok": true}</script>
<script id="late">{"user": {"fans": 7}}</script></html>"""


@pytest.mark.parametrize(
    ("path", "expression", "expected"),
    [
        ("user.fans", "", [["48213"]]),
        ("user.fans", "//script[@id='late']", [["7"]]),
        ("user.tags", "", [["a"], ["b"]]),
        ("stats[].[n, v]", "", [["x", "1.5"], ["y", ""]]),
        ("stats[0]", "", [['{"n": "x", "v": 1.5}']]),
        ('"@type"', "", [["Person"]]),
        ("ok", "", [["TRUE"]]),
    ],
)
def test_json_in_scripts_is_found(path: str, expression: str, expected: list[list[str]]) -> None:
    assert importjson(page_of(SCRIPTS), path, expression) == expected


def test_an_answer_that_is_json_is_looked_into() -> None:
    page = page_of('{"user": {"fans": "1.2M"}}', "application/json")
    assert importjson(page, "user.fans") == [["1.2M"]]
    assert importjson(page, "user.fans", wish=Wish(locale="en")) == [["1200000"]]


@pytest.mark.parametrize("body", [SCRIPTS, "{}", "<p>no script</p>", "<script>x = " + "[" * 100_000 + "</script>"])
def test_json_without_the_path_says_that_nothing_is_there(body: str) -> None:
    with pytest.raises(NothingFoundError, match=r"matches user\.nobody"):
        importjson(page_of(body), "user.nobody")


def test_what_is_no_json_path_is_refused_with_a_hint() -> None:
    with pytest.raises(ConfigError, match="is not a JSON path") as caught:
        importjson(page_of(SCRIPTS), "user-name.x")
    assert "double quotes" in caught.value.hint
