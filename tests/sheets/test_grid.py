from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync.errors import SheetError
from sheetsync.model import Entry, Kind, Mark, Status
from sheetsync.sheets.grid import AccountsGrid, Cell, RowsGrid, as_day, as_text, serial, window

HEADER = ["date", "platform", "account", "id", "status", "followers", "born"]
DAY = date(2026, 11, 23)


def read(*lines: list[Cell], start: int = 2) -> RowsGrid:
    return RowsGrid.read(Kind.ACCOUNT, "History", {1: HEADER, **dict(enumerate(lines, 2))}, start, frozenset({"born"}))


def line(day: date, handle: str = "nike") -> list[Cell]:
    return [serial(day), "tiktok", handle, "", "ok", 7]


@pytest.mark.parametrize(
    ("day", "number"),
    [(date(2020, 1, 1), 43831), (date(1999, 1, 2), 36162), (date(2026, 9, 5), 46270), (date(1899, 12, 30), 0)],
)
def test_a_day_is_counted_as_google_counts_it(day: date, number: int) -> None:
    assert serial(day) == number
    assert as_day(number) == day


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - made aware
def test_a_moment_comes_back_to_the_second(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    grid = RowsGrid.read(
        Kind.ACCOUNT,
        "History",
        {1: ["date", "platform", "account", "observed at"], 2: [45000, "tiktok", "nike", serial(whole)]},
        2,
        frozenset(),
    )
    assert grid.row(2).observed_at == whole


def test_cells_become_what_was_written() -> None:
    grid = read([serial(DAY), "tiktok", 12345, 6781206617314, "private", 1.5, 43524])
    row = grid.row(2)
    assert (row.date, row.account.handle, row.status) == (DAY, "12345", Status.PRIVATE)
    assert row.values == {"id": "6781206617314", "followers": 1.5, "born": date(2019, 2, 28)}


def test_a_date_that_a_person_typed_as_text_is_a_date() -> None:
    assert read(["2026-11-23", "tiktok", "nike"]).lines[0].date == DAY
    with pytest.raises(SheetError, match="History, line 2: “yesterday” is no date"):
        read(["yesterday", "tiktok", "nike"])


@pytest.mark.parametrize(
    ("cell", "text"), [("x", "x"), (7, "7"), (7.0, "7"), (0.5, "0.5"), (True, "TRUE"), (10**18, str(10**18))]
)
def test_any_cell_has_a_text(cell: Cell, text: str) -> None:
    assert as_text(cell) == text


def test_peoples_own_lines_are_left_out_and_those_below_are_noticed() -> None:
    grid = read(line(DAY), ["", "", "", "", "", "my sum"], line(DAY, "adidas"))
    assert ([one.name for one in grid.lines], grid.stray) == (["nike", "adidas"], 0)
    assert read(line(DAY), [], ["", "", "", "", "", False]).stray == 4


def test_an_empty_tab_has_no_columns_and_a_header_without_keys_is_refused() -> None:
    assert not RowsGrid.read(Kind.ACCOUNT, "History", {1: ["", ""], 2: []}, 2, frozenset()).columns
    with pytest.raises(SheetError, match="no column “date”"):
        RowsGrid.read(Kind.ACCOUNT, "History", {1: ["day"], 2: [1]}, 2, frozenset())


def test_a_window_covers_the_days_after_its_first_line_if_dates_never_go_back() -> None:
    days = [line(DAY - timedelta(days=ago)) for ago in (3, 2, 1, 1, 0)]
    grid = read(*days, start=4)
    assert [grid.covers(DAY - timedelta(days=ago)) for ago in (0, 1)] == [True, False]
    assert not read(*days[1:], days[0], start=4).covers(DAY)
    assert not read(days[4], *days[:4], start=4).covers(DAY), "a single line before the window shows it"
    assert not read(*days[:2], start=9).covers(DAY), "an empty window shows nothing"
    assert read(*reversed(days)).covers(date.min)


@given(st.integers(1, 400_000), st.integers(0, 60_000))
def test_a_window_ends_with_the_tab_and_is_no_longer_than_it_must_be(lines: int, accounts: int) -> None:
    start, probes = window(lines, accounts)
    assert 2 <= start <= max(lines, 2)
    assert lines - start < 20_000
    assert start == 2 or lines - start + 1 >= min(4 * accounts, 20_000)
    assert len(probes) <= 16
    assert all(1 < probe < start for probe in probes)


def test_sorted_by_account_is_noticed_though_the_window_itself_is_in_order() -> None:
    days = [DAY - timedelta(days=ago) for ago in range(3000, -1, -1)]
    every = [line(day, handle) for handle in ("a", "b") for day in days]
    start, probes = window(len(every) + 1, 100)
    cells = {number: every[number - 2] for number in (*probes, *range(start, len(every) + 2))}
    assert not RowsGrid.read(Kind.ACCOUNT, "History", {1: HEADER, **cells}, start, frozenset()).covers(DAY)
    dated = sorted(every, key=lambda one: one[0])
    cells = {number: dated[number - 2] for number in cells}
    assert RowsGrid.read(Kind.ACCOUNT, "History", {1: HEADER, **cells}, start, frozenset()).covers(DAY)


def test_key_columns_tell_all_lines_apart() -> None:
    grid = read(line(DAY), start=2)
    assert grid.key_columns == [0, 1, 2, 3, 4]
    keys: dict[int, list[list[Cell]]] = {0: [[46000], [46001]], 1: [["tiktok"], ["tiktok"]], 2: [["a"], [12]]}
    keys |= {3: [[], ["7"]], 4: []}
    assert [(one.number, one.name, one.stable_id) for one in grid.widened(keys).lines] == [(2, "a", ""), (3, "12", "7")]


def test_entries_are_the_cells_with_text() -> None:
    cells: list[list[Cell]] = [
        ["Account", "x", "Platform", "last row"],
        ["@nike"],
        [" "],
        [],
        [12345, "", "tiktok", 46349],
    ]
    grid = AccountsGrid.read("Accounts", cells)
    assert grid.entries == (Entry(2, "@nike"), Entry(5, "12345", "tiktok", Mark(last_row=date(2026, 11, 23))))
    assert (grid.width, grid.mark_columns) == (4, {3, 4, 5})


def test_a_column_may_be_named_by_its_letter_whatever_its_header() -> None:
    cells: list[list[Cell]] = [["account", "status"], ["Ann", "@nike"]]
    grid = AccountsGrid.read("Influencers", cells, 1)
    assert grid.entries == (Entry(2, "@nike"),)
    assert AccountsGrid.read("Influencers", [], 3).width == 4
    with pytest.raises(SheetError, match="has no headers"):
        AccountsGrid.read("Influencers", [])
