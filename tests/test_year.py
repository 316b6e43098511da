"""A year of three slots a day, late, dropped and failing: one row for each day that had a chance, dated right."""

import math
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sheetsync.sample_site import account_page
from sheetsync.schedule import slots
from sheetsync.sheets.folder import FolderSheet
from tests.trips import Site, cells, travel, type_in

ZONE = ZoneInfo("Europe/Brussels")
MEDIAN, MOST = 286, 732  # minutes; measured on GitHub in 2026 by robhunter/agentdeals#1848
DROPPED, FAILING = 0.05, 0.02


def starts(chance: random.Random) -> list[datetime]:
    """When the runs of a year really start, in UTC: they have both of its clock changes."""
    found = []
    for number in range(365):
        day = date(2026, 1, 1) + timedelta(days=number)
        for slot in slots(datetime(2026, 1, 1, 6).time()):  # noqa: DTZ001 - a time of the day
            if chance.random() < DROPPED:
                continue
            late = min(MEDIAN * math.exp(chance.gauss(0, 0.6)), MOST)
            found.append(datetime.combine(day, slot, ZONE).astimezone(UTC) + timedelta(minutes=late))
    return sorted(found)


def test_every_day_on_which_a_run_succeeded_has_exactly_one_row_an_account(tmp_path: Path) -> None:
    chance = random.Random(2026)  # noqa: S311 - a simulation
    folder = tmp_path / "year"
    type_in(folder, ["@one", "@two"])
    down = False
    site = Site(lambda path: (503, "") if down else (200, account_page(path.removeprefix("/@"), 1000)))
    expected: set[str] = set()
    runs = starts(chance)
    for now in runs:
        down = chance.random() < FAILING
        report = travel(FolderSheet(folder, clock=partial(now.astimezone, UTC), timezone=ZONE), site)
        assert report.date == now.astimezone(ZONE).date()
        if not down:
            expected.add(now.astimezone(ZONE).date().isoformat())
    written = Counter((row["date"], row["account"]) for row in cells(folder, "History"))
    assert written == Counter({(day, account): 1 for day in expected for account in ("one", "two")})
    late_at_night = [now for now in runs if now.astimezone(ZONE).date() != now.date()]
    assert late_at_night, "no run fell between midnight here and midnight in UTC"
    assert len(expected) >= 360
