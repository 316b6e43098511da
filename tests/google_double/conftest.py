from collections.abc import Iterator
from typing import Any

import gspread
import pytest
from google.oauth2 import service_account

from tests import google_double
from tests.google_double import Google
from tests.google_double.errors import SPREADSHEETS_SCOPE


def client_of(google: Google, info: dict[str, Any] | None = None, scope: str = SPREADSHEETS_SCOPE) -> gspread.Client:
    """The real gspread on the real google-auth, sent to the double: the seam is the address, nothing else."""

    class Loopback(gspread.HTTPClient):
        def request(self, method: str, endpoint: str, *rest: Any, **named: Any) -> Any:
            ours = endpoint.replace("https://sheets.googleapis.com", google.origin)
            return super().request(method, ours, *rest, **named)

    robot: Any = service_account.Credentials
    signed = robot.from_service_account_info(info or google.credentials(), scopes=[scope])
    client = gspread.Client(auth=signed, http_client=Loopback)
    client.set_timeout(10)
    return client


@pytest.fixture
def google() -> Iterator[Google]:
    with google_double.serve() as served:
        yield served


@pytest.fixture
def client(google: Google) -> Iterator[gspread.Client]:
    google.tokens.required = True
    made = client_of(google)
    yield made
    made.http_client.session.close()
