import random
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetsync.model import Account, Kind, Mark, Row, Status, Value
from sheetsync.suspect import doubt, doubt_gone, gone_at_once, seen_before

MARA = Account("tiktok", Kind.ACCOUNT, "mara.example", "https://www.tiktok.com/@mara.example")
HELD = "; held back, and written if a later run sees the same"
OK, GONE, PRIVATE, BLOCKED = Status.OK, Status.NOT_FOUND, Status.PRIVATE, Status.BLOCKED


def row(status: Status = Status.OK, **values: Value) -> Row:
    return counted(values, status)


def counted(values: Mapping[str, Value], status: Status = Status.OK) -> Row:
    return Row(date(2026, 1, 1), MARA, status, values)


def held(reason: str) -> Mark:
    return Mark(Status.SUSPECT, reason)


@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        (1000, 1000, ""),
        (1000, 5000, ""),
        (1000, 501, ""),
        (1000, 500, ""),
        (1001, 501, ""),
        (1001, 500, "followers fell from 1,001 to 500"),
        (1000, 499, "followers fell from 1,000 to 499"),
        (48213, 0, "followers fell from 48,213 to 0"),
        (1, 0, "followers fell from 1 to 0"),
        (0, 0, ""),
        (0, 7, ""),
    ],
)
def test_a_fall_below_half_is_held_back_and_half_is_not(was: int, now: int, reason: str) -> None:
    assert doubt(row(followers=now, posts=3), row(followers=was, posts=3)) == (reason + HELD if reason else "")


def test_all_falls_are_named_in_one_sentence() -> None:
    reason = doubt(
        counted({"followers": 10, "likes": 0, "posts": 4, "author followers": 2}),
        counted({"followers": 48213, "likes": 1204967, "posts": 5, "author followers": 900}),
    )
    falls = (
        "followers fell from 48,213 to 10 and likes fell from 1,204,967 to 0 and author followers fell from 900 to 2"
    )
    assert reason == falls + HELD


@pytest.mark.parametrize(
    ("now", "before", "strange"),
    [
        (row(followers=0, likes=0), None, True),
        (row(followers=0, likes=0), row(followers=5, likes=0), True),
        (row(followers=0, likes=0), row(GONE), False),
        (row(followers=0, likes=0), row(followers=0, likes=0), False),
        (row(followers=0, likes=1), None, False),
        (row(followers=0), None, False),
        (row(verified=False, private=False), None, False),
        (row(followers=0, duration=0), None, False),
        (row(PRIVATE, followers=0, likes=0), None, True),
        (row(GONE), row(followers=9, likes=9), False),
    ],
)
def test_all_zeros_are_not_believed_unless_they_were_there_before(now: Row, before: Row | None, strange: bool) -> None:  # noqa: FBT001
    assert doubt(now, before) == ("every count is zero" + HELD if strange else "")


@pytest.mark.parametrize(
    ("name", "was", "now"),
    [("verified", True, False), ("duration", 60, 10), ("name", "Mara", ""), ("engagement rate", 0.9, 0.1)],
)
def test_what_is_not_a_count_cannot_fall(name: str, was: Value, now: Value) -> None:
    assert doubt(counted({"followers": 5, name: now}), counted({"followers": 5, name: was})) == ""


def test_a_count_that_is_not_there_has_not_fallen() -> None:
    assert doubt(row(followers=5), row(followers=5, likes=900)) == ""
    assert doubt(row(followers=5, likes=9), row(followers=5)) == ""


BEFORE = row(followers=1000, likes=900)


@pytest.mark.parametrize(
    ("first", "second", "believed"),
    [
        ({"followers": 100}, {"followers": 100}, True),
        ({"followers": 100}, {"followers": 110}, True),
        ({"followers": 110}, {"followers": 100}, True),
        ({"followers": 100}, {"followers": 112}, False),
        ({"followers": 100}, {"followers": 89}, False),
        ({"followers": 0}, {"followers": 0}, True),
        ({"followers": 0}, {"followers": 1}, False),
        ({"followers": 9, "likes": 9}, {"followers": 9, "likes": 9}, True),
        ({"followers": 9, "likes": 9}, {"followers": 9, "likes": 800}, True),
        ({"followers": 9, "likes": 800}, {"followers": 9, "likes": 9}, False),
        ({"followers": 9}, {"likes": 9}, False),
        ({"followers": 0, "likes": 0}, {"followers": 0, "likes": 0}, True),
        ({"followers": 0, "likes": 0}, {"followers": 9, "likes": 9}, False),
        ({"followers": 9, "likes": 9}, {"followers": 0, "likes": 0}, False),
    ],
)
def test_a_second_look_that_sees_much_the_same_is_believed(
    first: dict[str, Value], second: dict[str, Value], believed: bool  # noqa: FBT001
) -> None:  # fmt: skip
    mark = held(doubt(counted(first), BEFORE))
    reason = doubt(counted(second), BEFORE)
    assert mark.detail
    assert reason
    assert seen_before(reason, mark) is believed


def test_a_fall_from_another_number_is_another_fall() -> None:
    reason = doubt(row(followers=9), BEFORE)
    assert not seen_before(reason, held(doubt(row(followers=9), row(followers=1001))))


@pytest.mark.parametrize("status", ["", "ok", "not found", "blocked", "Suspect?"])
def test_only_a_mark_of_ours_that_says_suspect_counts_as_a_first_look(status: str) -> None:
    reason = doubt(row(followers=9), BEFORE)
    assert not seen_before(reason, Mark(status, reason))
    assert seen_before(reason, held(reason))


@pytest.mark.parametrize("detail", ["", "somebody wrote over it", "followers fell", "followers fell from 1,000 to"])
def test_a_detail_that_people_wrote_over_is_no_first_look(detail: str) -> None:
    assert not seen_before(doubt(row(followers=9), BEFORE), held(detail))
    assert not seen_before(doubt_gone(), held(detail))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["followers", "likes", "author followers"]), st.integers(0, 10**12), min_size=1))
def test_whatever_is_held_back_once_is_believed_when_it_stays_as_it_is(values: dict[str, int]) -> None:
    before = counted(dict.fromkeys(values, 10**12))
    reason = doubt(counted(values), before)
    assert not reason or seen_before(reason, held(reason))


@pytest.mark.parametrize(
    ("statuses", "strange"),
    [
        ([], False),
        ([GONE], False),
        ([GONE, GONE], False),
        ([GONE, GONE, GONE], True),
        ([GONE] * 3 + [OK] * 2, True),
        ([GONE] * 3 + [OK] * 3, False),
        ([GONE] * 3 + [OK] * 2 + [PRIVATE], False),
        ([GONE] * 3 + [BLOCKED] * 50, True),
        ([GONE] * 2 + [BLOCKED] * 50, False),
        ([GONE] * 51 + [OK] * 50, True),
        ([OK] * 9, False),
        ([BLOCKED] * 9, False),
    ],
)
def test_a_platform_is_strange_when_most_and_at_least_three_are_gone_at_once(
    statuses: list[Status], strange: bool  # noqa: FBT001
) -> None:  # fmt: skip
    random.Random(1).shuffle(statuses)  # noqa: S311 - the order means nothing
    assert gone_at_once({"tiktok": iter(statuses), "other": [OK]}) == ({"tiktok"} if strange else set())


def test_platforms_are_judged_each_by_itself() -> None:
    assert gone_at_once({"a": [GONE] * 3, "b": [OK] * 9, "c": [GONE] * 4}) == {"a", "c"}


@pytest.mark.parametrize(("gone", "parts", "strange"), [(1, 2, False), (2, 2, True), (1, 3, True), (1, 40, True)])
def test_a_run_that_sees_a_part_of_the_accounts_doubts_earlier(gone: int, parts: int, strange: bool) -> None:  # noqa: FBT001
    assert bool(gone_at_once({"tiktok": [GONE] * gone}, parts)) == strange
    assert not gone_at_once({"tiktok": [GONE] * gone + [OK] * gone}, parts)


def test_gone_at_once_is_believed_at_the_second_look_and_not_for_another_reason() -> None:
    fall, zero = doubt(row(followers=9), BEFORE), doubt(row(followers=0, likes=0), None)
    assert seen_before(doubt_gone(), held(doubt_gone()))
    assert not seen_before(doubt_gone(), held(fall))
    assert not seen_before(fall, held(doubt_gone()))
    assert not seen_before(doubt_gone(), held(zero))
    assert not seen_before(zero, held(doubt_gone()))
