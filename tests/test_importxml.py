from datetime import UTC, datetime

import pytest

from sheetsync.errors import ConfigError
from sheetsync.importxml import NothingFoundError, importxml
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
