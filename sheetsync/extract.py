"""Page + platform file = profile (pure).

Nothing a page contains raises past ``extract``: what cannot be read becomes a status. A number is only ever one that
was found where the platform file says, on a page that speaks of the account asked for.
"""

import math
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from lxml import etree

from sheetsync.counts import CountError, parse_count
from sheetsync.markup import LONGEST_TAG, first, longest_tag, parse_markup
from sheetsync.model import Account, Page, Profile, Status, Value
from sheetsync.platform import Field, FieldKind, Recipe, Sign, Way

LONGEST_TEXT = 49_000
"""Characters. A Google Sheets cell holds 50,000; one more refuses the whole batch."""

LONGEST_SEARCHED = 4_000
"""Characters. A ``regex`` of a platform file finds nothing in a longer text: the square of this is a quarter of a
second, during which Python lets no other thread work, so that no deadline would help. It is not given the beginning
instead, which can end in the middle of a number."""

_REFUSALS = {
    401: "a login is asked for",
    403: "the visit was refused",
    429: "too many visits: the platform asks to wait",
    451: "not available in the region this visit came from",
    999: "the visit was refused",
}


@dataclass
class Reading:
    """One page being read: parsed when first needed, each JSON document decoded when first pointed at."""

    page: Page
    recipe: Recipe
    slots: Mapping[str, str]
    documents: dict[str, object] = field(default_factory=dict)
    parsed: list[etree._Element | None] = field(default_factory=list)

    @property
    def tree(self) -> etree._Element | None:
        """The parsed page; None when there is nothing in it."""
        if not self.parsed:  # not a cached_property: up to Python 3.11 it locks all pages while one is parsed
            self.parsed.append(parse_markup(self.page.body, self.page.content_type))
        return self.parsed[0]

    @property
    def locale(self) -> str:
        """The language the page says it is in; empty when it says nothing."""
        if self.tree is None:
            return ""
        return self.tree.get("lang") or self.tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""

    def look(self, way: Way) -> object:
        """What a way finds, undigested; None when it finds nothing."""
        if way.path:
            found = way.path.search(self._document(way.document), dict(self.slots))
        else:
            found = first(way.xpath(self.tree)) if way.xpath and self.tree is not None else None
        if way.regex and isinstance(found, str):
            match = way.regex.search(found) if len(found) <= LONGEST_SEARCHED else None
            return (match[1] if match.re.groups else match[0]) if match else None
        return found

    def _mentions(self, markers: tuple[bytes, ...]) -> bool:
        body = self.page.body
        return body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or any(marker in body for marker in markers)

    def _document(self, name: str) -> object:
        if name not in self.documents:
            document = self.recipe.documents[name]
            text: object = self.page.body
            if document.markers and not self._mentions(document.markers):
                text = None
            elif document.xpath:
                text = first(document.xpath(self.tree)) if self.tree is not None else None
            self.documents[name] = document.decoder.decode(text) if isinstance(text, str | bytes) and text else None
        return self.documents[name]


def extract(page: Page, account: Account, recipe: Recipe) -> Profile:
    """What a page says about an account.

    In this order: signs, the HTTP status, whose page it is, the fields; late signs when a required field is missing.
    """
    if (length := longest_tag(page.body)) > LONGEST_TAG:
        return Profile(Status.UNREACHABLE, f"one tag of the page is {length:,} bytes long; such a page is not read")
    reading = Reading(page, recipe, {"handle": account.handle, "post": account.post})
    try:
        return _profile(reading, account)
    except (etree.LxmlError, ValueError, RecursionError, MemoryError) as error:
        return Profile(Status.LAYOUT_CHANGED, f"the page could not be read ({type(error).__name__})")


def _profile(reading: Reading, account: Account) -> Profile:
    signed = _sign(reading, late=False)
    if signed and signed.status is not Status.PRIVATE:
        return Profile(signed.status, signed.detail)
    if trouble := _trouble(reading, account):
        return trouble
    profile, missing = _read_fields(reading, signed.hides if signed else frozenset())
    if signed:
        return replace(profile, status=signed.status, detail=signed.detail)
    return _without(missing, profile, reading) if missing else profile


def _without(missing: list[str], profile: Profile, reading: Reading) -> Profile:
    """What it means that required fields are missing. The counts that are there are not to be trusted either."""
    if late := _sign(reading, late=True):
        return Profile(late.status, late.detail)
    texts = {name: value for name, value in profile.values.items() if not isinstance(value, int | float)}
    why = f"{' and '.join(missing)} could not be found on the page"
    return Profile(Status.LAYOUT_CHANGED, why, texts, ways=profile.ways)


def _trouble(reading: Reading, account: Account) -> Profile | None:
    page = reading.page
    if reason := _REFUSALS.get(page.http_status):
        return Profile(Status.BLOCKED, f"{reason} (HTTP {page.http_status})")
    if page.http_status >= 400:  # noqa: PLR2004 - HTTP's own border
        return Profile(Status.UNREACHABLE, f"the platform answered HTTP {page.http_status}")
    if not page.body.strip(b" \t\r\n\0"):
        return Profile(Status.UNREACHABLE, "the platform sent an empty answer")
    if stranger := _stranger(reading, account):
        return Profile(Status.LAYOUT_CHANGED, f"the page speaks of {stranger}, not of {account.name}")
    return None


def _sign(reading: Reading, *, late: bool) -> Sign | None:
    return next((sign for sign in reading.recipe.signs if sign.late is late and _holds(sign, reading)), None)


def _holds(sign: Sign, reading: Reading) -> bool:
    page = reading.page
    if sign.http and page.http_status not in sign.http:
        return False
    if sign.url and not sign.url.search(page.url):
        return False
    if sign.under is not None and len(page.body) >= sign.under:
        return False
    if sign.body and not sign.body.search(page.body):
        return False
    return _way_holds(sign, reading) and not _overruled(sign, reading)


def _way_holds(sign: Sign, reading: Reading) -> bool:
    if sign.way is None:
        return True
    found = reading.look(sign.way)
    if sign.equals is None:
        return found not in (None, False, "", 0)
    return any(found == wanted and isinstance(found, bool) == isinstance(wanted, bool) for wanted in sign.equals)


def _overruled(sign: Sign, reading: Reading) -> bool:
    fields = (field for field in reading.recipe.fields if field.name == sign.unless)
    return any(value not in (None, 0) for field in fields for value in [_read_field(field, reading)[0]])


def _stranger(reading: Reading, account: Account) -> str | None:
    for way in reading.recipe.same:
        found = reading.look(way)
        if isinstance(found, str | int) and not isinstance(found, bool) and found != "":
            return None if str(found).casefold() == account.name.casefold() else repr(str(found)[:60])
    return None


def _read_fields(reading: Reading, hidden: frozenset[str]) -> tuple[Profile, list[str]]:
    values: dict[str, Value] = {}
    ways: dict[str, str] = {}
    rounded: set[str] = set()
    missing: list[str] = []
    for wanted in reading.recipe.fields:
        value, way, is_rounded = (None, None, False) if wanted.name in hidden else _read_field(wanted, reading)
        if value is None:
            missing += [wanted.name] if wanted.required else []
            continue
        values[wanted.name] = value
        ways[wanted.name] = way.label if way else ""
        rounded |= {wanted.name} if is_rounded else set()
    return Profile(Status.OK, "", values, frozenset(rounded), ways), missing


def _read_field(wanted: Field, reading: Reading) -> tuple[Value | None, Way | None, bool]:
    """The value by the first way that finds one; whether the platform had rounded it."""
    for way in wanted.ways:
        raw = reading.look(way)
        if raw is None or raw == "":
            continue
        if wanted.kind is FieldKind.COUNT:
            try:
                count = parse_count(raw if isinstance(raw, str | int | float) else "", way.locale or reading.locale)
            except CountError:
                continue
            at_least = way.rounded_from
            return count.value, way, count.rounded or (at_least is not None and count.value >= at_least)
        if (value := _convert(raw, wanted.kind)) is not None:
            return value, way, False
    return None, None, False


def _convert(raw: object, kind: FieldKind) -> Value | None:
    if kind is FieldKind.FLAG:
        return _flag(raw)
    if kind is FieldKind.DATE:
        return _date(raw)
    if isinstance(raw, bool | float) or not isinstance(raw, str | int):
        return None
    text = str(raw).replace("\0", "").strip()[:LONGEST_TEXT]
    if kind is FieldKind.URL and (re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", text, re.IGNORECASE) or " " in text):
        return None
    return text or None


def _flag(raw: object) -> bool | None:
    if isinstance(raw, bool):
        return raw
    return {"true": True, "1": True, "false": False, "0": False}.get(str(raw).strip().lower())


def _date(raw: object) -> date | None:
    """A day, in UTC, from Unix seconds or from an ISO 8601 date; 0 is how some platforms say they do not know."""
    try:
        if isinstance(raw, int | float) or (isinstance(raw, str) and raw.strip().isdecimal()):
            seconds = float(raw)
            return datetime.fromtimestamp(seconds, UTC).date() if seconds > 0 and math.isfinite(seconds) else None
        return datetime.fromisoformat(str(raw).strip()).date()
    except (ValueError, OverflowError, OSError):
        return None
