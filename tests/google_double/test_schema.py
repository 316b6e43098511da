"""Bodies and parameters are held against Google's own description."""

import json
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.google_double import Google, schema
from tests.google_double.errors import ApiError

BODY: dict[str, Any] = {
    "requests": [
        {
            "createDeveloperMetadata": {
                "developerMetadata": {
                    "metadataId": 1,
                    "metadataKey": "k",
                    "visibility": "DOCUMENT",
                    "location": {"spreadsheet": True},
                }
            }
        },
        {
            "appendCells": {
                "sheetId": 0,
                "fields": "*",
                "rows": [{"values": [{"userEnteredValue": {"numberValue": 1.5}}, {}]}],
            }
        },
        {"addProtectedRange": {"protectedRange": {"range": {"sheetId": 0}, "editors": {"users": ["a@example.com"]}}}},
    ],
    "includeSpreadsheetInResponse": False,
}
METHOD = "spreadsheets.batchUpdate"


def validator() -> Draft202012Validator:
    return Draft202012Validator({**schema.json_schema(), "$ref": "#/$defs/BatchUpdateSpreadsheetRequest"})


def accepted(body: Any) -> bool:
    try:
        schema.check_body(body, METHOD)
    except ApiError:
        return False
    return True


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in children for found in paths(item, (*path, key)))]


def changed(path: tuple[Any, ...], new: Any) -> Any:
    body = json.loads(json.dumps(BODY))
    if not path:
        return new
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = new
    return body


VALUES = st.sampled_from(
    ["", "DOCUMENT", "x", 0, -1, 2**31 - 1, 2**31, 1.5, True, [], [1], ["x"], [{}], {}, {"sheetId": 1}, {"zzz": 1}]
)


@given(st.sampled_from(paths(BODY)), VALUES)
def test_the_walk_and_json_schema_agree(path: tuple[Any, ...], new: Any) -> None:
    body = changed(path, new)
    assert accepted(body) == validator().is_valid(body)


def test_a_good_body_is_good() -> None:
    assert accepted(BODY)
    assert validator().is_valid(BODY)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"requests": [{"frobnicate": {}}]},
            "Invalid JSON payload received. Unknown name \"frobnicate\" at 'requests[0]': Cannot find field.",
        ),
        (
            {"requests": [{"addSheet": {"title": "x"}}]},
            "Invalid JSON payload received. Unknown name \"title\" at 'requests[0].add_sheet': Cannot find field.",
        ),
        ({"nonsense": 1}, 'Invalid JSON payload received. Unknown name "nonsense": Cannot find field.'),
        (
            {"requests": [{"deleteSheet": {"sheetId": "5"}}]},
            "Invalid value at 'requests[0].delete_sheet.sheet_id' (TYPE_INT32), \"5\"",
        ),
        (
            {"requests": [{"deleteSheet": {}, "addSheet": {}}]},
            "Invalid value at 'requests[0]' (oneof), oneof field 'kind' is already set. Cannot set 'addSheet'",
        ),
        (
            {"requests": [{"appendDimension": {"dimension": "ROW"}}]},
            "Invalid value at 'requests[0].append_dimension.dimension' (TYPE_ENUM), \"ROW\"",
        ),
        ({"requests": []}, "Must specify at least one request."),
        ({}, "Must specify at least one request."),
        ({"requests": [{}]}, "Invalid requests[0]: No request set."),
    ],
)
def test_the_words_for_a_body_that_does_not_fit(google: Google, body: Any, said: str) -> None:
    url = f"{google.origin}/v4/spreadsheets/{google.new_spreadsheet()}:batchUpdate"
    answer = requests.post(url, json=body, timeout=10)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, said)


def test_a_recorded_refusal_of_values(google: Google) -> None:
    url = f"{google.origin}/v4/spreadsheets/{google.new_spreadsheet()}/values/A1?valueInputOption=RAW"
    said = "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), \"X\""
    violation = {"field": "data.values", "description": said}
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]
    answer = requests.put(url, json={"values": "X", "majorDimension": None}, timeout=10)
    assert answer.json() == {"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT", "details": details}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("valueRenderOption=FORMULA", 200),
        ("alt=json&prettyPrint=false", 200),
        ("valueRenderOption=SHINY", 400),
        ("renderOption=FORMULA", 400),
    ],
)
def test_parameters(google: Google, query: str, code: int) -> None:
    url = f"{google.origin}/v4/spreadsheets/{google.new_spreadsheet()}/values/A1?{query}"
    assert requests.get(url, timeout=10).status_code == code


def test_a_null_is_nothing(google: Google) -> None:
    url = f"{google.origin}/v4/spreadsheets/{google.new_spreadsheet()}:batchUpdate"
    body = {"requests": [{"addSheet": {"properties": {"title": "x", "hidden": None, "sheetId": None}}}]}
    assert requests.post(url, json=body, timeout=10).ok


def test_what_is_no_json_and_what_is_no_method(google: Google) -> None:
    url = f"{google.origin}/v4/spreadsheets/{google.new_spreadsheet()}"
    broken = requests.post(f"{url}:batchUpdate", data="{", timeout=10).json()["error"]
    assert broken["message"].startswith("Invalid JSON payload received. Unexpected")
    assert requests.post(f"{url}:explode", json={}, timeout=10).status_code == 404
