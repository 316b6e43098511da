"""Text in a cell → the account it names (pure).

People paste whatever they have: ``@name``, a link from the app, a link with tracking parameters, an invisible mark
in front of it. What is understood becomes one spelling; what is not gets a sentence that says what would be.
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sheetsync.errors import AccountError
from sheetsync.jsonpath import fill_slots
from sheetsync.model import Account, Entry, Kind, Status
from sheetsync.platform import Platform, Platforms, Recipe

_LONGEST = 2_000
_URL = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*):)?//|(?P<host>(?:[a-z0-9-]+\.)+[a-z]{2,}\.?(?=[/?#:]|$))", re.IGNORECASE
)
_PREFIX = re.compile(r"(?P<platform>[A-Za-z][\w ]*?)\s*[:/]\s*(?P<rest>[^/\s].*)", re.DOTALL)
_ERROR_VALUE = re.compile(r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|ERROR!|SPILL!|CALC!)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShortLink:
    """A link that only the platform can tell the account of, by redirecting to it.

    Attributes:
        platform: The platform's key.
        url: The link, with https.
    """

    platform: str
    url: str


def clean(text: str) -> str:
    """The text without what nobody sees: spaces around it, zero-width and bidi marks, full-width forms of ASCII."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if unicodedata.category(c) != "Cf").strip()


def identify(entry: Entry, platforms: Platforms, default: str) -> Account | ShortLink:
    """The account that an entry names.

    Args:
        entry: A cell that holds more than white space.
        platforms: The platforms that are known.
        default: The key of the platform that a bare handle belongs to when no platform column says otherwise.

    Raises:
        AccountError: Not understood; the message says what would be.
    """
    text = clean(entry.text)
    if len(text) > _LONGEST:
        raise _not_understood("the cell holds a long text, not a handle")
    if _ERROR_VALUE.fullmatch(text):
        raise _not_understood(f"the cell shows the spreadsheet error {text}, not a handle")
    platform = _chosen(entry, platforms, default)
    if (url := _URL.match(text)) and not (url["host"] and _is_bare(text, platform, platforms)):
        return identify_url(text, platforms)
    if (prefix := _PREFIX.fullmatch(text)) and (named := platforms.named(prefix["platform"])):
        return _bare(clean(prefix["rest"]), named)
    return _bare(text, platform)


def identify_url(url: str, platforms: Platforms) -> Account | ShortLink:
    """The account or short link that an address names.

    Raises:
        AccountError: Its host is unknown, or it leads to something else than an account or a post.
    """
    try:
        parts = urlsplit(url if re.match(r"[a-z][a-z0-9+.-]*://", url, re.IGNORECASE) else "https://" + url.lstrip("/"))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise _not_understood(f"{_short(url)} is not a web address") from error
    if parts.username is not None:  # not quoted: what stands there may be a password
        raise _not_understood(f"an address on {host} with a user name in it is not that of a public page")
    if parts.scheme.lower() not in ("http", "https") or port not in (None, 80, 443):
        raise _not_understood(f"{_short(url)} is not the address of a public page")
    if (platform := platforms.at(host)) is None:
        known = ", ".join(sorted(platform.title for platform in platforms.values()))
        raise _not_understood(f"{host} is not a platform that sheetsync knows ({known})")
    path = unquote(parts.path).rstrip("/") or "/"
    if any(short.fullmatch(host + path) for short in platform.short):
        return ShortLink(platform.key, f"https://{host}{path}/")
    return _at_path(path, parts.query, platform) or _no_account(url, platform)


def account_of(platform: Platform, kind: Kind, handle: str, post: str = "") -> Account:
    """The account in its one spelling."""
    recipe = platform.recipes[kind]
    handle, post = clean(handle), clean(post)
    if recipe.lower or (Kind.ACCOUNT in platform.recipes and platform.recipes[Kind.ACCOUNT].lower):
        handle = handle.lower()
    url = fill_slots(recipe.url, {"handle": handle, "post": post})
    return Account(platform.key, kind, handle, url, post)


def _chosen(entry: Entry, platforms: Platforms, default: str) -> Platform:
    name = clean(entry.platform) or default
    if platform := platforms.named(name):
        return platform
    titles = {platform.title.casefold(): platform.title for platform in platforms.values()}
    close = difflib.get_close_matches(name.casefold(), titles, n=1)
    ending = f"did you mean {titles[close[0]]}?" if close else f"known are: {', '.join(sorted(titles.values()))}"
    raise _not_understood(f"{_short(name)} in the platform column is not a platform that sheetsync knows; {ending}")


def _is_bare(text: str, platform: Platform, platforms: Platforms) -> bool:
    """Whether something like ``some.name`` is a handle rather than a host: unless it has a path, or is a known host."""
    recipe = platform.recipes.get(Kind.ACCOUNT)
    return bool(recipe and recipe.name.fullmatch(text)) and platforms.at(text.lower().rstrip(".")) is None


def _bare(text: str, platform: Platform) -> Account:
    recipe = platform.recipes.get(Kind.ACCOUNT)
    handle = text.removeprefix("@").strip()
    if recipe and recipe.name.fullmatch(handle):
        return account_of(platform, Kind.ACCOUNT, handle)
    if recipe and _are_handles(text, recipe):
        ending = f"give each its own row ({_example(platform)})"
        raise _not_understood(f"there is more than one handle in the cell; {ending}")
    raise _not_understood(f"{_short(text)} is not a {platform.title} handle or address; {_example(platform)}")


def _are_handles(text: str, recipe: Recipe) -> bool:
    """Whether the text is several handles, rather than a sentence."""
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    handles = len(words) > 1 and all(recipe.name.fullmatch(word.removeprefix("@")) for word in words)
    return handles and (len(words) == 2 or all(word.startswith("@") for word in words))  # noqa: PLR2004 - two words


def _at_path(path: str, query: str, platform: Platform) -> Account | None:
    target = path + "?" + query if query else path
    for kind, recipe in platform.recipes.items():
        for pattern in recipe.paths:
            if match := pattern.fullmatch(path) or pattern.fullmatch(target):
                found = match.groupdict()
                return account_of(platform, kind, found.get("handle") or "", found.get("post") or "")
    return None


def _no_account(url: str, platform: Platform) -> Account:
    raise _not_understood(
        f"{_short(url)} is a {platform.title} page, but not of an account or a post; {_example(platform)}"
    )


def _example(platform: Platform) -> str:
    recipe: Recipe = next(iter(platform.recipes.values()))
    address = fill_slots(recipe.url, {"handle": recipe.sample or "name", "post": "1"})
    return f"write a handle such as @{recipe.sample or 'name'}, or an address such as {address}"


def _not_understood(message: str) -> AccountError:
    return AccountError(Status.NOT_UNDERSTOOD, message)


def _short(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= most else line[: most - 1] + "…")
