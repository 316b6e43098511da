"""A Google spreadsheet at the size that years bring, several runs at once in it, and runs that are killed.

``SHEETSYNC_HISTORY=300000`` gives it so many old rows, ``SHEETSYNC_CROWD=200`` so many accounts to the runs that go on
at once, and ``SHEETSYNC_KILLS=50`` kills so often; every test run affords less.
"""

import asyncio
import json
import os
import random
import re
import signal
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sheetsync.model import Kind
from sheetsync.sample_site import account_page, serve
from sheetsync.sheets.grid import serial, window
from sheetsync.sheets.layout import own_columns
from tests import google_double
from tests.google_double import Google, faults
from tests.google_double.service import Call
from tests.test_google_run import DAY, Place

OLD_ROWS = int(os.environ.get("SHEETSYNC_HISTORY", "10000"))
CROWD = int(os.environ.get("SHEETSYNC_CROWD", "30"))
KILLS = int(os.environ.get("SHEETSYNC_KILLS", "3"))
KILLS_A_DAY = 3
LAST_DAY = date.fromisoformat(DAY)
PRIVATE = 7
"""Every seventh account is private, so that a status beside the wrong handle shows."""


class Town(Place):
    """A place where every account's number tells the day, and some accounts are private."""

    def __init__(self, google: Google, folder: Path, accounts: int) -> None:
        super().__init__(google, folder, accounts)
        self.day = LAST_DAY

    def answer(self, path: str) -> tuple[int, str]:
        super().answer(path)
        handle = path.removeprefix("/@")
        text = account_page(handle, self.followers(handle, self.day))
        if self.status(handle) == "private":
            text = text.replace('"privateAccount": false', '"privateAccount": true')
            text = text.replace('"statusCode": 0', '"statusCode": 10222')
        return 200, text

    def followers(self, handle: str, day: date) -> int:
        return 10_000 + 100 * int(handle.rpartition("_")[2]) + day.toordinal() % 100

    def status(self, handle: str) -> str:
        return "private" if int(handle.rpartition("_")[2]) % PRIVATE == 0 else "ok"

    async def start(self, origin: str, *handles: str, where: str = "", quiet: bool = False) -> Process:
        folder = self.folder / where
        folder.mkdir(exist_ok=True)
        day = ("--date", self.day.isoformat())
        variables = self.variables(origin)
        return await asyncio.create_subprocess_exec(
            *self.command(*day, *handles),
            env=variables,
            cwd=folder,
            stdout=-3 if quiet else PIPE,
            stderr=-3 if quiet else PIPE,
        )

    def prove(self, days: Sequence[date]) -> None:
        """Exactly one row for each account and day, every number right, and each status on its own line."""
        people = self.google.people(self.id)
        names = ("date", "account", "followers", "status")
        found = Counter(zip(*(people.column("History", name) for name in names), strict=True))
        expected = [
            (serial(day), handle, self.followers(handle, day), self.status(handle))
            for day in days
            for handle in self.handles
        ]
        assert found == Counter(expected)
        lines = [people.column("Accounts", name) for name in ("account", "our notes", "status", "last row")]
        assert list(zip(*lines, strict=True)) == [
            (handle, f"about {handle}", self.status(handle), serial(max(days))) for handle in self.handles
        ]


@pytest.fixture
def google() -> Iterator[Google]:
    with google_double.serve() as running:
        yield running


def fill(town: Town, rows: int) -> int:
    """Put old rows into History, day by day up to the day before; answers how many those are."""
    names = own_columns(Kind.ACCOUNT)
    days = rows // len(town.handles)
    table: list[list[Any]] = [list(names)]
    for ago in range(days, 0, -1):
        day = LAST_DAY - timedelta(days=ago)
        for handle in town.handles:
            cells = {"date": serial(day), "platform": "tiktok", "account": handle, "status": "ok"}
            cells |= {"followers": town.followers(handle, day), "url": f"https://www.tiktok.com/@{handle}"}
            table.append([cells.get(name) for name in names])
    size = {"rowCount": len(table), "columnCount": len(names)}
    town.google.people(town.id).add_tab("History", table, gridProperties=size)
    return days * len(town.handles)


def lines_read(call: Call) -> int:
    """How many lines of History a call asks for; those of a range without an end are more than any tab has."""
    ranges = [one for one in call.request.query.get("ranges", []) if one.startswith("'History'")]
    spans = [re.fullmatch(r"'History'!(\d+):(\d+)", one) for one in ranges]
    return sum(int(span[2]) - int(span[1]) + 1 if span else 10**9 for span in spans)


def test_a_long_history_costs_no_more_than_its_tail(google: Google, tmp_path: Path) -> None:
    town = Town(google, tmp_path, 500)
    old = fill(town, OLD_ROWS)
    start, probes = window(old + 1, google.people(town.id).tab("Accounts").row_count)
    tail = old + 1 - start + 1 + len(probes) + 1
    assert tail < old
    with serve(town.answer) as origin:
        first = town.run(origin, "--json")
        assert first.returncode == 0, first.stderr
        assert len(json.loads(first.stdout)["appended"]) == len(town.visited) == 500
        reads = [lines_read(call) for call in google.calls]
        assert len(reads) <= 4
        assert 0 < max(reads) <= tail
        google.forget_calls()
        town.visited.clear()
        second = town.run(origin, "--json")
        assert second.returncode == 0, second.stderr
        assert (json.loads(second.stdout)["appended"], town.visited) == ([], [])
        assert len(google.calls) <= 2
        assert max(map(lines_read, google.calls)) <= tail
    people = google.people(town.id)
    accounts, followers, dates = (people.column("History", name) for name in ("account", "followers", "date"))
    assert len(accounts) == old + 500
    found = sorted(zip(accounts[old:], followers[old:], dates[old:], strict=True))
    assert found == sorted((handle, town.followers(handle, LAST_DAY), serial(LAST_DAY)) for handle in town.handles)


@pytest.mark.parametrize("runs", [2, 5])
def test_runs_at_once_with_overlapping_accounts(google: Google, tmp_path: Path, runs: int) -> None:
    """Each run has half of the accounts, and shares some with the next."""
    town = Town(google, tmp_path, CROWD)

    async def all_at_once(origin: str) -> list[tuple[int | None, bytes]]:
        started = []
        for number in range(runs):
            first = number * CROWD // runs
            mine = [town.handles[(first + more) % CROWD] for more in range(CROWD // 2 + 1)]
            started.append(await town.start(origin, *mine, where=f"machine {number}"))
        ends = await asyncio.gather(*(run.communicate() for run in started))
        return [(run.returncode, errors) for run, (_, errors) in zip(started, ends, strict=True)]

    with serve(town.answer) as origin:
        ended = asyncio.run(all_at_once(origin))
    assert [code for code, _ in ended] == [0] * runs, ended
    town.prove([LAST_DAY])


async def kill_once(town: Town, origin: str, chance: random.Random) -> bool:
    """Start a run and kill it: when a page is asked for, before a call reaches Google, or after it was carried out.

    Returns:
        Whether it was still alive.
    """
    moment = chance.randint(1, 4)
    visits = len(town.visited) + chance.randint(1, len(town.handles))
    calls = len(town.google.calls) + moment
    way = chance.choice(["visit", "before", "after"])
    running: list[Process] = []

    def kill() -> None:
        for process in running:
            with suppress(ProcessLookupError):  # it has ended this very moment
                process.kill()

    def kill_at_visit() -> None:
        if len(town.visited) >= visits:
            kill()

    if way == "visit":
        town.on_visit = kill_at_visit
    else:
        town.google.hooks.append(lambda call: kill() if call.number == calls else None)
        if way == "before":
            town.google.faults.at(moment, faults.cut_before())
    process = await town.start(origin, quiet=True)
    running.append(process)
    await process.wait()
    running.clear()
    town.on_visit = lambda: None
    town.google.hooks.clear()
    town.google.faults.clear()
    town.google.settle()
    return process.returncode == -signal.SIGKILL


def test_kill_9_at_random_moments_of_many_days(google: Google, tmp_path: Path) -> None:
    """Each day is killed a few times, then a run comes to its end; what waits in the outbox is all that it has."""
    chance = random.Random(KILLS)  # noqa: S311 - any moment will do
    town = Town(google, tmp_path, 20)
    days: list[date] = []
    killed = 0
    with serve(town.answer) as origin:
        while killed < KILLS:
            town.day = LAST_DAY + timedelta(days=len(days))
            days.append(town.day)
            times = min(KILLS_A_DAY, KILLS - killed)
            killed += sum(asyncio.run(kill_once(town, origin, chance)) for _ in range(times))
            last = town.run(origin, "--date", town.day.isoformat())
            assert last.returncode == 0, last.stderr
    town.prove(days)
