"""Some days in which everything goes wrong; ``make chaos`` lives many more."""

import random
from datetime import date
from pathlib import Path

import httpx
import pytest

from tests.chaos.chaos import FIRST_DAY, Chaos, live_for
from tests.chaos.site import TROUBLES, ChaoticSite
from tests.google_double import Google


@pytest.mark.parametrize("seed", [5, 11])
def test_whatever_goes_wrong_every_number_is_one_that_the_site_showed_that_day(seed: int) -> None:
    assert "none twice" in live_for(seed, kills=0.03, days=12)


@pytest.fixture
def a_day(google: Google, tmp_path: Path) -> Chaos:
    chaos = Chaos(google, tmp_path, seed=1)
    chaos.site.today = FIRST_DAY
    chaos.run_in_peace()
    chaos.prove()
    return chaos


def test_a_number_that_the_site_did_not_show_is_noticed(a_day: Chaos) -> None:
    column = "ABCDEFGHIJKLMNOP"[a_day.desk.table("History")[0].index("followers")]
    a_day.desk.people.set("History", f"{column}3", 12)
    with pytest.raises(AssertionError, match="12"):
        a_day.prove()


def test_a_row_that_stands_there_twice_is_noticed(a_day: Chaos) -> None:
    first = a_day.desk.people.values("History")[1]
    a_day.desk.people.insert_rows("History", 3, [first])
    with pytest.raises(AssertionError, match=r"double|retyped|two rows"):
        a_day.prove()


def test_a_row_that_never_comes_is_noticed(a_day: Chaos, monkeypatch: pytest.MonkeyPatch) -> None:
    a_day.desk.people.delete_rows("History", 2)
    monkeypatch.setattr(a_day, "trip", lambda *_: None)
    with pytest.raises(AssertionError, match="without a row"):
        a_day.prove()


def test_the_site_does_all_that_it_can_do() -> None:
    site = ChaoticSite(random.Random(1))  # noqa: S311 - any will do
    site.today, site.trouble = date(2026, 11, 22), 1.0
    for number in range(400):
        try:
            site(httpx.Request("GET", f"https://www.tiktok.com/@h{number}"))
        except httpx.ConnectError:
            continue
    assert site.troubles.keys() == {name for name, _ in TROUBLES}
