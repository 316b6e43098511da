"""The bodies are Google's own, as recorded or as quoted by people who got them."""

import json
from typing import Any

import pytest

from sheetsync.errors import CredentialsError, SheetError, SheetsyncError, SheetUnavailableError
from sheetsync.sheets.answers import Caller, parse, refused, token_refused

ROBOT = "sheetsync@example.iam.gserviceaccount.com"
READER, WRITER = Caller(ROBOT, tabs=("Sheet1", "My tab")), Caller(ROBOT, writing=True)
ENABLE = "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=123456789012"
API_OFF = (
    "Google Sheets API has not been used in project 123456789012 before or it is disabled. "
    f"Enable it by visiting {ENABLE} then retry. If you enabled this API recently, wait a few minutes "
    "for the action to propagate to our systems and retry."
)
TIMEFRAME = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)
QUOTA = (
    "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per user' of service "
    "'sheets.googleapis.com' for consumer 'project_number:123456789012'."
)
PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)
FULL = "This action would increase the number of cells in the workbook above the limit of 10000000 cells."


def body(code: int, message: str, status: str, *details: dict[str, Any]) -> bytes:
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    return json.dumps({"error": error | ({"details": details} if details else {})}).encode()


def info(reason: str, **metadata: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "metadata": metadata}


@pytest.mark.parametrize(
    ("caller", "answer", "error", "says", "hint"),
    [
        pytest.param(
            READER,
            body(403, "The caller does not have permission", "PERMISSION_DENIED"),
            CredentialsError,
            f"not shared with {ROBOT}",
            f"Share it with {ROBOT} as Editor",
            id="not shared",
        ),
        pytest.param(
            WRITER,
            body(403, "The caller does not have permission", "PERMISSION_DENIED"),
            CredentialsError,
            "for reading only",
            f"Share it with {ROBOT} as Editor, not as Viewer",
            id="viewer",
        ),
        pytest.param(
            READER,
            body(403, API_OFF, "PERMISSION_DENIED", info("SERVICE_DISABLED", activationUrl=ENABLE)),
            CredentialsError,
            "not switched on",
            f"Open {ENABLE}, choose Enable, and wait a few minutes",
            id="API off",
        ),
        pytest.param(
            READER,
            body(403, API_OFF, "PERMISSION_DENIED"),
            CredentialsError,
            "not switched on",
            f"Open {ENABLE},",
            id="API off, without details",
        ),
        pytest.param(
            READER,
            body(
                403,
                "Request had insufficient authentication scopes.",
                "PERMISSION_DENIED",
                info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service="sheets.googleapis.com"),
            ),
            CredentialsError,
            "without the right to use spreadsheets",
            "https://www.googleapis.com/auth/spreadsheets",
            id="scope",
        ),
        pytest.param(
            READER,
            body(404, "Requested entity was not found.", "NOT_FOUND"),
            SheetError,
            "no spreadsheet with this id",
            "between /d/ and /edit",
            id="wrong id",
        ),
        pytest.param(
            READER,
            body(
                400,
                "This operation is not supported for this document. The document must not be an Office file.",
                "FAILED_PRECONDITION",
            ),
            SheetError,
            "Excel file",
            "Save as Google Sheets",
            id="Office file",
        ),
        pytest.param(
            READER,
            body(400, "Unable to parse range: 'T'!A1:B2", "INVALID_ARGUMENT"),
            SheetError,
            "The tabs there: “Sheet1”, “My tab”",
            "accounts",
            id="missing tab",
        ),
        pytest.param(
            READER,
            body(400, "Invalid requests[1].appendCells: No grid with id: 999999", "INVALID_ARGUMENT"),
            SheetError,
            "The tabs there: “Sheet1”, “My tab”",
            "accounts",
            id="missing grid",
        ),
        pytest.param(
            WRITER,
            body(400, f"Invalid requests[1].updateCells: {PROTECTED}", "INVALID_ARGUMENT"),
            SheetError,
            "protected",
            ROBOT,
            id="protected",
        ),
        pytest.param(
            WRITER,
            body(400, f"Invalid requests[1].appendCells: {FULL}", "INVALID_ARGUMENT"),
            SheetError,
            "full",
            "Delete empty rows",
            id="ten million cells",
        ),
        pytest.param(
            WRITER,
            body(429, QUOTA, "RESOURCE_EXHAUSTED", info("RATE_LIMIT_EXCEEDED", quota_limit_value="60")),
            SheetUnavailableError,
            "quota for this minute",
            "Wait a minute",
            id="quota",
        ),
        pytest.param(
            WRITER,
            body(503, "The service is currently unavailable.", "UNAVAILABLE"),
            SheetUnavailableError,
            "HTTP 503",
            "outbox",
            id="outage",
        ),
        pytest.param(
            WRITER,
            body(500, "Internal error encountered.", "INTERNAL"),
            SheetUnavailableError,
            "HTTP 500",
            "outbox",
            id="internal",
        ),
        pytest.param(
            READER,
            body(
                401, "Request had invalid authentication credentials. Expected OAuth 2 access token", "UNAUTHENTICATED"
            ),
            CredentialsError,
            ROBOT,
            "Make a new key",
            id="bad token",
        ),
    ],
)
def test_every_refusal_has_its_own_sentence_and_hint(
    caller: Caller, answer: bytes, error: type[SheetsyncError], says: str, hint: str
) -> None:
    found = refused(parse(json.loads(answer)["error"]["code"], answer), caller)
    assert type(found) is error
    assert says in str(found)
    assert hint in found.hint


@pytest.mark.parametrize(
    ("error", "description", "says", "hint"),
    [
        ("invalid_grant", "Invalid JWT Signature.", "revoked", "Make a new key"),
        (
            "invalid_grant",
            TIMEFRAME,
            "clock",
            "Set the clock",
        ),
        ("invalid_grant", "Invalid grant: account not found", f"{ROBOT} was deleted", "Make a new one"),
        ("invalid_grant", "Token has been expired or revoked.", "login", "gcloud auth application-default login"),
        ("", "Unable to acquire impersonated credentials", f"may not act as {ROBOT}", "Workload Identity User"),
        ("invalid_scope", "Bad scope", "invalid_scope: Bad scope", "new key"),
        ("", "", "no reason was given", "new key"),
    ],
)
def test_what_the_token_endpoint_says_is_told_apart(error: str, description: str, says: str, hint: str) -> None:
    found = token_refused(error, description, READER)
    assert isinstance(found, CredentialsError)
    assert says in str(found)
    assert hint in found.hint


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>502</html>", b"{", b"[]", b'"text"', b'{"error": "text"}', b'{"error": {"details": "no"}}', b"\xff"],
)
def test_a_body_that_is_not_googles_is_an_answer_without_particulars(answer: bytes) -> None:
    assert parse(502, answer).message == ""
    assert isinstance(refused(parse(502, answer), READER), SheetUnavailableError)


def test_only_some_answers_leave_open_whether_a_request_was_carried_out() -> None:
    statuses = [200, 302, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504]
    assert [status for status in statuses if parse(status, b"").may_be_applied] == [200, 302, 408, 500, 502, 503, 504]


def test_somebody_without_an_address_is_called_what_they_are() -> None:
    error = refused(parse(403, body(403, "The caller does not have permission", "PERMISSION_DENIED")), Caller())
    assert str(error) == "The spreadsheet is not shared with your Google account."
