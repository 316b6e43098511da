"""What Google answers when it refuses: the exact bodies, as recorded or as quoted by people who asked the real thing.

Sheets errors have the google.rpc shape (``code``, ``message``, ``status``, sometimes ``details``); the token endpoint
has another one, from RFC 6749.
"""

from collections.abc import Iterable
from typing import Any

JsonObject = dict[str, Any]

PROJECT = "123456789012"
"""The number of the Google Cloud project that the pretended robot belongs to."""

STATUS_OF = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}

MESSAGE_OF = {
    401: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    403: "The caller does not have permission",
    404: "Requested entity was not found.",
    408: "The request timed out.",
    500: "Internal error encountered.",
    502: "The service is currently unavailable.",
    503: "The service is currently unavailable.",
    504: "Deadline expired before operation could complete.",
}

PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)
TOO_MANY_CELLS = "This action would increase the number of cells in the workbook above the limit of 10000000 cells."
TOO_LONG = "Your input contains more than the maximum of 50000 characters in a single cell."
NO_FIELDS = "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"
METADATA_FULL = "Adding the requested developer metadata would exceed the allowed storage limit"

SPREADSHEETS_SCOPE = "https://www.googleapis.com/auth/spreadsheets"


class ApiError(Exception):
    """A refusal as it goes over the wire."""

    def __init__(self, code: int, message: str, details: Iterable[JsonObject] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = list(details)

    def body(self) -> JsonObject:
        error: JsonObject = {"code": self.code, "message": self.message, "status": STATUS_OF[self.code]}
        if self.details:
            error["details"] = self.details
        return {"error": error}


class Refused(Exception):  # noqa: N818 - what Google does, not a mistake of ours
    """A sentence about one request of a batch; the batch puts ``Invalid requests[i].kind:`` before it."""


class NotModelled(Exception):  # noqa: N818 - a gap in the double, named loudly instead of papered over
    """The real Google knows this and the double does not."""


def invalid(message: str) -> ApiError:
    return ApiError(400, message)


def plain(code: int) -> ApiError:
    """The answer without particulars for a status."""
    return ApiError(code, MESSAGE_OF[code])


def bad_field(message: str, field: str, description: str = "") -> ApiError:
    """A 400 which names the field, as for a malformed body (recorded: WorksheetTest.test_add_validation)."""
    violation = {"field": field, "description": description or message} if field else {"description": message}
    return ApiError(400, message, [{"@type": _rpc("BadRequest"), "fieldViolations": [violation]}])


def bad_mask(path: str, mask: str) -> ApiError:
    """A ``fields`` parameter that names what is not there: the cause stands only in the details."""
    sentence = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
    return bad_field("Request contains an invalid argument.", mask, sentence)


def api_disabled(project: str = PROJECT) -> ApiError:
    """The Sheets API was never switched on in the robot's project."""
    url = f"https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project={project}"
    message = (
        f"Google Sheets API has not been used in project {project} before or it is disabled. Enable it by visiting "
        f"{url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our "
        "systems and retry."
    )
    metadata = {
        "service": "sheets.googleapis.com",
        "consumer": f"projects/{project}",
        "serviceTitle": "Google Sheets API",
        "containerInfo": project,
        "activationUrl": url,
    }
    links = [{"description": "Google developers console API activation", "url": url}]
    return ApiError(403, message, [_info("SERVICE_DISABLED", metadata), {"@type": _rpc("Help"), "links": links}])


def scope_insufficient(method: str) -> ApiError:
    metadata = {"service": "sheets.googleapis.com", "method": f"google.apps.sheets.v4.SpreadsheetsService.{method}"}
    details = [_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", metadata)]
    return ApiError(403, "Request had insufficient authentication scopes.", details)


def office_file() -> ApiError:
    return invalid("This operation is not supported for this document. The document must not be an Office file.")


def quota_exceeded(kind: str = "Write", project: str = PROJECT) -> ApiError:
    """The 429 that a live probe recorded in 2026; there is no Retry-After beside it."""
    message = (
        f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per minute per user' "
        f"of service 'sheets.googleapis.com' for consumer 'project_number:{project}'."
    )
    metadata = {
        "window_start_time": "1790748960",
        "quota_metric": f"sheets.googleapis.com/{kind.lower()}_requests",
        "quota_location": "global",
        "service": "sheets.googleapis.com",
        "quota_unit": "1/min/{project}/{user}",
        "quota_limit": f"{kind}RequestsPerMinutePerUser",
        "consumer": f"projects/{project}",
        "quota_limit_value": "60",
    }
    url = "https://cloud.google.com/docs/quotas/help/request_increase"
    links = [{"description": "Request a higher quota limit.", "url": url}]
    return ApiError(429, message, [_info("RATE_LIMIT_EXCEEDED", metadata), {"@type": _rpc("Help"), "links": links}])


def html(code: int) -> str:
    """What a front end of Google says when nothing behind it answers."""
    return (
        "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n"
        '  <meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">\n'
        f"  <title>Error {code} (Server Error)!!1</title>\n"
        f"  <p><b>{code}.</b> <ins>That&#39;s an error.</ins>\n"
        "  <p>The server encountered a temporary error and could not complete your request."
        "<p>Please try again in 30 seconds.  <ins>That&#39;s all we know.</ins>\n"
    )


def _info(reason: str, metadata: JsonObject) -> JsonObject:
    return {"@type": _rpc("ErrorInfo"), "reason": reason, "domain": "googleapis.com", "metadata": metadata}


def _rpc(name: str) -> str:
    return f"type.googleapis.com/google.rpc.{name}"
