"""Which method of the API a request is, whether it fits its description, and what it comes to."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.google_double import a1, batch, batch_metadata, masks, resource, schema, values
from tests.google_double.book import Book
from tests.google_double.errors import JsonObject, invalid, plain
from tests.google_double.values import Rendering

_ROUTES = (
    ("POST", r"", ":batchUpdate", "spreadsheets.batchUpdate"),
    ("GET", r"/values:batchGet", "", "spreadsheets.values.batchGet"),
    ("POST", r"/values", ":batchUpdate", "spreadsheets.values.batchUpdate"),
    ("POST", r"/values", ":batchClear", "spreadsheets.values.batchClear"),
    ("POST", r"/values/(?P<range>.+)", ":append", "spreadsheets.values.append"),
    ("POST", r"/values/(?P<range>.+)", ":clear", "spreadsheets.values.clear"),
    ("PUT", r"/values/(?P<range>.+)", "", "spreadsheets.values.update"),
    ("GET", r"/values/(?P<range>.+)", "", "spreadsheets.values.get"),
    ("POST", r"/developerMetadata", ":search", "spreadsheets.developerMetadata.search"),
    ("GET", r"/developerMetadata/(?P<metadata>\d+)", "", "spreadsheets.developerMetadata.get"),
    ("GET", r"", "", "spreadsheets.get"),
)
READS = {"spreadsheets.developerMetadata.search"}
"""Methods that only read although they are POSTs."""


@dataclass
class Request:
    """One request of the Sheets API, taken apart."""

    verb: str
    target: str
    body: bytes = b""
    authorization: str | None = None
    method: str = ""
    spreadsheet_id: str = ""
    range: str = ""
    metadata_id: int = 0
    query: dict[str, list[str]] = field(default_factory=dict)
    json: Any = None

    def __post_init__(self) -> None:
        split = urlsplit(self.target)
        self.query = parse_qs(split.query, keep_blank_values=True)
        for verb, path, action, name in _ROUTES:
            found = re.fullmatch(rf"/v4/spreadsheets/(?P<id>[^/:]+){path}{re.escape(action)}", split.path)
            if found and verb == self.verb:
                groups = found.groupdict()
                self.method, self.spreadsheet_id = name, groups["id"]
                self.range, self.metadata_id = unquote(groups.get("range", "")), int(groups.get("metadata", 0))
                break
        self.json = _read(self.body)

    @property
    def writes(self) -> bool:
        return self.verb != "GET" and self.method not in READS

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of request in a batch, in order."""
        if self.method != "spreadsheets.batchUpdate" or not isinstance(self.json, dict):
            return ()
        requests = self.json.get("requests")
        listed = requests if isinstance(requests, list) else []
        return tuple(next(iter(one), "") for one in listed if isinstance(one, dict))

    def one(self, name: str, default: str | None = None) -> str | None:
        return self.query.get(name, [default])[-1]

    def check(self) -> None:
        """Hold the request against the discovery document, as Google does before it looks at any spreadsheet."""
        if not self.method:
            raise plain(404)
        if self.body and self.json is None:
            seen = self.body[:20].decode(errors="replace")
            raise invalid(f"Invalid JSON payload received. Unexpected token.\n{seen}\n^")
        schema.check_parameters(self.query, self.method)
        if self.verb != "GET":
            self.json = schema.without_nulls(self.json if self.json is not None else {})
            schema.check_body(self.json, self.method)


def _read(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None


def carry_out(request: Request, book: Book) -> tuple[Book, JsonObject]:
    """The spreadsheet afterwards and the reply, under the mask that was asked for."""
    work = book.copy() if request.writes and request.method != "spreadsheets.batchUpdate" else book
    name = schema.method(request.method)["response"]["$ref"]
    tree = masks.wanted(request.one("fields"), name)
    if request.method == "spreadsheets.get":
        return work, _spreadsheet(work, request, tree)
    if request.method == "spreadsheets.batchUpdate":
        work, reply = _batch(work, request, tree)
    else:
        reply = _METHODS[request.method](work, request)
    found: JsonObject = masks.project(reply, tree)
    return work, found


def _spreadsheet(book: Book, request: Request, tree: masks.Tree) -> JsonObject:
    areas = [a1.parse(text, book) for text in request.query.get("ranges", [])]
    grid = not tree and masks.boolean(request.one("includeGridData"))
    return resource.spreadsheet(book, tree, areas, grid=grid)


def _batch(book: Book, request: Request, tree: masks.Tree) -> tuple[Book, JsonObject]:
    body = request.json
    changed, replies = batch.run(book, body.get("requests", []))
    reply: JsonObject = {"spreadsheetId": book.id, "replies": replies}
    if body.get("includeSpreadsheetInResponse"):
        areas = [a1.parse(text, changed) for text in body.get("responseRanges", [])]
        branch = tree.get("updatedSpreadsheet", {})
        grid = body.get("responseIncludeGridData", False)
        reply["updatedSpreadsheet"] = resource.spreadsheet(changed, branch, areas, grid=grid)
    return changed, reply | {"commentUpdateState": "NO_UPDATES_REQUESTED"}


def _rendering(request: Request) -> Rendering:
    return Rendering(
        request.one("valueRenderOption") or "FORMATTED_VALUE",
        request.one("dateTimeRenderOption") or "SERIAL_NUMBER",
        request.one("majorDimension") or "ROWS",
    )


_METHODS: dict[str, Callable[[Book, Request], JsonObject]] = {
    "spreadsheets.values.get": lambda book, request: values.get(book, request.range, _rendering(request)),
    "spreadsheets.values.batchGet": lambda book, request: values.batch_get(
        book, request.query.get("ranges", []), _rendering(request)
    ),
    "spreadsheets.values.update": lambda book, request: values.update(
        book, request.range, request.json, request.one("valueInputOption")
    ),
    "spreadsheets.values.append": lambda book, request: values.append(
        book, request.range, request.json, request.one("valueInputOption"), request.one("insertDataOption")
    ),
    "spreadsheets.values.clear": lambda book, request: values.clear(book, request.range),
    "spreadsheets.values.batchUpdate": lambda book, request: values.batch_update(book, request.json),
    "spreadsheets.values.batchClear": lambda book, request: values.batch_clear(book, request.json),
    "spreadsheets.developerMetadata.search": lambda book, request: batch_metadata.search(book, request.json),
    "spreadsheets.developerMetadata.get": lambda book, request: batch_metadata.get(book, request.metadata_id),
}
