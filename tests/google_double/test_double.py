"""Reading and writing values through the real gspread and google-auth."""

from typing import Any

import gspread
import pytest
from gspread.exceptions import APIError

from tests.google_double import Google


@pytest.fixture
def sheet(google: Google, client: gspread.Client) -> gspread.Spreadsheet:
    tabs = {"Accounts": [["account", "platform"], ["@anna"], ["@bert", "TikTok"]], "History": [["date"]]}
    return client.open_by_key(google.new_spreadsheet("Our numbers", tabs, "nl_BE", "Europe/Brussels"))


def refusal(error: pytest.ExceptionInfo[APIError]) -> tuple[int, str]:
    return error.value.response.status_code, error.value.error["message"]


def test_a_spreadsheet_is_opened_with_its_properties(sheet: gspread.Spreadsheet) -> None:
    assert (sheet.title, sheet.locale, sheet.timezone) == ("Our numbers", "nl_BE", "Europe/Brussels")
    assert [(tab.title, tab.id == 0, tab.row_count, tab.col_count) for tab in sheet.worksheets()] == [
        ("Accounts", True, 1000, 26),
        ("History", False, 1000, 26),
    ]


def test_empty_cells_at_the_end_are_left_out(sheet: gspread.Spreadsheet) -> None:
    ranges = sheet.values_batch_get(["Accounts", "Accounts!A2:B2", "Accounts!B2:B2", "Accounts!B:B"])["valueRanges"]
    assert ranges == [
        {
            "range": "Accounts!A1:Z1000",
            "majorDimension": "ROWS",
            "values": [["account", "platform"], ["@anna"], ["@bert", "TikTok"]],
        },
        {"range": "Accounts!A2:B2", "majorDimension": "ROWS", "values": [["@anna"]]},
        {"range": "Accounts!B2", "majorDimension": "ROWS"},
        {"range": "Accounts!B1:B1000", "majorDimension": "ROWS", "values": [["platform"], [], ["TikTok"]]},
    ]


def test_columns_can_come_first(sheet: gspread.Spreadsheet) -> None:
    found = sheet.values_get("Accounts!A1:B3", params={"majorDimension": "COLUMNS"})
    assert found["values"] == [["account", "@anna", "@bert"], ["platform", "", "TikTok"]]


def test_a_range_past_the_grid_is_cut_or_refused(sheet: gspread.Spreadsheet) -> None:
    assert sheet.values_get("Accounts!A2:ZZ5000")["range"] == "Accounts!A2:Z1000"
    with pytest.raises(APIError) as error:
        sheet.values_get("Accounts!A1001:B")
    assert refusal(error) == (400, "Range (Accounts!A1001:B) exceeds grid limits. Max rows: 1000, max columns: 26")


@pytest.mark.parametrize(
    "text", ["'Nobody'!A1:B2", "Accounts!A1:B2:C3", "Accounts!A0", "Accounts!", "'Accounts", "'Accounts'A1"]
)
def test_a_range_that_is_none_is_not_parsed(sheet: gspread.Spreadsheet, text: str) -> None:
    with pytest.raises(APIError) as error:
        sheet.values_batch_get([text])
    assert refusal(error) == (400, f"Unable to parse range: {text}")


def test_titles_are_quoted_only_when_they_need_it(google: Google, client: gspread.Client) -> None:
    titles = ["Plain", "Two words", "D3", "It's", "2026"]
    sheet = client.open_by_key(google.new_spreadsheet(tabs={title: [["x"]] for title in titles}))
    found = sheet.values_batch_get(["'" + title.replace("'", "''") + "'!A1" for title in titles])["valueRanges"]
    assert [one["range"] for one in found] == ["Plain!A1", "'Two words'!A1", "'D3'!A1", "'It''s'!A1", "'2026'!A1"]


def test_raw_text_stays_text_and_entered_text_is_understood(google: Google, sheet: gspread.Spreadsheet) -> None:
    tab = sheet.worksheet("History")
    tab.update([["=1+1", "007", "1-2-2026", "12,5", "TRUE"]], "A2", raw=True)
    tab.update([["=1+1", "007", "1-2-2026", "12,5", "TRUE"]], "A3", raw=False)
    assert google.people(sheet.id).values("History")[1:] == [
        ["=1+1", "007", "1-2-2026", "12,5", "TRUE"],
        ["=1+1", 7, 46054, 12.5, True],
    ]
    assert tab.get("A2:E3") == [["=1+1", "007", "1-2-2026", "12,5", "TRUE"], ["2", "7", "1/2/2026", "12,5", "TRUE"]]


def test_how_dates_and_numbers_come_back(google: Google, sheet: gspread.Spreadsheet) -> None:
    people = google.people(sheet.id)
    people.set("History", "A2", 46270)
    people.style("History", "A2", {"numberFormat": {"type": "DATE", "pattern": "yyyy-mm-dd"}})
    people.set("History", "B2", 46270.5)
    people.style("History", "B2", {"numberFormat": {"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm:ss"}})
    people.set("History", "C2", 1234567.5)
    people.style("History", "C2", {"numberFormat": {"type": "NUMBER", "pattern": "#,##0.0"}})

    def read(**options: Any) -> list[list[object]]:
        found: list[list[object]] = sheet.values_get("History!A2:C2", params=options)["values"]
        return found

    assert read() == [["2026-09-05", "2026-09-05 12:00:00", "1.234.567,5"]]
    assert read(valueRenderOption="UNFORMATTED_VALUE") == [[46270, 46270.5, 1234567.5]]
    assert read(valueRenderOption="UNFORMATTED_VALUE", dateTimeRenderOption="FORMATTED_STRING") == [
        ["2026-09-05", "2026-09-05 12:00:00", 1234567.5]
    ]


def test_null_leaves_a_cell_alone_and_an_empty_text_empties_it(google: Google, sheet: gspread.Spreadsheet) -> None:
    reply = sheet.values_update("Accounts!A2:B2", {"valueInputOption": "RAW"}, {"values": [[None, "X"]]})
    assert reply["updatedCells"] == 1
    sheet.values_update("Accounts!A3:B3", {"valueInputOption": "RAW"}, {"values": [["", None]]})
    assert google.people(sheet.id).values("Accounts")[1:] == [["@anna", "X"], ["", "TikTok"]]


def test_values_do_not_fit_into_a_smaller_range(sheet: gspread.Spreadsheet) -> None:
    with pytest.raises(APIError) as error:
        sheet.values_update("Accounts!A1:B1", {"valueInputOption": "RAW"}, {"values": [[1, 2, 3]]})
    assert refusal(error) == (
        400,
        "Requested writing within range [Accounts!A1:B1], but tried writing to column [C]",
    )


def test_values_of_several_ranges_are_written_together_or_not_at_all(
    google: Google, sheet: gspread.Spreadsheet
) -> None:
    data = [{"range": "Accounts!A2", "values": [["@cleo"]]}, {"range": "NoSuchTab!A1", "values": [["x"]]}]
    with pytest.raises(APIError) as error:
        sheet.values_batch_update({"valueInputOption": "RAW", "data": data})
    assert refusal(error) == (400, "Invalid data[1]: Unable to parse range: NoSuchTab!A1")
    assert google.people(sheet.id).column("Accounts", "account") == ["@anna", "@bert"]


def test_append_looks_for_a_block_of_its_own(google: Google, client: gspread.Client) -> None:
    rows = [["a", "b"], ["c", "d"], [], ["e"]]
    sheet = client.open_by_key(google.new_spreadsheet(tabs={"T": rows}))
    first = sheet.values_append("T!A1", {"valueInputOption": "RAW"}, {"values": [["x"]]})
    assert (first["tableRange"], first["updates"]["updatedRange"]) == ("T!A1:B2", "T!A3")
    last = sheet.values_append("T", {"valueInputOption": "RAW"}, {"values": [["y"]]})
    assert (last["tableRange"], last["updates"]["updatedRange"]) == ("T!A1:B4", "T!A5")


def test_append_can_make_room_or_eat_the_gap(google: Google, client: gspread.Client) -> None:
    sheet = client.open_by_key(google.new_spreadsheet(tabs={"T": [["a"], [], ["b"]]}))
    options: dict[str, Any] = {"valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS"}
    sheet.values_append("T!A1", options, {"values": [["x"]]})
    assert google.people(sheet.id).values("T") == [["a"], ["x"], [], ["b"]]


def test_a_mask_leaves_what_it_names(google: Google, sheet: gspread.Spreadsheet) -> None:
    google.people(sheet.id).filter("Accounts")
    mask = "sheets(properties(title,gridProperties/rowCount),tables,basicFilter,charts(chartId)),properties.timeZone"
    assert sheet.fetch_sheet_metadata(params={"fields": mask}) == {
        "properties": {"timeZone": "Europe/Brussels"},
        "sheets": [
            {
                "properties": {"title": "Accounts", "gridProperties": {"rowCount": 1000}},
                "basicFilter": {
                    "range": {"startRowIndex": 0, "endRowIndex": 1000, "startColumnIndex": 0, "endColumnIndex": 26}
                },
            },
            {"properties": {"title": "History", "gridProperties": {"rowCount": 1000}}},
        ],
    }


def test_a_mask_that_names_nothing_known_says_so_only_in_the_details(sheet: gspread.Spreadsheet) -> None:
    with pytest.raises(APIError) as error:
        sheet.fetch_sheet_metadata(params={"fields": "sheets.colour"})
    assert refusal(error) == (400, "Request contains an invalid argument.")
    violations = error.value.error["details"][0]["fieldViolations"]
    assert violations[0]["description"] == (
        "Error expanding 'fields' parameter. Cannot find matching fields for path 'sheets.colour'."
    )


def test_cells_come_with_a_spreadsheet_only_when_asked_for(sheet: gspread.Spreadsheet) -> None:
    assert "data" not in sheet.fetch_sheet_metadata(params={})["sheets"][0]
    asked: dict[str, Any] = {"includeGridData": "true", "ranges": "Accounts!A2:B3"}
    (tab,) = sheet.fetch_sheet_metadata(params=asked)["sheets"]
    (data,) = tab["data"]
    assert (data["startRow"], len(data["rowMetadata"]), len(data["columnMetadata"])) == (1, 2, 2)
    assert data["rowData"][0]["values"] == [
        {
            "userEnteredValue": {"stringValue": "@anna"},
            "effectiveValue": {"stringValue": "@anna"},
            "formattedValue": "@anna",
        }
    ]


def test_people_edit_what_the_next_call_reads(google: Google, sheet: gspread.Spreadsheet) -> None:
    people = google.people(sheet.id)
    people.insert_rows("Accounts", 2, [["@zoë", "TikTok"], ["@adam"]])
    people.sort("Accounts", "account")
    people.insert_column("Accounts", 1, "ours")
    people.rename_header("Accounts", "platform", "Plattform")
    people.delete_rows("Accounts", 2)
    people.rename_tab("Accounts", "Konten")
    people.add_tab("Notes", [["hello"]])
    assert people.titles == ["Konten", "History", "Notes"]
    assert sheet.values_get("Konten")["values"] == [
        ["ours", "account", "Plattform"],
        ["", "@anna"],
        ["", "@bert", "TikTok"],
        ["", "@zoë", "TikTok"],
    ]


def test_people_can_edit_between_two_calls(google: Google, sheet: gspread.Spreadsheet) -> None:
    google.between(2, lambda: google.people(sheet.id).set("Accounts", "A2", "@changed"))
    assert sheet.values_get("Accounts!A2")["values"] == [["@anna"]]
    assert sheet.values_get("Accounts!A2")["values"] == [["@changed"]]


def test_a_large_history_is_made_and_read_at_its_tail(google: Google, client: gspread.Client) -> None:
    rows: list[list[Any]] = [[46270 + n // 500, "tiktok", f"account {n % 500}", n] for n in range(300_000)]
    sheet = client.open_by_key(google.new_spreadsheet(tabs={"History": rows}))
    assert sheet.sheet1.row_count == 300_000
    assert sheet.values_get("History!C299999:D")["values"] == [["account 498", "299998"], ["account 499", "299999"]]
