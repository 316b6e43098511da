"""The trip put together: settings become a sheet, platforms and a fetcher, and off it goes."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http.client import responses
from pathlib import Path
from typing import TypeVar

from sheetsync import __version__
from sheetsync.config import Config
from sheetsync.connect import LeasedTransport, parse_connect_to
from sheetsync.errors import AccountError, ConfigError
from sheetsync.fetch import Fetcher
from sheetsync.importxml import Wish, importjson, importxml
from sheetsync.model import Account, Entry, Kind, Page, Profile, Report, Status
from sheetsync.pace import Limits, Manners
from sheetsync.platform import Platforms
from sheetsync.platform_file import load_platforms
from sheetsync.run import Options, Watcher, name_all, run, visit_one
from sheetsync.sheets import Sheet, open_sheet
from sheetsync.threads import Threads

T = TypeVar("T")
USER_AGENT = f"Mozilla/5.0 (compatible; sheetsync/{__version__}; reads public numbers for a person's own sheet)"
_ADVICE = {
    401: "The site asks for a login; sheetsync reads only what everybody can see.",
    403: "The site refuses this visit; a browser may be let in where a program is not.",
    404: "There is no such page: check the address.",
    410: "The page is gone for good.",
    429: "The site has had too many visits: wait before you try again.",
    451: "The site does not show this page in the region that this visit came from.",
}


def utc_now() -> datetime:
    """The clock of everything that is not given another."""
    return datetime.now(UTC)


def make_trip(settings: Config, options: Options, watcher: Watcher, environment: Mapping[str, str]) -> Report:
    """One whole run.

    Raises:
        ConfigError: No sheet is named, or a setting or platform file is wrong.
        SheetError: The sheet cannot be read or written.
    """
    platforms = known_platforms(settings)
    sheet = the_sheet(settings, environment)
    if not options.dry_run and sheet.create() and not options.only:
        return Report(sheet.read(options.day).day, created=sheet.name)

    async def trip() -> Report:
        async with open_fetcher(settings, environment) as fetcher:
            return await run(sheet, platforms, fetcher, options, watcher)

    return asyncio.run(trip())


def the_sheet(settings: Config, environment: Mapping[str, str]) -> Sheet:
    """The sheet that the settings name.

    Raises:
        ConfigError: They name none, or one that cannot be.
    """
    if not settings.sheet:
        raise ConfigError(
            "No sheet is named.", 'Say --sheet FOLDER, set SHEETSYNC_SHEET, or write sheet = "…" in sheetsync.toml.'
        )
    return open_sheet(
        settings.sheet,
        clock=utc_now,
        timezone=settings.zone(),
        accounts=settings.accounts,
        environment=environment,
    )


def known_platforms(settings: Config) -> Platforms:
    """The built-in platforms and the user's own; the default one must be among them.

    Raises:
        ConfigError: A platform file is wrong, or the default platform is unknown.
    """
    platforms = load_platforms(Path(settings.platforms) if settings.platforms else None)
    if settings.platform not in platforms:
        raise ConfigError(f"platform = {settings.platform!r} is not known.", f"Known are: {', '.join(platforms)}.")
    return platforms


def open_fetcher(settings: Config, environment: Mapping[str, str]) -> Fetcher:
    """A fetcher as the settings and the environment want it.

    Raises:
        ConfigError: ``SHEETSYNC_CONNECT_TO`` or a proxy is not an address.
    """
    asked = settings.fetch
    connect_to = {**asked.connect_to, **parse_connect_to(environment.get("SHEETSYNC_CONNECT_TO", ""))}
    unpaced = frozenset(connect_to) if environment.get("SHEETSYNC_PACE") == "0" else frozenset()
    limits = Limits(
        concurrency=asked.concurrency,
        page_seconds=asked.page_seconds,
        run_seconds=asked.run_seconds,
        attempts=asked.attempts,
        retry_after_most=asked.retry_after_most,
        body_bytes=asked.body_bytes,
        refusals=asked.refusals,
    )
    return Fetcher(
        LeasedTransport(proxy=asked.proxy or None, connect_to=connect_to),
        limits=limits,
        user_agent=asked.user_agent or USER_AGENT,
        unpaced=unpaced,
        robots=settings.robots == "obey",
        clock=utc_now,
    )


def look(settings: Config, texts: Sequence[str], environment: Mapping[str, str]) -> Iterator[tuple[Account, Profile]]:
    """Look at accounts without writing anything; text that names none comes back as ``not understood``."""
    platforms = known_platforms(settings)

    async def looking() -> list[tuple[Account, Profile]]:
        threads = Threads()
        async with open_fetcher(settings, environment) as fetcher:
            entries = [Entry(line=0, text=text) for text in texts]
            named, failures = await name_all(entries, platforms, fetcher, Options(settings.platform))
            found = []
            for due in named.values():
                visit = await visit_one(due, platforms[due.account.platform], fetcher, threads)
                found.append((due.account, visit.profile))
        threads.close()
        if not named and not failures:
            raise AccountError(
                Status.NOT_UNDERSTOOD, "There is nothing to look at.", "Name an account, such as @tiktok."
            )
        return found + [(_nobody(failure.entry), Profile(failure.status, failure.detail)) for failure in failures]

    yield from asyncio.run(looking())


def _nobody(entry: Entry) -> Account:
    return Account(platform="", kind=Kind.ACCOUNT, handle="", url=entry.text)


def look_up(
    settings: Config, url: str, expression: str, environment: Mapping[str, str], wish: Wish, json_path: str = ""
) -> list[list[str]]:
    """What ``=IMPORTXML(url; expression)`` gives; with a JSON path, what that finds in the page's JSON.

    Raises:
        ConfigError: The expression is not XPath, or there is none.
        AccountError: The page cannot be had, with the real reason.
        NothingFoundError: Nothing matches.
    """
    if "://" not in url:
        raise ConfigError(f"{url} is not a web address.", "Write https:// in front, as IMPORTXML wants it, too.")
    if not expression and not json_path:
        raise ConfigError("There is no XPath to look for.", "Name one, such as //h1, or a JSON path with --json.")

    async def fetching() -> Page:
        async with open_fetcher(settings, environment) as fetcher:
            return await fetcher.fetch(url, Manners(hosts=None))

    page = asyncio.run(fetching())
    if page.http_status >= 400:  # noqa: PLR2004 - HTTP's own border
        raise _refused(page)
    return importjson(page, json_path, expression, wish) if json_path else importxml(page, expression, wish)


def _refused(page: Page) -> AccountError:
    """What the formula hides behind "Resource at url not found"."""
    phrase = responses.get(page.http_status, "")
    return AccountError(
        Status.UNREACHABLE,
        f"{page.url} answered HTTP {page.http_status}{f' ({phrase})' if phrase else ''}.",
        _ADVICE.get(
            page.http_status, "The answer is the site's own; try again later, or open the address in a browser."
        ),
    )
