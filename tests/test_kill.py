"""``kill -9`` at any moment of a run: no row twice, none missing, no broken file.

``SHEETSYNC_KILLS=50`` kills more often than the few times that every test run affords.
"""

import asyncio
import csv
import os
import random
from pathlib import Path

import pytest

from sheetsync.sample_site import account_page
from tests.commands import ended, start
from tests.site import Site, reply, serve
from tests.trips import cells, type_in

ACCOUNTS = 60
KILLS = int(os.environ.get("SHEETSYNC_KILLS", "6"))
LATENCY = 0.02
HANDLES = [f"somebody_{number}" for number in range(ACCOUNTS)]


class Killer:
    """Answers pages after a moment, and says when enough were asked for."""

    def __init__(self) -> None:
        self.left = 10_000
        self.reached = asyncio.Event()

    async def __call__(self, head: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(LATENCY)  # what a network costs; nobody waits for it to be over
        self.left -= 1
        if self.left <= 0:
            self.reached.set()
        handle = head.split(" ")[1].removeprefix("/@")
        body = account_page(handle, 1000 + int(handle.rpartition("_")[2])).encode()
        writer.write(reply(body, "Content-Type: text/html; charset=utf-8"))


async def kill_and_finish(folder: Path, moments: list[int]) -> Site:
    killer = Killer()
    async with serve(killer) as site:
        connect_to = f"www.tiktok.com={site.origin}"
        for moment in moments:
            killer.left, killer.reached = moment, asyncio.Event()
            running = await start(connect_to, "run", "--sheet", str(folder), "--date", "2026-11-22")
            reached = asyncio.create_task(killer.reached.wait())
            over = asyncio.create_task(running.communicate())
            await asyncio.wait({reached, over}, return_when=asyncio.FIRST_COMPLETED)
            if running.returncode is None:
                running.kill()
            await over
            reached.cancel()
        killer.left = 10_000
        code, _, errors = await ended(connect_to, "run", "--sheet", str(folder), "--date", "2026-11-22")
        assert code == 0, errors
        site.requests.clear()
        code, out, _ = await ended(connect_to, "run", "--sheet", str(folder), "--date", "2026-11-22")
        assert (code, site.requests) == (0, [])
        assert "nothing to do" in out
        return site


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_at_random_moments_and_run_to_the_end(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - any moment will do
    type_in(tmp_path, HANDLES)
    asyncio.run(kill_and_finish(tmp_path, [chance.randint(1, ACCOUNTS + 5) for _ in range(2)]))
    rows = cells(tmp_path, "History")
    assert sorted(row["account"] for row in rows) == sorted(HANDLES)
    assert all(int(row["followers"]) == 1000 + int(row["account"].rpartition("_")[2]) for row in rows)
    with (tmp_path / "Accounts.csv").open(newline="", encoding="utf-8") as file:
        assert [(row["account"], row["status"]) for row in csv.DictReader(file)] == [(name, "ok") for name in HANDLES]
