"""What fuzzing feeds bytes to, and what must hold whatever they are.

A target takes bytes and returns; anything that it raises is a finding. `CUT` divides them where a target wants several
texts, because it is in none of the formats.
"""

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

import msgspec

from sheetsync.carry_over import carry_over
from sheetsync.counts import CountError, parse_count
from sheetsync.errors import AccountError, ConfigError, SheetError
from sheetsync.extract import LONGEST_TEXT, extract
from sheetsync.identify import ShortLink, account_of, clean, identify, identify_url
from sheetsync.jsonpath import JsonDecoder, JsonPathError, compile_path, decode_json
from sheetsync.model import Account, Entry, Kind, Mark, Page, Status
from sheetsync.platform import Platforms
from sheetsync.platform_file import load_platform, load_platforms
from sheetsync.sheets.dialect import Table
from sheetsync.sheets.layout import ACCOUNTS_COLUMNS
from sheetsync.sheets.tabs import AccountsTab
from sheetsync.sheets.whole_folder import WholeTab

CUT = b"\x00\x1f\x00"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STATUSES = (200, 200, 200, 403, 404, 429, 500, 999)
CONTENTS = ("text/html; charset=utf-8", "text/html", "application/json", "application/xml", "text/html; charset=big5")
LOCALES = ("en", "fr", "de", "tr", "ar", "hi", "ja", "zh-Hant", "sv", "pt-BR", "sw", "fa", "de-CH", "", "x-none", "ru")


class FindingError(AssertionError):
    """A promise that did not hold; unlike an assert it holds under ``python -O`` too."""


def promise(holds: object, otherwise: object) -> None:
    """Say what was found instead of what must be."""
    if not holds:
        raise FindingError(otherwise)


@cache
def platforms() -> Platforms:
    return load_platforms()


def _texts(data: bytes, count: int) -> list[str]:
    parts = [part.decode("utf-8", "replace") for part in data.split(CUT, count - 1)]
    return parts + [""] * (count - len(parts))


def _head(line: str) -> tuple[str, Kind, int, int]:
    """``tiktok account 0 0``: whose page, which HTTP status, which Content-Type; anything else is some page, too."""
    words = line.split()
    known = [(key, kind) for key, one in platforms().items() for kind in one.recipes]
    named = [(key, kind) for key, kind in known if [key, kind] == words[:2]]
    key, kind = named[0] if named else known[len(line) % len(known)]
    status, content = (
        int(word) if word.isascii() and word.isdigit() and len(word) < 4 else 0 for word in (words + ["0"] * 4)[2:4]
    )
    return key, kind, status, content


def read_page(data: bytes) -> None:
    """extract: any answer is a profile, and what it holds fits into a cell."""
    head, _, body = data.partition(b"\n")
    key, kind, status, content = _head(head.decode("ascii", "replace"))
    platform = platforms()[key]
    account = account_of(platform, kind, platform.recipes[kind].sample or "somebody", "1" * (kind is Kind.POST))
    page = Page(account.url, STATUSES[status % len(STATUSES)], CONTENTS[content % len(CONTENTS)], body, NOON)
    profile = extract(page, account, platform.recipes[kind])
    promise(profile.status is Status.OK or profile.detail, "trouble without a sentence")
    if profile.status is Status.OK:
        wanted = {field.name for field in platform.recipes[kind].fields if field.required}
        promise(wanted <= profile.values.keys(), f"ok without {wanted - profile.values.keys()}")
    for name, value in profile.values.items():
        if isinstance(value, str):
            promise(value and len(value) <= LONGEST_TEXT and "\0" not in value, f"{name} does not fit a cell")
        elif not isinstance(value, bool | date):
            promise(value >= 0, f"{name} is {value}")


def read_count(data: bytes) -> None:
    """counts: a count or an error, and never one without a digit."""
    locale = LOCALES[data[0] % len(LOCALES)] if data else "en"
    text = data[1:].decode("utf-8", "replace")
    try:
        count = parse_count(text, locale)
    except CountError:
        return
    digits = [unicodedata.digit(one, -1) for one in unicodedata.normalize("NFKC", text)]
    promise(count.value >= 0, f"{text!r} is {count}")
    promise(any(digit >= 0 for digit in digits), f"{text!r} holds no digit and is {count}")
    promise(count.value or all(digit <= 0 for digit in digits) or count.rounded, f"{text!r} is read as 0")
    promise(parse_count(text, locale) == count, f"{text!r} is read in two ways")


def read_cell(data: bytes) -> None:
    """A cell's text → account: what is understood is understood again, by its address."""
    text, platform = _texts(data, 2)
    if not clean(text):
        return
    try:
        found = identify(Entry(2, text, platform), platforms(), "tiktok")
    except AccountError as refused:
        promise(str(refused), "refused without a sentence")
        return
    if isinstance(found, ShortLink):
        promise(identify_url(found.url, platforms()) == found, f"{text!r} is {found} and then another")
        return
    promise(found.platform in platforms() and found.name, f"{text!r} is {found}")
    again = identify(Entry(2, found.url, found.platform), platforms(), "tiktok")
    promise(_same(found, again), f"{text!r} is {found} and then {again}")


def _same(found: Account, again: Account | ShortLink) -> bool:
    """A post may have been named without its author."""
    if not isinstance(again, Account):
        return False
    return (found.platform, found.kind, found.name) == (again.platform, again.kind, again.name)


def read_csv(data: bytes) -> None:
    """The three files of a folder: what is not touched stays, and a mark changes nothing but marks."""
    with suppress(UnicodeDecodeError):
        promise(Table.read(data, ACCOUNTS_COLUMNS).data() == data, "bytes that nobody touched have changed")
    with suppress(SheetError):
        _read_accounts(data)
    for kind in Kind:
        with suppress(SheetError):
            tab = WholeTab.read("rows", kind, data)
            for stored in tab.stored():
                promise(stored.key is None or stored.row or stored.day, stored.cells)
            for line in tab.lines():
                tab.row(line.number)


def _read_accounts(data: bytes) -> None:
    tab = AccountsTab.read("Accounts.csv", data)
    mark = Mark("ok", "all's = well", date(2026, 11, 22))
    marked = AccountsTab.read("Accounts.csv", tab.marked([(entry, mark) for entry in tab.entries]))
    promise(_typed(marked) == _typed(tab), "a mark moved an entry")
    promise({entry.mark for entry in marked.entries} <= {mark}, "a mark does not come back")
    promise(marked.marked([(entry, mark) for entry in marked.entries]) == marked.table.data(), "a mark is made twice")


def _typed(tab: AccountsTab) -> list[tuple[int, bytes, bytes]]:
    """What people typed, in bytes: that a file is latin-1 and not cp1252 may show in the cell of a mark alone."""
    encoding = tab.dialect.encoding
    return [(entry.line, entry.text.encode(encoding), entry.platform.encode(encoding)) for entry in tab.entries]


def read_platform_file(data: bytes) -> None:
    """A platform file is one, or it is one sentence."""
    try:
        load_platform("fuzzed", "fuzzed.toml", data)
    except ConfigError as refused:
        promise("\n" not in str(refused).strip(), f"more than a sentence: {refused}")


def read_json(data: bytes) -> None:
    """A JSON path finds the same by the quick way and by the slow one, or nothing."""
    expression, text = _texts(data, 2)
    try:
        path = compile_path(expression)
    except JsonPathError:
        return
    slots = {"handle": "mara", "post": "1"}
    quick = path.search(JsonDecoder((path,)).decode(text), slots)
    try:
        strict = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return
    slow = path.search(strict, slots)
    promise(repr(quick) == repr(slow), f"{quick!r} by the quick way, {slow!r} by the slow one")
    promise(path.keys is None or decode_json(text) is not None, "JSON that the lenient reader does not take")


def read_formula(data: bytes) -> None:
    """A formula of somebody's spreadsheet becomes a platform file that is one, or has a reason."""
    formula, other, header = _texts(data, 3)
    cells = {(1, 2): header, (2, 1): "mara", (2, 2): "=" + formula, (3, 1): other}
    made = carry_over({"Old": {place: text for place, text in cells.items() if text}}, platforms())
    promise(all(bool(one.becomes) != bool(one.reason) for one in made.found), made.found)
    for key, text in made.files.items():
        load_platform(key, "made", text.encode())


@dataclass(frozen=True)
class Target:
    """A name, what is fed, and how long one input may take before it is a finding: seconds."""

    name: str
    feed: Callable[[bytes], None]
    seconds: int = 10


TARGETS = {
    target.name: target
    for target in (
        Target("extract", read_page),
        Target("counts", read_count),
        Target("identify", read_cell),
        Target("csv", read_csv),
        Target("platform_file", read_platform_file),
        Target("jsonpath", read_json),
        Target("formula", read_formula),
    )
}
