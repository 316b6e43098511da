"""What one import formula asks for, as a field of a platform file, or why it cannot be one (pure)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from sheetsync.errors import ConfigError
from sheetsync.formulas import Call, FormulaError, Joined, Node, Other, Ref, Text, parse_formula
from sheetsync.importxml import gives_nodes

IMPORTS = ("IMPORTXML", "IMPORTHTML", "IMPORTDATA", "IMPORTFEED")
_TRANSPARENT = ("IFERROR", "IFNA", "ARRAYFORMULA", "CLEAN", "TO_TEXT", "T")
_TO_NUMBER = ("VALUE", "N", "INT", "TO_PURE_NUMBER")
_GROUP_MARKS = ("", ",", ".", " ", "\u00a0", "'", "\u2019")
_DUMMY = "__XLUDF.DUMMYFUNCTION"
_FEED = {
    "items title": "//*[local-name()='item' or local-name()='entry']/*[local-name()='title']",
    "items url": "//*[local-name()='item']/*[local-name()='link'][text()]"
    " | //*[local-name()='entry']/*[local-name()='link'][1]/@href",
    "items created": "//*[local-name()='item']/*[local-name()='pubDate']"
    " | //*[local-name()='entry']/*[local-name()='published']",
    "items summary": "//*[local-name()='item']/*[local-name()='description']"
    " | //*[local-name()='entry']/*[local-name()='summary']",
}
"""RSS and Atom, whatever the prefix of their names."""
_DEEPEST = 12
_LONGEST = 4_000
_MOST_PARTS = 100

Lookup = Callable[[Ref], str]


class CannotError(ValueError):
    """This formula cannot become a field; the message is the reason, without a full stop."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a formula reads.

    Attributes:
        url: The address, in parts: texts, and between them what other cells say.
        xpath: Where it looks; gives nodes or a scalar.
        regex: What is cut out of the text found; empty for all of it.
        is_count: Whether the formula makes a number of it.
        locale: The language that the formula names.
        row: Whether one match of several has been chosen.
        whole: Whether it is a table or a list, of which no cell has been chosen yet.
    """

    url: tuple[Text | Ref, ...]
    xpath: str
    regex: str = ""
    is_count: bool = False
    locale: str = ""
    row: bool = False
    whole: bool = False


def wanted_by(formula: str, lookup: Lookup) -> Wanted | None:
    """What a cell's formula reads from the web; None when it imports nothing.

    Args:
        formula: The formula, with ``=``.
        lookup: The text of another cell; empty when there is none.

    Raises:
        CannotError: It imports something that no field can hold.
    """
    if not any(name in formula.upper() for name in IMPORTS):
        return None
    try:
        node = _unwrapped(parse_formula(formula))
    except FormulaError as error:
        raise CannotError(f"it cannot be read: {error}") from error
    if not _imports(node):
        return None
    wanted = _wanted(node, lookup)
    if wanted.whole:
        raise CannotError("it shows a whole table or list; INDEX(…; row; column) around it chooses the one value")
    _gives_nodes(wanted.xpath)
    return wanted


def _unwrapped(node: Node) -> Node:
    """What Google hides in an XLSX file: IFERROR(__xludf.DUMMYFUNCTION("the formula"), what it showed)."""
    if isinstance(node, Call) and node.name == "IFERROR" and node.arguments:
        inner = _unwrapped(node.arguments[0])
        return inner if inner is not node.arguments[0] else node
    if isinstance(node, Call) and node.name == _DUMMY and isinstance(node.arguments[0], Text):
        return parse_formula(node.arguments[0].value)
    return node


def _imports(node: Node) -> bool:
    if isinstance(node, Call):
        return node.name in IMPORTS or any(_imports(one) for one in node.arguments)
    return isinstance(node, Joined | Other) and any(_imports(one) for one in node.parts)


def _wanted(node: Node, lookup: Lookup) -> Wanted:
    if isinstance(node, Other):
        return _calculated(node, lookup)
    if not isinstance(node, Call):
        raise CannotError("it puts what it reads together with other text")
    arguments = node.arguments
    if node.name in _READERS:
        return _READERS[node.name](arguments, lookup)
    if not arguments or not _imports(arguments[0]):
        raise CannotError(f"{node.name}(…) has no counterpart in a field")
    if any(_imports(one) for one in arguments[1:]):
        raise CannotError("it imports from two places at once")
    if node.name in (*_TRANSPARENT, *_TO_NUMBER):
        found = _wanted(arguments[0], lookup)
        return replace(found, is_count=found.is_count or node.name in _TO_NUMBER)
    if node.name in _WRAPPERS:
        return _bounded(_WRAPPERS[node.name](arguments, lookup))
    raise CannotError(f"{node.name}(…) has no counterpart in a field")


def _bounded(found: Wanted) -> Wanted:
    """Each INDEX names what it looks into several times, so thirty of them would fill the memory."""
    if len(found.xpath) > _LONGEST:
        raise CannotError("it is nested too deep for a field")
    return found


def _calculated(node: Other, lookup: Lookup) -> Wanted:
    """``…*1`` and ``--…``, the usual ways to make a number of a text."""
    if node.about == "*" and len(node.parts) == 2:  # noqa: PLR2004 - what is multiplied, and by what
        first, second = node.parts
        if Text("1") in (first, second):
            return replace(_wanted(second if first == Text("1") else first, lookup), is_count=True)
    if node.about == "-" and len(node.parts) == 1 and isinstance(inner := node.parts[0], Other) and inner.about == "-":
        return replace(_wanted(inner.parts[0], lookup), is_count=True)
    raise CannotError(f"it calculates ({node.about}) with what it reads")


# The functions that read.


def _importxml(arguments: tuple[Node, ...], lookup: Lookup) -> Wanted:
    if len(arguments) not in (2, 3):
        raise CannotError("IMPORTXML has an address and an XPath")
    locale = _said(arguments[2], lookup) if len(arguments) > 2 else ""  # noqa: PLR2004 - the third
    return Wanted(_parts(arguments[0], lookup), _said(arguments[1], lookup), locale=locale)


def _importhtml(arguments: tuple[Node, ...], lookup: Lookup) -> Wanted:
    if len(arguments) not in (3, 4):
        raise CannotError("IMPORTHTML has an address, a kind and a number")
    number = _whole(arguments[2], lookup)
    rows = {"table": f"(//table)[{number}]//tr", "list": f"(//ul | //ol | //dl)[{number}]/*"}
    kind = _said(arguments[1], lookup).casefold()
    if kind not in rows:
        raise CannotError(f"IMPORTHTML reads a table or a list, not {kind!r}")
    return Wanted(_parts(arguments[0], lookup), rows[kind], whole=True)


def _importfeed(arguments: tuple[Node, ...], lookup: Lookup) -> Wanted:
    query = _said(arguments[1], lookup).casefold() if len(arguments) > 1 else "items"
    if query not in _FEED:
        raise CannotError(f"of a feed, a field can hold {', '.join(_FEED)}, but not {query!r}")
    return Wanted(_parts(arguments[0], lookup), _FEED[query])


def _importdata(_arguments: tuple[Node, ...], _lookup: Lookup) -> Wanted:
    raise CannotError("platform files read pages and JSON, no CSV; `sheetsync xpath URL //tr` shows what is there")


_READERS = {
    "IMPORTXML": _importxml,
    "IMPORTHTML": _importhtml,
    "IMPORTFEED": _importfeed,
    "IMPORTDATA": _importdata,
}


# The functions around them.


def _index(arguments: tuple[Node, ...], lookup: Lookup) -> Wanted:
    row = _whole(arguments[1], lookup) if len(arguments) > 1 else 1
    column = _whole(arguments[2], lookup) if len(arguments) > 2 else 0  # noqa: PLR2004 - the third
    if isinstance(arguments[0], Call) and arguments[0].name == "SPLIT":
        return _split(arguments[0].arguments, lookup, column or row)
    found = _wanted(arguments[0], lookup)
    if found.regex or not _gives_nodes(found.xpath):
        if (max(row, 1), max(column, 1)) != (1, 1):
            raise CannotError("INDEX looks for a second cell where there is only one")
        return found
    return replace(found, xpath=_cell(f"({found.xpath})[{max(row, 1)}]", column), row=True, whole=False)


def _cell(match: str, column: int) -> str:
    """One cell of a match: IMPORTXML puts children in columns where an element has nothing else, else all in one."""
    in_columns = "count(*) > 1 and not(text()[normalize-space()])"
    if column == 0:
        return match
    split = f"{match}[{in_columns}]/*[{column}]"
    return split if column > 1 else f"{split} | {match}[not({in_columns})]"


def _split(arguments: tuple[Node, ...], lookup: Lookup, number: int = 1) -> Wanted:
    found = _wanted(arguments[0], lookup)
    if len(arguments) != 2 or found.regex or not (marks := _said(arguments[1], lookup)):  # noqa: PLR2004 - text, marks
        raise CannotError("SPLIT with more than a text and its marks has no counterpart in a field")
    mark, other = f"[{re.escape(marks)}]", f"[^{re.escape(marks)}]"
    return replace(found, regex=f"(?-i:^{mark}*(?:{other}+{mark}+){{{max(number, 1) - 1}}}({other}+))")


def _regexextract(arguments: tuple[Node, ...], lookup: Lookup) -> Wanted:
    found = _wanted(arguments[0], lookup)
    pattern = _said(arguments[1], lookup) if len(arguments) > 1 else ""
    if found.regex:
        raise CannotError("it cuts twice, and a field cuts once")
    try:
        groups = re.compile(f"(?-i:{pattern})").groups
    except (re.error, OverflowError, RecursionError) as error:
        raise CannotError(f"the regular expression {pattern!r} is none here: {error}") from error
    if groups > 1:
        raise CannotError("its regular expression gives several cells")
    return replace(found, regex=f"(?-i:{pattern})")  # a platform file's ignores upper and lower case otherwise


def _trim(arguments: tuple[Node, ...], lookup: Lookup) -> Wanted:
    """TRIM leaves single spaces inside the text, too."""
    found = _wanted(arguments[0], lookup)
    if found.regex:
        raise CannotError("it trims after it has cut, and a field does not")
    return replace(found, xpath=f"normalize-space({_one_text(found)})")


def _gives_nodes(xpath: str) -> bool:
    try:
        return gives_nodes(xpath)
    except ConfigError as error:
        raise CannotError(str(error).rstrip(".")) from error


def _one_text(found: Wanted) -> str:
    return f"string(({found.xpath})[1])" if _gives_nodes(found.xpath) else f"string({found.xpath})"


def _substitute(arguments: tuple[Node, ...], lookup: Lookup) -> Wanted:
    if len(arguments) != 3:  # noqa: PLR2004 - the text, what goes, what comes
        raise CannotError("SUBSTITUTE of one occurrence has no counterpart in a field")
    found = _wanted(arguments[0], lookup)
    old, new = _said(arguments[1], lookup), _said(arguments[2], lookup)
    if found.regex:
        if new == "" and old in _GROUP_MARKS:
            return replace(found, is_count=True)
        raise CannotError("it replaces after it has cut, and a field does not")
    text = _one_text(found)
    if len(old) == 1 and len(new) <= 1:
        return replace(found, xpath=f"translate({text}, {_quoted(old)}, {_quoted(new)})")
    if new or _bordered(old):
        raise CannotError("it replaces one text by another, and a field can only leave out")
    return replace(
        found,
        xpath=f"concat(substring-before(concat({text}, {_quoted(old)}), {_quoted(old)}), "
        f"substring-after({text}, {_quoted(old)}))",
    )


_WRAPPERS = {"INDEX": _index, "SPLIT": _split, "TRIM": _trim, "REGEXEXTRACT": _regexextract, "SUBSTITUTE": _substitute}


def _bordered(text: str) -> bool:
    """Whether its end may overlap its beginning: then a text that only nearly holds it would be cut, too."""
    return not text or any(text.startswith(text[cut:]) for cut in range(1, len(text)))


def _quoted(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    if '"' in text:
        raise CannotError("XPath has no text with both kinds of quotes")
    return f'"{text}"'


# What arguments say.


def _parts(node: Node, lookup: Lookup, depth: int = 0) -> tuple[Text | Ref, ...]:
    """An address in parts; a cell that is itself put together is taken apart."""
    if depth > _DEEPEST:
        raise CannotError("its cells refer to each other too often, or in a circle")
    if isinstance(node, Text):
        return (node,)
    if isinstance(node, Ref):
        text = lookup(node)
        return _parts(_parsed(text), lookup, depth + 1) if text.startswith("=") else (node,)
    if isinstance(node, Joined) or (isinstance(node, Call) and node.name in ("CONCATENATE", "CONCAT")):
        inner = node.parts if isinstance(node, Joined) else node.arguments
        found: list[Text | Ref] = []
        for one in inner:
            found.extend(_parts(one, lookup, depth + 1))
            if len(found) > _MOST_PARTS:  # cells that name each other twice, twelve deep, would be thousands
                raise CannotError("its address has too many parts")
        return tuple(found)
    if isinstance(node, Call) and node.name in ("TRIM", "HYPERLINK", "T") and node.arguments:
        return _parts(node.arguments[0], lookup, depth + 1)
    raise CannotError(f"its address is calculated ({node.name if isinstance(node, Call) else node.about})")


def _parsed(text: str) -> Node:
    try:
        return parse_formula(text)
    except FormulaError as error:
        raise CannotError(f"a cell that it refers to cannot be read: {error}") from error


def _said(node: Node, lookup: Lookup) -> str:
    return "".join(part.value if isinstance(part, Text) else lookup(part) for part in _parts(node, lookup))


def _whole(node: Node, lookup: Lookup) -> int:
    text = _said(node, lookup) or "0"
    if not (text.isascii() and text.isdigit()) or len(text) > 6:  # noqa: PLR2004 - rows of a page
        raise CannotError(f"{text!r} is no row, column or number of a table")
    return int(text)
