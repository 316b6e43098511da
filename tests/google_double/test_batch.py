"""spreadsheets.batchUpdate: markers, rows, cells, and the refusals that a program has to live with."""

from typing import Any

import gspread
import pytest
from gspread.exceptions import APIError

from tests.google_double import Google, People

Json = dict[str, Any]


@pytest.fixture
def sheet(google: Google, client: gspread.Client) -> gspread.Spreadsheet:
    tabs: dict[str, list[list[Any]]] = {"Accounts": [["account"], ["@anna"]], "History": [["date", "n"], [46270, 5]]}
    return client.open_by_key(google.new_spreadsheet(tabs=tabs))


@pytest.fixture
def people(google: Google, sheet: gspread.Spreadsheet) -> People:
    return google.people(sheet.id)


@pytest.fixture
def history(people: People) -> int:
    return people.tab("History").id


def send(sheet: gspread.Spreadsheet, *requests: Json) -> list[Json]:
    replies: list[Json] = sheet.batch_update({"requests": list(requests)})["replies"]
    return replies


def refused(sheet: gspread.Spreadsheet, *requests: Json) -> str:
    with pytest.raises(APIError) as error:
        send(sheet, *requests)
    assert error.value.response.status_code == 400
    assert error.value.error["status"] == "INVALID_ARGUMENT"
    message: str = error.value.error["message"]
    return message


def text(value: str) -> Json:
    return {"userEnteredValue": {"stringValue": value}}


def append(sheet_id: int, *rows: list[Json], fields: str = "userEnteredValue", **more: Any) -> Json:
    return {"appendCells": {"sheetId": sheet_id, "rows": [{"values": row} for row in rows], "fields": fields, **more}}


def marker(number: int, key: str = "sheetsync.commit", value: str = "v", location: Json | None = None) -> Json:
    made = {"metadataId": number, "metadataKey": key, "metadataValue": value, "visibility": "DOCUMENT"}
    return {"createDeveloperMetadata": {"developerMetadata": made | {"location": location or {"spreadsheet": True}}}}


def search(sheet: gspread.Spreadsheet, **lookup: Any) -> list[Json]:
    url = f"https://sheets.googleapis.com/v4/spreadsheets/{sheet.id}/developerMetadata:search"
    body = {"dataFilters": [{"developerMetadataLookup": lookup}]}
    found = sheet.client.request("post", url, json=body).json()
    return [one["developerMetadata"] for one in found.get("matchedDeveloperMetadata", [])]


def test_the_same_marker_refuses_the_whole_batch(sheet: gspread.Spreadsheet, people: People, history: int) -> None:
    batch = [marker(7), append(history, [text("x")])]
    send(sheet, *batch)
    assert refused(sheet, *batch) == (
        "Invalid requests[0].createDeveloperMetadata: Cannot add developer metadata with ID [7] because developer "
        "metadata with that ID already exists."
    )
    assert people.values("History") == [["date", "n"], [46270, 5], ["x"]]


def test_a_key_is_no_guard(sheet: gspread.Spreadsheet) -> None:
    send(sheet, marker(7), marker(8))
    assert [one["metadataId"] for one in search(sheet, metadataKey="sheetsync.commit")] == [7, 8]


def test_nothing_is_applied_when_the_last_request_is_refused(sheet: gspread.Spreadsheet, people: People) -> None:
    before = people.values("Accounts")
    message = refused(sheet, append(0, [text("x")]), {"deleteSheet": {"sheetId": 999}})
    assert message == "Invalid requests[1].deleteSheet: No grid with id: 999"
    assert people.values("Accounts") == before


def test_rows_land_in_column_a_below_everything(sheet: gspread.Spreadsheet, people: People, history: int) -> None:
    people.set("History", "J11", value=False)
    assert send(sheet, append(history, [text("x"), text("=1+1")], [text("y")])) == [{}]
    assert people.values("History")[11:] == [["x", "=1+1"], ["y"]]
    assert sheet.values_get("History!B12", params={"valueRenderOption": "FORMULA"})["values"] == [["=1+1"]]


def test_a_full_grid_grows_downwards_but_not_to_the_right(
    sheet: gspread.Spreadsheet, people: People, history: int
) -> None:
    sheet.worksheet("History").resize(rows=2, cols=2)
    send(sheet, append(history, [text("x")], [text("y")]))
    assert people.tab("History").row_count == 4
    message = refused(sheet, append(history, [text("1"), text("2"), text("3")]))
    assert message == (
        "Invalid requests[0].appendCells: Attempting to write column: 2, beyond the last requested column of: 1"
    )
    send(sheet, {"appendDimension": {"sheetId": history, "dimension": "COLUMNS", "length": 1}})
    send(sheet, append(history, [text("1"), text("2"), text("3")]))
    assert people.values("History")[-1] == ["1", "2", "3"]


@pytest.mark.parametrize(("counts", "row"), [(False, 3), (True, 6)])
def test_whether_formats_are_data_is_not_known(
    google: Google, sheet: gspread.Spreadsheet, people: People, history: int, *, counts: bool, row: int
) -> None:
    google.unproved.format_only_rows_are_data = counts
    people.style("History", "A5", {"textFormat": {"bold": True}})
    send(sheet, append(history, [text("x")]))
    assert people.cell("History", f"A{row}").value == "x"


def test_a_native_table_swallows_rows_or_stays_small(sheet: gspread.Spreadsheet, people: People, history: int) -> None:
    table = people.make_table("History", "A1:B2")
    send(sheet, append(history, [text("x")]))
    assert people.values("History")[2:] == [["x"]]
    assert people.tab("History").tables[0]["range"]["endRowIndex"] == 2
    send(sheet, append(history, [text("lost")], tableId=table))
    assert people.tab("History").tables[0]["range"]["endRowIndex"] == 3
    assert people.values("History")[2:] == [["x"]]


def test_a_typed_cell_keeps_value_and_format(sheet: gspread.Spreadsheet, people: People, history: int) -> None:
    date = {"numberFormat": {"type": "DATE", "pattern": "yyyy-mm-dd"}}
    cell = {"userEnteredValue": {"numberValue": 46271}, "userEnteredFormat": date}
    send(sheet, append(history, [cell], fields="userEnteredValue,userEnteredFormat.numberFormat"))
    assert people.cell("History", "A3").format == date
    at = {"sheetId": history, "rowIndex": 2}
    new = {"rows": [{"values": [{"userEnteredValue": {"numberValue": 1}}]}], "start": at}
    send(sheet, {"updateCells": {**new, "fields": "userEnteredValue"}})
    assert (people.cell("History", "A3").value, people.cell("History", "A3").format) == (1, date)
    send(sheet, {"updateCells": {**new, "fields": "*"}})
    assert (people.cell("History", "A3").value, people.cell("History", "A3").format) == (1, None)


def test_a_number_format_needs_a_type(sheet: gspread.Spreadsheet) -> None:
    style = {"userEnteredFormat": {"numberFormat": {"pattern": "0"}}}
    message = refused(sheet, append(0, [style], fields="userEnteredFormat"))
    assert message == "Invalid requests[0].appendCells: Must specify a number format type."


def test_a_range_is_cleared_where_the_rows_do_not_cover_it(sheet: gspread.Spreadsheet, people: People) -> None:
    place = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}
    rows = [{"values": [text("only")]}]
    send(sheet, {"updateCells": {"range": place, "rows": rows, "fields": "userEnteredValue"}})
    assert people.values("Accounts") == [["only"]]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"start": {"rowIndex": 1000}}, "GridCoordinate.rowIndex[1000] is after last row in grid[999]"),
        ({"start": {"columnIndex": 26}}, "GridCoordinate.columnIndex[26] is after last column in grid[25]"),
        ({"start": {"columnIndex": 25}}, "Attempting to write column: 26, beyond the last requested column of: 25"),
        ({"start": {"rowIndex": 999}}, "Attempting to write row: 1000, beyond the last requested row of: 999"),
        ({"start": {"sheetId": 5}}, "No grid with id: 5"),
        (
            {"range": {"startRowIndex": 1000}},
            "Range (Accounts!A1001) exceeds grid limits. Max rows: 1000, max columns: 26",
        ),
        (
            {"range": {"endRowIndex": 2, "endColumnIndex": 1}},
            "Attempting to write column: 1, beyond the last requested column of: 0",
        ),
    ],
)
def test_cells_outside_the_grid_are_refused(sheet: gspread.Spreadsheet, where: Json, said: str) -> None:
    rows = [{"values": [text("a"), text("b")]}, {"values": [text("c"), text("d")]}]
    message = refused(sheet, {"updateCells": {**where, "rows": rows, "fields": "userEnteredValue"}})
    assert message == f"Invalid requests[0].updateCells: {said}"


def test_fifty_thousand_characters_and_one_more(sheet: gspread.Spreadsheet, people: People) -> None:
    send(sheet, append(0, [text("x" * 50_000)]))
    message = refused(sheet, append(0, [text("ok")]), append(0, [text("x" * 50_001)]))
    assert message == (
        "Invalid requests[1].appendCells: "
        "Your input contains more than the maximum of 50000 characters in a single cell."
    )
    assert len(people.values("Accounts")) == 3


def test_ten_million_cells_are_counted_on_the_grid(sheet: gspread.Spreadsheet) -> None:
    grid = {"rowCount": 384_000, "columnCount": 26}
    message = refused(sheet, {"addSheet": {"properties": {"title": "Large", "gridProperties": grid}}})
    assert message == (
        "Invalid requests[0].addSheet: This action would increase the number of cells in the workbook "
        "above the limit of 10000000 cells."
    )
    send(sheet, {"addSheet": {"properties": {"title": "Large", "gridProperties": {**grid, "rowCount": 382_615}}}})
    assert "above the limit" in refused(sheet, {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 1}})


def test_a_protected_range_shuts_the_robot_out(
    google: Google, sheet: gspread.Spreadsheet, people: People, history: int
) -> None:
    people.protect("History")
    said = (
        "You are trying to edit a protected cell or object. "
        "Please contact the spreadsheet owner to remove protection if you need to edit."
    )
    assert refused(sheet, append(history, [text("x")])) == f"Invalid requests[0].appendCells: {said}"
    with pytest.raises(APIError, match="protected cell"):
        sheet.values_clear("History!A1")
    people.tab("History").protected.clear()
    people.protect("History", editors=[google.tokens.email])
    send(sheet, append(history, [text("x")]))
    assert people.values("History")[2:] == [["x"]]


def test_metadata_has_thirty_thousand_characters_in_each_place(sheet: gspread.Spreadsheet, history: int) -> None:
    places: list[Json] = [{"spreadsheet": True}, {"sheetId": history}]
    for number, place in enumerate(places, start=1):
        send(sheet, marker(number, "k" * 10, "v" * 29_990, place))
        message = refused(sheet, marker(number + 10, "k", "", place))
        assert message == (
            "Invalid requests[0].createDeveloperMetadata: "
            "Adding the requested developer metadata would exceed the allowed storage limit"
        )


def test_metadata_is_found_by_what_it_says_and_where_it_is(sheet: gspread.Spreadsheet, history: int) -> None:
    row = {"dimensionRange": {"sheetId": history, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}}
    send(sheet, marker(1), marker(2, value="w", location={"sheetId": history}), marker(3, key="row", location=row))
    assert [one["metadataId"] for one in search(sheet, metadataId=2)] == [2]
    assert [one["metadataId"] for one in search(sheet, metadataValue="v")] == [1, 3]
    assert [one["metadataId"] for one in search(sheet, locationType="ROW")] == [3]
    assert [one["metadataId"] for one in search(sheet, metadataLocation={"sheetId": history})] == [2, 3]
    assert search(sheet, metadataId=4) == []
    assert search(sheet, metadataId=3)[0]["location"] == {"locationType": "ROW", **row}


def test_row_metadata_goes_with_its_row(sheet: gspread.Spreadsheet, people: People, history: int) -> None:
    people.insert_rows("History", 3, [[1, 1]])
    row = {"dimensionRange": {"sheetId": history, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}}
    send(sheet, marker(3, location=row))
    people.insert_rows("History", 2)
    assert search(sheet, metadataId=3)[0]["location"]["dimensionRange"]["startIndex"] == 2
    people.sort("History", "n", descending=True)
    assert people.values("History")[1:3] == [[46270, 5], [1, 1]]
    assert search(sheet, metadataId=3)[0]["location"]["dimensionRange"]["startIndex"] == 1
    people.delete_rows("History", 2)
    assert search(sheet, metadataId=3) == []


def test_markers_are_pruned(google: Google, sheet: gspread.Spreadsheet) -> None:
    send(sheet, marker(1), marker(2))
    delete = {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": 1}}}}
    (reply,) = send(sheet, delete)
    assert [one["metadataId"] for one in reply["deleteDeveloperMetadata"]["deletedDeveloperMetadata"]] == [1]
    assert [one["metadataId"] for one in search(sheet, visibility="DOCUMENT")] == [2]
    assert send(sheet, delete) == [{"deleteDeveloperMetadata": {}}]
    google.unproved.metadata_change_without_match_is_refused = True
    assert refused(sheet, delete).startswith("Invalid requests[0].deleteDeveloperMetadata: ")


def test_a_marker_dies_with_its_tab(sheet: gspread.Spreadsheet, people: People, history: int) -> None:
    send(sheet, marker(1), marker(2, location={"sheetId": history}))
    people.delete_tab("History")
    assert [one["metadataId"] for one in search(sheet, metadataKey="sheetsync.commit")] == [1]


def test_a_batch_can_answer_with_the_spreadsheet(sheet: gspread.Spreadsheet, history: int) -> None:
    url = f"https://sheets.googleapis.com/v4/spreadsheets/{sheet.id}:batchUpdate"
    body = {"requests": [append(history, [text("x")])], "includeSpreadsheetInResponse": True}
    params: Json = {"fields": "updatedSpreadsheet.sheets.properties.title"}
    found = sheet.client.request("post", url, params=params, json=body).json()
    assert found == {
        "updatedSpreadsheet": {"sheets": [{"properties": {"title": "Accounts"}}, {"properties": {"title": "History"}}]}
    }
