"""Changes, pace, forecasts and ranks: tables computed by hand, and what must hold for any rows."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetsync.metrics import AccountNumbers, PostNumbers, measure
from sheetsync.model import Account, Kind, Row, Status, Value

DAY = date(2026, 1, 1)


def row(number: int, followers: int, handle: str = "a", note: str = "", **values: Value) -> Row:
    account = Account("tiktok", Kind.ACCOUNT, handle, "")
    return Row(DAY + timedelta(days=number), account, Status.OK, {"followers": followers, **values}, note=note)


def post(number: int, name: str = "p", handle: str = "a", **values: Value) -> Row:
    return Row(DAY + timedelta(days=number), Account("tiktok", Kind.POST, handle, "", name), Status.OK, values)


def alone(rows: list[Row]) -> AccountNumbers:
    (found,) = measure(rows).accounts
    return found


def only_post(rows: list[Row]) -> PostNumbers:
    (found,) = measure(rows).posts
    return found


def test_a_thousand_days_of_ten_a_day() -> None:
    found = alone([row(n, 1000 + 10 * n) for n in range(1000)])
    assert {days: one.absolute for days, one in found.changes.items()} == {1: 10, 7: 70, 28: 280, 90: 900}
    assert found.changes[7].share == 70 / 10_920
    assert (found.velocity, found.acceleration) == (10, 0)
    assert found.milestone[:3] == (20_000, date(2031, 3, 16), date(2031, 3, 16))  # 9,010 to go


def test_a_gap_is_bridged_within_a_quarter_of_the_window_and_not_beyond() -> None:
    found = alone([row(0, 100), row(8, 180)])  # 7 days before day 8 is day 1; day 0 is one day older
    assert (found.changes[7].absolute, found.changes[7].days, found.velocity) == (80, 8, 10)
    assert (found.changes[1].absolute, found.changes[1].why) == (None, "no row near 2026-01-08")
    late = alone([row(0, 100), row(9, 180)])
    assert (late.changes[7].absolute, late.changes[7].why) == (None, "no row near 2026-01-03")


def test_one_row_only_has_no_changes_and_says_why() -> None:
    found = alone([row(0, 100, likes=50, posts=4)])
    assert {(one.absolute, one.share, one.why) for one in found.changes.values()} == {
        (None, None, "not enough history")
    }
    assert (found.velocity, found.acceleration, found.posts_per_week) == (None, None, None)
    assert (found.likes_per_post, found.rank, found.moved, found.percentile) == (12.5, 1, None, None)
    assert found.milestone == (200, None, None, "not enough history")


def test_acceleration_is_the_last_week_against_the_week_before() -> None:
    found = alone([row(0, 100), row(7, 170), row(14, 380)])
    assert (found.velocity, found.acceleration) == (30, 20)


def test_from_zero_there_is_a_change_and_no_percentage() -> None:
    assert alone([row(0, 0), row(1, 5)]).changes[1][:2] == (5, None)


def test_deleted_posts_are_a_negative_cadence() -> None:
    assert alone([row(0, 1, posts=40), row(28, 1, posts=36)]).posts_per_week == -1


def test_a_renamed_account_keeps_its_series() -> None:
    assert alone([row(0, 100, "old", id="7"), row(1, 130, "new", id="7")]).changes[1].absolute == 30


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        (1_200_000, 1_300_000, None),
        (1_200_000, 1_200_000, None),
        (1_200_000, 1_500_000, 300_000),
        (19_400, 19_500, None),
        (990_000, 1_000_000, None),
    ],
)
def test_a_rounding_step_is_no_change(before: int, after: int, gone: int | None) -> None:
    found = alone([row(0, before, note="rounded: followers"), row(1, after, note="rounded: followers")])
    assert found.changes[1].absolute == gone
    assert ("rounding step" in found.changes[1].why) == (gone is None)


def test_a_milestone_is_told_between_the_fastest_and_the_slowest_pace() -> None:
    found = alone([row(0, 1000), row(7, 1070), row(14, 1280)])  # 20 a day over all, 30 and 10 in the two weeks
    assert found.milestone == (2000, date(2026, 2, 8), date(2026, 3, 28), "")


def test_a_milestone_stays_open_when_the_last_week_stood_still_and_blank_when_all_did() -> None:
    assert alone([row(0, 100), row(7, 180), row(14, 180)]).milestone[2:] == (None, "")
    assert alone([row(0, 100), row(14, 100)]).milestone == (200, None, None, "not growing")


def test_rank_and_moves_are_within_the_list() -> None:
    rows = [row(0, 100, "up"), row(7, 300, "up"), row(0, 200, "down"), row(7, 210, "down"), row(7, 900, "new")]
    found = {one.series.newest.account.handle: one for one in measure(rows).accounts}
    assert {name: (one.rank, one.moved, one.percentile) for name, one in found.items()} == {
        "new": (1, None, 1.0),
        "up": (2, 1, 0.5),
        "down": (3, -1, 0.0),
    }


def test_the_post_of_2019() -> None:
    found = only_post([row(0, 50_000), post(0, views=174_000, likes=8832, comments=120)])
    assert found.rate == 0.0514
    assert found.rate_all is None
    assert found.rate_followers == 8952 / 50_000


def test_views_at_first_sight_are_a_baseline_and_no_gain() -> None:
    first = post(0, views=1000, likes=1, comments=1, shares=1, saves=1)
    assert (only_post([first]).gained.absolute, only_post([first]).per_day) == (None, None)
    found = only_post([first, post(2, views=1100), post(6, views=1900)])
    assert (found.gained.absolute, found.per_day) == (900, 200)


def test_an_account_has_a_pooled_and_a_middle_rate_with_its_sample() -> None:
    posts = [
        post(0, "x", views=1000, likes=90, comments=10),
        post(0, "y", views=9000, likes=80, comments=10),
        post(0, "z", views=0, likes=0, comments=0),
    ]
    found = alone([row(0, 10, likes=999_999, posts=1), *posts]).engagement
    assert (found.pooled, found.posts) == (190 / 10_000, 2)
    assert found.middle == pytest.approx(0.055)
    assert alone([row(0, 10, likes=999_999, views=9)]).engagement.pooled is None


def test_a_deleted_day_changes_what_follows() -> None:
    rows = [row(n, 100 + n * n) for n in range(9)]
    assert alone(rows).changes[1].absolute == 15
    assert alone([*rows[:7], rows[8]]).changes[1].absolute is None


LISTS = st.lists(
    st.builds(
        row,
        st.integers(0, 120),
        st.integers(0, 10**7),
        st.sampled_from("abcd"),
        st.sampled_from(["", "rounded: followers"]),
        likes=st.integers(0, 9999),
        posts=st.integers(0, 99),
    ),
    min_size=1,
    max_size=60,
)


def told(rows: list[Row], since: date = DAY) -> dict[str, list[Any]]:
    """By handle every number that is not a place in the list, with dates as days since ``since``."""
    return {
        one.series.newest.account.handle: [
            [(change[:3], change.why.startswith("no row")) for change in one.changes.values()],
            (one.velocity, one.acceleration, one.likes_per_post, one.posts_per_week),
            [(day - since).days if isinstance(day, date) else day for day in one.milestone],
        ]
        for one in measure(rows).accounts
    }


@settings(deadline=None)
@given(LISTS, st.integers(-2000, 2000))
def test_shifting_all_dates_shifts_nothing(rows: list[Row], days: int) -> None:
    shift = timedelta(days=days)
    moved = [Row(one.date + shift, one.account, one.status, one.values, None, one.note) for one in rows]
    assert told(moved, DAY + shift) == told(rows)


@settings(deadline=None)
@given(LISTS, st.integers(0, 120), st.integers(0, 10**7))
def test_another_account_changes_no_numbers_of_the_others(rows: list[Row], number: int, followers: int) -> None:
    more = told([*rows, row(number, followers, "newcomer")])
    del more["newcomer"]
    assert more == told(rows)


@settings(deadline=None)
@given(LISTS)
def test_ranks_are_those_of_the_counts(rows: list[Row]) -> None:
    found = measure(rows).accounts
    counts = [one.latest.value for one in found if one.latest]
    assert counts == sorted(counts, reverse=True)
    assert [one.rank for one in found] == [1 + sum(other > mine for other in counts) for mine in counts]
