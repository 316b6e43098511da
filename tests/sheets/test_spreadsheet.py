from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sheetsync.errors import SheetError, SheetUnavailableError
from sheetsync.sheets.spreadsheet import (
    DATES_KEY,
    MARKER_BASE,
    MARKER_KEY,
    Place,
    Spreadsheet,
    Target,
    find_place,
    find_target,
    index,
    letters,
    quoted,
    zone,
)

ID = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (ID, Target(ID)),
        (f" {ID}\n", Target(ID)),
        (f"https://docs.google.com/spreadsheets/d/{ID}", Target(ID)),
        (f"https://docs.google.com/spreadsheets/d/{ID}/edit?usp=sharing", Target(ID)),
        (f"https://docs.google.com/spreadsheets/d/{ID}/edit#gid=0", Target(ID, 0)),
        (f"https://docs.google.com/spreadsheets/d/{ID}/edit?gid=42#gid=42", Target(ID, 42)),
        (f"https://docs.google.com/spreadsheets/u/1/d/{ID}/edit#gid=1893&range=A1", Target(ID, 1893)),
    ],
)
def test_a_spreadsheet_is_named_by_its_link_or_its_id(text: str, target: Target) -> None:
    assert find_target(text) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
        "https://docs.google.com/spreadsheets/d/e/2PACX-1vTxJ2kPzTdsdkQZ1rT/pubhtml",
        f"https://evil.example/spreadsheets/d/{ID}",
        f"{ID}:batchUpdate",
        f"https://docs.google.com/spreadsheets/d/{ID}:batchUpdate",
    ],
)
def test_what_leads_to_no_spreadsheet_is_refused(text: str) -> None:
    with pytest.raises(SheetError) as caught:
        find_target(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Accounts", Place("Accounts")),
        ("Influencers!B", Place("Influencers", 1)),
        ("'My tab'!B", Place("My tab", 1)),
        ("'It''s mine!'!aa", Place("It's mine!", 26)),
        ("My tab!$C:$C", Place("My tab", 2)),
        ("Influencers!B2:B", Place("Influencers", 1)),
        ("Influencers!$B$2:$B$500", Place("Influencers", 1)),
    ],
)
def test_the_accounts_may_stand_in_any_column_of_any_tab(text: str, place: Place) -> None:
    assert find_place(text) == place


@pytest.mark.parametrize("text", ["", "!B", "Influencers!", "Influencers!7", "Influencers!B:C", "Tab!B!C", "Tab!ABCD"])
def test_what_names_no_column_is_refused(text: str) -> None:
    with pytest.raises(SheetError, match="names no column"):
        find_place(text)


def test_columns_have_letters() -> None:
    assert [letters(at) for at in (0, 25, 26, 701, 702, 18_277)] == ["A", "Z", "AA", "ZZ", "AAA", "ZZZ"]
    assert all(index(letters(at)) == at for at in range(18_278))
    assert quoted("It's") == "'It''s'"


@pytest.mark.parametrize("name", ["Etc/GMT", "Etc/UTC", "UTC"])
def test_every_name_of_utc_is_utc(name: str) -> None:
    assert zone(name) is UTC


def test_time_zones_have_names_or_offsets() -> None:
    assert zone("Europe/Brussels") == ZoneInfo("Europe/Brussels")
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert noon.astimezone(zone("GMT-07:00")).utcoffset() == timedelta(hours=-7)
    assert noon.astimezone(zone("GMT+5:30")).utcoffset() == timedelta(hours=5, minutes=30)
    with pytest.raises(SheetError, match="Mars/Olympus"):
        zone("Mars/Olympus")


def metadata(key: str, number: int, value: str = "x") -> dict[str, Any]:
    return {"metadataId": number, "metadataKey": key, "metadataValue": value}


def tab(title: str = "History", **more: Any) -> dict[str, Any]:
    grid = {"rowCount": 10, "columnCount": 4}
    return {"properties": {"sheetId": 7, "title": title, "gridProperties": grid}, **more}


def test_the_revision_is_that_of_the_newest_marker() -> None:
    notes = [metadata(MARKER_KEY, MARKER_BASE + number) for number in (3, 9, 4)]
    book = Spreadsheet.read(
        {"developerMetadata": [*notes, metadata("other", 2**31 - 1), metadata(DATES_KEY, 5, "born")], "sheets": [tab()]}
    )
    assert (book.revision, book.dated, book.cells) == (9, frozenset({"born"}), 40)
    assert Spreadsheet.read({}).revision == 0


def test_a_tab_is_found_whatever_its_capitals_and_the_exact_one_first() -> None:
    book = Spreadsheet.read({"sheets": [tab("HISTORY"), tab("History")]})
    assert [found.title for title in ("History", "history") if (found := book.tab(title))] == ["History", "HISTORY"]
    assert book.tab("Posts") is None


def test_what_is_not_googles_is_no_answer() -> None:
    with pytest.raises(SheetUnavailableError):
        Spreadsheet.read({"sheets": "<html>"})


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"tables": [{"tableId": "1"}]}, "native table"),
        ({"basicFilter": {}}, "filter"),
        ({"protectedRanges": [{"range": {"sheetId": 7}}]}, "protected"),
        ({"protectedRanges": [{"range": {"sheetId": 7, "startRowIndex": 1, "startColumnIndex": 2}}]}, "protected"),
    ],
)
def test_what_would_keep_rows_out_is_refused(more: dict[str, Any], says: str) -> None:
    (found,) = Spreadsheet.read({"sheets": [tab(**more)]}).sheets
    with pytest.raises(SheetError, match=says) as caught:
        found.refuse_to_append()
    assert "History" in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "protection",
    [
        {"range": {"sheetId": 7}, "warningOnly": True},
        {"range": {"sheetId": 7}, "requestingUserCanEdit": True},
        {"range": {"sheetId": 7, "startRowIndex": 0, "endRowIndex": 1}},
        {"range": {"sheetId": 7, "startColumnIndex": 9, "endColumnIndex": 12}},
    ],
)
def test_a_protection_that_does_not_concern_us_is_none(protection: dict[str, Any]) -> None:
    (found,) = Spreadsheet.read({"sheets": [tab(protectedRanges=[protection])]}).sheets
    found.refuse_to_append()
