"""What Google says when it refuses, as our errors: a sentence for people, and the next thing to do. Pure.

Refusals of the Sheets API have the shape of google.rpc.Status, those of the token endpoint that of RFC 6749.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from sheetsync.errors import CredentialsError, SheetError, SheetsyncError, SheetUnavailableError

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
"""All that sheetsync asks for: to see and change spreadsheets."""

_LOGIN = f"gcloud auth application-default login --scopes={SCOPE},https://www.googleapis.com/auth/cloud-platform"
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 400, 401, 403, 404
_TIMEOUT, _BUSY, _SERVER = 408, 429, 500
_LATER = "Run sheetsync again later. What was read meanwhile waits in the outbox and is written first."


class Refusal(NamedTuple):
    """An answer that is not a success.

    Attributes:
        status: The HTTP status.
        message: Google's sentence; empty when the answer is not Google's JSON.
        reason: Google's word for it, like ``SERVICE_DISABLED``; empty when it gives none.
        link: An address that Google says helps.
    """

    status: int
    message: str = ""
    reason: str = ""
    link: str = ""

    @property
    def may_be_applied(self) -> bool:
        """Whether the request may have been carried out all the same."""
        return self.status == _TIMEOUT or self.status >= _SERVER or self.status < _BAD_REQUEST

    @property
    def is_busy(self) -> bool:
        """Whether the quota of the minute is used up."""
        return self.status == _BUSY


class Caller(NamedTuple):
    """Who asked for what, for a message.

    Attributes:
        email: The address that a spreadsheet is shared with; empty when it is not known.
        writing: Whether something was to be written.
        tabs: The titles of the spreadsheet's tabs, as far as they are known.
    """

    email: str = ""
    writing: bool = False
    tabs: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The address, or what to say instead."""
        return self.email or "your Google account"


def parse(status: int, body: bytes) -> Refusal:
    """Understand the body of an answer, whatever it is."""
    try:
        error = msgspec.json.decode(body)["error"]
        details = [detail for detail in error.get("details", []) if isinstance(detail, dict)]
        return Refusal(status, str(error.get("message", "")), _reason(details), _link(details))
    except (msgspec.MsgspecError, UnicodeDecodeError, AttributeError, KeyError, TypeError):
        return Refusal(status)


def _reason(details: Sequence[dict[str, Any]]) -> str:
    return next((str(detail["reason"]) for detail in details if "reason" in detail), "")


def _link(details: Sequence[dict[str, Any]]) -> str:
    metadata = [detail.get("metadata", {}).get("activationUrl") for detail in details]
    links = [link.get("url") for detail in details for link in detail.get("links", [])]
    return next((str(found) for found in metadata + links if found), "")


def refused(refusal: Refusal, caller: Caller) -> SheetsyncError:
    """The error for an answer of the Sheets API."""
    if refusal.status == _UNAUTHORIZED:
        return CredentialsError(
            f"Google does not accept the credentials of {caller.name}.",
            f"Make a new key, or log in again: {_LOGIN}",
        )
    if refusal.status == _FORBIDDEN:
        return _forbidden(refusal, caller)
    if refusal.status == _NOT_FOUND:
        return SheetError(
            "There is no spreadsheet with this id.",
            f"Copy the part of its address between /d/ and /edit again, and share it with {caller.name}.",
        )
    if refusal.is_busy:
        return SheetUnavailableError("Google's quota for this minute is used up.", f"Wait a minute. {_LATER}")
    if refusal.may_be_applied:
        return SheetUnavailableError(f"Google gave no usable answer (HTTP {refusal.status}).", _LATER)
    return _bad_request(refusal, caller)


def _forbidden(refusal: Refusal, caller: Caller) -> SheetsyncError:
    if refusal.reason == "SERVICE_DISABLED" or "has not been used in project" in refusal.message:
        return CredentialsError(
            "The Google Sheets API is not switched on in the project that the credentials belong to.",
            f"Open {refusal.link or _address(refusal.message)}, choose Enable, and wait a few minutes.",
        )
    if refusal.reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT" or "insufficient authentication scopes" in refusal.message:
        return CredentialsError(
            "These credentials were made without the right to use spreadsheets.",
            f"Make them with the scope {SCOPE}: {_LOGIN}",
        )
    if caller.writing:
        return CredentialsError(
            f"The spreadsheet is shared with {caller.name} for reading only.",
            f"Share it with {caller.name} as Editor, not as Viewer. What was read waits in the outbox.",
        )
    return CredentialsError(
        f"The spreadsheet is not shared with {caller.name}.", f"Share it with {caller.name} as Editor."
    )


def _address(message: str) -> str:
    page = "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview"
    return next((word for word in message.split() if word.startswith(page)), page)


def _bad_request(refusal: Refusal, caller: Caller) -> SheetsyncError:
    tabs = ", ".join(f"“{title}”" for title in caller.tabs)
    known: dict[str, tuple[str, str]] = {
        "Office file": (
            "This is an Excel file in Google Drive, not a Google spreadsheet.",
            "Open it, choose File > Save as Google Sheets, and use the link of the new spreadsheet.",
        ),
        "Unable to parse range": (
            f"A tab is gone or was renamed. The tabs there: {tabs or 'unknown'}.",
            "Give it its name again, or name the new one in accounts.",
        ),
        "protected cell or object": (
            "What sheetsync has to write to is protected.",
            f"Remove the protection (Data > Protect sheets and ranges), or add {caller.name} to those who may edit.",
        ),
        "10000000 cells": (
            "The spreadsheet is full: Google allows ten million cells, empty ones included.",
            "Delete empty rows and columns of big tabs, or move old rows of History to another spreadsheet.",
        ),
    }
    known["No grid with id"] = known["Unable to parse range"]
    found = next((texts for sign, texts in known.items() if sign in refusal.message), None)
    if found:
        return SheetError(*found)
    said = refusal.message[:300] or f"HTTP {refusal.status}"
    return SheetError(f"Google refused the request: {said}", "Nothing was written. Run sheetsync again.")


def token_refused(error: str, description: str, caller: Caller) -> CredentialsError:
    """The error for an answer of the token endpoint.

    Args:
        error: Its word, like ``invalid_grant``.
        description: Its sentence; may be empty.
        caller: Who asked.
    """
    said = description.casefold()
    known: dict[str, tuple[str, str]] = {
        "signature": (
            f"The key of {caller.name} was revoked, or belongs to another account.",
            "Make a new key in the Google Cloud console (IAM > Service accounts > Keys) and replace the old one.",
        ),
        "reasonable timeframe": (
            "The clock of this computer is wrong, so Google does not accept the key.",
            "Set the clock, best by the network (NTP), and run sheetsync again.",
        ),
        "account not found": (
            f"The service account {f'{caller.email} ' if caller.email else ''}was deleted.",
            "Make a new one with a new key, and share the spreadsheet with its address as Editor.",
        ),
        "expired or revoked": (
            "The login of your Google account has expired.",
            f"Log in again: {_LOGIN}",
        ),
        "impersonat": (
            f"This workload may not act as {caller.name}.",
            "Give it the role Workload Identity User there, switch on the IAM Credentials API, and id-token: write.",
        ),
    }
    found = next((texts for sign, texts in known.items() if sign in said), None)
    if found:
        return CredentialsError(*found)
    detail = ": ".join(filter(None, [error, description]))[:200] or "no reason was given"
    return CredentialsError(f"Google gives out no token for these credentials ({detail}).", "Make a new key.")
