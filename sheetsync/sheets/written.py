"""What people have typed into all tabs of a Google spreadsheet, formulas as they are written; one request."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sheetsync.sheets import spreadsheet
from sheetsync.sheets.credentials import EMULATOR_VARIABLE, find_key
from sheetsync.sheets.wire import Patience, Wire

_FIELDS = "sheets(properties.title,data(startRow,startColumn,rowData.values.userEnteredValue))"


def read_written(
    target: str, *, environment: Mapping[str, str], clock: Callable[[], datetime]
) -> dict[str, dict[tuple[int, int], str]]:
    """The text of each tab's cells by row and column, counted from 1. Nothing is written.

    Args:
        target: The spreadsheet's link or id.
        environment: Has the credentials.
        clock: Tells the time, to wait for the next minute's quota.

    Raises:
        CredentialsError: There are no credentials, or they do not open it.
        SheetError: There is no such spreadsheet.
        SheetUnavailableError: No answer.
    """
    found, emulator = spreadsheet.find_target(target), environment.get(EMULATOR_VARIABLE, "")
    wire = Wire(found.id, find_key(environment), emulator=emulator, clock=clock, patience=Patience())
    sheets = wire.spreadsheet(_FIELDS).get("sheets", ())
    return {str(sheet["properties"]["title"]): dict(_cells(sheet)) for sheet in sheets}


def _cells(sheet: Mapping[str, Any]) -> Iterator[tuple[tuple[int, int], str]]:
    for block in sheet.get("data", ()):
        for row, record in enumerate(block.get("rowData", ()), block.get("startRow", 0) + 1):
            for column, cell in enumerate(record.get("values", ()), block.get("startColumn", 0) + 1):
                if text := _text(cell.get("userEnteredValue", {})):
                    yield (row, column), text


def _text(value: Mapping[str, Any]) -> str:
    """A cell's text; one that merely begins with ``=`` gets the quote in front with which people type it."""
    if "formulaValue" in value:
        return str(value["formulaValue"])
    if isinstance(number := value.get("numberValue"), float) and number.is_integer():
        return str(int(number))
    text = str(next(iter(value.values()), ""))
    return f"'{text}" if text.startswith("=") else text
