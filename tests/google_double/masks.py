"""Field masks: which part of a reply is wanted, which part of a thing is to be changed.

The same spelling serves both: ``sheets(properties(title,sheetId),charts/chartId),properties.timeZone`` or ``*``.
"""

import re
from typing import Any, TypeAlias

from tests.google_double.errors import NO_FIELDS, JsonObject, Refused, bad_mask
from tests.google_double.schema import fields_of

Tree: TypeAlias = dict[str, "Tree"]
"""A mask as nested names; an empty tree stands for everything below."""

_TOKEN = re.compile(r"\s*([A-Za-z_*]\w*|\*|[().,/])\s*")


def parse(mask: str) -> Tree:
    """Read a mask; a malformed one raises ValueError."""
    tokens = _tokens(mask)
    tree = _list(tokens)
    if tokens:
        raise ValueError(mask)
    return tree


def _tokens(mask: str) -> list[str]:
    tokens = []
    position = 0
    while position < len(mask):
        found = _TOKEN.match(mask, position)
        if found is None:
            raise ValueError(mask)
        tokens.append(found[1])
        position = found.end()
    return tokens


def _list(tokens: list[str]) -> Tree:
    tree: Tree = {}
    while True:
        _one(tokens, tree)
        if not tokens or tokens[0] != ",":
            return tree
        tokens.pop(0)


def _one(tokens: list[str], tree: Tree) -> None:
    if not tokens or tokens[0] in "().,/":
        raise ValueError(tokens)
    name = tokens.pop(0)
    branch: Tree = {}
    if tokens and tokens[0] in "./":
        tokens.pop(0)
        _one(tokens, branch)
    elif tokens and tokens[0] == "(":
        tokens.pop(0)
        branch = _list(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise ValueError(tokens)
    _merge(tree, {name: branch})


def _merge(into: Tree, other: Tree) -> None:
    """Two masks as one: where either asks for everything, everything it is."""
    for name, branch in other.items():
        if into.get(name) and branch:
            _merge(into[name], branch)
        else:
            into[name] = {} if name in into else branch


def wanted(mask: str | None, schema: str) -> Tree:
    """The tree of a ``fields`` query parameter, checked against the message; empty for everything."""
    if not mask:
        return {}
    try:
        tree = parse(mask)
    except ValueError:
        raise bad_mask(mask, mask) from None
    if "*" in tree:
        return {}
    _check(tree, schema, "", mask)
    return tree


def _check(tree: Tree, schema: str, path: str, mask: str) -> None:
    for name, branch in tree.items():
        if name == "*":
            continue
        spec = fields_of(schema).get(name)
        reference = _reference(spec)
        if spec is None or (branch and reference is None):
            raise bad_mask(f"{path}{name}", mask)
        if reference is not None:
            _check(branch, reference, f"{path}{name}.", mask)


def _reference(spec: JsonObject | None) -> str | None:
    while spec is not None and spec.get("type") == "array":
        spec = spec["items"]
    return None if spec is None else spec.get("$ref")


def project(value: Any, tree: Tree) -> Any:
    """What is left of a reply under a mask. A message that is there but has nothing asked for stays, as ``{}``."""
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [project(item, tree) for item in value]
    return {name: project(item, tree[name]) for name, item in value.items() if name in tree}


def changes(mask: str | None, schema: str) -> Tree:
    """The tree of a ``fields`` in a request; `Refused` as Google does when it is missing or names nothing known."""
    if not mask:
        raise Refused(NO_FIELDS)
    try:
        tree = parse(mask)
    except ValueError:
        raise Refused(f"Invalid field: {mask}") from None
    if "*" not in tree:
        for name in tree:
            if name not in fields_of(schema):
                raise Refused(f"Invalid field: {name}")
    return tree


def apply(target: JsonObject, source: JsonObject, tree: Tree) -> None:
    """Change in `target` what the mask names: set to what `source` has, or cleared where it has nothing."""
    if "*" in tree:
        target.clear()
        target.update(source)
        return
    for name, branch in tree.items():
        if branch and isinstance(source.get(name, {}), dict):
            inner = dict(target.get(name) or {})
            apply(inner, source.get(name, {}), branch)
            _put(target, name, inner or None)
        else:
            _put(target, name, source.get(name))


def _put(target: JsonObject, name: str, value: Any) -> None:
    if value is None:
        target.pop(name, None)
    else:
        target[name] = value


def boolean(text: str | None) -> bool:
    """A query parameter; that it is one of two words was checked before."""
    return text is not None and text.lower() == "true"
