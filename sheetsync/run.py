"""The whole trip, from the entries in the sheet to the rows in the sheet.

    entries → accounts → those without today's row → visited, each host at its own pace → read → rows and marks

One account's trouble travels as a value and never stops the others; only what stops the run is raised. The clock, the
transport and the sheet are arguments.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from sheetsync.errors import AccountError
from sheetsync.extract import extract
from sheetsync.fetch import Fetcher
from sheetsync.identify import ShortLink, clean, identify, identify_url
from sheetsync.jsonpath import fill_slots
from sheetsync.ledger import Ledger, Visit
from sheetsync.model import Account, Entry, Failure, Page, Profile, Report, RowKey, Status
from sheetsync.pace import Manners
from sheetsync.platform import Platform, Platforms
from sheetsync.shard import WHOLE, Shard
from sheetsync.sheets import Sheet
from sheetsync.threads import Threads

_LEADS_TO = re.compile(r"(?P<link>\S+) leads to (?P<url>\S+)")
_RATE_LIMIT = 429


class Watcher(Protocol):
    """Somebody who looks on while a run goes."""

    def begin(self, total: int) -> None:
        """So many accounts are going to be visited."""

    def visiting(self, account: Account) -> None:
        """This one is being visited now."""

    def visited(self, account: Account, status: Status, detail: str) -> None:
        """This is how it ended."""


@dataclass(frozen=True, slots=True)
class Options:
    """What one run is asked to do.

    Attributes:
        default: The platform that a bare handle belongs to.
        day: The day to date rows; None for today in the sheet's time zone.
        only: Handles to visit instead of all that are in the sheet.
        dry_run: Visit and read, but write nothing.
        shard: The part of the accounts that this run visits; the others are left to other runs.
    """

    default: str = "tiktok"
    day: date | None = None
    only: tuple[str, ...] = ()
    dry_run: bool = False
    shard: Shard = WHOLE


@dataclass(slots=True)
class Due:
    """An account and the cells that name it."""

    account: Account
    entries: list[Entry] = field(default_factory=list)
    via: str = ""


async def run(sheet: Sheet, platforms: Platforms, fetcher: Fetcher, options: Options, watcher: Watcher) -> Report:
    """Make the whole trip once.

    Returns:
        What was written, what was there already and what went wrong; also when the run was interrupted, which the
        report then says.

    Raises:
        SheetError: The sheet cannot be read or written. Nothing that was read of it is lost: see the outbox.
    """
    state = sheet.read(options.day)
    named, failures = await name_all(state.entries, platforms, fetcher, options)
    ledger = Ledger(sheet, state, dry_run=options.dry_run, parts=options.shard.count)
    ledger.fail(_own(failures, options.shard))
    mine = [one for one in named.values() if options.shard.has(one.account)]
    due = [one for one in mine if not ledger.is_present(one.account, one.entries)]
    watcher.begin(len(due))
    interrupted = False
    try:
        await visit_all(due, platforms, fetcher, ledger, watcher)
    except asyncio.CancelledError:  # Ctrl-C: what was read is written before we go
        interrupted = True
    report = replace(ledger.close(), interrupted=interrupted)
    if options.shard == WHOLE:
        return report
    part = f"part {options.shard.index} of {options.shard.count}, with {len(mine):,} of {len(named):,} accounts"
    return replace(report, part=part)


def _own(failures: Iterable[Failure], shard: Shard) -> Iterator[Failure]:
    """The failures that a part tells of.

    Text that names nothing is every part's failure alike, so one tells of it. A short link may have failed here alone,
    and it may be this part's account that is behind it: that is told in any case, but is marked in the sheet by one.
    """
    for failure in failures:
        if shard.has_entry(failure.entry):
            yield failure
        elif failure.status is not Status.NOT_UNDERSTOOD:
            yield replace(failure, entry=replace(failure.entry, line=0))


async def name_all(
    entries: Iterable[Entry], platforms: Platforms, fetcher: Fetcher, options: Options
) -> tuple[dict[RowKey, Due], list[Failure]]:
    """The accounts that entries name, each once, and the entries that name none."""
    wanted = [Entry(line=0, text=text) for text in options.only]
    in_sheet, not_in_sheet = await _name(entries, platforms, fetcher, options.default)
    if not wanted:
        return in_sheet, not_in_sheet
    asked, failures = await _name(wanted, platforms, fetcher, options.default)
    return {key: in_sheet.get(key, due) for key, due in asked.items()}, failures


async def _name(
    entries: Iterable[Entry], platforms: Platforms, fetcher: Fetcher, default: str
) -> tuple[dict[RowKey, Due], list[Failure]]:
    named: dict[RowKey, Due] = {}
    failures: list[Failure] = []
    for entry in entries:
        if not clean(entry.text):
            continue
        try:
            account, via = await _named(entry, platforms, fetcher, default)
        except AccountError as error:
            failures.append(Failure(entry, error.status, str(error)))
            continue
        due = named.setdefault(RowKey(date.min, account.platform, account.kind, account.name), Due(account, via=via))
        due.entries.append(entry)
    return named, failures


async def _named(entry: Entry, platforms: Platforms, fetcher: Fetcher, default: str) -> tuple[Account, str]:
    found = identify(entry, platforms, default)
    if isinstance(found, Account):
        return found, ""
    known = _LEADS_TO.fullmatch(entry.mark.detail)  # an earlier run has followed this link already
    address = known["url"] if known and known["link"] == found.url else await _follow(found, platforms, fetcher)
    account = identify_url(address, platforms)
    if isinstance(account, ShortLink):
        raise AccountError(Status.NOT_UNDERSTOOD, f"{found.url} leads to another short link")
    return account, f"{found.url} leads to {account.url}"


async def _follow(link: ShortLink, platforms: Platforms, fetcher: Fetcher) -> str:
    def known(address: str) -> bool:
        try:
            return isinstance(identify_url(address, platforms), Account)
        except AccountError:
            return False

    return await fetcher.resolve(link.url, manners(platforms[link.platform]), known)


async def visit_all(
    due: Iterable[Due], platforms: Platforms, fetcher: Fetcher, ledger: Ledger, watcher: Watcher
) -> None:
    """Visit every account: the platforms side by side, each no faster than it may be."""
    threads = Threads()
    queues: dict[str, list[Due]] = {}
    for one in due:
        queues.setdefault(one.account.platform, []).append(one)

    async def worker(platform: Platform, waiting: Iterator[Due]) -> None:
        for one in waiting:
            watcher.visiting(one.account)
            visit = await visit_one(one, platform, fetcher, threads)
            status, detail = ledger.take(visit)
            watcher.visited(one.account, status, detail)

    try:
        async with asyncio.TaskGroup() as group:
            for key, queue in queues.items():
                waiting = iter(queue)
                for _ in range(min(len(queue), fetcher.at_once(manners(platforms[key])))):
                    group.create_task(worker(platforms[key], waiting))
    except* Exception as errors:  # noqa: BLE001 - the first trouble that stops the run, as if there were no group
        raise errors.exceptions[0] from None
    finally:
        threads.close()


async def visit_one(due: Due, platform: Platform, fetcher: Fetcher, threads: Threads) -> Visit:
    """Try the routes of the platform file in order, until one gives a fact about the account.

    That a side route has nothing proves nothing: only the first may say that there is no such account.
    """
    account, recipe = due.account, platform.recipes[due.account.kind]
    slots = {"handle": account.handle, "post": account.post}
    worst: Profile | None = None
    asked = ""
    for route in recipe.routes:
        url = fill_slots(route, slots)
        profile, page = await _look(url, account, platform, fetcher, threads)
        if profile.status.is_fact and not (worst and profile.status is Status.NOT_FOUND):
            fetcher.welcomed(url)
            return Visit(account, tuple(due.entries), profile, page, due.via)
        worst = worst or profile
        asked = url if page else asked
        if page is None or page.http_status == _RATE_LIMIT:
            break
    if asked and worst and worst.status is Status.BLOCKED:  # by what the platform answered, not by robots.txt
        fetcher.refused(asked)
    return Visit(account, tuple(due.entries), worst or Profile(Status.LAYOUT_CHANGED), None, due.via)


async def _look(
    url: str, account: Account, platform: Platform, fetcher: Fetcher, threads: Threads
) -> tuple[Profile, Page | None]:
    try:
        page = await fetcher.fetch(url, manners(platform))
    except AccountError as error:
        return Profile(error.status, str(error)), None
    try:
        return await threads.run(extract, page, account, platform.recipes[account.kind]), page
    except TimeoutError:
        return Profile(Status.UNREACHABLE, "the page takes too long to read; such a page is given up"), page


def manners(platform: Platform) -> Manners:
    """How a platform wants to be visited."""
    return Manners(platform.hosts, platform.concurrency, platform.delay, platform.http2, platform.headers)
