"""A Google spreadsheet on loopback, as people and other programs see it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sheetsync.errors import ConflictError
from sheetsync.model import Mark
from sheetsync.sheets import Change, Sheet
from sheetsync.sheets.google import GoogleSheet
from sheetsync.sheets.outbox import Outbox
from sheetsync.sheets.wire import Patience
from tests.google_double import Google, People
from tests.google_double.cells import Cell, Content, Formula, value_of
from tests.sheets.contract import ACCOUNTS, DAY, NOW, Cells, account_row, column

_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)


class Spreadsheet:
    """A spreadsheet that is shared with the robot, and what can be done with it behind sheetsync's back.

    Args:
        google: The double.
        folder: Where outboxes are.
        tabs: Its tabs; one with ``ACCOUNTS`` when None.
        more: More about it: ``locale``, ``timezone``.
    """

    def __init__(
        self, google: Google, folder: Path, tabs: Mapping[str, Sequence[Sequence[Any]]] | None = None, **more: str
    ) -> None:
        self.google = google
        self.folder = folder
        rows = [[cell or None for cell in line] for line in ACCOUNTS]
        self.id = google.new_spreadsheet("Our accounts", dict(tabs or {"Accounts": rows}), **more)
        self.environment = {"SHEETS_EMULATOR_HOST": google.host}

    def open(self, target: str = "", machine: str = "one", **more: Any) -> GoogleSheet:
        options = {"clock": lambda: NOW, "patience": Patience(attempts=3, connect=5, read=5), **more}
        return GoogleSheet(target or self.id, outbox=self.folder / machine, environment=self.environment, **options)

    @property
    def people(self) -> People:
        return self.google.people(self.id)

    def table(self, tab: str) -> Cells:
        if tab not in self.people.titles:
            return []
        rows = [[_shown(content) for content in row] for row in self.people.tab(tab).rows]
        width = max(map(len, rows), default=0)
        return [row + [""] * (width - len(row)) for row in rows]

    def edit(self, tab: str, change: Callable[[Cells], Cells]) -> None:
        """Rearrange a tab; cells keep their types wherever they go."""
        there = self.people.tab(tab)
        known = {_shown(content): content for row in there.rows for content in row}
        rows = change(self.table(tab))
        there.rows = [[known.get(text, text) or None for text in row] for row in rows]
        grid = there.properties["gridProperties"]
        grid["rowCount"] = max(grid["rowCount"], len(rows))
        grid["columnCount"] = max(grid["columnCount"], *map(len, rows))

    def formulas(self, tab: str) -> list[str]:
        contents = [value_of(content) for row in self.people.tab(tab).rows for content in row]
        return [str(content) for content in contents if isinstance(content, Formula)]

    def waiting(self, machine: str = "one") -> list[tuple[Path, Change]]:
        return Outbox(self.folder / machine / self.id).pending()

    def asked(self) -> list[str]:
        """The methods that were called, since the last time somebody asked."""
        methods = [call.method for call in self.google.calls]
        self.google.forget_calls()
        return methods


def _shown(content: Content) -> str:
    value = value_of(content)
    style = (content.format or {}).get("numberFormat", {}) if isinstance(content, Cell) else {}
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).upper()
    if isinstance(value, int | float) and style.get("type") in ("DATE", "DATE_TIME"):
        moment = _EPOCH + timedelta(seconds=round(value * 86_400))
        return moment.date().isoformat() if style["type"] == "DATE" else moment.isoformat()
    return str(value)


def run(sheet: Sheet, day: date | None = None) -> int:
    """A run that finds 7 followers for everybody: a row for each entry that has none, and every mark.

    Returns:
        How many rows it wrote.
    """
    state = sheet.read(day)
    while True:
        rows = {entry.text: account_row(entry.text, state.day) for entry in state.entries}
        fresh = tuple(row for row in rows.values() if row.keys.isdisjoint(state.taken))
        done = Mark("ok", "", state.day)
        marks = tuple((entry, done) for entry in state.entries if entry.mark != done)
        try:
            sheet.commit(Change(fresh, marks), state)
        except ConflictError:
            state = sheet.read(state.day)
        else:
            return len(fresh)


def typed(count: int) -> dict[str, list[list[Any]]]:
    """An Accounts tab with so many handles."""
    return {"Accounts": [["account"], *([f"h{number}"] for number in range(count))]}


def days(desk: Spreadsheet) -> list[tuple[str, str]]:
    """Which rows stand in History: day and account."""
    table = desk.table("History")
    return list(zip(column(table, "date"), column(table, "account"), strict=True)) if table else []


def is_whole(desk: Spreadsheet, day: date = DAY) -> bool:
    """Whether each account has exactly one row of the day, and each entry its own mark."""
    accounts = desk.table("Accounts")
    handles = sorted(filter(None, column(accounts, "account")))
    rows = sorted(handle for found, handle in days(desk) if found == day.isoformat())
    marked = [
        handle for handle, last in zip(column(accounts, "account"), column(accounts, "last row"), strict=True) if last
    ]
    return rows == handles == sorted(marked)


def finish(desk: Spreadsheet, machine: str = "one") -> None:
    """The next run, when nothing is in the way any more."""
    desk.google.faults.clear()
    run(desk.open(machine=machine))
