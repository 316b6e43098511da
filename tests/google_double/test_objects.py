"""spreadsheets.batchUpdate: tabs, dimensions, and what hangs on a tab."""

from typing import Any

import gspread
import pytest
from gspread.exceptions import APIError

from tests.google_double import Google, People
from tests.google_double.test_batch import Json, refused, send, text

GRID = {"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 2}


@pytest.fixture
def sheet(google: Google, client: gspread.Client) -> gspread.Spreadsheet:
    tabs: dict[str, list[list[Any]]] = {"Data": [["a", "b"], [3, "x"], [1, "y"], [2, "z"]], "Other": []}
    return client.open_by_key(google.new_spreadsheet(tabs=tabs))


@pytest.fixture
def people(google: Google, sheet: gspread.Spreadsheet) -> People:
    return google.people(sheet.id)


def add(**properties: Any) -> Json:
    return {"addSheet": {"properties": properties}}


def change(fields: str, **properties: Any) -> Json:
    return {"updateSheetProperties": {"properties": properties, "fields": fields}}


def chart(**more: Any) -> Json:
    source = {"sourceRange": {"sources": [{"sheetId": 0, "startColumnIndex": 0, "endColumnIndex": 1}]}}
    basic = {"chartType": "LINE", "domains": [{"domain": source}], "series": [{"series": source}]}
    place = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 1}}}
    return {"addChart": {"chart": {"spec": {"basicChart": basic}, "position": place, **more}}}


def seen(sheet: gspread.Spreadsheet, fields: str) -> list[Json]:
    tabs: list[Json] = sheet.fetch_sheet_metadata(params={"fields": f"sheets({fields})"})["sheets"]
    return tabs


def test_a_tab_is_added_with_its_id_and_place(sheet: gspread.Spreadsheet, people: People) -> None:
    (reply,) = send(sheet, add(sheetId=7001, title="Scratch", index=1, gridProperties={"columnCount": 30}))
    assert reply["addSheet"]["properties"] == {
        "sheetId": 7001,
        "title": "Scratch",
        "index": 1,
        "sheetType": "GRID",
        "gridProperties": {"rowCount": 1000, "columnCount": 30},
    }
    assert people.titles == ["Data", "Scratch", "Other"]


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"title": "Other"}, 'A sheet with the name "Other" already exists. Please enter another name.'),
        ({"title": "New", "sheetId": 0}, "Sheet with id 0 already exists"),
        ({"title": "x" * 101}, "The sheet name cannot be greater than 100 characters."),
    ],
)
def test_a_tab_that_cannot_be_added(sheet: gspread.Spreadsheet, properties: Json, said: str) -> None:
    assert refused(sheet, add(**properties)) == f"Invalid requests[0].addSheet: {said}"


def test_a_tab_is_trimmed_and_frozen(sheet: gspread.Spreadsheet, people: People) -> None:
    grid = {"rowCount": 2, "frozenRowCount": 1}
    send(sheet, change("gridProperties(rowCount,frozenRowCount)", sheetId=0, gridProperties=grid))
    assert people.values("Data") == [["a", "b"], [3, "x"]]
    assert seen(sheet, "properties.gridProperties")[0]["properties"]["gridProperties"] == {
        "rowCount": 2,
        "columnCount": 26,
        "frozenRowCount": 1,
    }
    cut = {"deleteDimension": {"range": {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}}}
    assert refused(sheet, cut) == (
        "Invalid requests[0].deleteDimension: Sorry, it is not possible to delete all non-frozen rows."
    )


@pytest.mark.parametrize(
    ("fields", "properties", "said"),
    [
        ("title", {"title": "Other"}, 'A sheet with the name "Other" already exists. Please enter another name.'),
        ("gridProperties", {"gridProperties": {"frozenRowCount": 1}}, "You can't delete all the rows on the sheet."),
        (
            "gridProperties.frozenRowCount",
            {"gridProperties": {"frozenRowCount": 1000}},
            "You can't freeze all visible rows on the sheet.",
        ),
        ("", {"title": "x"}, "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"),
        ("colour", {"title": "x"}, "Invalid field: colour"),
    ],
)
def test_a_change_of_a_tab_that_is_refused(
    sheet: gspread.Spreadsheet, fields: str, properties: Json, said: str
) -> None:
    message = refused(sheet, change(fields, sheetId=0, **properties))
    assert message == f"Invalid requests[0].updateSheetProperties: {said}"


def test_the_last_tab_stays(sheet: gspread.Spreadsheet) -> None:
    send(sheet, {"deleteSheet": {"sheetId": 0}})
    (tab,) = seen(sheet, "properties.sheetId")
    message = refused(sheet, {"deleteSheet": tab["properties"]})
    assert message == "Invalid requests[0].deleteSheet: You can't remove all the sheets in a document."


def test_rows_come_and_go_with_everything_on_them(sheet: gspread.Spreadsheet, people: People) -> None:
    name = {"addNamedRange": {"namedRange": {"name": "Numbers", "range": {"sheetId": 0, **GRID}}}}
    rule = {"ranges": [{"sheetId": 0, **GRID}], "booleanRule": {"condition": {"type": "NOT_BLANK"}}}
    send(sheet, name, {"addConditionalFormatRule": {"rule": rule}}, chart())
    line = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 3}
    send(sheet, {"insertDimension": {"range": line}})
    assert people.values("Data") == [["a", "b"], [], [], [3, "x"], [1, "y"], [2, "z"]]
    assert people.book.named_ranges[0]["range"]["endRowIndex"] == 5
    assert people.tab("Data").conditional_formats[0]["ranges"][0]["endRowIndex"] == 5
    send(sheet, {"deleteDimension": {"range": {**line, "startIndex": 0, "endIndex": 5}}})
    assert people.values("Data") == [[2, "z"]]
    assert people.book.named_ranges == []
    assert people.tab("Data").conditional_formats == []


def test_a_row_that_is_not_there_cannot_be_deleted(sheet: gspread.Spreadsheet) -> None:
    line = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1372, "endIndex": 1373}
    assert refused(sheet, {"deleteDimension": {"range": line}}) == (
        "Invalid requests[0].deleteDimension: Cannot delete a row that doesn't exist. "
        "Tried to delete row index 1372 but there are only 1000 rows."
    )


def test_new_rows_take_over_a_format_when_asked_to(sheet: gspread.Spreadsheet, people: People) -> None:
    people.style("Data", "A2", {"textFormat": {"bold": True}})
    line = {"sheetId": 0, "dimension": "ROWS", "startIndex": 2, "endIndex": 3}
    send(sheet, {"insertDimension": {"range": line, "inheritFromBefore": True}})
    assert people.cell("Data", "A3").format == {"textFormat": {"bold": True}}
    assert people.cell("Data", "A3").value is None
    send(sheet, {"insertDimension": {"range": line, "inheritFromBefore": False}})
    assert people.cell("Data", "A3").format is None


def test_rows_are_sorted_by_what_they_hold(sheet: gspread.Spreadsheet, people: People) -> None:
    place = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 5, "startColumnIndex": 0, "endColumnIndex": 2}
    send(sheet, {"sortRange": {"range": place, "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]}})
    assert people.values("Data") == [["a", "b"], [3, "x"], [2, "z"], [1, "y"]]


def test_a_format_is_laid_on_the_cells_that_a_range_has(sheet: gspread.Spreadsheet, people: People) -> None:
    cell = {"userEnteredFormat": {"textFormat": {"bold": True}, "horizontalAlignment": "LEFT"}}
    place = {"sheetId": 0, "startRowIndex": 998, "endRowIndex": 1003, "startColumnIndex": 0, "endColumnIndex": 1}
    request = {"range": place, "cell": cell, "fields": "userEnteredFormat.textFormat.bold"}
    send(sheet, {"repeatCell": request})
    assert people.cell("Data", "A1000").format == {"textFormat": {"bold": True}}
    assert people.tab("Data").row_count == 1000
    past = {**place, "startRowIndex": 1000, "endRowIndex": 1001, "endColumnIndex": 2}
    assert refused(sheet, {"repeatCell": {**request, "range": past}}) == (
        "Invalid requests[0].repeatCell: Range (Data!A1001:B1001) exceeds grid limits. Max rows: 1000, max columns: 26"
    )


def test_a_chart_has_an_id_and_a_place(sheet: gspread.Spreadsheet) -> None:
    (reply,) = send(sheet, chart(chartId=5))
    assert reply["addChart"]["chart"]["position"] == {"overlayPosition": {"anchorCell": {"rowIndex": 1}}}
    assert [tab.get("charts") for tab in seen(sheet, "charts.chartId")] == [[{"chartId": 5}], None]
    assert refused(sheet, chart(chartId=5)).startswith("Invalid requests[0].addChart: ")
    spec = {"title": "New", **chart()["addChart"]["chart"]["spec"]}
    send(sheet, {"updateChartSpec": {"chartId": 5, "spec": spec}})
    assert seen(sheet, "charts.spec.title")[0]["charts"][0]["spec"] == {"title": "New"}
    assert refused(sheet, {"updateChartSpec": {"chartId": 5, "spec": {"title": "Part"}}})
    send(sheet, {"deleteEmbeddedObject": {"objectId": 5}})
    assert "charts" not in seen(sheet, "charts.chartId")[0]


def test_a_chart_of_nothing_is_a_500_every_time(sheet: gspread.Spreadsheet, people: People) -> None:
    for _ in range(2):
        with pytest.raises(APIError, match="Internal error encountered") as error:
            send(sheet, add(title="New"), chart(spec={"basicChart": {"chartType": "LINE"}}))
        assert error.value.response.status_code == 500
    assert people.titles == ["Data", "Other"]


def test_a_chart_on_a_tab_of_its_own_has_no_grid(sheet: gspread.Spreadsheet) -> None:
    send(sheet, chart(position={"newSheet": True}))
    properties = seen(sheet, "properties")[-1]["properties"]
    assert (properties["sheetType"], "gridProperties" in properties) == ("OBJECT", False)


def test_named_ranges_have_one_name_each(sheet: gspread.Spreadsheet) -> None:
    request = {"addNamedRange": {"namedRange": {"name": "Numbers", "range": {"sheetId": 0, **GRID}}}}
    (reply,) = send(sheet, request)
    assert reply["addNamedRange"]["namedRange"]["range"] == GRID
    assert refused(sheet, request) == (
        "Invalid requests[0].addNamedRange: "
        "Cannot add named range with name: Numbers, a named range with that name already exists."
    )
    assert sheet.values_get("Numbers")["range"] == "Data!A1:B3"


def test_rules_are_known_by_their_place(sheet: gspread.Spreadsheet, people: People) -> None:
    def rule(kind: str) -> Json:
        made = {"ranges": [{"sheetId": 0, **GRID}], "booleanRule": {"condition": {"type": kind}}}
        return {"addConditionalFormatRule": {"rule": made}}

    send(sheet, rule("BLANK"), rule("NOT_BLANK"), rule("NOT_BLANK"))
    (reply,) = send(sheet, {"deleteConditionalFormatRule": {"sheetId": 0, "index": 2}})
    assert reply["deleteConditionalFormatRule"]["rule"]["booleanRule"] == {"condition": {"type": "BLANK"}}
    assert len(people.tab("Data").conditional_formats) == 2
    assert refused(sheet, {"deleteConditionalFormatRule": {"sheetId": 0, "index": 2}}) == (
        "Invalid requests[0].deleteConditionalFormatRule: No conditional format on sheet: 0 at index: 2"
    )


def test_native_tables_do_not_overlap_and_go_with_their_content(sheet: gspread.Spreadsheet, people: People) -> None:
    (reply,) = send(sheet, {"addTable": {"table": {"name": "T", "range": {"sheetId": 0, **GRID}}}})
    table = reply["addTable"]["table"]
    assert refused(sheet, {"addTable": {"table": {"range": {"sheetId": 0, **GRID}}}})
    assert seen(sheet, "tables(name,range)")[0] == {"tables": [{"name": "T", "range": GRID}]}
    send(sheet, {"deleteTable": {"tableId": table["tableId"]}})
    assert people.values("Data") == [[], [], [], [2, "z"]]


def test_one_filter_a_tab(sheet: gspread.Spreadsheet, people: People) -> None:
    send(sheet, {"setBasicFilter": {"filter": {"range": {"sheetId": 0, "endRowIndex": 3}}}})
    assert seen(sheet, "basicFilter")[0]["basicFilter"]["range"] == GRID | {"endColumnIndex": 26}
    send(sheet, {"clearBasicFilter": {"sheetId": 0}})
    assert people.tab("Data").basic_filter is None


def test_a_protection_of_ours_lets_us_in(sheet: gspread.Spreadsheet, people: People) -> None:
    (reply,) = send(sheet, {"addProtectedRange": {"protectedRange": {"range": {"sheetId": 0}}}})
    number = reply["addProtectedRange"]["protectedRange"]["protectedRangeId"]
    send(sheet, {"appendCells": {"sheetId": 0, "rows": [{"values": [text("x")]}], "fields": "userEnteredValue"}})
    send(sheet, {"deleteProtectedRange": {"protectedRangeId": number}})
    assert people.tab("Data").protected == []


def test_columns_are_hidden_and_sized(sheet: gspread.Spreadsheet) -> None:
    line = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}
    properties = {"hiddenByUser": True, "pixelSize": 40}
    send(
        sheet,
        {"updateDimensionProperties": {"range": line, "properties": properties, "fields": "hiddenByUser,pixelSize"}},
        {"autoResizeDimensions": {"dimensions": {**line, "startIndex": 0, "endIndex": 1}}},
    )
    columns = seen(sheet, "data.columnMetadata")[0]["data"][0]["columnMetadata"]
    assert columns[:2] == [{"pixelSize": 100}, {"pixelSize": 40, "hiddenByUser": True}]
