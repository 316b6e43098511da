"""Developer metadata: notes of a program on a spreadsheet, a tab, a row or a column, which people do not see.

The id is unique in the spreadsheet, the key is not: a second entry with the same key is accepted (live probes), one
with the same id is refused and takes its whole batch with it, in the words below.
"""

from typing import Any

from tests.google_double import masks
from tests.google_double.book import Book, sheet_of
from tests.google_double.errors import ApiError, JsonObject, NotModelled, Refused
from tests.google_double.ranges import stored

LOCATION_TYPES = {"ROWS": "ROW", "COLUMNS": "COLUMN"}


def create(book: Book, body: JsonObject) -> JsonObject:
    given = body.get("developerMetadata", {})
    number = given.get("metadataId") or book.new_id(book.metadata)
    if number < 1:
        raise Refused("metadataId must be positive.")
    if number in book.metadata:
        raise Refused(
            f"Cannot add developer metadata with ID [{number}] because developer metadata with that ID already exists."
        )
    for name in ("metadataKey", "visibility", "location"):
        if not given.get(name):
            raise Refused(f"developerMetadata.{name} must be specified.")
    marker = {"metadataId": number, "metadataKey": given["metadataKey"]}
    if given.get("metadataValue"):
        marker["metadataValue"] = given["metadataValue"]
    marker |= {"location": _location(book, given["location"]), "visibility": given["visibility"]}
    book.metadata[number] = marker
    book.check_metadata_room()
    return {"developerMetadata": marker}


def _location(book: Book, given: JsonObject) -> JsonObject:
    """A location with its type, which Google adds; a range must be one row or one column inside the grid."""
    place = {name: value for name, value in given.items() if name != "locationType"}
    if place == {"spreadsheet": True}:
        return {"locationType": "SPREADSHEET", "spreadsheet": True}
    if set(place) == {"sheetId"}:
        book.tab_by_id(place["sheetId"])
        return {"locationType": "SHEET", "sheetId": place["sheetId"]}
    if set(place) != {"dimensionRange"}:
        raise Refused("Exactly one location must be specified.")
    line = place["dimensionRange"]
    start, end = line.get("startIndex", 0), line.get("endIndex", 0)
    tab = book.grid_by_id(line.get("sheetId", 0))
    if end != start + 1 or line.get("dimension") not in LOCATION_TYPES or end > tab.count(line["dimension"]):
        raise Refused("Developer metadata can only be associated with a single row or column of the grid.")
    return {"locationType": LOCATION_TYPES[line["dimension"]], "dimensionRange": stored(line)}


def update(book: Book, body: JsonObject) -> JsonObject:
    tree = masks.changes(body.get("fields"), "DeveloperMetadata")
    if "metadataId" in tree or "*" in tree:
        raise Refused("The metadataId field cannot be updated.")
    found = _selected(book, body)
    given = dict(body.get("developerMetadata", {}))
    if "location" in given:
        given["location"] = _location(book, given["location"])
    for marker in found:
        masks.apply(marker, given, tree)
    book.check_metadata_room()
    return {"developerMetadata": found} if found else {}


def delete(book: Book, body: JsonObject) -> JsonObject:
    found = _selected(book, {"dataFilters": [body.get("dataFilter", {})]})
    for marker in found:
        del book.metadata[marker["metadataId"]]
    return {"deletedDeveloperMetadata": found} if found else {}


def _selected(book: Book, body: JsonObject) -> list[JsonObject]:
    filters = body.get("dataFilters", [])
    found = [marker for marker in book.metadata.values() if any(matches(book, marker, one) for one in filters)]
    if not found and book.unproved.metadata_change_without_match_is_refused:
        raise Refused("No developer metadata matches the given data filters.")
    return found


def search(book: Book, body: JsonObject) -> JsonObject:
    """developerMetadata:search; each match is given with the filters it matched (recorded by a live probe)."""
    matched = []
    for marker in book.metadata.values():
        filters = [one for one in body.get("dataFilters", []) if matches(book, marker, one)]
        if filters:
            matched.append({"developerMetadata": marker, "dataFilters": filters})
    return {"matchedDeveloperMetadata": matched} if matched else {}


def get(book: Book, number: int) -> JsonObject:
    if number not in book.metadata:
        raise ApiError(404, f"No developer metadata with ID [{number}] exists.")
    return book.metadata[number]


def matches(book: Book, marker: JsonObject, data_filter: JsonObject) -> bool:
    lookup = data_filter.get("developerMetadataLookup")
    if lookup is None:
        return _touches(book, marker, data_filter)
    for name in ("metadataId", "metadataKey", "metadataValue", "visibility"):
        if name in lookup and marker.get(name) != lookup[name]:
            return False
    if "locationType" in lookup and marker["location"]["locationType"] != lookup["locationType"]:
        return False
    return _located(marker, lookup)


def _located(marker: JsonObject, lookup: JsonObject) -> bool:
    wanted = lookup.get("metadataLocation")
    if wanted is None:
        return True
    wanted = stored({name: value for name, value in wanted.items() if name != "locationType"})
    here: dict[str, Any] = {name: value for name, value in marker["location"].items() if name != "locationType"}
    if here == wanted:
        return True
    if lookup.get("locationMatchingStrategy") == "EXACT_LOCATION":
        return False
    return bool(wanted.get("spreadsheet")) or ("sheetId" in wanted and sheet_of(marker) == wanted["sheetId"])


def _touches(book: Book, marker: JsonObject, data_filter: JsonObject) -> bool:
    """A filter by place: every piece of metadata on the tab of that place, or on its rows."""
    if "gridRange" not in data_filter:
        raise NotModelled("a data filter with an a1Range")
    tab = book.tab_by_id(data_filter["gridRange"].get("sheetId", 0))
    return sheet_of(marker) == tab.id


HANDLERS = {
    "createDeveloperMetadata": create,
    "updateDeveloperMetadata": update,
    "deleteDeveloperMetadata": delete,
}
