"""spreadsheets.batchUpdate: all requests in order on a copy, which is kept only when every one of them went well.

"If any request is not valid then the entire request will fail and nothing will be applied" (reference, and confirmed by
a live probe across two tabs). The refusal names the request: ``Invalid requests[2].updateCells: No grid with id: 7``.
"""

from collections.abc import Callable

from tests.google_double import batch_cells, batch_metadata, batch_objects, batch_tabs
from tests.google_double.book import Book
from tests.google_double.errors import JsonObject, NotModelled, Refused, invalid

Handler = Callable[[Book, JsonObject], JsonObject | None]

HANDLERS: dict[str, Handler] = {
    **batch_cells.HANDLERS,
    **batch_metadata.HANDLERS,
    **batch_objects.HANDLERS,
    **batch_tabs.HANDLERS,
}


def run(book: Book, requests: list[JsonObject]) -> tuple[Book, list[JsonObject]]:
    """The spreadsheet after a batch, and the replies; raises and changes nothing when one request is refused."""
    if not requests:
        raise invalid("Must specify at least one request.")
    changed = book.copy()
    return changed, [_one(changed, index, request) for index, request in enumerate(requests)]


def _one(book: Book, index: int, request: JsonObject) -> JsonObject:
    if not request:
        raise invalid(f"Invalid requests[{index}]: No request set.")
    kind, body = next(iter(request.items()))
    if kind not in HANDLERS:
        raise NotModelled(kind)
    try:
        reply = HANDLERS[kind](book, body)
    except Refused as refusal:
        raise invalid(f"Invalid requests[{index}].{kind}: {refusal}") from None
    return {} if reply is None else {kind: reply}
