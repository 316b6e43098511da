"""The rows of one sheet brought to another, each once, however often it is started."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sheetsync.errors import ConflictError
from sheetsync.model import Kind, Row, RowKey
from sheetsync.sheets import Change
from sheetsync.sheets.layout import TABS
from sheetsync.sheets.whole import WholeSheet
from sheetsync.verify import Flaw, verify

MOST_ROWS = 20_000
"""In one commit: a folder writes a whole file for each, a spreadsheet cuts it to what Google takes."""
_TRIES = 5  # to write while others keep writing


class Copied(NamedTuple):
    """What became of the rows.

    Attributes:
        written: Rows brought over now.
        present: Rows whose account and day were there already.
        doubles: Rows left behind because another of the same account and day was taken.
        damaged: Lines left behind because something in them is torn or retyped.
    """

    written: int = 0
    present: int = 0
    doubles: int = 0
    damaged: int = 0

    @property
    def sentence(self) -> str:
        """For the owner of the sheets."""
        said = [f"{self.written:,} {'row' if self.written == 1 else 'rows'} copied, {self.present:,} already there"]
        said += [f"{self.doubles:,} left behind as doubles"] if self.doubles else []
        said += [f"{self.damaged:,} left behind as damaged"] if self.damaged else []
        hint = " `sheetsync verify` on the first sheet names them." if self.doubles or self.damaged else ""
        return f"{', '.join(said)}.{hint}"


@dataclass(slots=True)
class _Target:
    """The sheet that rows are brought to, and what is known of it.

    A run reads only the end of a spreadsheet as long as its rows stand in the order of their dates. So whenever older
    rows come below newer ones, they are put in order before anything else is written.
    """

    sheet: WholeSheet
    keys: set[RowKey] = field(default_factory=set)
    newest: dict[Kind, date] = field(default_factory=dict)
    is_ordered: bool = True

    def look(self) -> None:
        self.keys, self.newest, self.is_ordered = set(), {}, True
        for stored in self.sheet.stored():
            if stored.key:
                self.keys.update(RowKey(stored.key.date, *identity) for identity in stored.key.identities)
                self._follow(stored.kind, stored.key.date)

    def _follow(self, kind: Kind, day: date) -> None:
        self.is_ordered = self.is_ordered and day >= self.newest.get(kind, date.min)
        self.newest[kind] = max(day, self.newest.get(kind, date.min))

    def write(self, rows: Iterable[Row]) -> int:
        """Write those of the rows that are not there, and return how many those were."""
        for left in reversed(range(_TRIES)):
            fresh = self._fresh(rows)
            try:
                if fresh:
                    self.sheet.commit(Change(tuple(fresh)), self.sheet.read())
            except ConflictError:
                if not left:
                    raise
                self.look()
            else:
                return self._written(fresh)
        raise AssertionError  # the last try returns or raises

    def _fresh(self, rows: Iterable[Row]) -> list[Row]:
        """Those that are not there, the first of any two alike."""
        fresh, taken = [], set[RowKey]()
        for row in rows:
            if row.keys.isdisjoint(self.keys) and row.keys.isdisjoint(taken):
                fresh.append(row)
                taken |= row.keys
        return fresh

    def _written(self, rows: Sequence[Row]) -> int:
        for row in rows:
            self.keys |= row.keys
            self._follow(row.account.kind, row.date)
        self.put_in_order()
        return len(rows)

    def put_in_order(self) -> None:
        if not self.is_ordered:
            self.sheet.sort()
            self.is_ordered = True


def copy(source: WholeSheet, target: WholeSheet, watch: Callable[[int], None] = lambda _: None) -> Copied:
    """Bring the rows of History and Posts from one sheet to another.

    What is there already, by name or by stable id, is not written again; so a copy that was killed is finished by
    another, and one after that writes nothing. The first sheet is only read.

    Args:
        source: Where the rows are.
        target: Where they are to be; made when it is missing.
        watch: Told now and then how many rows have been written.

    Raises:
        ConflictError: Others kept writing to the target.
        SheetError: One of the two cannot be read, or the target not written.
        SheetUnavailableError: No answer; start it again.
    """
    doubles, damaged = _left_behind(source)
    target.prepare()
    target.read()  # writes what waits in the outbox of a copy that was cut off
    there = _Target(target)
    there.look()
    there.put_in_order()
    left, seen, written = doubles | damaged, 0, 0
    waiting: list[Row] = []
    for stored in source.stored():
        if (stored.tab, stored.line) not in left and (row := stored.row):
            seen += 1
            waiting += [row] if row.keys.isdisjoint(there.keys) else []
        if len(waiting) >= MOST_ROWS:
            written += there.write(waiting)
            waiting.clear()
            watch(written)
    written += there.write(waiting)
    return Copied(written, seen - written, len(doubles), len(damaged))


def _left_behind(source: WholeSheet) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """By tab and line, the doubles that do not stay, and what is damaged."""
    verdict = verify(source.stored())
    damaged = {(one.tab, one.line) for one in verdict.findings if one.kind not in {Flaw.HOLE, Flaw.DOUBLE}}
    return {(TABS[place.kind], place.line) for place in verdict.surplus} - damaged, damaged
