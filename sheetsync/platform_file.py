"""A platform file, read and checked.

A platform is one TOML file; ``docs/platforms.md`` explains it key by key. Everything in it is checked and compiled
when it is loaded, so that a wrong file is one clear sentence before anything is visited.
"""

import difflib
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec
from lxml import etree

from sheetsync.errors import ConfigError
from sheetsync.jsonpath import JsonDecoder, JsonPath, JsonPathError, compile_path
from sheetsync.model import Kind, Status
from sheetsync.platform import BODY, Document, Field, FieldKind, Platform, Platforms, Recipe, Sign, Way

_ID = re.compile(r"@id='([\w-]+)'")
_BY_ID = re.compile(r"//script\[@id='[\w-]+'(?: or @id='[\w-]+')*\]")
_GLANCE = 200  # characters of what is wrong, in a message
_REGEX_NAMESPACE = {"re": "http://exslt.org/regular-expressions"}


def load_platforms(folder: Path | None = None) -> Platforms:
    """Read the built-in platform files and those of a folder, which win over a built-in of the same name.

    Raises:
        ConfigError: A file is wrong; the message names the file and the key.
    """
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"There is no folder {folder} with platform files.", "Check --platforms.")
    built_in = resources.files("sheetsync") / "platforms"
    files = [*built_in.iterdir(), *(folder.iterdir() if folder else ())]
    texts = {file.name: (str(file), file.read_bytes()) for file in files if file.name.endswith(".toml")}
    return Platforms(
        load_platform(name.removesuffix(".toml"), source, text) for name, (source, text) in sorted(texts.items())
    )


def load_platform(key: str, source: str, text: bytes) -> Platform:
    """Check and compile one platform file.

    Args:
        key: The platform's key.
        source: What to call the file in a message.
        text: The file.

    Raises:
        ConfigError: The file is wrong; the message names the key, and a likely spelling for an unknown one.
    """
    try:
        spec = msgspec.convert(tomllib.loads(text.decode()), _PlatformSpec)
        return _platform(key, source, spec)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{source}: {error}.", _did_you_mean(str(error))) from error
    except _SpecError as error:
        raise ConfigError(f"{source}: {error}.", "docs/platforms.md explains every key.") from error
    except (ValueError, RecursionError) as error:  # tomllib's own, of bytes, of numbers without end, of depth
        raise ConfigError(f"{source} is not TOML: {error}.", "Mend the line that is named.") from error


# What stands in the file, before it is compiled.


class _Spec(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A table in which every key must be known."""


class _WaySpec(_Spec, kw_only=True, frozen=True):
    xpath: str = ""
    json: str = ""
    document: str = msgspec.field(default=BODY, name="in")
    regex: str = ""
    rounded_from: int | None = None
    locale: str = ""


class _FieldSpec(_Spec, kw_only=True, frozen=True):
    kind: FieldKind
    ways: Annotated[list[_WaySpec], msgspec.Meta(min_length=1)] = msgspec.field(name="from")
    required: bool = False


class _SignSpec(_WaySpec, kw_only=True, frozen=True):
    status: Status
    detail: str = ""
    late: bool = False
    http: list[int] = []
    url: str = ""
    body: str = ""
    under: int | None = None
    equals: list[bool | int | str] | None = None
    unless: str = ""
    hides: list[str] = []


class _RouteSpec(_Spec, kw_only=True, frozen=True):
    url: str


class _DocumentSpec(_Spec, kw_only=True, frozen=True):
    xpath: str


class _RecipeSpec(_Spec, kw_only=True, frozen=True):
    handle: str = ""
    post: str = ""
    case: str = "keep"
    paths: list[str] = []
    url: str
    routes: Annotated[list[_RouteSpec], msgspec.Meta(min_length=1)]
    json: dict[str, _DocumentSpec] = {}
    fields: dict[str, _FieldSpec]
    signs: list[_SignSpec] = []
    same: list[_WaySpec] = []
    sample: str = ""


class _PaceSpec(_Spec, kw_only=True, frozen=True):
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 2
    delay: Annotated[float, msgspec.Meta(ge=0)] = 1.0


class _PlatformSpec(_Spec, kw_only=True, frozen=True):
    name: str
    hosts: Annotated[list[str], msgspec.Meta(min_length=1)]
    short: list[str] = []
    pace: _PaceSpec = _PaceSpec()
    http2: bool = False
    headers: dict[str, str] = {}
    account: _RecipeSpec | None = None
    post: _RecipeSpec | None = None


class _SpecError(ValueError):
    """Something in the file cannot be compiled; the message starts with the dotted key."""


def _did_you_mean(message: str) -> str:
    unknown = re.search(r"unknown field `([^`]*)`", message)
    specs: list[type[msgspec.Struct]] = [_WaySpec, _FieldSpec, _SignSpec, _RecipeSpec, _PlatformSpec, _PaceSpec]
    known = sorted({name for spec in specs for name in spec.__struct_encode_fields__})
    close = difflib.get_close_matches(unknown[1], known, n=1) if unknown else []
    return f"Did you mean `{close[0]}`?" if close else "docs/platforms.md explains every key."


def _platform(key: str, source: str, spec: _PlatformSpec) -> Platform:
    recipes = {Kind.ACCOUNT: spec.account, Kind.POST: spec.post}
    if not spec.account and not spec.post:
        raise _SpecError("there is neither an [account] nor a [post] table")
    grammar = spec.account.handle if spec.account else ""
    return Platform(
        key=key,
        title=spec.name,
        hosts=frozenset(host.lower() for host in spec.hosts),
        short=tuple(_regex("short", re.escape(path).replace(r"\*", "[^/]+")) for path in spec.short),
        concurrency=spec.pace.concurrency,
        delay=spec.pace.delay,
        http2=spec.http2,
        headers=spec.headers,
        recipes={kind: _recipe(kind, recipe, grammar) for kind, recipe in recipes.items() if recipe},
        source=source,
    )


def _recipe(kind: Kind, spec: _RecipeSpec, handle: str) -> Recipe:
    fields = tuple(_field(f"{kind}.fields.{name}", name, field) for name, field in spec.fields.items())
    signs = tuple(_sign(f"{kind}.signs[{number}]", sign) for number, sign in enumerate(spec.signs))
    same = tuple(_way(f"{kind}.same", way) for way in spec.same)
    ways = [way for field in fields for way in field.ways]
    ways += [sign.way for sign in signs if sign.way] + list(same)
    names = {field.name for field in fields}
    for sign in signs:
        if unknown := ({sign.unless} | sign.hides) - names - {""}:
            raise _SpecError(f"{kind}.signs names the field {min(unknown)!r}, which is not there")
    return Recipe(
        kind=kind,
        name=_regex(f"{kind}.handle", (spec.handle if kind is Kind.ACCOUNT else spec.post) or r"[^/\s]+"),
        lower=spec.case == "lower",
        paths=tuple(_path(f"{kind}.paths", path, spec.handle or handle, spec.post) for path in spec.paths),
        url=spec.url,
        routes=tuple(route.url for route in spec.routes),
        documents=_documents(kind, spec, ways),
        fields=fields,
        signs=signs,
        same=same,
        sample=spec.sample,
    )


def _documents(kind: Kind, spec: _RecipeSpec, ways: list[Way]) -> dict[str, Document]:
    known = {BODY, *spec.json}
    for way in ways:
        if way.document not in known:
            raise _SpecError(f'{kind}: in = "{way.document}" names no JSON document; there are {sorted(known)}')
    return {
        name: Document(
            xpath=_by_id(f"{kind}.json.{name}", spec.json[name].xpath) if name in spec.json else None,
            decoder=JsonDecoder(tuple(way.path for way in ways if way.path and way.document == name)),
            markers=_markers(spec.json[name].xpath) if name in spec.json else (),
        )
        for name in known
    }


def _by_id(where: str, xpath: str) -> etree.XPath:
    """The XPath, as one that asks the index of ids when that is all it looks for: a walk costs a quarter of reading."""
    names = " ".join(_ID.findall(xpath))
    return _xpath(where, f"id('{names}')[self::script]" if _BY_ID.fullmatch(xpath) else xpath)


def _markers(xpath: str) -> tuple[bytes, ...]:
    """The ids of an XPath that looks for scripts by id and nothing else: looking for text costs less than a walk."""
    return tuple(name.encode() for name in _ID.findall(xpath)) if _BY_ID.fullmatch(xpath) else ()


def _field(where: str, name: str, spec: _FieldSpec) -> Field:
    return Field(name, spec.kind, spec.required, tuple(_way(where, way) for way in spec.ways))


def _way(where: str, spec: _WaySpec) -> Way:
    if bool(spec.xpath) == bool(spec.json):
        raise _SpecError(f"{where}: a way is either an xpath or a json path")
    return Way(
        label=spec.xpath or spec.json,
        xpath=_xpath(where, spec.xpath) if spec.xpath else None,
        path=_json(where, spec.json) if spec.json else None,
        document=spec.document,
        regex=_regex(where, spec.regex) if spec.regex else None,
        rounded_from=spec.rounded_from,
        locale=spec.locale,
    )


def _sign(where: str, spec: _SignSpec) -> Sign:
    return Sign(
        status=spec.status,
        detail=spec.detail,
        late=spec.late,
        http=frozenset(spec.http),
        url=_regex(where, spec.url) if spec.url else None,
        body=re.compile(_regex(where, spec.body).pattern.encode()) if spec.body else None,
        under=spec.under,
        way=_way(where, spec) if spec.xpath or spec.json else None,
        equals=None if spec.equals is None else tuple(spec.equals),
        unless=spec.unless,
        hides=frozenset(spec.hides),
    )


def _path(where: str, template: str, handle: str, post: str) -> re.Pattern[str]:
    """``/@{handle}/video/{post}`` as a regular expression; query parts after ``?`` may stand among others."""
    pattern = re.escape(template)
    for slot, grammar in (("handle", handle), ("post", post)):
        pattern = pattern.replace(rf"\{{{slot}\}}", f"(?P<{slot}>{grammar or '[^/]+'})", 1)
    return _regex(where, pattern)


def _regex(where: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise _SpecError(f"{where}: {_glance(pattern)} is not a regular expression ({error})") from error


def _xpath(where: str, expression: str) -> etree.XPath:
    # smart_strings off: otherwise every string found keeps its whole page alive, and msgspec refuses it
    try:
        xpath = etree.XPath(expression, namespaces=_REGEX_NAMESPACE, smart_strings=False)
        xpath(etree.Element("html"))  # an unknown prefix or function is noticed only now
    except (etree.XPathError, ValueError) as error:  # ValueError: control characters
        raise _SpecError(f"{where}: {_glance(expression)} is not an XPath ({error})") from error
    return xpath


def _json(where: str, expression: str) -> JsonPath:
    try:
        return compile_path(expression)
    except JsonPathError as error:
        raise _SpecError(f"{where}: {_glance(expression)} is not a JSON path ({error})") from error


def _glance(text: str) -> str:
    return repr(text if len(text) <= _GLANCE else f"{text[:_GLANCE]}…")
