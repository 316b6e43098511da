"""JSON inside pages: the path to one value, and a decoder that builds only what the paths ask for.

A profile page carries some 150 KB of JSON of which a dozen values matter. Decoding it whole costs as much as
parsing the page; skipping what no path names costs a fifth of that (``docs/design.md``, section "Speed").
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jmespath
import jmespath.exceptions
import msgspec

_PLAIN = re.compile(r'(?:(?P<bare>[A-Za-z_]\w*)|"(?P<quoted>[^"\\]+)")(?:\.|$)')
_TAKE_REFERENCES = frozenset({"map", "max_by", "min_by", "sort_by"})  # https://jmespath.org/specification.html
_CANNOT_TAKE = (jmespath.exceptions.JMESPathError, TypeError, ValueError, LookupError, AttributeError, RecursionError)
"""What a path raises that meets a value it cannot take. A number compared with a text is a plain TypeError."""
_SLOT = re.compile(r"\{(handle|post)\}")


class JsonPathError(ValueError):
    """The path is not a JMESPath expression; the message says where."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A JMESPath expression, checked.

    Attributes:
        expression: As written; ``{handle}`` and ``{post}`` stand for the account that is looked at.
        keys: The chain of object keys, when the expression is nothing more than that; else None.
    """

    expression: str
    keys: tuple[str, ...] | None

    def search(self, data: object, slots: dict[str, str]) -> object:
        """The value found in decoded JSON, or None.

        Args:
            data: What ``JsonDecoder.decode`` returned.
            slots: What ``{handle}`` and ``{post}`` stand for.
        """
        keys = self.keys
        if keys is not None:
            for key in keys:
                data = _step(data, key)
            return data
        try:
            return _compiled(fill_slots(self.expression, slots)).search(data)
        except _CANNOT_TAKE:
            return None


def compile_path(expression: str) -> JsonPath:
    """Check a JMESPath expression.

    Keys with dots or dashes must be quoted: ``"webapp.user-detail".statusCode``.

    Raises:
        JsonPathError: It is not one.
    """
    try:
        parsed = _compiled(fill_slots(expression, {"handle": "x", "post": "0"})).parsed
        unasked = _is_unasked_reference(parsed)
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        raise JsonPathError(" ".join(str(error).split())) from error
    if unasked:
        raise JsonPathError("& stands only before what a function such as sort_by is to look at")
    return JsonPath(expression, None if _SLOT.search(expression) else _chain(expression))


def fill_slots(template: str, slots: dict[str, str]) -> str:
    """Put the account's handle and post id into a template; other braces stay."""
    return _SLOT.sub(lambda slot: slots.get(slot[1], ""), template)


def _is_unasked_reference(node: Mapping[str, Any]) -> bool:
    """Whether ``&`` stands where JMESPath would hand out the expression itself instead of a value."""
    if node["type"] == "expref":
        return True
    children = node["children"]
    if node["type"] == "function_expression" and node["value"] in _TAKE_REFERENCES:
        children = [one["children"][0] if one["type"] == "expref" else one for one in children]
    return any(_is_unasked_reference(one) for one in children if isinstance(one, dict))  # slices have numbers, and None


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:  # noqa: ANN401 - jmespath's own type is private
    return jmespath.compile(expression)


def _chain(expression: str) -> tuple[str, ...] | None:
    keys: list[str] = []
    position = 0
    while position < len(expression):
        if not (match := _PLAIN.match(expression, position)):
            return None
        keys.append(match["bare"] or match["quoted"])
        position = match.end()
    return tuple(keys) if keys and not expression.endswith(".") else None


def _step(node: object, key: str) -> object:
    if isinstance(node, dict):
        return node.get(key)
    names: dict[str, str] | None = getattr(type(node), "attribute_by_key", None)
    return getattr(node, names[key], None) if names and key in names else None


@dataclass(frozen=True, slots=True)
class JsonDecoder:
    """Decodes one JSON document as far as some paths look into it."""

    paths: tuple[JsonPath, ...]
    _partial: "msgspec.json.Decoder[Any] | None" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the decoder that skips what no path names, if every path is a chain of keys."""
        chains = [path.keys for path in self.paths]
        partial = msgspec.json.Decoder(_shape(chains)) if chains and None not in chains else None
        object.__setattr__(self, "_partial", partial)

    def decode(self, text: str | bytes) -> object:
        """Decoded JSON for ``JsonPath.search``; None when the text is not JSON at all."""
        if self._partial is not None:
            try:
                return self._partial.decode(text)
            except (msgspec.DecodeError, RecursionError, UnicodeError):
                pass  # another shape than the paths expect, or JSON that only the lenient reader takes
        return decode_json(text)


def decode_json(text: str | bytes) -> object:
    """All of a JSON text, raw line breaks inside strings allowed (real pages have them); None when it is not JSON."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _shape(chains: Iterable[tuple[str, ...] | None]) -> type[msgspec.Struct]:
    """A struct type holding just the keys that the chains walk through; what a chain ends at is decoded whole."""
    ends: set[str] = set()
    inner: dict[str, list[tuple[str, ...]]] = {}
    for chain in chains:
        head, *rest = chain or ("",)
        inner.setdefault(head, []).append(tuple(rest))
        if not rest:
            ends.add(head)
    names = {key: f"key_{number}" for number, key in enumerate(inner)}
    return msgspec.defstruct(
        "Part",
        [
            (names[key], Any if key in ends else _shape(rests) | None, msgspec.field(name=key, default=None))
            for key, rests in inner.items()
        ],
        namespace={"attribute_by_key": names},
    )
