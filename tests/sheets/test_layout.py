from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync.errors import SheetError
from sheetsync.model import Account, Entry, Kind, Mark, Row, RowKey, Status, Value
from sheetsync.sheets import layout
from sheetsync.sheets.layout import Line

DAY = date(2026, 11, 23)
SEEN = datetime(2026, 11, 23, 5, 17, 9, tzinfo=UTC)
NIKE = Account("tiktok", Kind.ACCOUNT, "nike", "https://www.tiktok.com/@nike")
VIDEO = Account("tiktok", Kind.POST, "nike", "https://www.tiktok.com/@nike/video/7", "7")

OWN = {name for kind in Kind for name in layout.own_columns(kind)} - {"followers", "views"}
NAMES = st.text(st.characters(categories=["Ll"], codec="ascii"), min_size=1).filter(lambda name: name not in OWN)
VALUES = st.text(min_size=1) | st.integers() | st.booleans() | st.dates() | st.floats(allow_nan=False)


@given(st.dictionaries(NAMES, VALUES), st.sampled_from([NIKE, VIDEO]), st.sampled_from([SEEN, None]))
def test_cells_and_back_is_the_same_row(values: dict[str, Value], account: Account, seen: datetime | None) -> None:
    row = Row(DAY, account, Status.OK, values, seen, "a note")
    assert layout.row(layout.cells(row), account.kind) == row


def test_cells_that_hold_nothing_are_left_out() -> None:
    row = Row(DAY, NIKE, Status.OK, {"bio": "", "likes": 0, "private": False})
    assert layout.cells(row) == {
        "date": DAY,
        "platform": "tiktok",
        "account": "nike",
        "status": "ok",
        "likes": 0,
        "private": False,
        "url": NIKE.url,
    }


def test_no_field_gets_into_a_column_of_ours() -> None:
    row = Row(DAY, NIKE, Status.OK, {"note": "spam", "Status": "spam", "observed at": "spam", "Followers": 7})
    assert "spam" not in layout.cells(row).values()
    assert layout.cells(row)["followers"] == 7


def test_broken_characters_are_replaced_and_whole_ones_stay() -> None:
    cells = layout.cells(Row(DAY, NIKE, Status.OK, {"bio": "a\ud83db", "link": "\ud83d\ude00"}))
    assert (cells["bio"], cells["link"]) == ("a\ufffdb", "\U0001f600")


def test_a_post_tells_its_status_only_when_it_is_not_ok() -> None:
    gone = Row(DAY, VIDEO, Status.NOT_FOUND, {})
    assert layout.cells(gone)["status"] == "not found"
    assert "status" not in layout.cells(replace(gone, status=Status.OK))
    assert layout.header(Kind.POST, [gone])[-4:] == ["status", "url", "observed at", "note"]


def test_a_status_that_people_wrote_over_reads_as_ok() -> None:
    found: dict[str, Value] = {"date": DAY, "platform": "tiktok", "account": "nike", "status": "check!"}
    assert layout.row(found, Kind.ACCOUNT).status is Status.OK


def test_an_id_is_text_whatever_the_cell_holds() -> None:
    found: dict[str, Value] = {"date": DAY, "platform": "tiktok", "account": 123, "id": 456}
    row = layout.row(found, Kind.ACCOUNT)
    assert (row.account.handle, row.values["id"]) == ("123", "456")


def test_a_row_without_a_date_is_refused() -> None:
    with pytest.raises(SheetError, match="no date"):
        layout.row({"platform": "tiktok", "date": "yesterday"}, Kind.ACCOUNT)


def test_headers_are_found_however_they_are_spelled() -> None:
    headers = ["My notes", " ACCOUNT ", "", "my notes", "Last Row"]
    assert layout.account_columns(headers, "Accounts") == {"my notes": 0, "account": 1, "last row": 4}


@pytest.mark.parametrize("name", layout.KEY_COLUMNS[Kind.POST])
def test_a_missing_key_column_is_named_with_what_is_there(name: str) -> None:
    headers = [header for header in layout.own_columns(Kind.POST) if header != name]
    with pytest.raises(SheetError, match=f"Posts.csv has no column “{name}”. The headers found there: {headers[0]}, "):
        layout.row_columns(headers, Kind.POST, "Posts.csv")


def test_an_empty_header_line_is_told() -> None:
    with pytest.raises(SheetError, match="has no headers"):
        layout.account_columns(["", " "], "Accounts")


def test_people_may_have_two_columns_of_one_name() -> None:
    headers = [*layout.own_columns(Kind.ACCOUNT), "mine", "mine"]
    assert layout.row_columns(headers, Kind.ACCOUNT, "History")["mine"] == len(headers) - 2
    with pytest.raises(SheetError, match="two columns named “likes”"):
        layout.row_columns([*headers, "LIKES "], Kind.ACCOUNT, "History")


def test_columns_that_rows_need_come_in_the_order_of_their_fields() -> None:
    rows = [Row(DAY, NIKE, Status.OK, {"region": "US"}), Row(DAY, NIKE, Status.OK, {"bio": "x", "region": "DE"})]
    assert layout.missing_columns(layout.own_columns(Kind.ACCOUNT), rows) == ["region", "bio"]


def line(number: int, days_ago: int, name: str = "nike", stable_id: str = "") -> Line:
    return Line(number, DAY - timedelta(days=days_ago), "tiktok", Kind.ACCOUNT, name, stable_id, "ok")


def test_newest_looks_at_dates_and_not_at_the_order_of_lines() -> None:
    lines = [line(2, 1), line(3, 5), line(4, 0), line(5, -1), line(6, 1, "adidas")]
    today, before = layout.newest(lines, DAY)
    assert [found.number for found in today] == [4]
    assert {identity[2]: found.number for identity, found in before.items()} == {"nike": 2, "adidas": 6}


def test_of_two_lines_of_a_day_the_lower_is_the_newest() -> None:
    assert layout.newest([line(2, 1), line(3, 1)], DAY)[1]["tiktok", Kind.ACCOUNT, "nike"].number == 3


def test_a_renamed_account_is_found_by_its_id() -> None:
    _, before = layout.newest([line(2, 2, "nike", "42"), line(3, 1, "nike_official", "42")], DAY)
    assert {identity[2]: found.number for identity, found in before.items()} == {
        "nike": 2,
        "nike_official": 3,
        "id:42": 3,
    }


def test_taken_are_name_and_id() -> None:
    key = RowKey(DAY, "tiktok", Kind.ACCOUNT, "nike")
    gone = line(2, 0, stable_id="42")._replace(status="not found")
    assert layout.taken([gone]) == {key: Status.NOT_FOUND, key._replace(name="id:42"): Status.NOT_FOUND}
    assert layout.taken([gone._replace(kind=Kind.POST)]) == {key._replace(kind=Kind.POST): Status.NOT_FOUND}


def marks(*entries: Entry) -> list[tuple[Entry, Mark]]:
    return [(entry, Mark(f"of {entry.line}")) for entry in entries]


@pytest.mark.parametrize(
    ("then", "now", "placed"),
    [
        ("ab", "ab", {2: "of 2", 3: "of 3"}),
        ("ab", "ba", {3: "of 2", 2: "of 3"}),
        ("ab", "xab", {3: "of 2", 4: "of 3"}),
        ("ab", "b", {2: "of 3"}),
        ("ab", "", {}),
        ("aa", "aa", {2: "of 2", 3: "of 3"}),
        ("aa", "xaa", {3: "of 3", 4: "of 2"}),
        ("axxa", "xaxa", {3: "of 2", 5: "of 5", 2: "of 3", 4: "of 4"}),
        ("a", "xaxxa", {3: "of 2"}),
    ],
)
def test_marks_find_their_entries(then: str, now: str, placed: dict[int, str]) -> None:
    before, after = ([Entry(at, text) for at, text in enumerate(texts, 2)] for texts in (then, now))
    assert {at: mark.status for at, mark in layout.place(marks(*before), after).items()} == placed


def test_a_mark_does_not_go_to_the_same_handle_on_another_platform() -> None:
    then = [Entry(2, "nike", "tiktok"), Entry(3, "nike", "instagram")]
    now = [Entry(2, "nike", "instagram"), Entry(3, "nike", "tiktok")]
    assert {at: mark.status for at, mark in layout.place(marks(*then), now).items()} == {3: "of 2", 2: "of 3"}
    assert not layout.place(marks(then[0]), now[:1])


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_every_mark_that_can_be_placed_is(then: Sequence[str], now: Sequence[str]) -> None:
    before, after = ([Entry(at, text) for at, text in enumerate(texts, 2)] for texts in (then, now))
    texts_now = {entry.line: entry.text for entry in after}
    placed = layout.place(marks(*before), after)
    assert len(placed) == sum(min(list(then).count(text), list(now).count(text)) for text in "abc")
    assert all(then[int(mark.status[3:]) - 2] == texts_now[at] for at, mark in placed.items())
