"""Runs against a folder and a site in memory: only the network is replaced, by httpx's own mock transport."""

import asyncio
import csv
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import httpx

from sheetsync.fetch import Fetcher
from sheetsync.model import Account, Report, Status
from sheetsync.pace import Limits
from sheetsync.platform_file import load_platforms
from sheetsync.run import Options, run
from sheetsync.sample_site import page
from sheetsync.sheets import Sheet
from sheetsync.sheets.folder import FolderSheet

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Answer = Callable[[str], tuple[int, str]]


class Site:
    """Answers pages, and remembers which were asked for."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        status, text = self.answer(request.url.path)
        if status in (301, 302):
            return httpx.Response(status, headers={"location": text})
        return httpx.Response(status, html=text)


class Silent:
    """A watcher that only counts."""

    def __init__(self) -> None:
        self.total = 0
        self.ended: list[tuple[str, Status, str]] = []

    def begin(self, total: int) -> None:
        self.total = total

    def visiting(self, account: Account) -> None:
        pass

    def visited(self, account: Account, status: Status, detail: str) -> None:
        self.ended.append((account.name, status, detail))


def on_day(number: int) -> Answer:
    """The sample site on a day."""
    return lambda path: page(path, number)


def type_in(folder: Path, texts: Iterable[str]) -> FolderSheet:
    """A folder sheet in which somebody typed this."""
    folder.mkdir(exist_ok=True)
    with (folder / "Accounts.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["account"], *([text] for text in texts)])
    return FolderSheet(folder, clock=lambda: NOON, timezone=UTC)


def travel(
    sheet: Sheet,
    site: Site,
    *,
    day: date | None = None,
    only: tuple[str, ...] = (),
    dry_run: bool = False,
    options: Options | None = None,
) -> Report:
    """One run, without politeness delays."""
    return make_a_trip(sheet, site, options or Options(day=day, only=only, dry_run=dry_run))


def make_a_trip(sheet: Sheet, site: Callable[[httpx.Request], httpx.Response], options: Options) -> Report:
    """One run to whatever answers."""

    async def trip() -> Report:
        hosts = frozenset({"www.tiktok.com", "vm.tiktok.com"})
        transport = httpx.MockTransport(site)
        async with Fetcher(transport, limits=Limits(attempts=1), user_agent="sheetsync", unpaced=hosts) as fetcher:
            return await run(sheet, load_platforms(), fetcher, options, Silent())

    return asyncio.run(trip())


def cells(folder: Path, tab: str) -> list[dict[str, str]]:
    """A tab as a person's program reads it."""
    path = folder / f"{tab}.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))
