"""Spreadsheet formulas as trees, in any locale's separators (pure).

Only as much of the grammar as tells what an import formula asks for: texts, numbers, references, calls and ``&``. What
else stands in a formula becomes ``Other``, and whoever meets it says so. Google Sheets separates arguments with ``;``
where the comma is the decimal mark, and with ``,`` elsewhere.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"]|"")*")
  | (?P<ref>(?:(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?\$?[A-Za-z]{1,3}\$?[1-9]\d{0,6}(?![\w(.]))
  | (?P<call>[^\W\d][\w.]*)\s*\(
  | (?P<name>[^\W\d][\w.]*)
  | (?P<number>\d+(?:[.,]\d+)?|[.]\d+)
  | (?P<mark><>|<=|>=|[-+*/^=<>&%(),;:{}\\!@\#])
  )""",
    re.VERBOSE,
)
_DEEPEST = 40
_LONGEST = 50_000
"""Characters: no cell of a Google spreadsheet holds more."""


class FormulaError(ValueError):
    """The text is no formula that can be read; the message says where."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes, or a number as it is written."""

    value: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A cell, as ``(tab, row, column)``, counted from 1; the tab is empty when it is the formula's own."""

    tab: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; the name in capitals."""

    name: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts put together with ``&``."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else: the operator or name that it is about, and what stands around it."""

    about: str
    parts: "tuple[Node, ...]" = ()


Node = Text | Ref | Call | Joined | Other


def parse_formula(text: str) -> Node:
    """The tree of a formula; the ``=`` in front may be missing.

    Raises:
        FormulaError: It cannot be read.
    """
    if len(text) > _LONGEST:
        raise FormulaError(f"it is longer than {_LONGEST:,} characters")
    reader = _Reader(_tokens(text.strip().removeprefix("=")))
    node = reader.expression(0)
    if reader.at < len(reader.tokens):
        raise FormulaError(f"{reader.tokens[reader.at][1]!r} stands where nothing can")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    at, text = 0, text.rstrip()
    while at < len(text):
        if not (match := _TOKEN.match(text, at)):
            raise FormulaError(f"{text[at : at + 20]!r} cannot be read")
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        at = match.end()
    return found


class _Reader:
    """Walks through the tokens once."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.commas = ("mark", ";") not in tokens
        """Whether arguments stand between commas."""

    def expression(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise FormulaError(f"it is nested deeper than {_DEEPEST}")
        parts, signs = [self.operand(depth)], []
        while (sign := self.take(*"&+-*/^=<>:", "<>", "<=", ">=")) is not None:
            signs.append(sign)
            parts.append(self.operand(depth))
        if not signs:
            return parts[0]
        return Joined(tuple(parts)) if set(signs) == {"&"} else Other(signs[0], tuple(parts))

    def operand(self, depth: int) -> Node:
        while self.take("+", "@"):
            pass
        if self.take("-"):
            return Other("-", (self.operand(depth + 1),)) if depth < _DEEPEST else self.expression(depth + 1)
        if self.take("("):
            node = self.expression(depth + 1)
            self.close(")")
        elif self.take("{"):
            node = Other("{", self.arguments(depth, "}"))
        else:
            node = self.plain(depth)
        while self.take("%"):
            node = Other("%", (node,))
        return node

    def plain(self, depth: int) -> Node:
        if self.at == len(self.tokens):
            raise FormulaError("it ends too early")
        kind, value = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return Text(value[1:-1].replace('""', '"'))
        if kind == "number":
            return self.number(value)
        if kind == "ref":
            return _ref(value)
        if kind == "call":
            return Call(value.upper(), self.arguments(depth, ")"))
        if kind == "name":
            return Other(value)
        raise FormulaError(f"{value!r} stands where a value should")

    def number(self, value: str) -> Node:
        """A number; where commas separate arguments, ``1,2`` was two of them."""
        if "," in value and self.commas:
            first, _, rest = value.partition(",")
            self.tokens[self.at - 1 : self.at] = [("number", first), ("mark", ","), ("number", rest)]
            return Text(first)
        return Text(value.replace(",", "."))

    def arguments(self, depth: int, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        if self.take(end):
            return ()
        separators = (",", ";", "\\") if end == "}" else ("," if self.commas else ";",)
        while True:
            empty = self.at < len(self.tokens) and self.tokens[self.at] in [("mark", one) for one in (*separators, end)]
            found.append(Text("") if empty else self.expression(depth + 1))
            if self.take(*separators) is None:
                self.close(end)
                return tuple(found)

    def take(self, *marks: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "mark" and self.tokens[self.at][1] in marks:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def close(self, mark: str) -> None:
        if self.take(mark) is None:
            raise FormulaError(f"a {mark} is missing")


def _ref(text: str) -> Ref:
    tab, _, cell = text.rpartition("!")
    letters, digits = re.findall(r"[A-Za-z]+|\d+", cell)
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return Ref(tab[1:-1].replace("''", "'") if tab.startswith("'") else tab, int(digits), column)


def cell_name(row: int, column: int) -> str:
    """``B2`` for the second row's second column."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"
