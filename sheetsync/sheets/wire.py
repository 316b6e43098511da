"""The way to Google: what is asked, sent, and sent again when the wire lost it.

A request that may have been carried out is sent again as the very same bytes; whether it had been, the marker in it
tells. gspread builds the requests and google-auth signs them; nothing else of gspread's is used, because its own
retries send other requests again, too, and its default is to wait for ever.
"""

import logging
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import stamina
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import AuthorizedSession
from gspread.http_client import HTTPClient, ParamsType
from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL, SPREADSHEET_URL
from requests import RequestException, Response

from sheetsync import __version__
from sheetsync.errors import CredentialsError, SheetsyncError, SheetUnavailableError
from sheetsync.sheets import answers
from sheetsync.sheets.answers import Caller, Refusal
from sheetsync.sheets.credentials import Key
from sheetsync.sheets.grid import Cells

T = TypeVar("T")
GOOGLE = "https://sheets.googleapis.com"

logging.getLogger("stamina").addHandler(logging.NullHandler())  # else Python prints every retry on the terminal


@dataclass(frozen=True, slots=True)
class Patience:
    """How long Google is waited for.

    Attributes:
        attempts: How often a request is made.
        connect: Seconds to get a connection.
        read: Seconds to get an answer; Google itself gives a request 180.
        most: Seconds between two attempts at most, the wait for the next minute's quota aside.
    """

    attempts: int = 6
    connect: float = 10.0
    read: float = 200.0
    most: float = 32.0


class RefusedError(Exception):
    """Google refused a ``batchUpdate``: because its marker is there already, or for what ``error`` says.

    Attributes:
        error: The refusal for people.
        said: Google's own words for it; never empty.
    """

    def __init__(self, error: SheetsyncError, said: str) -> None:
        super().__init__(str(error))
        self.error = error
        self.said = said or str(error)


class _AnswerError(Exception):
    """Google answered, but with no success."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"HTTP {refusal.status}")
        self.refusal = refusal


class _NotAnAnswerError(Exception):
    """A success whose body is no answer."""


class _Client(HTTPClient):
    """gspread's, led to another origin when there is one."""

    def __init__(self, key: Key, origin: str) -> None:
        session = AuthorizedSession(key.credentials, refresh_timeout=60)  # type: ignore[no-untyped-call]
        session.headers["User-Agent"] = f"sheetsync/{__version__} (gzip)"
        session.max_redirects = 0  # Google sends nobody elsewhere; whoever does is not Google
        session.trust_env = origin == GOOGLE  # what stands in for Google is not behind a proxy
        super().__init__(key.credentials, session)
        self._origin = origin

    def request(
        self,
        method: str,
        endpoint: str,
        params: ParamsType | None = None,
        data: bytes | None = None,
        json: Mapping[str, Any] | None = None,
        files: Any = None,  # noqa: ANN401 - gspread's own signature
        headers: MutableMapping[str, str] | None = None,
    ) -> Response:
        """As gspread does it, except that any body can be that of a refusal."""
        url = endpoint.replace(GOOGLE, self._origin, 1)
        answer: Response = self.session.request(
            method, url, params=params, data=data, json=json, files=files, headers=headers, timeout=self.timeout
        )
        if answer.ok:
            return answer
        raise _AnswerError(answers.parse(answer.status_code, answer.content))


class Wire:
    """One spreadsheet, as far as the network knows it.

    Args:
        spreadsheet: Its id.
        key: What opens it.
        emulator: ``host:port`` of what stands in for Google; empty for Google.
        clock: Tells the time, to wait for the next minute.
        patience: How long Google is waited for.

    Attributes:
        tabs: The titles of its tabs, for messages.
    """

    def __init__(
        self, spreadsheet: str, key: Key, *, emulator: str, clock: Callable[[], datetime], patience: Patience
    ) -> None:
        self.tabs: Sequence[str] = ()
        self._id = spreadsheet
        self._key = key
        self._clock = clock
        self._patience = patience
        self._client = _Client(key, f"http://{emulator.removeprefix('http://').rstrip('/')}" if emulator else GOOGLE)
        self._client.set_timeout((patience.connect, patience.read))

    def spreadsheet(self, fields: str) -> Mapping[str, Any]:
        """The spreadsheet without its cells.

        Args:
            fields: What of it is wanted.

        Raises:
            CredentialsError: The credentials do not open it.
            SheetError: There is none.
            SheetUnavailableError: No answer.
        """
        return self._answer(lambda: self._client.fetch_sheet_metadata(self._id, {"fields": fields}))

    def values(self, ranges: Sequence[str]) -> list[Cells]:
        """The cells of some ranges: numbers as numbers, dates as serial numbers, whatever the locale.

        Raises:
            CredentialsError: The credentials do not open the spreadsheet.
            SheetError: A range is not there.
            SheetUnavailableError: No answer.
        """
        params = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}

        def ask() -> Mapping[str, Any]:
            answer = self._client.values_batch_get(self._id, list(ranges), dict(params))
            return answer if len(answer.get("valueRanges", ())) == len(ranges) else _no_answer()

        return [found.get("values", ()) for found in self._answer(ask)["valueRanges"]]

    def update(self, body: bytes) -> None:
        """Send a ``batchUpdate``, the same bytes until there is an answer.

        Raises:
            RefusedError: HTTP 400: it was not applied now, but an earlier copy of it may have been.
            CredentialsError: The credentials do not allow it.
            SheetUnavailableError: No answer; it may or may not have been applied.
        """
        url = SPREADSHEET_BATCH_UPDATE_URL % self._id
        try:
            self._answer(lambda: self._post(url, body), writing=True)
        except SheetsyncError as error:
            cause = error.__cause__
            if isinstance(cause, _AnswerError) and cause.refusal.status == HTTPStatus.BAD_REQUEST:
                raise RefusedError(error, cause.refusal.message) from error
            raise

    def find_marker(self, marker: int) -> str | None:
        """The value of the marker with this id; None when there is none.

        Raises:
            CredentialsError: The credentials do not open the spreadsheet.
            SheetUnavailableError: No answer.
        """
        url = f"{SPREADSHEET_URL % self._id}/developerMetadata:search"
        wanted = b'{"dataFilters":[{"developerMetadataLookup":{"metadataId":%d}}]}' % marker
        found = self._answer(lambda: self._post(url, wanted)).get("matchedDeveloperMetadata", [])
        return next((str(one["developerMetadata"].get("metadataValue", "")) for one in found), None)

    def _post(self, url: str, body: bytes) -> Mapping[str, Any]:
        headers: MutableMapping[str, str] = {"Content-Type": "application/json"}
        answer: Mapping[str, Any] = self._client.request("post", url, data=body, headers=headers).json()
        return answer

    def _answer(self, ask: Callable[[], Mapping[str, Any]], *, writing: bool = False) -> Mapping[str, Any]:
        """Ask until there is an answer, and put into words when there is none."""
        caller = Caller(self._key.email, writing, self.tabs)
        tries = stamina.retry_context(
            on=self._again,
            attempts=self._patience.attempts,
            timeout=None,
            wait_initial=1.0,
            wait_max=self._patience.most,
        )
        try:
            for attempt in tries:
                with attempt:
                    answer = ask()
                    return answer if isinstance(answer, dict) else _no_answer()
        except (_AnswerError, RequestException, GoogleAuthError, _NotAnAnswerError) as error:
            raise _in_words(error, caller) from error
        raise AssertionError  # stamina returns or raises

    def _again(self, error: Exception) -> bool | float:
        """Tell stamina whether to try again: no, after its own growing wait, or after so many seconds."""
        if isinstance(error, _AnswerError):
            busy = error.refusal.is_busy
            return 61.0 - self._clock().second if busy else error.refusal.may_be_applied
        if isinstance(error, RefreshError):
            return bool(error.retryable)
        return isinstance(error, RequestException | TransportError | _NotAnAnswerError)


def _no_answer() -> Mapping[str, Any]:
    raise _NotAnAnswerError


def _in_words(error: Exception, caller: Caller) -> SheetsyncError:
    if isinstance(error, _AnswerError):
        return answers.refused(error.refusal, caller)
    if isinstance(error, RefreshError) and not error.retryable:
        return _token_refused(error, caller)
    if isinstance(error, GoogleAuthError) and not isinstance(error, TransportError | RefreshError):
        return CredentialsError("The credentials for Google cannot be used.", "Make a new key.")
    return SheetUnavailableError(
        f"Google could not be reached, or its answer broke off ({type(error).__name__}).",
        "Look whether the internet works and run sheetsync again; what was read waits in the outbox.",
    )


def _token_refused(error: RefreshError, caller: Caller) -> CredentialsError:
    """What the token endpoint said, without anything that was sent to it."""
    said = error.args[1] if len(error.args) > 1 else None
    if isinstance(said, Mapping):
        return answers.token_refused(str(said.get("error", "")), str(said.get("error_description", "")), caller)
    description = "impersonation failed" if "impersonat" in str(error.args[:1]) else ""
    return answers.token_refused("", description, caller)
