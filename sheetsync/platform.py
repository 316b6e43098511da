"""What a platform file says, checked and compiled: where a profile is, and what to read there."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from sheetsync.jsonpath import JsonDecoder, JsonPath
from sheetsync.model import Kind, Status

BODY = "body"
"""The name of the document that is the whole answer, for platforms that answer JSON."""


class FieldKind(StrEnum):
    """What a field's text is to be understood as."""

    COUNT = "count"
    TEXT = "text"
    DATE = "date"
    URL = "url"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to find a value on a page.

    Attributes:
        label: The XPath or JSON path as the file has it, for people who look.
        xpath: A compiled XPath; None when the way is a JSON path.
        path: A compiled JSON path; None when the way is an XPath.
        document: Which JSON document of the page the path is for.
        regex: Cuts the value out of the text found: its first group, or all it matches.
        rounded_from: Counts from here on were rounded by the platform; None when it shows them exactly.
        locale: The language the value is written in, when it is not the page's.
    """

    label: str
    xpath: etree.XPath | None = None
    path: JsonPath | None = None
    document: str = BODY
    regex: re.Pattern[str] | None = None
    rounded_from: int | None = None
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A value to read: the first of its ways that finds something gives it."""

    name: str
    kind: FieldKind
    required: bool
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """What tells a fact or a trouble apart from an ordinary page. All conditions that are given must hold.

    Attributes:
        status: How the page is then to be understood.
        detail: The sentence shown beside the handle.
        late: Looked at only when a required field is missing.
        http: HTTP status codes.
        url: Found in the address after redirects.
        body: Found in the body as bytes.
        under: The body is smaller than this many bytes.
        way: Finds something truthy; or, with ``equals``, one of those values.
        equals: See ``way``.
        unless: A field of which a value other than zero overrules the sign.
        hides: Fields whose numbers mean nothing under this sign.
    """

    status: Status
    detail: str
    late: bool = False
    http: frozenset[int] = frozenset()
    url: re.Pattern[str] | None = None
    body: re.Pattern[bytes] | None = None
    under: int | None = None
    way: Way | None = None
    equals: tuple[object, ...] | None = None
    unless: str = ""
    hides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Document:
    """JSON that the page carries: where it stands, and how much of it is worth decoding.

    Attributes:
        xpath: Finds it; None for the whole answer.
        decoder: Decodes what the platform file's paths look at.
        markers: A page without any of these cannot carry it; empty when that cannot be told.
    """

    xpath: etree.XPath | None
    decoder: JsonDecoder
    markers: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one kind, account or post, is recognised, visited and read.

    Attributes:
        kind: Account or post.
        name: The grammar of a handle, or of a post's id.
        lower: Whether upper and lower case make no difference.
        paths: Path patterns of the addresses that people paste.
        url: The public page, as a template.
        routes: Addresses to ask, in order, as templates.
        documents: The JSON documents of the page by name.
        fields: What to read.
        signs: What else the page may be.
        same: What must equal the handle (or the post's id) asked for.
        sample: An account that is sure to exist.
    """

    kind: Kind
    name: re.Pattern[str]
    lower: bool
    paths: tuple[re.Pattern[str], ...]
    url: str
    routes: tuple[str, ...]
    documents: Mapping[str, Document]
    fields: tuple[Field, ...]
    signs: tuple[Sign, ...]
    same: tuple[Way, ...]
    sample: str


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform file.

    Attributes:
        key: The file's name without ``.toml``: what stands in the platform column.
        title: What people call it.
        hosts: The only hosts that are ever contacted for it.
        short: Path patterns of links that redirect to an account or a post, as ``host/path``.
        concurrency: Pages in flight at once, per host.
        delay: Seconds between two visits to one host.
        http2: Whether to speak HTTP/2 where the server can.
        headers: Request headers of its own.
        recipes: How its accounts and posts are read.
        source: Where the file is, for messages.
    """

    key: str
    title: str
    hosts: frozenset[str]
    short: tuple[re.Pattern[str], ...]
    concurrency: int
    delay: float
    http2: bool
    headers: Mapping[str, str]
    recipes: Mapping[Kind, Recipe]
    source: str


class Platforms(Mapping[str, Platform]):
    """The platforms that are known, by key."""

    def __init__(self, platforms: Iterable[Platform]) -> None:
        self._by_key = {platform.key: platform for platform in platforms}
        self._by_host = {host: platform for platform in self._by_key.values() for host in platform.hosts}

    def __getitem__(self, key: str) -> Platform:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def named(self, name: str) -> Platform | None:
        """The platform with this key or title, in any case; None when there is none."""
        wanted = name.strip().casefold()
        return next((p for p in self.values() if wanted in (p.key, p.title.casefold())), None)

    def at(self, host: str) -> Platform | None:
        """The platform that this host belongs to; None when it is nobody's."""
        return self._by_host.get(host)
