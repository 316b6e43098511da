"""One spreadsheet: tabs, named ranges, developer metadata, and who may do what with it."""

import copy
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from tests.google_double import ranges
from tests.google_double.errors import METADATA_FULL, PROTECTED, TOO_MANY_CELLS, JsonObject, Refused
from tests.google_double.ranges import Rect
from tests.google_double.tab import Tab

MOST_CELLS = 10_000_000
MOST_COLUMNS = 18_278
METADATA_ROOM = 30_000
DEFAULT_GRID = {"rowCount": 1000, "columnCount": 26}

Access = Literal["editor", "viewer", "none"]


@dataclass
class Unproved:
    """What nobody has proved about the real Google; a program that is safe is safe with each of them both ways."""

    format_only_rows_are_data: bool = False
    """appendCells: whether a row with a format but no value counts as "data"."""
    metadata_change_without_match_is_refused: bool = False
    """update- and deleteDeveloperMetadata: whether it is an error when nothing matches."""


@dataclass
class Book:
    """A spreadsheet. A batch works on a `copy()`, which takes the place of the original when all of it went well."""

    id: str
    properties: JsonObject
    editor: str
    """The address of the robot that calls: what a protected range is checked against."""
    tabs: list[Tab] = field(default_factory=list)
    named_ranges: list[JsonObject] = field(default_factory=list)
    metadata: dict[int, JsonObject] = field(default_factory=dict)
    access: Access = "editor"
    office: bool = False
    unproved: Unproved = field(default_factory=Unproved)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def copy(self) -> "Book":
        return replace(
            self,
            properties=copy.deepcopy(self.properties),
            tabs=[tab.copy() for tab in self.tabs],
            named_ranges=copy.deepcopy(self.named_ranges),
            metadata=copy.deepcopy(self.metadata),
        )

    @property
    def locale(self) -> str:
        text: str = self.properties["locale"]
        return text

    def new_id(self, taken: Iterable[int] = ()) -> int:
        """A positive int32 that looks like Google's, and is the same in every run of a test."""
        used = set(taken)
        return next(number for n in self.numbers if (number := n * 1_103_515_245 % 2_147_483_629 + 1) not in used)

    def tab(self, title: str) -> Tab:
        for tab in self.tabs:
            if tab.title == title:
                return tab
        raise KeyError(title)

    def tab_by_id(self, sheet_id: int) -> Tab:
        for tab in self.tabs:
            if tab.id == sheet_id:
                return tab
        raise Refused(f"No grid with id: {sheet_id}")

    def grid_by_id(self, sheet_id: int) -> Tab:
        tab = self.tab_by_id(sheet_id)
        if not tab.is_grid:
            raise Refused(f"No grid with id: {sheet_id}")
        return tab

    def add_tab(self, properties: JsonObject, index: int | None = None) -> Tab:
        """A new tab; title and id may not be taken (texts: live probes, report section 2)."""
        title = properties.get("title") or self._free_title()
        if len(title) > 100:
            raise Refused("The sheet name cannot be greater than 100 characters.")
        self.check_title(title)
        taken = [tab.id for tab in self.tabs]
        sheet_id = properties["sheetId"] if "sheetId" in properties else self.new_id(taken)
        if sheet_id in taken:
            raise Refused(f"Sheet with id {sheet_id} already exists")
        made: JsonObject = {"sheetId": sheet_id, "title": title, "sheetType": "GRID", "gridProperties": DEFAULT_GRID}
        made |= {name: value for name, value in properties.items() if name not in {"sheetId", "title", "index"}}
        if made["sheetType"] == "GRID":
            made["gridProperties"] = DEFAULT_GRID | made["gridProperties"]
        else:
            del made["gridProperties"]
        tab = Tab(copy.deepcopy(made))
        self.tabs.insert(len(self.tabs) if index is None else index, tab)
        self.check_size()
        return tab

    def _free_title(self) -> str:
        titles = {tab.title for tab in self.tabs}
        return next(title for n in itertools.count(len(titles) + 1) if (title := f"Sheet{n}") not in titles)

    def check_title(self, title: str) -> None:
        if any(tab.title.casefold() == title.casefold() for tab in self.tabs):
            raise Refused(f'A sheet with the name "{title}" already exists. Please enter another name.')

    def check_size(self) -> None:
        """The ceiling counts the grid, not the filled cells."""
        if sum(tab.row_count * tab.column_count for tab in self.tabs) > MOST_CELLS:
            raise Refused(TOO_MANY_CELLS)
        if any(tab.column_count > MOST_COLUMNS for tab in self.tabs):
            raise Refused(f"This action would increase the number of columns above the limit of {MOST_COLUMNS}.")

    def insert(self, tab: Tab, dimension: str, at: int, count: int, *, inherit: bool = False) -> None:
        tab.insert(dimension, at, count, inherit=inherit)
        self._shift(tab, dimension, at, count)
        self.check_size()

    def delete(self, tab: Tab, dimension: str, start: int, end: int) -> None:
        """Rows or columns go, and developer metadata on them goes without a word (live probe)."""
        tab.delete(dimension, start, end)
        self._shift(tab, dimension, start, start - end)

    def resize(self, tab: Tab, dimension: str, count: int) -> None:
        before = tab.count(dimension)
        tab.resize(dimension, count)
        if count < before:
            self._shift(tab, dimension, count, count - before)
        self.check_size()

    def _shift(self, tab: Tab, dimension: str, at: int, count: int) -> None:
        where = (tab.id, dimension, at, count)
        self.named_ranges = ranges.shifted(self.named_ranges, *where)
        self.metadata = {
            number: moved
            for number, marker in self.metadata.items()
            if (moved := ranges.shifted(marker, *where)) is not None
        }
        for other in self.tabs:
            if other is not tab:
                other.charts = ranges.shifted(other.charts, *where)

    def sort(self, tab: Tab, rect: Rect, specs: list[tuple[int, bool]]) -> None:
        """Sort rows; metadata on a row goes where the row goes."""
        order = tab.sort(rect, specs)
        new_place = {old: new for new, old in enumerate(order, start=rect.top)}
        for marker in self.metadata.values():
            place = marker["location"].get("dimensionRange")
            if place and place["dimension"] == "ROWS" and place.get("sheetId", 0) == tab.id:
                row = new_place.get(place["startIndex"], place["startIndex"])
                place |= {"startIndex": row, "endIndex": row + 1}

    def remove_tab(self, tab: Tab) -> None:
        if len(self.tabs) == 1:
            raise Refused("You can't remove all the sheets in a document.")
        if all(other is tab or other.properties.get("hidden") for other in self.tabs):
            raise Refused("You can't remove all the visible sheets in a document.")
        self.tabs.remove(tab)
        self.metadata = {n: marker for n, marker in self.metadata.items() if sheet_of(marker) != tab.id}
        self.named_ranges = [named for named in self.named_ranges if named["range"].get("sheetId", 0) != tab.id]

    def check_protection(self, tab: Tab, rect: Rect) -> None:
        """A protected range shuts out whoever is not among its editors; one that only warns shuts out nobody."""
        for protection in tab.protected:
            if protection.get("warningOnly") or self.editor in protection.get("editors", {}).get("users", []):
                continue
            if not rect.meets(bounded(tab, protection.get("range", {}))):
                continue
            free = [bounded(tab, place) for place in protection.get("unprotectedRanges", [])]
            if not any(place.holds(rect) for place in free):
                raise Refused(PROTECTED)

    def check_metadata_room(self) -> None:
        """30,000 characters of keys and values on the spreadsheet itself, and as many on each tab."""
        used: dict[int | None, int] = {}
        for marker in self.metadata.values():
            place = sheet_of(marker)
            size = len(marker["metadataKey"]) + len(marker.get("metadataValue", ""))
            used[place] = used.get(place, 0) + size
        if any(size > METADATA_ROOM for size in used.values()):
            raise Refused(METADATA_FULL)


def sheet_of(marker: JsonObject) -> int | None:
    """The tab a piece of metadata is on; None for the spreadsheet as a whole."""
    location = marker["location"]
    if "dimensionRange" in location:
        number: int = location["dimensionRange"].get("sheetId", 0)
        return number
    on_tab: int | None = location.get("sheetId")
    return on_tab


def bounded(tab: Tab, place: JsonObject) -> Rect:
    """A GridRange on this tab as a rectangle inside the grid."""
    bottom = min(place.get("endRowIndex", tab.row_count), tab.row_count)
    right = min(place.get("endColumnIndex", tab.column_count), tab.column_count)
    return Rect(place.get("startRowIndex", 0), place.get("startColumnIndex", 0), bottom, right)
