"""Requests of a batch that are refused, each in a sentence that names it; and the smaller things they do."""

from typing import Any

import gspread
import pytest
from gspread.exceptions import APIError

from tests.google_double import Google, People
from tests.google_double.test_batch import Json, marker, refused, search, send, text
from tests.google_double.test_objects import change, chart

ROWS = {"dimension": "ROWS"}


@pytest.fixture
def sheet(google: Google, client: gspread.Client) -> gspread.Spreadsheet:
    return client.open_by_key(google.new_spreadsheet(tabs={"Data": [["a"], ["b"]], "Other": [["c"]]}))


@pytest.fixture
def people(google: Google, sheet: gspread.Spreadsheet) -> People:
    return google.people(sheet.id)


def cell(value: Json) -> Json:
    rows = [{"values": [{"userEnteredValue": value}]}]
    return {"appendCells": {"rows": rows, "fields": "userEnteredValue"}}


def metadata(**more: Any) -> Json:
    made: Json = {"metadataKey": "k", "visibility": "DOCUMENT", "location": {"spreadsheet": True}}
    return {"createDeveloperMetadata": {"developerMetadata": made | more}}


def line(start: int, end: int, dimension: str = "ROWS") -> Json:
    return {"dimensionRange": {"sheetId": 0, "dimension": dimension, "startIndex": start, "endIndex": end}}


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"appendCells": {"tableId": "9", "fields": "*"}}, "No table with id: 9"),
        ({"updateCells": {"fields": "*"}}, "Must specify either start or range."),
        ({"appendDimension": {**ROWS, "length": 0}}, "length[0] must be greater than zero."),
        ({"appendDimension": {"length": 1}}, "No dimension specified."),
        ({"deleteDimension": {"range": {**ROWS, "startIndex": 2, "endIndex": 2}}}, "endIndex[2] must be greater than"),
        ({"insertDimension": {"range": {**ROWS, "startIndex": 1001, "endIndex": 1002}}}, "startIndex[1001] is after"),
        (
            {"insertDimension": {"range": {**ROWS, "endIndex": 1}, "inheritFromBefore": True}},
            "inheritFromBefore cannot be set to true",
        ),
        ({"sortRange": {"range": {"startRowIndex": 3, "endRowIndex": 2}}}, "range {"),
        (cell({"errorValue": {"type": "REF"}}), "errorValue is read-only"),
        (cell({"formulaValue": "1+1"}), "Invalid formula: 1+1"),
        (metadata(metadataId=-1), "metadataId must be positive."),
        (metadata(metadataKey=""), "developerMetadata.metadataKey must be specified."),
        (metadata(visibility=None), "developerMetadata.visibility must be specified."),
        (metadata(location=None), "developerMetadata.location must be specified."),
        (metadata(location={"spreadsheet": True, "sheetId": 0}), "Exactly one location must be specified."),
        (metadata(location={"sheetId": 5}), "No grid with id: 5"),
        (metadata(location=line(0, 2)), "Developer metadata can only be associated with a single row or column"),
        (metadata(location=line(1000, 1001)), "Developer metadata can only be associated with a single row or column"),
        (metadata(location=line(26, 27, "COLUMNS")), "Developer metadata can only be associated with a single row"),
        (
            {"updateDeveloperMetadata": {"fields": "metadataId", "developerMetadata": {}}},
            "The metadataId field cannot be updated.",
        ),
        ({"deleteEmbeddedObject": {"objectId": 9}}, "No embedded object with id: 9"),
        ({"deleteProtectedRange": {"protectedRangeId": 9}}, "No protected range with id: 9"),
        ({"deleteNamedRange": {"namedRangeId": "9"}}, "No named range with id: 9"),
        ({"deleteTable": {"tableId": "9"}}, "No table with id: 9"),
        ({"addConditionalFormatRule": {"rule": {}}}, "No ranges specified."),
        (chart(position={"overlayPosition": {"anchorCell": {"rowIndex": 1000}}}), "rowIndex[1000] is after last row"),
        (chart(position={"overlayPosition": {"anchorCell": {"columnIndex": 26}}}), "columnIndex[26] is after last"),
        (change("title", sheetId=0, title=""), "The sheet name cannot be empty."),
        (
            {"appendDimension": {"dimension": "COLUMNS", "length": 18_253}},
            "This action would increase the number of c",
        ),
        ({"addSheet": {"properties": {"gridProperties": {"rowCount": -1}}}}, "You can't delete all the rows"),
    ],
)
def test_a_request_that_is_refused(sheet: gspread.Spreadsheet, request_: Json, said: str) -> None:
    message = refused(sheet, request_)
    assert message.startswith(f"Invalid requests[0].{next(iter(request_))}: {said}")


@pytest.mark.parametrize(
    ("kind", "thing", "key"),
    [
        ("addProtectedRange", "protectedRange", {"protectedRangeId": 5}),
        ("addNamedRange", "namedRange", {"namedRangeId": "5"}),
        ("addTable", "table", {"tableId": "5"}),
    ],
)
def test_an_id_that_is_taken(sheet: gspread.Spreadsheet, kind: str, thing: str, key: Json) -> None:
    def request(place: int) -> Json:
        where = {"sheetId": 0, "endRowIndex": 2, "startColumnIndex": place, "endColumnIndex": place + 1}
        named = {} if thing == "protectedRange" else {"name": f"Name{place}"}
        return {kind: {thing: {**key, **named, "range": where}}}

    send(sheet, request(0))
    message = refused(sheet, request(1))
    assert message.startswith(f"Invalid requests[0].{kind}: ")
    assert message.endswith("already exists.")
    assert "5" in message


def test_a_tab_cannot_shrink_into_its_frozen_rows(sheet: gspread.Spreadsheet) -> None:
    send(sheet, change("gridProperties.frozenRowCount", sheetId=0, gridProperties={"frozenRowCount": 1}))
    message = refused(sheet, change("gridProperties.rowCount", sheetId=0, gridProperties={"rowCount": 1}))
    assert message == (
        "Invalid requests[0].updateSheetProperties: Sorry, it is not possible to delete all non-frozen rows."
    )


def test_one_visible_tab_stays(sheet: gspread.Spreadsheet, people: People) -> None:
    send(sheet, change("hidden", sheetId=people.tab("Other").id, hidden=True))
    message = refused(sheet, {"deleteSheet": {"sheetId": 0}})
    assert message == "Invalid requests[0].deleteSheet: You can't remove all the visible sheets in a document."


def test_somebody_elses_protection_stays(sheet: gspread.Spreadsheet, people: People) -> None:
    people.protect("Data", "A1")
    number = people.tab("Data").protected[0]["protectedRangeId"]
    assert "protected cell or object" in refused(sheet, {"deleteProtectedRange": {"protectedRangeId": number}})


def test_a_protection_may_only_warn_or_leave_a_place_free(sheet: gspread.Spreadsheet, people: People) -> None:
    people.protect("Data")
    free = {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 1}
    people.tab("Data").protected[0]["unprotectedRanges"] = [free]
    sheet.values_clear("Data!A1:A2")
    with pytest.raises(APIError, match="protected cell"):
        sheet.values_clear("Data!A1:A3")
    people.tab("Data").protected[0]["warningOnly"] = True
    sheet.values_clear("Data!A1:A3")


def test_metadata_by_its_id(sheet: gspread.Spreadsheet) -> None:
    send(sheet, marker(7))
    url = f"https://sheets.googleapis.com/v4/spreadsheets/{sheet.id}/developerMetadata/"
    assert sheet.client.request("get", f"{url}7").json()["metadataValue"] == "v"
    with pytest.raises(APIError) as error:
        sheet.client.request("get", f"{url}8")
    assert (error.value.response.status_code, error.value.error["status"]) == (404, "NOT_FOUND")


def test_metadata_is_changed(sheet: gspread.Spreadsheet, people: People) -> None:
    other = people.tab("Other").id
    send(sheet, marker(7), marker(8, key="kept"))
    filters = [{"developerMetadataLookup": {"metadataKey": "sheetsync.commit"}}]
    new = {"metadataValue": "w", "location": {"sheetId": other}}
    (reply,) = send(
        sheet,
        {
            "updateDeveloperMetadata": {
                "dataFilters": filters,
                "developerMetadata": new,
                "fields": "metadataValue,location",
            }
        },
    )
    assert reply["updateDeveloperMetadata"]["developerMetadata"] == [
        {
            "metadataId": 7,
            "metadataKey": "sheetsync.commit",
            "metadataValue": "w",
            "location": {"locationType": "SHEET", "sheetId": other},
            "visibility": "DOCUMENT",
        }
    ]
    assert search(sheet, metadataId=8)[0]["metadataValue"] == "v"


def test_metadata_is_found_by_the_place_it_is_on(sheet: gspread.Spreadsheet, people: People) -> None:
    send(sheet, marker(7), marker(8, location={"sheetId": people.tab("Other").id}))
    url = f"https://sheets.googleapis.com/v4/spreadsheets/{sheet.id}/developerMetadata:search"
    body = {"dataFilters": [{"gridRange": {"sheetId": people.tab("Other").id}}]}
    found = sheet.client.request("post", url, json=body).json()["matchedDeveloperMetadata"]
    assert [one["developerMetadata"]["metadataId"] for one in found] == [8]


def test_a_format_laid_over_cells_keeps_what_they_hold(sheet: gspread.Spreadsheet, people: People) -> None:
    people.style("Data", "A1", {"horizontalAlignment": "LEFT"})
    style = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    place = {"sheetId": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}
    send(sheet, {"repeatCell": {"range": place, "cell": style, "fields": "userEnteredFormat.textFormat"}})
    assert people.values("Data") == [["a"], ["b"]]
    assert people.cell("Data", "A1").format == {"horizontalAlignment": "LEFT", "textFormat": {"bold": True}}
    assert people.cell("Data", "A3").format == {"textFormat": {"bold": True}}


def test_a_colour_under_one_name_is_there_under_both(sheet: gspread.Spreadsheet, people: People) -> None:
    red = {"red": 1.0}
    style = {"userEnteredFormat": {"textFormat": {"foregroundColor": red, "bold": True}}}
    mask = "userEnteredFormat.textFormat.foregroundColor"
    send(sheet, {"repeatCell": {"range": {"sheetId": 0, "endRowIndex": 1}, "cell": style, "fields": mask}})
    assert people.cell("Data", "A1").format == {
        "textFormat": {"foregroundColor": red, "foregroundColorStyle": {"rgbColor": red}}
    }
    send(sheet, change("tabColorStyle", sheetId=0, tabColorStyle={"rgbColor": red}))
    send(sheet, change("tabColor", sheetId=0, tabColor={"green": 1.0}))
    assert people.tab("Data").properties["tabColorStyle"] == {"rgbColor": {"green": 1.0}}


def test_a_chart_follows_the_tab_that_it_draws(sheet: gspread.Spreadsheet, people: People) -> None:
    other = people.tab("Other").id
    request = chart(position={"overlayPosition": {"anchorCell": {"sheetId": other}}})
    source = request["addChart"]["chart"]["spec"]["basicChart"]["domains"][0]["domain"]["sourceRange"]["sources"][0]
    source |= {"startRowIndex": 0, "endRowIndex": 2}
    send(sheet, request, {"insertDimension": {"range": {**ROWS, "startIndex": 1, "endIndex": 4}}})
    (drawn,) = people.tab("Other").charts
    assert drawn["spec"]["basicChart"]["domains"][0]["domain"]["sourceRange"]["sources"][0]["endRowIndex"] == 5


def test_a_chart_on_its_own_tab_goes_with_it(sheet: gspread.Spreadsheet, people: People) -> None:
    send(sheet, chart(chartId=5, position={"newSheet": True}), chart(chartId=6))
    send(sheet, {"deleteEmbeddedObject": {"objectId": 6}})
    assert len(people.titles) == 3
    send(sheet, {"deleteEmbeddedObject": {"objectId": 5}})
    assert people.titles == ["Data", "Other"]


def test_arithmetic_is_calculated_and_nothing_else(sheet: gspread.Spreadsheet) -> None:
    formulas = ["=-(2+3)*2^2", "=1/0", '=QUERY(Data!A:A;"select A")', "=A1", "=1+TRUE"]
    sheet.values_update("Other!A1:E1", {"valueInputOption": "USER_ENTERED"}, {"values": [formulas]})
    assert sheet.values_get("Other!A1:E1", params={"valueRenderOption": "UNFORMATTED_VALUE"})["values"] == [[-20]]
    assert sheet.values_get("Other!A1:E1", params={"valueRenderOption": "FORMULA"})["values"] == [formulas]


def test_typed_formulas(sheet: gspread.Spreadsheet) -> None:
    over = {"start": {}, "rows": [{"values": [text("=2+2")]}], "fields": "*"}
    send(sheet, cell({"formulaValue": "=1+1"}), {"updateCells": over})
    assert sheet.values_get("Data!A1:A3")["values"] == [["=2+2"], ["b"], ["2"]]


def test_grid_data_says_where_it_starts(sheet: gspread.Spreadsheet) -> None:
    params: Json = {"ranges": "Data!B2:C3", "fields": "sheets.data(startRow,startColumn,rowData)"}
    assert sheet.fetch_sheet_metadata(params=params) == {"sheets": [{"data": [{"startRow": 1, "startColumn": 1}]}]}
    params["ranges"] = "Data!A1:B2"
    params["fields"] = "sheets.data(startRow,startColumn,rowData.values.formattedValue)"
    (tab,) = sheet.fetch_sheet_metadata(params=params)["sheets"]
    assert tab["data"] == [{"rowData": [{"values": [{"formattedValue": "a"}]}, {"values": [{"formattedValue": "b"}]}]}]


@pytest.mark.parametrize("option", ["includeGridData=maybe", "includeGridData="])
def test_a_truth_value_that_is_none(sheet: gspread.Spreadsheet, option: str) -> None:
    with pytest.raises(APIError, match="TYPE_BOOL"):
        sheet.client.request("get", f"https://sheets.googleapis.com/v4/spreadsheets/{sheet.id}?{option}")


def test_a_sheet_has_a_widest(sheet: gspread.Spreadsheet) -> None:
    grid = {"rowCount": 1, "columnCount": 18_279}
    assert "above the limit of 18278" in refused(sheet, {"addSheet": {"properties": {"gridProperties": grid}}})


def test_a_tab_of_a_chart_has_no_cells(sheet: gspread.Spreadsheet, people: People) -> None:
    send(sheet, chart(position={"newSheet": True}))
    tab = people.book.tabs[-1]
    append = {"sheetId": tab.id, "fields": "*", "rows": [{"values": [text("x")]}]}
    assert refused(sheet, {"appendCells": append}) == f"Invalid requests[0].appendCells: No grid with id: {tab.id}"
    with pytest.raises(APIError, match="Unable to parse range"):
        sheet.values_get(f"{tab.title}!A1")


def test_metadata_of_a_row_goes_when_the_tab_shrinks(sheet: gspread.Spreadsheet) -> None:
    send(sheet, marker(7, location=line(1, 2)), marker(8, location=line(0, 1)))
    sheet.worksheet("Data").resize(rows=1)
    assert [one["metadataId"] for one in search(sheet, visibility="DOCUMENT")] == [8]


def test_a_frozen_row_that_is_deleted_is_frozen_no_more(sheet: gspread.Spreadsheet, people: People) -> None:
    send(sheet, change("gridProperties.frozenRowCount", sheetId=0, gridProperties={"frozenRowCount": 2}))
    send(sheet, {"deleteDimension": {"range": {**ROWS, "startIndex": 1, "endIndex": 4}}})
    assert people.tab("Data").frozen("ROWS") == 1


def test_numbers_before_text_before_truth_and_blanks_last(sheet: gspread.Spreadsheet, people: People) -> None:
    people.insert_rows("Data", 1, [["key"], [10], [9], [True], [None], ["10"]])
    place = {"startRowIndex": 1, "endRowIndex": 8}
    send(sheet, {"sortRange": {"range": place, "sortSpecs": [{"dimensionIndex": 0}]}})
    assert [row[0] for row in people.values("Data")[1:]] == [9, 10, "10", "a", "b", True]


def test_all_properties_of_a_tab_at_once(sheet: gspread.Spreadsheet, people: People) -> None:
    grid = {"rowCount": 5, "columnCount": 2}
    send(sheet, change("*", sheetId=people.tab("Other").id, title="New", index=0, gridProperties=grid))
    assert people.titles == ["New", "Data"]
    assert (people.tab("New").row_count, people.tab("New").column_count) == (5, 2)
    assert people.values("New") == [["c"]]
