"""A Google spreadsheet as ``spreadsheets.get`` tells it: its tabs, its markers, and what would keep rows out. Pure.

Where a docstring says "Google", it is the Sheets API v4: https://developers.google.com/workspace/sheets/api/reference/rest
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from sheetsync.errors import SheetError, SheetUnavailableError

MARKER_KEY = "sheetsync.commit"
MARKER_BASE = 1_735_000_000
"""A commit makes a marker whose id is this plus its revision; Google wants a positive 32-bit number."""

DATES_KEY = "sheetsync.dates"
"""Names a column whose numbers are dates: unformatted, the serial of a date looks like any number."""

FIELDS = (
    "properties(title,timeZone),developerMetadata(metadataId,metadataKey,metadataValue),"
    "sheets(properties(sheetId,title,gridProperties(rowCount,columnCount)),basicFilter(range),tables(tableId,name),"
    "protectedRanges(range,unprotectedRanges,requestingUserCanEdit,warningOnly))"
)
"""What one ``spreadsheets.get`` is asked for; nothing of it grows with the number of rows."""

MOST_CELLS = 10_000_000
"""Of a spreadsheet, counted on the grids, empty cells too: https://support.google.com/drive/answer/37603"""
MOST_COLUMNS = 18_278
"""Of a tab: ZZZ."""

_ID = re.compile(r"[A-Za-z0-9_-]{20,}")
_LINK = re.compile(r"https?://docs\.google\.com/spreadsheets/(?:u/\d+/)?d/(?P<id>[A-Za-z0-9_-]{20,})(?:[/?#]|$)")
_GID = re.compile(r"[#?&]gid=(\d+)")
_PLACE = re.compile(r"(?:'(?P<quoted>(?:[^']|'')+)'|(?P<bare>[^'!]+))(?:!\$?(?P<letters>[A-Za-z]{1,3})(?P<rest>\S*))?")
_COLUMN = re.compile(r"\$?\d*(?::\$?(?P<letters>[A-Za-z]{1,3})\$?\d*)?")
_OFFSET = re.compile(r"(?:GMT|UTC)([+-])(\d{1,2}):?(\d{2})?")
_UTC = frozenset({"UTC", "GMT", "Etc/UTC", "Etc/GMT", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "Zulu"})


class Target(NamedTuple):
    """What a person's link or id leads to.

    Attributes:
        id: Of the spreadsheet.
        gid: Of the tab that the link opens; None when it opens none.
    """

    id: str
    gid: int | None = None


def find_target(text: str) -> Target:
    """Read the address of a spreadsheet, as a browser shows it, or its bare id.

    Raises:
        SheetError: It leads to no spreadsheet.
    """
    text = text.strip()
    if "/d/e/" in text:
        raise SheetError(
            "This is the link of a published copy, which nobody can write to.",
            "Open the spreadsheet itself and copy the address from the browser.",
        )
    link = _LINK.match(text)
    if not link and not _ID.fullmatch(text):
        raise SheetError(
            f"{text} is not the link of a Google spreadsheet.",
            "Copy it from the browser: https://docs.google.com/spreadsheets/d/…/edit",
        )
    gid = _GID.search(text)
    return Target(link["id"] if link else text, int(gid[1]) if link and gid else None)


class Place(NamedTuple):
    """Where people type.

    Attributes:
        tab: The title of the tab.
        column: The index from 0 of the column of handles; None for the one under the header ``account``.
    """

    tab: str
    column: int | None = None


def find_place(text: str) -> Place:
    """Read the ``accounts`` setting: ``Accounts``, ``Influencers!B``, ``'My tab'!B``, ``Influencers!B2:B``.

    Raises:
        SheetError: It names no tab and column.
    """
    found = _PLACE.fullmatch(text.strip())
    rest = _COLUMN.fullmatch(found["rest"] or "") if found else None
    if not found or not rest or (rest["letters"] or found["letters"] or "").upper() != (found["letters"] or "").upper():
        raise SheetError(
            f"accounts = “{text}” names no column.", "Write the tab and the letter of one column: “Influencers!B”."
        )
    tab = found["quoted"].replace("''", "'") if found["quoted"] else found["bare"].strip()
    return Place(tab, index(found["letters"]) if found["letters"] else None)


def index(letters: str) -> int:
    """The index from 0 of a column: A is 0, AA is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def letters(index: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    text = ""
    while index >= 0:
        index, digit = index // 26 - 1, index % 26
        text = chr(ord("A") + digit) + text
    return text


def quoted(title: str) -> str:
    """The title of a tab as it must stand in a range."""
    return "'" + title.replace("'", "''") + "'"


def zone(name: str) -> tzinfo:
    """The time zone of a spreadsheet: a CLDR name, or ``GMT-07:00`` when Google does not know a better one.

    Raises:
        SheetError: It is no time zone.
    """
    if name in _UTC:
        return UTC
    if offset := _OFFSET.fullmatch(name):
        length = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-length if offset[1] == "-" else length)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SheetError(
            f"The spreadsheet's time zone, “{name}”, is not known here.", "Choose another in File > Settings."
        ) from error


# Parts of Google's answer; what has its default, like the id of the first tab, is left out of it.


class _Grid(msgspec.Struct, frozen=True, rename="camel"):
    row_count: int = 0
    column_count: int = 0


class _TabProperties(msgspec.Struct, frozen=True, rename="camel"):
    sheet_id: int = 0
    title: str = ""
    grid_properties: _Grid = _Grid()


class _Range(msgspec.Struct, frozen=True, rename="camel"):
    start_row_index: int = 0
    end_row_index: int | None = None
    start_column_index: int = 0
    end_column_index: int | None = None

    def meets(self, columns: Collection[int], first_row: int, end_row: int | None) -> bool:
        """Whether a cell of these columns and rows (from 0, the last left out; None: without end) is in it."""
        rows = end_row is None or self.start_row_index < end_row
        rows = rows and (self.end_row_index is None or self.end_row_index > first_row)
        last = MOST_COLUMNS if self.end_column_index is None else self.end_column_index
        return rows and any(self.start_column_index <= column < last for column in columns)


class _Protected(msgspec.Struct, frozen=True, rename="camel"):
    range: _Range = _Range()
    unprotected_ranges: list[_Range] = []
    requesting_user_can_edit: bool = False
    warning_only: bool = False


class _Metadata(msgspec.Struct, frozen=True, rename="camel"):
    metadata_id: int = 0
    metadata_key: str = ""
    metadata_value: str = ""


class _Properties(msgspec.Struct, frozen=True, rename="camel"):
    title: str = ""
    time_zone: str = "Etc/GMT"


class Tab(msgspec.Struct, frozen=True, rename="camel"):
    """A tab of a spreadsheet."""

    properties: _TabProperties = _TabProperties()
    basic_filter: dict[str, Any] | None = None
    tables: list[dict[str, Any]] = []
    protected_ranges: list[_Protected] = []

    @property
    def id(self) -> int:
        """Its number, which stays when people rename it."""
        return self.properties.sheet_id

    @property
    def title(self) -> str:
        """What people call it."""
        return self.properties.title

    @property
    def lines(self) -> int:
        """How many lines its grid has, empty ones and the header included."""
        return self.properties.grid_properties.row_count

    @property
    def width(self) -> int:
        """How many columns its grid has."""
        return self.properties.grid_properties.column_count

    def shuts_out(self, columns: Collection[int], first_row: int, end_row: int | None = None) -> bool:
        """Whether a protection keeps us from writing to some of these cells; rows count from 0."""
        return any(
            one.range.meets(columns, first_row, end_row)
            for one in self.protected_ranges
            if not (one.warning_only or one.requesting_user_can_edit or one.unprotected_ranges)
        )

    def refuse_to_append(self) -> None:
        """Make sure that rows put below the last one arrive, and are seen.

        Raises:
            SheetError: A native table does not take them in, a filter is not known to, or a protection forbids it.
        """
        if self.tables:
            raise SheetError(
                f"{self.title} holds a native table, and Google does not put new rows into it.",
                "Open the menu beside the table's name and choose “Revert to unformatted data”; no value changes.",
            )
        if self.basic_filter is not None:
            raise SheetError(
                f"{self.title} has a filter, and rows written while it is on may get lost.",
                "Remove it (Data > Remove filter); a filter view does no harm.",
            )
        if self.shuts_out(range(self.width), max(self.lines - 1, 1)):
            raise shut_out(self.title)


def shut_out(title: str) -> SheetError:
    """The sentence for a protection that keeps us from writing."""
    return SheetError(
        f"{title} is protected, so that sheetsync may not write to it.",
        "Remove the protection (Data > Protect sheets and ranges), or add sheetsync's address to those who may edit.",
    )


class Spreadsheet(msgspec.Struct, frozen=True, rename="camel"):
    """A spreadsheet without its cells."""

    properties: _Properties = _Properties()
    developer_metadata: list[_Metadata] = []
    sheets: list[Tab] = []

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "Spreadsheet":
        """Understand the answer to a ``spreadsheets.get`` with ``FIELDS``.

        Raises:
            SheetUnavailableError: It is not Google's.
        """
        try:
            return msgspec.convert(answer, cls)
        except msgspec.ValidationError as error:
            raise SheetUnavailableError(
                f"What came back is not a spreadsheet ({error}).", "Look whether a proxy answers in Google's place."
            ) from error

    @property
    def title(self) -> str:
        """What people call it."""
        return self.properties.title

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of its tabs, from left to right."""
        return tuple(tab.title for tab in self.sheets)

    @property
    def markers(self) -> list[int]:
        """The ids of the markers that commits left, oldest first."""
        return sorted(one.metadata_id for one in self.developer_metadata if one.metadata_key == MARKER_KEY)

    @property
    def revision(self) -> int:
        """How many commits there were, up to the newest marker; 0 when there is none."""
        return max((marker - MARKER_BASE for marker in self.markers), default=0)

    @property
    def dated(self) -> frozenset[str]:
        """The names of columns whose numbers are dates."""
        return frozenset(one.metadata_value for one in self.developer_metadata if one.metadata_key == DATES_KEY)

    @property
    def cells(self) -> int:
        """How many cells the grids have, empty ones too."""
        return sum(tab.lines * tab.width for tab in self.sheets)

    def tab(self, title: str) -> Tab | None:
        """The tab of this title; capitals do not matter, as they do not matter to Google."""
        exact = [tab for tab in self.sheets if tab.title == title]
        same = [tab for tab in self.sheets if tab.title.casefold() == title.casefold()]
        return next(iter(exact + same), None)

    def tab_by_id(self, gid: int) -> Tab | None:
        """The tab of this number."""
        return next((tab for tab in self.sheets if tab.id == gid), None)
