"""Import formulas of a spreadsheet become platform files (pure).

A formula visits one address and shows one value; a platform file says for all accounts of a site where their values
stand. So formulas are put together by the site they visit, and the part of the address in which they differ, or which
comes from another cell, is the handle.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from urllib.parse import SplitResult, urlsplit

from sheetsync.formula_fields import CannotError, Lookup, Wanted, wanted_by
from sheetsync.formulas import Ref, Text, cell_name
from sheetsync.importxml import gives_nodes
from sheetsync.platform import Platforms
from sheetsync.platform_file import load_platform

Cells = Mapping[tuple[int, int], str]
HANDLE = r"[^/\s?#&]+"
_LAST_PART = re.compile(r"(?P<before>.*[/=]@?)(?P<handle>[^/=@]+)(?P<after>/?)", re.DOTALL)
_COUNTS = ("followers", "following", "likes", "posts", "views", "comments", "shares", "saves", "subscribers", "members")
_OWN = ("date", "platform", "account", "status", "url", "observed_at", "note", "post")


@dataclass(frozen=True, slots=True)
class Found:
    """One import formula.

    Attributes:
        place: Its tab and cell.
        formula: As it stands there.
        becomes: What it becomes, for people; empty when it cannot be carried over.
        reason: Why not; empty when it can.
    """

    place: str
    formula: str
    becomes: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What became of a spreadsheet's formulas.

    Attributes:
        found: Every import formula, in the order of the file.
        files: The platform files, by key.
        accounts: What to write into the Accounts column: addresses.
    """

    found: tuple[Found, ...]
    files: Mapping[str, str]
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    place: str
    formula: str
    wanted: Wanted
    host: str
    template: str
    handle: str
    name: str


def carry_over(tabs: Mapping[str, Cells], platforms: Platforms) -> CarriedOver:
    """Every import formula of a file, and the platform files that do their work.

    Args:
        tabs: The cells of each tab.
        platforms: What sheetsync follows already: formulas that visit it are not needed any more.
    """
    found, readings = _read(tabs, platforms)
    files: dict[str, str] = {}
    accounts: list[str] = []
    for host, group in _by_host(readings).items():
        key = _key(host, files)
        template = Counter(reading.template for reading in group).most_common(1)[0][0]
        fields: dict[str, Wanted] = {}
        for reading in group:
            if reading.template != template:
                found[reading.place] = _not_this(reading, f"a platform file reads one page, here {template}")
                continue
            field = _field(fields, reading)
            fields.setdefault(field, reading.wanted)
            found[reading.place] = Found(reading.place, reading.formula, becomes=_becomes(key, field, reading))
            accounts.append(template.replace("{handle}", reading.handle))
        files[key] = platform_file(host, template, fields)
        load_platform(key, f"{key}.toml", files[key].encode())  # what is written is what a run would take
    return CarriedOver(tuple(found.values()), files, tuple(dict.fromkeys(accounts)))


def _key(host: str, taken: Container[str]) -> str:
    key = re.sub(r"[^a-z0-9]+", "-", host.removeprefix("www.")).strip("-") or "site"
    return next(name for number in count(1) if (name := key if number == 1 else f"{key}-{number}") not in taken)


def _read(tabs: Mapping[str, Cells], platforms: Platforms) -> tuple[dict[str, Found], list[_Reading]]:
    found: dict[str, Found] = {}
    readings: list[_Reading] = []
    for tab, cells in tabs.items():
        lookup = _lookup(tabs, tab)
        for (row, column), formula in sorted(cells.items()):
            place = f"{tab}!{cell_name(row, column)}"
            try:
                if formula.startswith("=") and (wanted := wanted_by(formula, lookup)):
                    found[place] = Found(place, formula)
                    readings.append(_reading(place, formula, wanted, lookup, _name(cells, row, column)))
                    _refuse_known(readings[-1], platforms)
            except CannotError as reason:
                found[place] = Found(place, formula, reason=str(reason))
    return found, [reading for reading in readings if not found[reading.place].reason]


def _refuse_known(reading: _Reading, platforms: Platforms) -> None:
    if known := platforms.at(reading.host):
        raise CannotError(f"it is not needed: sheetsync reads {known.title} itself; write the address into Accounts")


def _not_this(reading: _Reading, reason: str) -> Found:
    return Found(reading.place, reading.formula, reason=reason)


def _by_host(readings: list[_Reading]) -> dict[str, list[_Reading]]:
    groups: dict[str, list[_Reading]] = defaultdict(list)
    for reading in readings:
        groups[reading.host].append(reading)
    return groups


def _field(fields: Mapping[str, Wanted], reading: _Reading) -> str:
    """The field's name: the same for formulas that differ only in the account, another for others."""
    for number in range(1, len(fields) + 2):
        name = reading.name if number == 1 else f"{reading.name}_{number}"
        if name not in fields or _same(fields[name], reading.wanted):
            return name
    raise AssertionError("there are more names than fields")


def _same(one: Wanted, other: Wanted) -> bool:
    return (one.xpath, one.regex, one.locale) == (other.xpath, other.regex, other.locale)


def _lookup(tabs: Mapping[str, Cells], own: str) -> Lookup:
    return lambda ref: tabs.get(ref.tab or own, {}).get((ref.row, ref.column), "")


def _name(cells: Cells, row: int, column: int) -> str:
    """The column's header as a field's name; History has columns of its own that no field may be called by."""
    header = next((text for above in range(1, row) if (text := cells.get((above, column), "")).strip()), "")
    name = "" if header.startswith("=") else re.sub(r"\W+", "_", header.casefold()).strip("_")[:40]
    return f"{name}_read" if name in _OWN else name or f"column_{cell_name(1, column)[:-1].lower()}"


def _reading(place: str, formula: str, wanted: Wanted, lookup: Lookup, name: str) -> _Reading:
    template, handle = _template(wanted, lookup)
    address = _split(template)
    host = (address.hostname or "").lower()
    if address.scheme not in ("http", "https") or not host or "{" in host or address.username is not None:
        raise CannotError(f"{template!r} is no web address that names its site")
    return _Reading(place, formula, wanted, host, template, handle, name)


def _template(wanted: Wanted, lookup: Lookup) -> tuple[str, str]:
    """The address with ``{handle}`` in it, and the handle."""
    texts = [part.value if isinstance(part, Text) else lookup(part) for part in wanted.url]
    references = [number for number, part in enumerate(wanted.url) if isinstance(part, Ref)]
    if len(references) == 1 and len(texts) > 1 and "://" not in (handle := texts[references[0]].strip()):
        template = "".join(texts[: references[0]]).strip() + "{handle}" + "".join(texts[references[0] + 1 :])
        if not re.fullmatch(HANDLE, handle):
            raise CannotError("the cell that completes its address holds no handle")
        if handle.startswith("@") and not template.partition("{")[0].endswith("@"):
            return template.replace("{handle}", "@{handle}"), handle[1:]
        return template, handle
    address = "".join(texts).strip()
    parts = _split(address)
    rest = address.partition("://")[2].partition("/")[2]
    match = _LAST_PART.fullmatch("/" + rest)
    if not parts.scheme or not match:
        raise CannotError(f"nothing in {address!r} names an account")
    start = f"{parts.scheme}://{parts.netloc}"
    return f"{start}{match['before']}{{handle}}{match['after']}", match["handle"]


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError as error:
        raise CannotError(f"{address!r} is no web address") from error


def _kind(name: str, wanted: Wanted) -> str:
    return "count" if wanted.is_count or name.rstrip("_0123456789") in _COUNTS else "text"


def _becomes(key: str, field: str, reading: _Reading) -> str:
    note = ""
    if gives_nodes(reading.wanted.xpath) and not reading.wanted.row:
        note = " (the first match; the formula shows all)"
    return f"{field} of {key}, for {reading.handle}: {_kind(field, reading.wanted)} {reading.wanted.xpath}{note}"


def platform_file(host: str, template: str, fields: Mapping[str, Wanted]) -> str:
    """The text of a platform file; its host is the only one that is ever contacted for it."""
    address = urlsplit(template)
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    head = (
        "# Made from import formulas. Add a `same` when the page says whose it is: docs/platforms.md.\n\n"
        f"name  = {_toml(host)}\nhosts = [{_toml(host)}]\n\n"
        f"[account]\nhandle = {_toml(HANDLE)}\npaths  = [{_toml(path)}]\nurl    = {_toml(template)}\n\n"
        f"[[account.routes]]\nurl = {_toml(template)}\n"
    )
    return head + "".join(_tables(fields))


def _tables(fields: Mapping[str, Wanted]) -> Iterator[str]:
    required = next((name for name, wanted in fields.items() if _kind(name, wanted) == "count"), next(iter(fields), ""))
    for name, wanted in fields.items():
        way = f"xpath = {_toml(wanted.xpath)}"
        way += f", regex = {_toml(wanted.regex)}" if wanted.regex else ""
        way += f", locale = {_toml(wanted.locale)}" if wanted.locale else ""
        must = "required = true\n" if name == required else ""
        kind = _kind(name, wanted)
        yield f"\n[account.fields.{_toml(name)}]\nkind = {_toml(kind)}\n{must}from = [{{ {way} }}]\n"


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
