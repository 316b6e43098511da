"""A spreadsheet as spreadsheets.get gives it back, in the order and with the omissions of the recordings."""

from typing import Any

from tests.google_double import masks
from tests.google_double.a1 import Area
from tests.google_double.batch_tabs import properties_of
from tests.google_double.book import Book
from tests.google_double.cells import Cell, Content, Formula, cell_of, to_extended
from tests.google_double.errors import JsonObject
from tests.google_double.formats import calculated, shown
from tests.google_double.ranges import Rect
from tests.google_double.tab import Tab

_WHITE = {"red": 1, "green": 1, "blue": 1}

DEFAULT_FORMAT: JsonObject = {
    "backgroundColor": _WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": _WHITE},
}

_THEME = {
    "TEXT": (0, 0, 0),
    "BACKGROUND": (1, 1, 1),
    "ACCENT1": (0.25882354, 0.52156866, 0.95686275),
    "ACCENT2": (0.91764706, 0.2627451, 0.20784314),
    "ACCENT3": (0.9843137, 0.7372549, 0.015686275),
    "ACCENT4": (0.20392157, 0.65882355, 0.3254902),
    "ACCENT5": (1, 0.42745098, 0.003921569),
    "ACCENT6": (0.27450982, 0.7411765, 0.7764706),
    "LINK": (0.06666667, 0.33333334, 0.8),
}

PIXELS = {"ROWS": 21, "COLUMNS": 100}


def _theme_colors() -> list[JsonObject]:
    named = {kind: zip(("red", "green", "blue"), parts, strict=True) for kind, parts in _THEME.items()}
    return [
        {"colorType": kind, "color": {"rgbColor": {name: share for name, share in parts if share}}}
        for kind, parts in named.items()
    ]


def new_properties(title: str, locale: str, timezone: str) -> JsonObject:
    return {
        "title": title,
        "locale": locale,
        "autoRecalc": "ON_CHANGE",
        "timeZone": timezone,
        "defaultFormat": DEFAULT_FORMAT,
        "spreadsheetTheme": {"primaryFontFamily": "Arial", "themeColors": _theme_colors()},
    }


def spreadsheet(book: Book, tree: masks.Tree, areas: list[Area], *, grid: bool) -> JsonObject:
    """The resource under a mask. Cells are in it only when asked for, by the mask or by ``includeGridData``."""
    tabs = [tab for tab in book.tabs if not areas or any(area.tab is tab for area in areas)]
    branch = tree.get("sheets", {})
    whole: JsonObject = {
        "spreadsheetId": book.id,
        "properties": book.properties,
        "sheets": [_sheet(book, tab, branch, areas, grid=grid) for tab in tabs],
        "namedRanges": book.named_ranges,
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
        "developerMetadata": _metadata(book, None),
    }
    found: JsonObject = masks.project({name: value for name, value in whole.items() if value}, tree)
    return found


def _metadata(book: Book, sheet_id: int | None) -> list[JsonObject]:
    place = {"spreadsheet": True} if sheet_id is None else {"sheetId": sheet_id}
    return [marker for marker in book.metadata.values() if place.items() <= marker["location"].items()]


def _sheet(book: Book, tab: Tab, tree: masks.Tree, areas: list[Area], *, grid: bool) -> JsonObject:
    made: JsonObject = {"properties": properties_of(book, tab)}
    if (grid or "data" in tree) and tab.is_grid:
        rects = [area.rect() for area in areas if area.tab is tab] or [tab.grid()]
        made["data"] = [_data(book, tab, rect, tree.get("data", {})) for rect in rects]
    lists = {
        "merges": tab.merges,
        "conditionalFormats": tab.conditional_formats,
        "protectedRanges": tab.protected,
        "basicFilter": tab.basic_filter,
        "charts": tab.charts,
        "developerMetadata": _metadata(book, tab.id),
        "tables": tab.tables,
    }
    return made | {name: value for name, value in lists.items() if value}


def _data(book: Book, tab: Tab, rect: Rect, tree: masks.Tree) -> JsonObject:
    made: JsonObject = {}
    if rect.top:
        made["startRow"] = rect.top
    if rect.left:
        made["startColumn"] = rect.left
    rows = [_row(book, tab, row, rect) for row in range(rect.top, min(rect.bottom, len(tab.rows)))]
    while rows and not rows[-1]:
        rows.pop()
    if rows:
        made["rowData"] = rows
    if not tree or "rowMetadata" in tree:
        made["rowMetadata"] = _lines(tab, "ROWS", rect.top, rect.bottom)
    if not tree or "columnMetadata" in tree:
        made["columnMetadata"] = _lines(tab, "COLUMNS", rect.left, rect.right)
    return made


def _row(book: Book, tab: Tab, row: int, rect: Rect) -> JsonObject:
    values = [cell_data(tab.cell(row, column), book.locale) for column in range(rect.left, rect.right)]
    while values and not values[-1]:
        values.pop()
    return {"values": values} if values else {}


def _lines(tab: Tab, dimension: str, start: int, end: int) -> list[JsonObject]:
    known = tab.dimensions[dimension]
    return [{"pixelSize": PIXELS[dimension], **known.get(index, {})} for index in range(start, end)]


def cell_data(content: Content, locale: str) -> JsonObject:
    """One cell as CellData."""
    if content is None:
        return {}
    cell = cell_of(content)
    made: JsonObject = {}
    if cell.value is not None:
        made |= _valued(cell, locale)
    if cell.format:
        made |= {"userEnteredFormat": cell.format, "effectiveFormat": _laid_over(DEFAULT_FORMAT, cell.format)}
    if cell.note:
        made["note"] = cell.note
    if cell.validation:
        made["dataValidation"] = cell.validation
    return made


def _valued(cell: Cell, locale: str) -> JsonObject:
    made = {"userEnteredValue": to_extended(cell.value)}
    value = calculated(cell.value)
    if value is None or isinstance(value, Formula):
        return made
    text = shown(value, (cell.format or {}).get("numberFormat", {}), locale)
    return made | {"effectiveValue": to_extended(value), "formattedValue": text}


def _laid_over(under: JsonObject, over: JsonObject) -> JsonObject:
    made: dict[str, Any] = dict(under)
    for name, value in over.items():
        both = isinstance(value, dict) and isinstance(under.get(name), dict) and not name.endswith("Style")
        made[name] = _laid_over(under[name], value) if both and "olor" not in name else value
    return made
