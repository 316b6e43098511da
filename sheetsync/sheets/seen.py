"""What was seen of a Google spreadsheet, and what a run needs to know of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sheetsync.errors import SheetError
from sheetsync.model import Kind, Row, RowKey
from sheetsync.sheets import Identity, SheetState, layout
from sheetsync.sheets.grid import AccountsGrid, Cell, Cells, RowsGrid, window
from sheetsync.sheets.requests import add_columns
from sheetsync.sheets.spreadsheet import (
    MOST_CELLS,
    Place,
    Spreadsheet,
    Tab,
    Target,
    letters,
    quoted,
    shut_out,
    zone,
)

Values = Callable[[Sequence[str]], list[Cells]]
"""Reads the cells of some ranges in one request."""

_OURS = {title.casefold() for title in (layout.ACCOUNTS, *layout.TABS.values(), "Dashboard")}
_AT_ONCE = 100  # ranges in one request: its address must not get too long
_NEARLY_FULL = 0.8


@dataclass(frozen=True, slots=True)
class Seen:
    """A spreadsheet as it was read.

    Attributes:
        book: Its tabs and markers.
        place: Where people type.
        accounts: What they typed.
        grids: History and Posts.
        older: By kind and line, rows before the window, as far as they were needed.
    """

    book: Spreadsheet
    place: Place
    accounts: AccountsGrid
    grids: Mapping[Kind, RowsGrid]
    older: Mapping[tuple[Kind, int], Row] = field(default_factory=dict)

    def keys(self, days: Iterable[date]) -> set[RowKey]:
        """The keys of the rows of some days."""
        wanted = set(days)
        every = (line for grid in self.grids.values() for line in grid.lines if line.date in wanted)
        return set(layout.taken(every))

    @property
    def notices(self) -> tuple[str, ...]:
        """What its owner should know, a sentence each."""
        notices = [
            f"{grid.title} holds something below its last row, in line {grid.stray}; new rows go below it."
            for grid in self.grids.values()
            if grid.stray
        ]
        if self.book.cells >= _NEARLY_FULL * MOST_CELLS:
            notices.append(
                f"The spreadsheet has {self.book.cells:,} of the {MOST_CELLS:,} cells that Google allows, empty ones "
                "included: delete empty rows and columns of its big tabs."
            )
        return tuple(notices)


def placed(book: Spreadsheet, target: Target, place: Place) -> Place | None:
    """Where people type: the tab of the setting, else the one that the link opens, else ``Accounts``, if it is there.

    A link that was copied while somebody looked at History means ``Accounts`` all the same.
    """
    linked = None if target.gid is None else book.tab_by_id(target.gid)
    if place == Place(layout.ACCOUNTS) and linked and linked.title.casefold() not in _OURS:
        return Place(linked.title)
    tab = book.tab(place.tab)
    return Place(tab.title, place.column) if tab else None


def find_place(book: Spreadsheet, target: Target, place: Place) -> Place:
    """Where people type; see ``placed``.

    Raises:
        SheetError: There is no such tab.
    """
    if found := placed(book, target, place):
        return found
    titles = ", ".join(f"“{title}”" for title in book.titles)
    is_usual = place == Place(layout.ACCOUNTS)
    make = "`sheetsync init` makes it" if is_usual else f"Add a tab “{place.tab}” with “account” in its first cell"
    raise SheetError(
        f"There is no tab “{place.tab}” in “{book.title}”. The tabs there: {titles}.",
        f"{make}, or set accounts = “TAB!B” to one that is there.",
    )


def look(book: Spreadsheet, place: Place, values: Values) -> Seen:
    """Read the cells that a run needs, in one request, and refuse what would stop it later.

    Raises:
        SheetError: Something in the spreadsheet is not as it must be; the message says what to mend.
    """
    tabs = {kind: tab for kind in Kind if (tab := book.tab(layout.TABS[kind]))}
    for tab in tabs.values():
        tab.refuse_to_append()
    typed = book.tab(place.tab)
    spans = {kind: _spans(tab, typed.lines if typed else 0) for kind, tab in tabs.items()}
    ranges = [f"{quoted(tabs[kind].title)}!{first}:{last}" for kind in tabs for first, last in spans[kind]]
    found = values([quoted(place.tab), *ranges])
    answers = iter(found[1:])
    grids = {}
    for kind in Kind:
        cells: dict[int, Sequence[Cell]] = {}
        for first, _ in spans.get(kind, ()):
            cells.update(enumerate(next(answers), first))
        start = spans[kind][-1][0] if kind in spans else 0
        title = tabs[kind].title if kind in tabs else layout.TABS[kind]
        grids[kind] = RowsGrid.read(kind, title, cells, max(start, 2), book.dated)
    seen = Seen(book, place, AccountsGrid.read(place.tab, found[0], place.column), grids)
    _refuse_marks(seen)
    _refuse_without_room(seen)
    return seen


def _spans(tab: Tab, accounts_lines: int) -> list[tuple[int, int]]:
    """The first and last line of each range: the header, single lines, and the window at the end."""
    start, probes = window(tab.lines, accounts_lines)
    last = [(start, tab.lines)] if tab.lines >= start else []
    return [(1, 1), *((line, line) for line in probes), *last]


def _refuse_marks(seen: Seen) -> None:
    tab, accounts = seen.book.tab(seen.place.tab), seen.accounts
    lines = [entry.line for entry in accounts.entries]
    if tab and lines and tab.shuts_out(accounts.mark_columns, min(lines) - 1, max(lines)):
        raise shut_out(tab.title)


def _refuse_without_room(seen: Seen) -> None:
    """Make sure that a row for every entry, and the columns that are missing, can be added."""
    growth = 0
    for kind, grid in seen.grids.items():
        tab = seen.book.tab(grid.title)
        names = [name for name in layout.own_columns(kind) if name not in grid.columns]
        if tab:
            add_columns(tab, grid.columns, grid.width, names)
        width = max(grid.width + len(names), tab.width if tab else 0)
        growth += (width - tab.width) * tab.lines if tab else 2 * width
        growth += len(seen.accounts.entries) * width if kind is Kind.ACCOUNT else 0
    if seen.book.cells + growth > MOST_CELLS:
        raise SheetError(
            f"The spreadsheet is full: {seen.book.cells:,} cells of {MOST_CELLS:,}, empty ones included, and this run "
            f"needs up to {growth:,} more.",
            "Delete empty rows and columns of its big tabs, or move old rows of History to another spreadsheet.",
        )


def look_again(seen: Seen, values: Values) -> Seen:
    """The same with what people typed, and all headers, as they are now.

    Raises:
        SheetError: A tab or a key column is gone.
    """
    there = [kind for kind, grid in seen.grids.items() if seen.book.tab(grid.title)]
    found = values([quoted(seen.place.tab), *(f"{quoted(seen.grids[kind].title)}!1:1" for kind in there)])
    headers = {kind: cells[0] if cells else () for kind, cells in zip(there, found[1:], strict=True)}
    grids = {
        kind: grid.with_header(headers[kind]) if kind in headers else RowsGrid.empty(kind, grid.title)
        for kind, grid in seen.grids.items()
    }
    return replace(seen, accounts=AccountsGrid.read(seen.place.tab, found[0], seen.place.column), grids=grids)


def widen(seen: Seen, since: date, values: Values) -> Seen:
    """The same with every row of a day and later, which costs a request only when the window does not have them."""
    grids = dict(seen.grids)
    for kind, grid in seen.grids.items():
        if not grid.covers(since):
            columns = grid.key_columns
            ranges = [f"{quoted(grid.title)}!{letters(at)}2:{letters(at)}" for at in columns]
            grids[kind] = grid.widened(dict(zip(columns, values(ranges), strict=True)))
    return replace(seen, grids=grids)


def state(seen: Seen, day: date, values: Values) -> tuple[Seen, SheetState]:
    """What a run needs to know, and what had to be read for it.

    Raises:
        SheetError: A row has no date.
    """
    taken = {}
    latest: dict[Identity, Row] = {}
    for kind, grid in seen.grids.items():
        today, before = layout.newest(grid.lines, day)
        taken.update(layout.taken(today))
        seen = _with_older(seen, kind, {line.number for line in before.values()}, values)
        rows = {number: _row(seen, kind, number) for number in {line.number for line in before.values()}}
        latest.update({identity: rows[line.number] for identity, line in before.items()})
    timezone = zone(seen.book.properties.time_zone)
    return seen, SheetState(day, timezone, seen.accounts.entries, taken, latest, str(seen.book.revision))


def _row(seen: Seen, kind: Kind, number: int) -> Row:
    return seen.older[kind, number] if (kind, number) in seen.older else seen.grids[kind].row(number)


def _with_older(seen: Seen, kind: Kind, numbers: Iterable[int], values: Values) -> Seen:
    """The same with the rows of these lines, where the window does not have them."""
    grid = seen.grids[kind]
    lacking = sorted(number for number in numbers if number not in grid.cells)
    older = dict(seen.older)
    for at in range(0, len(lacking), _AT_ONCE):
        some = lacking[at : at + _AT_ONCE]
        found = values([f"{quoted(grid.title)}!{number}:{number}" for number in some])
        cells = {number: lines[0] for number, lines in zip(some, found, strict=True) if lines}
        older |= {(kind, number): replace(grid, cells=cells).row(number) for number in cells}
    return replace(seen, older=older)
