"""HTML and XML as trees, and what an XPath found as a plain value (pure)."""

import codecs
import re

from lxml import etree

LONGEST_TAG = 65_536
"""Bytes. libxml2 is quadratic in the attributes of one tag: 100,000 of them (1 MB) cost 14 s, 5,000 cost 20 ms."""

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]+)""", re.IGNORECASE)
_TAG = re.compile(rb"<[A-Za-z]")


def longest_tag(body: bytes) -> int:
    """The length in bytes of the longest start tag, if one is longer than LONGEST_TAG; else 0.

    A ``>`` inside a quoted attribute ends the count early; the reader's deadline is for those.
    """
    longest = position = 0
    while position + LONGEST_TAG < len(body):
        end = body.rfind(b">", position, position + LONGEST_TAG)  # most pages are done in a handful of such leaps
        if end < 0:
            end = body.find(b">", position + LONGEST_TAG)
            end = len(body) if end < 0 else end
            if tag := _TAG.search(body, position, end):
                longest = max(longest, end - tag.start())
        position = end + 1
    return longest if longest > LONGEST_TAG else 0


def parse_markup(body: bytes, content_type: str) -> etree._Element | None:
    """An HTML or XML page as a tree; None when there is nothing to parse.

    Never touches the network, and takes what a broken page still gives. XML that declares entities is not read:
    XPath would expand them in one place (a billion laughs) and leave them out of a number in another.
    """
    if content_type.startswith(("image/", "video/", "audio/")) or "json" in content_type:
        return None
    body = body.removeprefix(codecs.BOM_UTF8)
    is_xml = _is_xml(body, content_type)
    encoding = _encoding(body, content_type, is_xml=is_xml)
    if b"\0" in body:
        body, encoding = _without_nul(body, encoding), "utf-8"
    if not body.strip():
        return None
    if is_xml:
        parser: etree.XMLParser | etree.HTMLParser = etree.XMLParser(
            recover=True, no_network=True, resolve_entities=False, huge_tree=False, encoding=encoding
        )
    else:
        parser = etree.HTMLParser(recover=True, no_network=True, encoding=encoding)
    try:
        tree: etree._Element | None = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None
    return None if is_xml and _declares_entities(tree) else tree


def _is_xml(body: bytes, content_type: str) -> bool:
    """Whether names of elements are to be taken as written; XHTML is read as HTML, without its namespace."""
    if b"<html" in body[:1024].lower():
        return False
    return ("xml" in content_type and "html" not in content_type) or body.lstrip()[:5] == b"<?xml"


def _declares_entities(tree: etree._Element | None) -> bool:
    declared = None if tree is None else tree.getroottree().docinfo.internalDTD
    # the stubs lack it
    return declared is not None and any(declared.iterentities())  # type: ignore[attr-defined]


def _encoding(body: bytes, content_type: str, *, is_xml: bool) -> str | None:
    """The page's encoding: from the header, a byte order mark, the page; None leaves it to the parser."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = re.search(r"charset\s*=\s*[\"']?([\w:.-]+)", content_type)
    if declared and (known := _known(declared[1])):
        return known
    meta = _META_CHARSET.search(body[:4096])
    if meta and (known := _known(meta[1].decode("ascii", "ignore"))) and not known.startswith("utf-16"):
        return known
    if meta is None and is_xml:
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"  # what HTML says an undeclared page is
    return "utf-8"


def _known(name: str) -> str | None:
    """A name that both Python and libxml2 know; HTML says that Latin-1 means windows-1252."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return {"iso8859-1": "windows-1252", "ascii": "windows-1252", "cp1252": "windows-1252"}.get(found, found)


def _without_nul(body: bytes, encoding: str | None) -> bytes:
    """libxml2 stops reading at a NUL, so that the rest of the page would be missing."""
    return body.decode(encoding or "utf-8", "replace").replace("\0", "").encode("utf-8", "replace")


def first(found: object) -> object:
    """The first thing an XPath found: an element as its text, a string or number or truth value as itself."""
    if isinstance(found, list):
        if not found:
            return None
        found = found[0]
    if etree.iselement(found):
        found = text_of(found)
    if isinstance(found, str):
        return found.strip() or None
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found


def text_of(element: etree._Element) -> str:
    """All text in an element; of a comment or a processing instruction, its content."""
    tag: object = element.tag
    if not isinstance(tag, str):
        return element.text or ""
    return "".join(str(text) for text in element.itertext())
