"""Who may call: tokens, scopes, sharing, and the words for each way to be shut out."""

from collections.abc import Iterator, Mapping
from typing import Any

import gspread
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.exceptions import RefreshError
from gspread.exceptions import APIError, SpreadsheetNotFound

from tests.google_double import Google, oauth
from tests.google_double.conftest import client_of

CLOCK = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


@pytest.fixture
def spreadsheet(google: Google) -> str:
    return google.new_spreadsheet(tabs={"T": [["x"]]})


@pytest.fixture
def opened() -> Iterator[list[gspread.Client]]:
    clients: list[gspread.Client] = []
    yield clients
    for client in clients:
        client.http_client.session.close()


def error_of(call: Any, *args: Any) -> Mapping[str, Any]:
    with pytest.raises(APIError) as error:
        call(*args)
    assert error.value.response.status_code == error.value.error["code"]
    return error.value.error


def test_a_token_is_asked_for_once_and_used(google: Google, client: gspread.Client, spreadsheet: str) -> None:
    sheet = client.open_by_key(spreadsheet)
    assert sheet.sheet1.get_all_values() == [["x"]]
    assert google.tokens.requests == 1
    assert {call.request.authorization for call in google.calls} == {"Bearer access-token-of-the-double-1"}


def test_a_revoked_token_is_asked_for_again(google: Google, client: gspread.Client, spreadsheet: str) -> None:
    sheet = client.open_by_key(spreadsheet)
    google.tokens.revoke()
    sheet.values_clear("T!A1")
    assert [call.status for call in google.calls] == [200, 401, 200]
    assert google.tokens.requests == 2


def test_a_token_ends(google: Google, spreadsheet: str) -> None:
    now = [1_790_000_000.0]
    google.tokens.clock = lambda: now[0]
    google.tokens.required = True
    google.tokens.known["t"] = (now[0] + 10, "")
    url = f"{google.origin}/v4/spreadsheets/{spreadsheet}"

    def ask() -> int:
        return requests.get(url, headers={"Authorization": "Bearer t"}, timeout=10).status_code

    assert ask() == 200
    now[0] += 10
    assert ask() == 401


def test_without_a_token_only_when_none_is_required(google: Google, spreadsheet: str) -> None:
    url = f"{google.origin}/v4/spreadsheets/{spreadsheet}"
    assert requests.get(url, timeout=10).ok
    google.tokens.required = True
    body = requests.get(url, timeout=10).json()["error"]
    assert (body["code"], body["status"]) == (401, "UNAUTHENTICATED")
    assert body["message"].startswith("Request had invalid authentication credentials.")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (oauth.WRONG_KEY, "invalid_grant: Invalid JWT Signature."),
        (oauth.WRONG_CLOCK, f"invalid_grant: {CLOCK}"),
        (oauth.NO_ACCOUNT, "invalid_grant: Invalid grant: account not found"),
    ],
)
def test_no_token_is_given(
    google: Google, client: gspread.Client, spreadsheet: str, answer: oauth.Answer, said: str
) -> None:
    google.tokens.always = answer
    with pytest.raises(RefreshError) as error:
        client.open_by_key(spreadsheet)
    assert error.value.args[0] == said
    assert not error.value.retryable
    assert google.calls == []


def test_a_token_endpoint_that_is_down_is_asked_three_times(
    google: Google, client: gspread.Client, spreadsheet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda _: None)
    google.tokens.always = oauth.OUT_OF_ORDER
    with pytest.raises(RefreshError) as error:
        client.open_by_key(spreadsheet)
    assert error.value.retryable
    assert google.tokens.requests == 3
    google.tokens.always, google.tokens.answers = None, [oauth.OUT_OF_ORDER]
    assert client.open_by_key(spreadsheet).title


def test_the_statement_of_a_robot_is_really_checked(
    google: Google, spreadsheet: str, opened: list[gspread.Client]
) -> None:
    other = oauth.pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    for change, said in (
        ({"private_key": other}, "Invalid JWT Signature"),
        ({"client_email": "deleted@example.com"}, "account not found"),
    ):
        opened.append(client_of(google, google.credentials() | change))
        with pytest.raises(RefreshError, match=said):
            opened[-1].open_by_key(spreadsheet)
    real = google.tokens.clock
    google.tokens.clock = lambda: real() + 7200
    opened.append(client_of(google))
    with pytest.raises(RefreshError, match="short-lived token"):
        opened[-1].open_by_key(spreadsheet)


def test_a_scope_that_is_too_narrow(google: Google, spreadsheet: str, opened: list[gspread.Client]) -> None:
    opened.append(client_of(google, scope="https://www.googleapis.com/auth/drive.metadata.readonly"))
    with pytest.raises(PermissionError) as refusal:
        opened[0].open_by_key(spreadsheet)
    cause = refusal.value.__cause__
    assert isinstance(cause, APIError)
    assert cause.error["message"] == "Request had insufficient authentication scopes."
    assert cause.error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_not_shared_viewer_and_editor(google: Google, client: gspread.Client, spreadsheet: str) -> None:
    google.share(spreadsheet, "none")
    with pytest.raises(PermissionError):
        client.open_by_key(spreadsheet)
    google.share(spreadsheet, "viewer")
    sheet = client.open_by_key(spreadsheet)
    assert error_of(sheet.values_clear, "T!A1") == {
        "code": 403,
        "message": "The caller does not have permission",
        "status": "PERMISSION_DENIED",
    }
    google.share(spreadsheet, "editor")
    sheet.values_clear("T!A1")
    assert google.people(spreadsheet).values("T") == []


def test_an_unknown_id(client: gspread.Client) -> None:
    with pytest.raises(SpreadsheetNotFound) as error:
        client.open_by_key("nothing")
    assert isinstance(error.value.__cause__, APIError)
    assert error.value.__cause__.error == {
        "code": 404,
        "message": "Requested entity was not found.",
        "status": "NOT_FOUND",
    }


def test_an_office_file(google: Google, client: gspread.Client, spreadsheet: str) -> None:
    google.book(spreadsheet).office = True
    assert error_of(client.open_by_key, spreadsheet)["message"] == (
        "This operation is not supported for this document. The document must not be an Office file."
    )


def test_an_api_that_was_never_switched_on(google: Google, client: gspread.Client, spreadsheet: str) -> None:
    google.api_enabled = False
    with pytest.raises(PermissionError) as refusal:
        client.open_by_key(spreadsheet)
    assert isinstance(refusal.value.__cause__, APIError)
    error = refusal.value.__cause__.error
    url = "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=123456789012"
    assert error["message"].startswith(
        "Google Sheets API has not been used in project 123456789012 before or it is disabled. "
        f"Enable it by visiting {url} then retry."
    )
    assert error["details"][0]["reason"] == "SERVICE_DISABLED"
    assert error["details"][0]["metadata"]["activationUrl"] == url
    assert error["details"][1]["links"][0]["url"] == url
