"""Requests of a batch about tabs, the spreadsheet itself and named ranges."""

from tests.google_double import masks
from tests.google_double.book import Book
from tests.google_double.cells import with_styles
from tests.google_double.errors import JsonObject, Refused
from tests.google_double.ranges import stored
from tests.google_double.tab import FROZEN, WORD, Tab


def properties_of(book: Book, tab: Tab) -> JsonObject:
    """The properties as they are given back: ``sheetId: 0`` is there, zeros and false are not (all recorded)."""
    ordered = {"sheetId": tab.id, "title": tab.title, "index": book.tabs.index(tab)}
    rest = {name: value for name, value in tab.properties.items() if name not in ordered and value is not False}
    if "gridProperties" in rest:
        rest["gridProperties"] = {name: value for name, value in rest["gridProperties"].items() if value}
    return ordered | rest


def add_sheet(book: Book, body: JsonObject) -> JsonObject:
    given = dict(with_styles(body.get("properties", {})))
    tab = book.add_tab(given, given.pop("index", None))
    _check_grid(tab)
    return {"properties": properties_of(book, tab)}


def delete_sheet(book: Book, body: JsonObject) -> None:
    book.remove_tab(book.tab_by_id(body.get("sheetId", 0)))


def update_sheet_properties(book: Book, body: JsonObject) -> None:
    """Change what the mask names; a grid that shrinks loses its cells, a new title must be free."""
    given = dict(with_styles(body.get("properties", {})))
    tree = masks.changes(body.get("fields"), "SheetProperties")
    tab = book.tab_by_id(given.get("sheetId", 0))
    title, old = tab.title, dict(tab.properties.get("gridProperties", {}))
    if "tabColor" in tree or "tabColorStyle" in tree:
        tree = tree | {"tabColor": {}, "tabColorStyle": {}}
    if "*" not in tree:
        tree = {name: branch for name, branch in tree.items() if name != "sheetId"}
    masks.apply(tab.properties, given, tree)
    tab.properties = {name: value for name, value in tab.properties.items() if value != {}}
    tab.properties |= {"sheetId": tab.properties.get("sheetId", 0), "sheetType": "GRID" if old else "OBJECT"}
    _retitle(book, tab, title)
    if old:
        _resize(book, tab, old)
    if "index" in tree or "index" in tab.properties:
        _move(book, tab, tab.properties.pop("index", 0))
    if all(other.properties.get("hidden") for other in book.tabs):
        raise Refused("You can't hide all the sheets in a document.")


def _retitle(book: Book, tab: Tab, old: str) -> None:
    new = tab.properties.get("title", "")
    tab.properties["title"] = old
    if new != old:
        if not new:
            raise Refused("The sheet name cannot be empty.")
        if new.casefold() != old.casefold():
            book.check_title(new)
        tab.properties["title"] = new


def _resize(book: Book, tab: Tab, old: JsonObject) -> None:
    """Let the grid follow its new counts. A mask of all gridProperties that gives no counts would leave none."""
    new = dict(tab.properties.get("gridProperties", {}))
    tab.properties["gridProperties"] = {**new, "rowCount": old["rowCount"], "columnCount": old["columnCount"]}
    for dimension, count in (("ROWS", "rowCount"), ("COLUMNS", "columnCount")):
        if new.get(count, 0) < 1:
            raise Refused(f"You can't delete all the {WORD[dimension]}s on the sheet.")
        if new[count] < old[count] and new[count] <= old.get(FROZEN[dimension], 0):
            raise Refused(f"Sorry, it is not possible to delete all non-frozen {WORD[dimension]}s.")
        book.resize(tab, dimension, new[count])
    _check_grid(tab)


def _check_grid(tab: Tab) -> None:
    if not tab.is_grid:
        return
    for dimension in ("ROWS", "COLUMNS"):
        if tab.count(dimension) < 1:
            raise Refused(f"You can't delete all the {WORD[dimension]}s on the sheet.")
        if tab.frozen(dimension) >= tab.count(dimension):
            raise Refused(f"You can't freeze all visible {WORD[dimension]}s on the sheet.")


def _move(book: Book, tab: Tab, index: int) -> None:
    book.tabs.remove(tab)
    book.tabs.insert(index, tab)


def update_spreadsheet_properties(book: Book, body: JsonObject) -> None:
    tree = masks.changes(body.get("fields"), "SpreadsheetProperties")
    masks.apply(book.properties, body.get("properties", {}), tree)


def add_named_range(book: Book, body: JsonObject) -> JsonObject:
    """The name must be free (exact words observed by several); so must the id (documented, words unknown)."""
    given = stored(body.get("namedRange", {}))
    if any(named["name"] == given.get("name") for named in book.named_ranges):
        raise Refused(
            f"Cannot add named range with name: {given['name']}, a named range with that name already exists."
        )
    taken = [named["namedRangeId"] for named in book.named_ranges]
    number = given.get("namedRangeId") or str(book.new_id(int(one) for one in taken if one.isdigit()))
    if number in taken:
        raise Refused(f"Cannot add named range with id: {number}, a named range with that id already exists.")
    book.grid_by_id(given.get("range", {}).get("sheetId", 0))
    named = {"namedRangeId": number, "name": given["name"], "range": given.get("range", {})}
    book.named_ranges.append(named)
    return {"namedRange": named}


def update_named_range(book: Book, body: JsonObject) -> None:
    given = stored(body.get("namedRange", {}))
    masks.apply(_named(book, given.get("namedRangeId", "")), given, masks.changes(body.get("fields"), "NamedRange"))


def delete_named_range(book: Book, body: JsonObject) -> None:
    book.named_ranges.remove(_named(book, body.get("namedRangeId", "")))


def _named(book: Book, number: str) -> JsonObject:
    for named in book.named_ranges:
        if named["namedRangeId"] == number:
            return named
    raise Refused(f"No named range with id: {number}")


HANDLERS = {
    "addSheet": add_sheet,
    "deleteSheet": delete_sheet,
    "updateSheetProperties": update_sheet_properties,
    "updateSpreadsheetProperties": update_spreadsheet_properties,
    "addNamedRange": add_named_range,
    "updateNamedRange": update_named_range,
    "deleteNamedRange": delete_named_range,
}
