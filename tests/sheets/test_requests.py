from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync.errors import SheetError
from sheetsync.model import Account, Entry, Kind, Mark, Row, Status, Value
from sheetsync.sheets import Change, layout, requests
from sheetsync.sheets.grid import AccountsGrid, RowsGrid
from sheetsync.sheets.spreadsheet import MARKER_BASE, MARKER_KEY, Spreadsheet

DAY = date(2026, 11, 23)
SEEN = datetime(2026, 11, 23, 5, 17, 9, tzinfo=UTC)


def row(handle: str = "nike", **values: Value) -> Row:
    account = Account("tiktok", Kind.ACCOUNT, handle, f"https://www.tiktok.com/@{handle}")
    return Row(DAY, account, Status.OK, values or {"followers": 7}, SEEN)


def book(*titles: str, markers: int = 0, width: int = 26, dated: str = "") -> Spreadsheet:
    notes = [{"metadataId": MARKER_BASE + at, "metadataKey": MARKER_KEY} for at in range(1, markers + 1)]
    notes += [{"metadataId": 7, "metadataKey": "sheetsync.dates", "metadataValue": dated}] if dated else []
    sheets = [
        {"properties": {"sheetId": at, "title": title, "gridProperties": {"rowCount": 9, "columnCount": width}}}
        for at, title in enumerate(titles)
    ]
    return Spreadsheet.read({"developerMetadata": notes, "sheets": sheets})


def history(*headers: str) -> RowsGrid:
    return RowsGrid.read(Kind.ACCOUNT, "History", {1: list(headers)}, 2, frozenset())


def accounts(*entries: Entry, width: int = 1, **columns: int) -> AccountsGrid:
    return AccountsGrid("Accounts", {"account": 0, **columns}, width, entries)


def kinds(wanted: list[dict[str, Any]]) -> list[str]:
    return [next(iter(one)) for one in wanted]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", {"stringValue": "=1+1"}),
        ("007", {"stringValue": "007"}),
        ("x" * 60_000, {"stringValue": "x" * 50_000}),
        ("😀" * 30_000, {"stringValue": "😀" * 25_000}),
        ("half \ud83d", {"stringValue": "half \ufffd"}),
        (True, {"boolValue": True}),
        (False, {"boolValue": False}),
        (0, {"numberValue": 0}),
        (0.0534, {"numberValue": 0.0534}),
        (2**53, {"numberValue": 2**53}),
        (2**53 + 1, {"stringValue": "9007199254740993"}),
        (float("inf"), {"stringValue": "inf"}),
        (float("nan"), {"stringValue": "nan"}),
    ],
)
def test_a_value_is_written_with_its_type(value: Value, written: dict[str, Value]) -> None:
    assert requests.cell(value) == {"userEnteredValue": written}


def test_days_and_moments_are_serial_numbers_with_a_format() -> None:
    style = {"type": "DATE", "pattern": "yyyy-mm-dd"}
    assert requests.cell(DAY) == {
        "userEnteredValue": {"numberValue": 46349},
        "userEnteredFormat": {"numberFormat": style},
    }
    moment = requests.cell(datetime(2026, 11, 23, 13, 0, tzinfo=UTC).astimezone(None))
    assert moment["userEnteredValue"]["numberValue"] == pytest.approx(46349 + 13 / 24, abs=1e-9)
    assert moment["userEnteredFormat"]["numberFormat"]["type"] == "DATE_TIME"


def test_no_value_is_an_empty_cell() -> None:
    assert requests.cell("") == {}


def test_a_body_begins_with_its_marker_and_is_the_same_bytes_again() -> None:
    wanted = requests.append(book("History"), history("date", "platform", "account"), [row()])
    first, again = (requests.seal(wanted, book("History", markers=3), "one") for _ in range(2))
    assert first == again
    assert (first.marker, first.revision) == (MARKER_BASE + 4, 4)
    sent = msgspec.json.decode(first.data)["requests"]
    assert sent[0] == {
        "createDeveloperMetadata": {
            "developerMetadata": {
                "metadataId": MARKER_BASE + 4,
                "metadataKey": "sheetsync.commit",
                "metadataValue": first.value,
                "location": {"spreadsheet": True},
                "visibility": "DOCUMENT",
            }
        }
    }
    other = requests.append(book("History"), history("date", "platform", "account"), [row(followers=8)])
    assert requests.seal(other, book("History", markers=3), "one").value != first.value
    assert requests.seal(wanted, book("History", markers=4), "one").value != first.value
    assert requests.seal(wanted, book("History", markers=3), "two").value != first.value


@pytest.mark.parametrize(("markers", "deleted"), [(0, 0), (49, 0), (50, 1), (60, 11)])
def test_fifty_markers_stay(markers: int, deleted: int) -> None:
    sent = msgspec.json.decode(requests.seal([], book(markers=markers), "one").data)["requests"]
    gone = [one["deleteDeveloperMetadata"]["dataFilter"]["developerMetadataLookup"]["metadataId"] for one in sent[1:]]
    assert gone == [MARKER_BASE + at for at in range(1, deleted + 1)]


def test_a_missing_tab_is_made_with_its_header_before_the_rows() -> None:
    wanted = requests.append(book("Accounts"), RowsGrid.empty(Kind.ACCOUNT, "History"), [row(region="US", born=DAY)])
    assert kinds(wanted) == ["addSheet", "updateCells", "appendCells", "createDeveloperMetadata"]
    made = wanted[0]["addSheet"]["properties"]
    assert made["sheetId"] > 0
    assert made["gridProperties"]["frozenRowCount"] == 1
    assert made["gridProperties"]["rowCount"] == 2
    headers = [cell["userEnteredValue"]["stringValue"] for cell in wanted[1]["updateCells"]["rows"][0]["values"]]
    assert headers == layout.header(Kind.ACCOUNT, [row(region="US", born=DAY)])
    assert {wanted[1]["updateCells"]["start"]["sheetId"], wanted[2]["appendCells"]["sheetId"]} == {made["sheetId"]}
    assert "metadataId" not in wanted[3]["createDeveloperMetadata"]["developerMetadata"]


def test_a_tab_that_is_made_takes_no_number_that_is_used() -> None:
    first = requests.new_tab(book(), "History", ["date"])[0]["addSheet"]["properties"]["sheetId"]
    other = Spreadsheet.read({"sheets": [{"properties": {"sheetId": first, "title": "x"}}]})
    assert requests.new_tab(other, "History", ["date"])[0]["addSheet"]["properties"]["sheetId"] == first + 1


def test_cells_stand_under_their_headers_and_peoples_columns_are_left_empty() -> None:
    grid = history("mine", "account", "", "platform", "date", "status", "url", "observed at", "followers")
    (below,) = requests.append(book("History"), grid, [row()])
    assert below["appendCells"]["fields"] == "userEnteredValue,userEnteredFormat.numberFormat"
    cells = below["appendCells"]["rows"][0]["values"]
    assert [next(iter(cell.get("userEnteredValue", {}).values()), None) for cell in cells][:6] == [
        None,
        "nike",
        None,
        "tiktok",
        46349,
        "ok",
    ]


def test_columns_that_are_missing_come_at_the_right_of_all_that_holds_something() -> None:
    grid = RowsGrid.read(
        Kind.ACCOUNT,
        "History",
        {1: ["date", "platform", "account", "status", "url", "observed at"], 2: [1, "x", "y", "", "", "", "a note"]},
        2,
        frozenset(),
    )
    wanted = requests.append(book("History", width=7), grid, [row(followers=7, region="US")])
    assert kinds(wanted) == ["appendDimension", "updateCells", "appendCells"]
    assert wanted[0]["appendDimension"] == {"sheetId": 0, "dimension": "COLUMNS", "length": 2}
    assert wanted[1]["updateCells"]["start"] == {"sheetId": 0, "rowIndex": 0, "columnIndex": 7}
    assert kinds(requests.append(book("History", width=9), grid, [row()])) == ["updateCells", "appendCells"]


def test_a_tab_without_room_for_a_column_and_one_with_doubles_are_refused() -> None:
    full = history("date", "platform", "account", *["x"] * 18_275)
    with pytest.raises(SheetError, match="no room for the columns"):
        requests.append(book("History", width=18_278), full, [row()])
    with pytest.raises(SheetError, match="two columns named “region”"):
        requests.append(book("History"), history("date", "platform", "account", "region", "Region"), [row(region="US")])


def test_a_column_of_dates_is_remembered_once() -> None:
    grid = history("date", "platform", "account", "status", "url", "observed at", "born")
    assert kinds(requests.append(book("History", dated="born"), grid, [row(born=DAY)])) == ["appendCells"]


def test_marks_are_written_in_runs_of_lines_and_only_where_they_differ() -> None:
    ok = Mark("ok", "", DAY)
    entries = [Entry(line, f"@{line}", mark=ok if line == 4 else Mark()) for line in (2, 3, 4, 5, 7)]
    grid = accounts(*entries, width=3, status=2)
    placed = {entry.line: ok for entry in entries}
    (tab,) = book("Accounts").sheets
    wanted = requests.write_marks(tab, grid, placed)
    assert kinds(wanted) == ["updateCells"] * 7
    assert wanted[0]["updateCells"]["start"] == {"sheetId": 0, "rowIndex": 0, "columnIndex": 3}
    spans = [(one["updateCells"]["start"], len(one["updateCells"]["rows"])) for one in wanted[1:]]
    assert [(start["rowIndex"] + 1, start["columnIndex"], length) for start, length in spans] == [
        (2, 2, 2),
        (5, 2, 1),
        (7, 2, 1),
        (2, 3, 2),
        (5, 3, 1),
        (7, 3, 1),
    ]
    assert requests.write_marks(tab, accounts(Entry(2, "@a", mark=ok), status=1), {2: ok}) == []


def test_a_mark_that_is_taken_back_leaves_an_empty_cell() -> None:
    (tab,) = book("Accounts").sheets
    (wiped,) = requests.write_marks(tab, accounts(Entry(2, "@a", mark=Mark("ok")), status=1), {2: Mark()})
    assert wiped["updateCells"]["rows"] == [{"values": [{}]}]


def test_a_commit_is_rows_of_both_kinds_and_then_marks() -> None:
    post = Row(DAY, Account("tiktok", Kind.POST, "nike", "u", "1"), Status.OK, {"views": 1}, SEEN)
    grids = {kind: RowsGrid.empty(kind, title) for kind, title in layout.TABS.items()}
    entry = Entry(2, "@nike")
    part = Change((row(), post), ((entry, Mark("ok")),))
    wanted = requests.commit(book("Accounts"), accounts(entry), grids, part)
    assert kinds(wanted) == ["addSheet", "updateCells", "appendCells"] * 2 + ["updateCells"] * 2
    assert requests.commit(book("Accounts"), accounts(), grids, Change(marks=part.marks)) == []


@given(st.lists(st.integers(0, 60_000), max_size=60), st.integers(0, 30))
def test_parts_together_are_the_whole_and_none_is_too_big(sizes: list[int], marks: int) -> None:
    rows = tuple(row(f"h{at}", bio="x" * size) for at, size in enumerate(sizes))
    beside = tuple((Entry(at, "@x"), Mark("ok", "y" * 50_000)) for at in range(marks))
    pieces = requests.parts(Change(rows, beside))
    assert tuple(one for piece in pieces for one in piece.rows) == rows
    assert tuple(one for piece in pieces for one in piece.marks) == beside
    for piece in pieces:
        wanted = (
            requests.append(book("History"), history("date", "platform", "account"), piece.rows) if piece.rows else []
        )
        assert len(requests.seal(wanted, book(), "one").data) < 2_000_000


def test_a_thousand_rows_are_one_part_and_one_more_are_two() -> None:
    rows = tuple(row(f"h{at}") for at in range(1001))
    mark = (Entry(2, "@x"), Mark("ok"))
    assert requests.parts(Change(rows[:1000], (mark,))) == [Change(rows[:1000], (mark,))]
    assert requests.parts(Change(rows, (mark,))) == [Change(rows[:1000]), Change(rows[1000:], (mark,))]
    assert requests.parts(Change(marks=(mark,))) == [Change(marks=(mark,))]


def test_a_thousand_ordinary_rows_weigh_less_than_two_megabytes() -> None:
    names = ["id", "followers", "following", "likes", "posts", "views", "verified", "bio", "link", "region", "created"]
    values: dict[str, Value] = {**dict.fromkeys(names, "x" * 80), "followers": 10**9, "created": DAY}
    (piece,) = requests.parts(Change(tuple(row(f"h{at}", **values) for at in range(500))))
    wanted = requests.append(book("History"), RowsGrid.empty(Kind.ACCOUNT, "History"), piece.rows)
    assert len(requests.seal(wanted, book(), "one").data) < 2_000_000


def test_the_day_before_the_first_is_still_a_number() -> None:
    assert requests.cell(date(1899, 12, 30) - timedelta(days=1))["userEnteredValue"] == {"numberValue": -1}
