"""IMPORTXML at the prompt: the same arguments, the same rows; and the JSON that a page carries.

What the formula gives, with sources: a node set goes down, one row a match, in document order; the children of an
element go into columns; a scalar expression is one cell; an attribute comes as it is. The formula takes CSV and TSV,
too (support.google.com/docs/answer/3093342); here they are a table of ``tr`` and ``td``.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from sheetsync.counts import CountError, parse_count
from sheetsync.errors import ConfigError, SheetsyncError
from sheetsync.jsonpath import JsonPathError, compile_path, decode_json
from sheetsync.markup import LONGEST_TAG, longest_tag, parse_markup, text_of
from sheetsync.model import Page

_NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
_ASSIGNED = re.compile(r"=\s*(?=[{\[])")
_ASSIGNMENTS_PER_SCRIPT = 8
_NO_CHARACTERS_OF_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SEPARATORS = {"text/csv": ",;", "text/tab-separated-values": "\t"}
_SUFFIXES = {".csv": ",;", ".tsv": "\t"}


class NothingFoundError(SheetsyncError):
    """The page has nothing there: what IMPORTXML calls "Imported content is empty"."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How cells are to be given.

    Attributes:
        exact: Keep the white space around an element's text, which otherwise goes.
        locale: Counts written in this language become plain digits; empty leaves them as they are.
    """

    exact: bool = False
    locale: str = ""

    def text(self, element: etree._Element) -> str:
        """An element's text."""
        return text_of(element) if self.exact else text_of(element).strip()

    def cell(self, text: str) -> str:
        """One cell; what is not surely a count stays text."""
        if self.locale:
            try:
                return str(parse_count(text.strip(), self.locale).value)
            except CountError:
                pass
        return text


def importxml(page: Page, expression: str, wish: Wish = Wish()) -> list[list[str]]:
    """The rows that ``=IMPORTXML(url; expression)`` shows.

    Args:
        page: A page: HTML, XML, CSV or TSV.
        expression: An XPath 1.0 expression; EXSLT regular expressions may be used as ``re:test(…)``.
        wish: How cells are to be given.

    Raises:
        ConfigError: The expression is not XPath.
        NothingFoundError: It matches nothing, or the page is empty or cannot be read.
    """
    found = _evaluate(_tree(page), expression)
    rows = [_row(one, wish) for one in found] if isinstance(found, list) else [[_scalar(found)]]
    return _something([[wish.cell(cell) for cell in row] for row in rows], page, expression)


def importjson(page: Page, path: str, expression: str = "", wish: Wish = Wish()) -> list[list[str]]:
    """The rows that a JSON path finds in the page: in the answer itself when that is JSON, else in its scripts.

    A list goes down, lists in it into columns; the first document in which the path finds anything gives all rows.

    Args:
        page: A page, HTML or JSON.
        path: A JMESPath expression.
        expression: An XPath that says which scripts to look into; empty for all of them.
        wish: How cells are to be given.

    Raises:
        ConfigError: The path or the expression is none.
        NothingFoundError: No JSON of the page has anything there.
    """
    try:
        wanted = compile_path(path)
    except JsonPathError as error:
        raise ConfigError(
            f"{path!r} is not a JSON path: {error}.", 'Keys with dots or dashes stand in double quotes: "a-b".c'
        ) from error
    for document in _documents(page, expression or "//script"):
        found = wanted.search(document, {})
        if found not in (None, []):
            rows = [_cells(one) for one in found] if isinstance(found, list) else [_cells(found)]
            return [[wish.cell(cell) for cell in row] for row in rows]
    return _something([], page, path)


def gives_nodes(expression: str) -> bool:
    """Whether an XPath gives parts of a page rather than one text, number or truth value.

    Raises:
        ConfigError: It is not XPath.
    """
    return isinstance(_evaluate(etree.Element("html"), expression), list)


def _something(rows: list[list[str]], page: Page, expression: str) -> list[list[str]]:
    if not rows or (all(not cell.strip() for cell in rows[0]) and len(rows) == 1):
        raise NothingFoundError(
            f"Nothing on {page.url} (HTTP {page.http_status}) matches {expression}.",
            "The page as sheetsync receives it may differ from what a browser shows: scripts are not run.",
        )
    return rows


def _tree(page: Page) -> etree._Element:
    if separators := _separators(page):
        return _table(page, separators)
    if longest_tag(page.body) > LONGEST_TAG:
        raise NothingFoundError(f"{page.url} has a tag of over {LONGEST_TAG:,} bytes; such a page is not read.")
    if (tree := parse_markup(page.body, page.content_type)) is None:
        raise NothingFoundError(f"{page.url} answered HTTP {page.http_status} with nothing that XPath can read.")
    return tree


def _evaluate(tree: etree._Element, expression: str) -> object:
    try:
        xpath = etree.XPath(expression, namespaces=_NAMESPACES, smart_strings=False)
    except (etree.XPathSyntaxError, ValueError) as error:  # ValueError: control characters
        raise ConfigError(f"{expression!r} is not an XPath: {error}.", "Try it without functions first.") from error
    try:
        return xpath(tree)
    except etree.XPathError as error:
        raise ConfigError(f"The XPath {expression!r} cannot be evaluated: {error}.") from error


def _row(found: object, wish: Wish) -> list[str]:
    """One match: an element's children in columns when it has nothing but children, else its text."""
    if not isinstance(found, etree._Element):  # noqa: SLF001 - lxml has no public name for it
        return [_scalar(found)]
    children = list(found.iterchildren("*"))
    own_text = [found.text or "", *(child.tail or "" for child in found)]
    if len(children) > 1 and not any(text.strip() for text in own_text):
        return [wish.text(child) for child in children]
    return [wish.text(found)]


def _scalar(found: object) -> str:
    if isinstance(found, bool):
        return str(found).upper()
    if isinstance(found, float):
        return str(int(found)) if found.is_integer() else str(found)
    return str(found)


# CSV and TSV.


def _separators(page: Page) -> str:
    """What may stand between the page's cells; empty when it is no table of text."""
    kind = page.content_type.partition(";")[0].strip()
    if kind in ("text/plain", "application/octet-stream", ""):
        path = page.url.partition("?")[0].lower()
        return next((separators for suffix, separators in _SUFFIXES.items() if path.endswith(suffix)), "")
    return _SEPARATORS.get(kind, "")


def _table(page: Page, separators: str) -> etree._Element:
    text = _NO_CHARACTERS_OF_XML.sub("", _decoded(page))
    head = text.partition("\n")[0]
    table = etree.Element("table")
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=max(separators, key=head.count)):
            row = etree.SubElement(table, "tr")
            for cell in cells:
                etree.SubElement(row, "td").text = cell
    except csv.Error as error:
        raise NothingFoundError(f"{page.url} is not a table that can be read: {error}.") from error
    return table


def _decoded(page: Page) -> str:
    declared = re.search(r"charset\s*=\s*[\"']?([\w:.-]+)", page.content_type)
    for encoding in (*([declared[1]] if declared else []), "utf-8-sig"):
        try:
            return page.body.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return page.body.decode("windows-1252", "replace")


# JSON.


def _documents(page: Page, expression: str) -> Iterator[object]:
    """The page's JSON: the whole answer, else each script that is JSON or gives a variable some."""
    if (whole := decode_json(page.body)) is not None:
        yield whole
        return
    found = _evaluate(_tree(page), expression)
    for one in found if isinstance(found, list) else [found]:
        text = text_of(one) if isinstance(one, etree._Element) else _scalar(one)  # noqa: SLF001 - as above
        if (document := decode_json(text)) is not None:
            yield document
        else:
            yield from _assigned(text)


def _assigned(script: str) -> Iterator[object]:
    """What ``window.state = {…};`` and its like hold, of the first few in a script."""
    decoder = json.JSONDecoder(strict=False)
    end = 0
    for number, match in enumerate(_ASSIGNED.finditer(script)):
        if number == _ASSIGNMENTS_PER_SCRIPT:
            return
        if match.end() < end:
            continue
        try:
            document, end = decoder.raw_decode(script, match.end())
        except (ValueError, RecursionError):
            continue
        yield document


def _cells(found: object) -> list[str]:
    return [_text(cell) for cell in found] if isinstance(found, list) else [_text(found)]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else _scalar(value)
