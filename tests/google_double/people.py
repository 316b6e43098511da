"""People at work in a spreadsheet: edits that reach it without going through the API."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from tests.google_double import a1
from tests.google_double.book import Book
from tests.google_double.cells import Cell, Formula, Value, with_value
from tests.google_double.errors import JsonObject
from tests.google_double.formats import rendered
from tests.google_double.ranges import Rect, stored
from tests.google_double.tab import Tab, row_of

HUMAN = "owner@example.com"


class People:
    """Edits of one spreadsheet; each is done at once, between two calls and never within one."""

    def __init__(self, find: Callable[[], Book], lock: AbstractContextManager[Any]) -> None:
        self._find = find
        self._lock = lock

    @property
    def book(self) -> Book:
        """The state as it is now. It is another object after each batch: do not keep it."""
        return self._find()

    def tab(self, title: str) -> Tab:
        return self.book.tab(title)

    @property
    def titles(self) -> list[str]:
        return [tab.title for tab in self.book.tabs]

    def values(self, title: str) -> list[list[Any]]:
        """All cells down to the last that is filled: unformatted, a formula as its text, an empty cell as ``""``."""
        with self._lock:
            tab = self.tab(title)
            rows = tab.rows[: tab.last_row_with_data()]
            return [[rendered(content, "FORMULA", "SERIAL_NUMBER", "en_US") for content in row] for row in rows]

    def column(self, title: str, header: str) -> list[Any]:
        """What stands below a header of the first row."""
        rows = self.values(title)
        place = rows[0].index(header)
        return [row[place] if place < len(row) else "" for row in rows[1:]]

    def cell(self, title: str, place: str) -> Cell:
        with self._lock:
            tab, rect = self._at(title, place)
            content = tab.cell(rect.top, rect.left)
            return content if isinstance(content, Cell) else Cell(content)

    def set(self, title: str, place: str, value: Value) -> None:
        """Type into a cell; what begins with ``=`` is a formula. None empties it."""
        with self._lock:
            tab, rect = self._at(title, place)
            typed = Formula(value) if isinstance(value, str) and value.startswith("=") else value
            tab.put(rect.top, rect.left, with_value(tab.cell(rect.top, rect.left), typed))

    def style(self, title: str, place: str, style: JsonObject) -> None:
        """Give a cell or a range a format, without a value."""
        with self._lock:
            tab, rect = self._at(title, place)
            for row, column, content in list(tab.cells(rect)):
                old = content if isinstance(content, Cell) else Cell(content)
                tab.put(row, column, Cell(old.value, style, old.note, old.validation))

    def _at(self, title: str, place: str) -> tuple[Tab, Rect]:
        area = a1.parse(f"{a1.quoted(title)}!{place}", self.book)
        return area.tab, area.rect()

    def insert_rows(self, title: str, before: int, rows: Iterable[Sequence[Value]] = ((),)) -> None:
        """Put rows before row `before`, counted from 1 as on the screen."""
        contents = [row_of(row) for row in rows]
        with self._lock:
            tab = self.tab(title)
            self.book.insert(tab, "ROWS", before - 1, len(contents))
            for index, row in enumerate(contents, start=before - 1):
                tab.put_row(index, 0, row)

    def delete_rows(self, title: str, first: int, last: int | None = None) -> None:
        with self._lock:
            self.book.delete(self.tab(title), "ROWS", first - 1, last or first)

    def sort(self, title: str, header: str, *, descending: bool = False) -> None:
        """Sort everything below the first row by the column under a header."""
        with self._lock:
            tab = self.tab(title)
            column = self.values(title)[0].index(header)
            rect = Rect(1, 0, tab.last_row_with_data(), tab.column_count)
            self.book.sort(tab, rect, [(column, descending)])

    def rename_header(self, title: str, old: str, new: str) -> None:
        with self._lock:
            tab = self.tab(title)
            column = self.values(title)[0].index(old)
            tab.put(0, column, with_value(tab.cell(0, column), new))

    def insert_column(self, title: str, before: int, header: Value = None) -> None:
        """Put a column before column `before`, counted from 1."""
        with self._lock:
            tab = self.tab(title)
            self.book.insert(tab, "COLUMNS", before - 1, 1)
            tab.put(0, before - 1, header)

    def delete_column(self, title: str, column: int) -> None:
        with self._lock:
            self.book.delete(self.tab(title), "COLUMNS", column - 1, column)

    def add_tab(self, title: str, rows: Sequence[Sequence[Value]] = (), **properties: Any) -> int:
        """A new tab at the end; answers its id."""
        with self._lock:
            tab = self.book.add_tab({"title": title, **properties})
            tab.rows = [row_of(row) for row in rows]
            return tab.id

    def delete_tab(self, title: str) -> None:
        with self._lock:
            self.book.remove_tab(self.tab(title))

    def rename_tab(self, old: str, new: str) -> None:
        with self._lock:
            self.book.check_title(new)
            self.tab(old).properties["title"] = new

    def protect(self, title: str, place: str | None = None, editors: Sequence[str] = (HUMAN,)) -> None:
        """Protect a range, or the whole tab; the robot is shut out unless it is named."""
        with self._lock:
            tab = self.tab(title)
            where = {} if place is None else grid_range(tab, a1.parse(f"{a1.quoted(title)}!{place}", self.book).rect())
            editable = {"editors": {"users": list(editors)}, "requestingUserCanEdit": self.book.editor in editors}
            tab.protected.append({"protectedRangeId": self.book.new_id(), "range": where, **editable})

    def make_table(self, title: str, place: str, name: str = "Table1") -> str:
        """Turn a range into a native table; answers its id."""
        with self._lock:
            tab, rect = self._at(title, place)
            number = str(self.book.new_id())
            tab.tables.append({"tableId": number, "name": name, "range": grid_range(tab, rect)})
            return number

    def filter(self, title: str) -> None:
        """Lay a basic filter over the whole tab."""
        with self._lock:
            tab = self.tab(title)
            tab.basic_filter = {"range": grid_range(tab, tab.grid())}

    def forget_metadata(self) -> None:
        """Somebody removes every piece of developer metadata."""
        with self._lock:
            self.book.metadata.clear()


def grid_range(tab: Tab, rect: Rect) -> JsonObject:
    bounds = zip(("startRowIndex", "endRowIndex"), (rect.top, rect.bottom), strict=True)
    columns = zip(("startColumnIndex", "endColumnIndex"), (rect.left, rect.right), strict=True)
    made: JsonObject = stored({"sheetId": tab.id, **dict(bounds), **dict(columns)}, "range")
    return made
