import codecs
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sheetsync.markup import LONGEST_TAG, first, longest_tag, parse_markup

HTML = "text/html"
NAME = "J\u00fcrgen \u0141 \u5317\u4eac"
WESTERN = "J\u00fcrgen \u201cx\u201d \u20ac5"


def page(text: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body><p>{text}</p></body></html>"


def paragraph(body: bytes, content_type: str = HTML) -> object:
    tree = parse_markup(body, content_type)
    return None if tree is None else first(tree.xpath("//p"))


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (page(NAME).encode(), "text/html; charset=utf-8", NAME),
        (page(NAME).encode(), 'text/html;charset="utf-8"', NAME),
        (page(NAME, '<meta charset="utf-8">').encode(), HTML, NAME),
        (page(NAME, "<META CHARSET=UTF-8>").encode(), HTML, NAME),
        (page(NAME).encode(), HTML, NAME),
        (page(NAME).encode(), "", NAME),
        (codecs.BOM_UTF8 + page(NAME).encode(), HTML, NAME),
        (page(WESTERN).encode("cp1252"), HTML, WESTERN),
        (page(WESTERN).encode("cp1252"), "text/html; charset=iso-8859-1", WESTERN),
        (page(WESTERN).encode("cp1252"), "text/html; charset=us-ascii", WESTERN),
        (page(WESTERN, '<meta charset="latin1">').encode("cp1252"), HTML, WESTERN),
        (page("\u041f\u0440\u0438\u0432\u0435\u0442").encode("cp1251"), "text/html; charset=windows-1251", "Привет"),
        (
            page("Привет", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">').encode(
                "cp1251"
            ),
            HTML,
            "Привет",
        ),
        (page("日本").encode("shift_jis"), "text/html; charset=Shift_JIS", "日本"),
        (page(NAME).encode("utf-16"), HTML, NAME),
        (codecs.BOM_UTF16_BE + page(NAME).encode("utf-16-be"), "text/html; charset=utf-8", NAME),
        (page(NAME, '<meta charset="utf-16">').encode(), HTML, NAME),
        (page(NAME).encode(), "text/html; charset=klingon", NAME),
        (page(NAME, '<meta charset="klingon">').encode(), HTML, NAME),
        (page(WESTERN).encode("cp1252"), "text/html; charset=klingon", WESTERN),
        (page(NAME, '<meta charset="windows-1252">').encode(), "text/html; charset=utf-8", NAME),
    ],
)
def test_text_is_decoded_as_header_mark_and_page_say(body: bytes, content_type: str, text: str) -> None:
    assert paragraph(body, content_type) == text


def test_xml_is_decoded_as_its_own_first_line_says() -> None:
    xml = '<?xml version="1.0" encoding="windows-1251"?><r><p>Привет</p></r>'.encode("cp1251")
    assert paragraph(xml, "application/rss+xml") == "Привет"
    assert paragraph(xml) == "Привет"


def test_xml_is_not_repaired_the_html_way() -> None:
    feed = b"<?xml version='1.0'?><feed><link>https://example.org/a</link><Title>A</Title></feed>"
    tree = parse_markup(feed, "application/atom+xml")
    assert tree is not None
    assert first(tree.xpath("//link")) == "https://example.org/a"
    assert first(tree.xpath("//Title")) == "A"


def test_xhtml_is_read_as_html_so_that_its_xpaths_need_no_namespace() -> None:
    xhtml = b'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>hello</p></body></html>'
    assert paragraph(xhtml, "application/xhtml+xml") == "hello"
    prolog = b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "">'
    assert paragraph(prolog + xhtml.replace(b"hello", NAME.encode())) == NAME
    assert paragraph(prolog + xhtml, "text/xml") == "hello"


@pytest.mark.parametrize("where", [0, 1, 30, 60, -1])
def test_nul_bytes_do_not_end_the_page(where: int) -> None:
    body = bytearray(page(NAME, '<meta charset="utf-8">').encode())
    body.insert(where % len(body), 0)
    assert paragraph(bytes(body) + b"\0<i>the end</i>") in (NAME, None)
    tree = parse_markup(bytes(body) + b"\0<i>the end</i>", HTML)
    assert tree is not None
    assert first(tree.xpath("//i")) == "the end"


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\0\0\0", codecs.BOM_UTF8, codecs.BOM_UTF8 + b"\n"])
def test_there_is_no_tree_of_nothing(body: bytes) -> None:
    assert parse_markup(body, HTML) is None


@pytest.mark.parametrize("content_type", ["application/json", "image/png", "video/mp4", "audio/mpeg", "text/json"])
def test_what_says_that_it_is_no_markup_is_not_parsed(content_type: str) -> None:
    assert parse_markup(page("x").encode(), content_type) is None


def test_xml_without_an_element_has_no_tree() -> None:
    assert parse_markup(b"<?xml version='1.0'?>", "text/xml") is None


@settings(deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([HTML, "", "text/xml", "text/html; charset=utf-16", "text/html;charset=\xff"]),
)
def test_any_bytes_have_a_tree_or_none(body: bytes, content_type: str) -> None:
    tree = parse_markup(body, content_type)
    assert tree is None or etree.iselement(tree)


def laughs(levels: int) -> bytes:
    entities = ['<!ENTITY e0 "9">', *(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))]
    return f'<?xml version="1.0"?><!DOCTYPE r [{"".join(entities)}]><r><p>&e{levels - 1};</p></r>'.encode()


@pytest.mark.parametrize("content_type", ["text/xml", HTML])
@pytest.mark.parametrize("levels", [1, 2, 5, 10])
def test_xml_that_declares_entities_is_not_read(content_type: str, levels: int) -> None:
    assert parse_markup(laughs(levels), content_type) is None
    assert parse_markup(laughs(levels).decode().encode("utf-16"), "text/xml") is None


def test_an_entity_that_nobody_declared_is_never_dropped_from_a_number() -> None:
    assert paragraph(b"<?xml version='1.0'?><r><p>&dozen;34</p></r>", "text/xml") != "34"


@pytest.mark.parametrize("content_type", ["text/xml", HTML])
def test_no_file_is_read_because_a_page_says_so(tmp_path: Path, content_type: str) -> None:
    (tmp_path / "secret").write_text("the secret")
    uri = (tmp_path / "secret").as_uri()
    declared = f'<!DOCTYPE r SYSTEM "{uri}" [<!ENTITY x SYSTEM "{uri}"><!ENTITY % y SYSTEM "{uri}"> %y;]>'
    tree = parse_markup(f'<?xml version="1.0"?>{declared}<r><p>a &x; b</p></r>'.encode(), content_type)
    assert tree is None or b"the secret" not in etree.tostring(tree)


@pytest.mark.parametrize(
    ("body", "length"),
    [
        (b"", 0),
        (b"<p>short</p>", 0),
        (b"x" * (LONGEST_TAG + 9), 0),
        (b"<script>" + b"x" * (LONGEST_TAG + 9) + b"</script>", 0),
        (b"1 < 2 " * LONGEST_TAG, 0),
        (b"<p " + b"a=1 " * LONGEST_TAG + b">", 3 + 4 * LONGEST_TAG),
        (b"text <p " + b"a=1 " * LONGEST_TAG, 3 + 4 * LONGEST_TAG),
    ],
)
def test_only_the_length_of_a_tag_counts_not_that_of_text(body: bytes, length: int) -> None:
    assert longest_tag(body) == length


def test_the_first_of_what_an_xpath_found_is_a_plain_value() -> None:
    tree = etree.fromstring("<r><p> one <b>two</b> </p><p/><!-- three --><?x four?></r>")
    assert first(tree.xpath("//p")) == "one two"
    assert first(tree.xpath("//p/b/text()")) == "two"
    assert first(tree.xpath("//p[2]")) is None
    assert first(tree.xpath("//nothing")) is None
    assert first(tree.xpath("//comment()")) == "three"
    assert first(tree.xpath("//processing-instruction()")) == "four"
    assert first(tree.xpath("count(//p)")) == 2
    assert isinstance(first(tree.xpath("count(//p)")), int)
    assert first(tree.xpath("1 div 2")) == 0.5
    assert first(tree.xpath("boolean(//p)")) is True
    assert first(tree.xpath("string(//nothing)")) is None


def test_a_comment_inside_a_number_is_not_part_of_it() -> None:
    assert re.sub(r"\s", "", str(paragraph(b"<p>1<!-- 99 -->234</p>"))) == "1234"
