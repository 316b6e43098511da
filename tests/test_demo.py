"""The demo, as a stranger runs it."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from sheetsync.demo import live_through
from sheetsync.errors import SheetError
from sheetsync.sample_site import DAYS, FIRST_DAY, PEOPLE, counts, post_counts
from tests.trips import cells


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("stranger") / "demo"
    return folder, list(live_through(folder))


def test_every_number_in_history_is_one_that_the_site_showed_that_day(lived: tuple[Path, list[str]]) -> None:
    rows = [row for row in cells(lived[0], "History") if row["status"] == "ok"]
    days = {(FIRST_DAY + timedelta(days=number)).isoformat(): number for number in range(DAYS)}
    shown = [counts(row["account"], days[row["date"]]) for row in rows]
    assert [{name: int(row[name]) for name in counted} for row, counted in zip(rows, shown, strict=True)] == shown
    posts = cells(lived[0], "Posts")
    assert [int(row["views"]) for row in posts] == [post_counts(number)["views"] for number in range(DAYS)]


def test_there_is_one_row_for_each_account_and_day_that_could_be_read(lived: tuple[Path, list[str]]) -> None:
    rows = Counter((row["account"], row["date"]) for row in cells(lived[0], "History"))
    assert set(rows.values()) == {1}
    per_account = Counter(account for account, _ in rows)
    expected = dict.fromkeys(PEOPLE, DAYS) | {"slow_cyclist": DAYS - 1}
    del expected["behind_the_wall"]
    assert per_account == expected


def test_it_tells_what_happened_where_the_files_are_and_what_to_do_next(lived: tuple[Path, list[str]]) -> None:
    folder, lines = lived
    said = "\n".join(lines)
    assert str(folder / "History.csv") in said
    assert "sheetsync run --sheet" in said
    assert "bot wall" in said
    assert "0 new rows" in said


def test_it_replaces_an_earlier_demo_and_nothing_else(lived: tuple[Path, list[str]], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(SheetError, match="not a demo"):
        list(live_through(tmp_path))
    assert (tmp_path / "mine.txt").read_text() == "keep"
    next(live_through(lived[0]))
    assert cells(lived[0], "History") == []
