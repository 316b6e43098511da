"""A Google spreadsheet before its first run: what is missing is made, and what is there is left alone."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from sheetsync.errors import ConflictError, SheetUnavailableError
from sheetsync.model import Entry, Kind
from sheetsync.sheets import layout, requests, seen
from sheetsync.sheets.google import GoogleSheet
from sheetsync.sheets.grid import AccountsGrid, Cells, RowsGrid, as_text
from sheetsync.sheets.requests import Request, add_columns
from sheetsync.sheets.spreadsheet import Place, Spreadsheet, Tab, quoted

T = TypeVar("T")
_LINES = 1_000  # of a new tab in which people type: what Google gives a new tab
_TRIES = 5  # while others keep writing


class _Work(NamedTuple):
    """What is to be done, in words and as requests."""

    said: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()


class FreshGoogle(GoogleSheet):
    """A spreadsheet that is being set up."""

    def prepare(self) -> tuple[str, ...]:
        """Make the tabs, headers and columns that are missing, all in one ``batchUpdate`` or none.

        Nothing is sent for writing when nothing is missing. A blank tab gets its headers; columns are found by their
        names, and a missing one of ours goes to the right of all that holds something.

        Returns:
            What was done, a few words each; nothing when all was there.

        Raises:
            CredentialsError: The credentials do not open it, or open it for reading only.
            SheetError: Something in it is not as it must be; the message says what to mend.
            SheetUnavailableError: No answer; it may or may not have been done.
        """
        return self._while_others_write(self._prepare)

    def entries(self) -> tuple[Entry, ...]:
        """What people typed.

        Raises:
            SheetError: There is no tab or no column for it.
            SheetUnavailableError: No answer.
        """
        return self._typed(self._book())[1].entries

    def type_in(self, texts: Sequence[str]) -> bool:
        """Type handles where people type, if that tab has nothing but its headers yet.

        They are appended by Google itself, so that they never stand on what somebody types at the same moment.

        Returns:
            Whether they were typed.

        Raises:
            CredentialsError: The spreadsheet is shared for reading only.
            SheetError: Google refused it, or the spreadsheet is not as it must be.
            SheetUnavailableError: No answer; they may or may not have been typed.
        """
        return self._while_others_write(lambda: self._type_in(texts))

    def _while_others_write(self, attempt: Callable[[], T]) -> T:
        for _ in range(_TRIES):
            try:
                return attempt()
            except ConflictError:
                continue
        raise SheetUnavailableError(f"Others keep writing to “{self.name}” at this moment.", "Try again in a minute.")

    def _prepare(self) -> tuple[str, ...]:
        book = self._book()
        works = [self._accounts(book), *(self._rows(book, kind, title) for kind, title in layout.TABS.items())]
        if wanted := [request for work in works for request in work.requests]:
            self._apply(requests.seal(wanted, book, self._writer))
        return tuple(said for work in works for said in work.said)

    def _accounts(self, book: Spreadsheet) -> _Work:
        if not seen.placed(book, self._target, self._place) and self._place == Place(layout.ACCOUNTS):
            return _new(book, layout.ACCOUNTS, layout.ACCOUNTS_COLUMNS, _LINES)
        place = seen.find_place(book, self._target, self._place)
        tab, cells = self._whole(book, place.tab)
        if _is_blank(cells):
            names = layout.ACCOUNTS_COLUMNS if place.column is None else ("account", *layout.MARK_COLUMNS)
            return _Work(
                (f"wrote the headers of {tab.title}",), add_columns(tab, {}, place.column or 0, names).requests
            )
        grid = AccountsGrid.read(tab.title, cells, place.column)
        return _added(tab, [name for name in layout.MARK_COLUMNS if name not in grid.columns], grid.width)

    def _rows(self, book: Spreadsheet, kind: Kind, title: str) -> _Work:
        if not (tab := book.tab(title)):
            return _new(book, title, layout.own_columns(kind), 2)
        (header,) = self._wire.values([f"{quoted(tab.title)}!1:1"])
        there = {layout.normal(as_text(cell)) for cell in header[0]} if header else set()
        if there.issuperset(layout.own_columns(kind)):
            return _Work()
        tab, cells = self._whole(book, title)  # people may have written beside the headers, in any line
        if _is_blank(cells):
            headers = add_columns(tab, {}, 0, layout.own_columns(kind)).requests
            return _Work((f"wrote the headers of {tab.title}",), headers)
        grid = RowsGrid.read(kind, tab.title, dict(enumerate(cells, 1)), 2, book.dated)
        return _added(tab, [name for name in layout.own_columns(kind) if name not in grid.columns], grid.width)

    def _type_in(self, texts: Sequence[str]) -> bool:
        book = self._book()
        tab, grid, cells = self._typed(book)
        if not _is_blank(cells[1:]):
            return False
        before: list[Request] = [{} for _ in range(grid.columns["account"])]
        rows = [{"values": [*before, requests.cell(text)]} for text in texts]
        typed = {"appendCells": {"sheetId": tab.id, "rows": rows, "fields": "userEnteredValue"}}
        self._apply(requests.seal([typed], book, self._writer))
        return True

    def _typed(self, book: Spreadsheet) -> tuple[Tab, AccountsGrid, Cells]:
        place = seen.find_place(book, self._target, self._place)
        tab, cells = self._whole(book, place.tab)
        return tab, AccountsGrid.read(tab.title, cells, place.column), cells

    def _whole(self, book: Spreadsheet, title: str) -> tuple[Tab, Cells]:
        """A tab that is there, and all its cells."""
        (tab,) = filter(None, [book.tab(title)])
        (cells,) = self._wire.values([quoted(tab.title)])
        return tab, cells


def _new(book: Spreadsheet, title: str, headers: Sequence[str], lines: int) -> _Work:
    return _Work((f"made the tab {title}",), tuple(requests.new_tab(book, title, headers, lines)))


def _added(tab: Tab, names: Sequence[str], width: int) -> _Work:
    said = (f"added the columns {', '.join(names)} to {tab.title}",) if names else ()
    return _Work(said, add_columns(tab, {}, width, names).requests)


def _is_blank(cells: Cells) -> bool:
    return not any(as_text(cell) for record in cells for cell in record)
