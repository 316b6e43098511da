"""IMPORTXML at the prompt: the same arguments, the same rows.

What the formula gives, with sources: a node set goes down, one row a match, in document order; the children of an
element go into columns; a scalar expression is one cell; an attribute comes as it is.
"""

from lxml import etree

from sheetsync.errors import ConfigError, SheetsyncError
from sheetsync.markup import LONGEST_TAG, longest_tag, parse_markup, text_of
from sheetsync.model import Page

_NAMESPACES = {"re": "http://exslt.org/regular-expressions"}


class NothingFoundError(SheetsyncError):
    """The page has nothing there: what IMPORTXML calls "Imported content is empty"."""


def importxml(page: Page, expression: str) -> list[list[str]]:
    """The rows that ``=IMPORTXML(url; expression)`` shows.

    Args:
        page: A page, HTML or XML.
        expression: An XPath 1.0 expression; EXSLT regular expressions may be used as ``re:test(…)``.

    Raises:
        ConfigError: The expression is not XPath.
        NothingFoundError: It matches nothing, or the page is empty or cannot be read.
    """
    xpath = _compile(expression)
    if longest_tag(page.body) > LONGEST_TAG:
        raise NothingFoundError(f"{page.url} has a tag of over {LONGEST_TAG:,} bytes; such a page is not read.")
    if (tree := parse_markup(page.body, page.content_type)) is None:
        raise NothingFoundError(f"{page.url} answered HTTP {page.http_status} with nothing that XPath can read.")
    try:
        found = xpath(tree)
    except etree.XPathError as error:
        raise ConfigError(f"The XPath {expression!r} cannot be evaluated: {error}.") from error
    rows = [_row(one) for one in found] if isinstance(found, list) else [[_scalar(found)]]
    if not rows or rows == [[""]]:
        raise NothingFoundError(
            f"Nothing on {page.url} (HTTP {page.http_status}) matches {expression}.",
            "The page as sheetsync receives it may differ from what a browser shows: scripts are not run.",
        )
    return rows


def _compile(expression: str) -> etree.XPath:
    try:
        return etree.XPath(expression, namespaces=_NAMESPACES, smart_strings=False)
    except etree.XPathSyntaxError as error:
        raise ConfigError(f"{expression!r} is not an XPath: {error}.", "Try it without functions first.") from error


def _row(found: object) -> list[str]:
    """One match: an element's children in columns when it has nothing but children, else its text."""
    if not isinstance(found, etree._Element):  # noqa: SLF001 - lxml has no public name for it
        return [_scalar(found)]
    children = list(found.iterchildren("*"))
    own_text = [found.text or "", *(child.tail or "" for child in found)]
    if len(children) > 1 and not any(text.strip() for text in own_text):
        return [text_of(child).strip() for child in children]
    return [text_of(found).strip()]


def _scalar(found: object) -> str:
    if isinstance(found, bool):
        return str(found).upper()
    if isinstance(found, float):
        return str(int(found)) if found.is_integer() else str(found)
    return str(found)
