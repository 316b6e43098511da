from datetime import UTC, date, datetime, timedelta

from sheetsync.model import Account, Kind, Row, Status, Value
from sheetsync.series import elapsed, gather, is_rounded

DAY = date(2026, 1, 1)


def row(number: int, handle: str, stable_id: str = "", **values: Value) -> Row:
    account = Account("tiktok", Kind.ACCOUNT, handle, "")
    status = Status.OK if values else Status.NOT_FOUND
    return Row(DAY + timedelta(days=number), account, status, values | ({"id": stable_id} if stable_id else {}))


def test_a_renamed_account_is_one_series() -> None:
    (series,) = gather([row(0, "old", "7", followers=1), row(1, "new", "7", followers=2)])
    assert series.handles == ("old", "new")


def test_a_row_without_an_id_belongs_to_whoever_had_the_handle_before() -> None:
    rows = [row(0, "Name", "1", followers=1), row(2, "name", "2", followers=9), row(1, "name"), row(3, "name")]
    first, second = gather(rows)
    assert [one.date.day for one in first.rows] == [1, 2]
    assert [one.date.day for one in second.rows] == [3, 4]


def test_of_two_rows_on_one_day_the_lower_counts() -> None:
    (series,) = gather([row(0, "a", followers=1), row(0, "a", followers=2)])
    assert [one.values["followers"] for one in series.rows] == [2]


def test_what_is_no_count_is_no_point() -> None:
    odd: list[Value] = [True, "12", -1, 1.5, 3]
    (series,) = gather([row(n, "a", followers=value) for n, value in enumerate(odd)])
    assert [point.value for point in series.points("followers").all] == [3]


def test_the_note_says_which_counts_are_rounded() -> None:
    noted = Row(
        DAY, Account("x", Kind.ACCOUNT, "a", ""), Status.OK, {}, note="rounded: followers, likes; renamed from b"
    )
    assert is_rounded(noted, "likes")
    assert not is_rounded(noted, "like")
    assert not is_rounded(noted, "posts")


def test_time_is_measured_between_moments_where_both_are_known() -> None:
    moment = datetime(2026, 1, 1, 6, tzinfo=UTC)
    account = Account("x", Kind.ACCOUNT, "a", "")
    early, late = (
        Row(DAY + timedelta(days=n), account, Status.OK, {}, moment + timedelta(hours=36 * n)) for n in (0, 1)
    )
    assert elapsed(early, late) == 1.5
    assert elapsed(early, row(3, "a")) == 3
