"""The rows of one sheet brought to another, each once, however often it is started.

The source is only read, and it is the memory: whatever a copy that was cut off has not written is still there, and the
next copy finds by their keys which rows have arrived.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sheetsync.errors import ConfigError, ConflictError, SheetUnavailableError
from sheetsync.model import Entry, Kind, Row, RowKey
from sheetsync.sheets import layout
from sheetsync.sheets.whole import Place, Stored, WholeSheet
from sheetsync.verify import Flaw, flaws, verify

_TRIES = 5  # to write while others keep writing


class Copied(NamedTuple):
    """What was copied, or is going to be.

    Attributes:
        history: Rows of History.
        posts: Rows of Posts.
        accounts: Entries that people typed.
        present: Rows whose account and day are in the target already.
        doubles: Rows left behind because another of the same account and day is taken.
        damaged: Lines left behind because something in them is torn or retyped.
    """

    history: int = 0
    posts: int = 0
    accounts: int = 0
    present: int = 0
    doubles: int = 0
    damaged: int = 0

    @property
    def rows(self) -> int:
        """Rows of both tabs."""
        return self.history + self.posts

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.rows or self.accounts)

    def sentence(self, verb: str = "copied") -> str:
        """For the owner of the sheets.

        Args:
            verb: What became of the rows: ``copied``, or ``to copy``.
        """
        counts = ((self.history, "of History"), (self.posts, "of Posts"), (self.accounts, "of Accounts"))
        said = [f"{_lines(number)} {where}" for number, where in counts if number] or ["Nothing"]
        left = ((self.present, "already there"), (self.doubles, "left behind as doubles"))
        more = [f"{number:,} {why}" for number, why in (*left, (self.damaged, "left behind as damaged")) if number]
        hint = " `sheetsync verify` on the first sheet names them." if self.doubles or self.damaged else ""
        return "; ".join([f"{', '.join(said)} {verb}", *more]) + f".{hint}"

    def as_json(self, *, dry_run: bool) -> str:
        """For machines: one object with a number for each attribute, and ``dry_run``."""
        return json.dumps({**self._asdict(), "dry_run": dry_run})


def _lines(number: int) -> str:
    return f"{number:,} line" if number == 1 else f"{number:,} lines"


@dataclass(slots=True)
class _Source:
    """The sheet that rows come from, without what stays behind."""

    sheet: WholeSheet
    chosen: Callable[[Stored], bool] | None = None
    surplus: set[Place] = field(default_factory=set)

    def look(self) -> None:
        """Find the doubles that do not stay."""
        self.surplus = set(verify(self.sheet.stored()).surplus)

    def rows(self, left: Counter[str]) -> Iterator[Row]:
        """Every row of which no other is the better double; ``left`` is told why others are left behind."""
        for stored in self.sheet.stored():
            if self.chosen and not self.chosen(stored):
                continue
            if any(flaw is not Flaw.DOUBLE for flaw, _ in flaws(stored)):
                left["damaged"] += 1
            elif stored.place in self.surplus:
                left["doubles"] += 1
            elif row := stored.row:
                yield row


@dataclass(slots=True)
class _Target:
    """The sheet that rows are brought to, and the keys that are there."""

    sheet: WholeSheet
    keys: set[RowKey] = field(default_factory=set)

    def look(self) -> None:
        self.keys = {key for stored in self.sheet.stored() for key in _keys(stored)} if self.sheet.is_there else set()

    def prepare(self) -> None:
        self.sheet.prepare()
        self.look()

    def fresh(self, rows: Sequence[Row]) -> list[Row]:
        """Those that are not there, the first of any two alike."""
        fresh, taken = [], set[RowKey]()
        for row in rows:
            if row.keys.isdisjoint(self.keys) and row.keys.isdisjoint(taken):
                fresh.append(row)
                taken |= row.keys
        return fresh

    def bring(self, rows: Sequence[Row]) -> list[Row]:
        """Write those of the rows that are not there, and return them; what others wrote meanwhile is not ours."""
        missing: list[Row] = []

        def write() -> None:
            missing[:] = self.fresh(rows)
            if missing:
                self.sheet.bring(missing)

        again(write, self.prepare)
        self.keys.update(*(row.keys for row in missing))
        return missing

    def enlist(self, entries: Sequence[Entry]) -> int:
        """Write those of the entries that are not there, and return how many those were."""
        missing = self.unlisted(entries)
        if missing:
            again(lambda: self.sheet.enlist(missing), lambda: None)
        return len(missing)

    def unlisted(self, entries: Sequence[Entry]) -> list[Entry]:
        return layout.unlisted(entries, self.sheet.listed() if self.sheet.is_there else ())


def _keys(stored: Stored) -> Iterator[RowKey]:
    if stored.key:
        yield from (RowKey(stored.key.date, *identity) for identity in stored.key.identities)


def again(write: Callable[[], None], look: Callable[[], None]) -> None:
    """Write, and when others wrote at the same moment look and write once more.

    Raises:
        ConflictError: Others kept writing.
    """
    for left in reversed(range(_TRIES)):
        try:
            write()
        except ConflictError:
            if not left:
                raise
            look()
        else:
            return


def plan(source: WholeSheet, target: WholeSheet) -> Copied:
    """What ``copy`` would write. Nothing is written.

    Raises:
        ConfigError: The two are one sheet.
        SheetError: One of the two cannot be read.
        SheetUnavailableError: No answer.
    """
    origin, there = _Source(source), _Target(target)
    refuse_same(source, target)
    origin.look()
    there.look()
    left, kinds = Counter[str](), Counter[Kind]()
    for row in origin.rows(left):
        if there.fresh([row]):
            there.keys |= row.keys
            kinds[row.account.kind] += 1
        else:
            left["present"] += 1
    return _copied(kinds, len(there.unlisted(source.listed())), left)


def copy(
    source: WholeSheet,
    target: WholeSheet,
    watch: Callable[[int], None] = lambda _: None,
    chosen: Callable[[Stored], bool] | None = None,
) -> Copied:
    """Bring the rows of History and Posts, and the entries that are missing, from one sheet to another.

    What is there already, by name or by stable id, is not written again; so a copy that was killed is finished by
    another, and one after that writes nothing. The first sheet is only read.

    Args:
        source: Where the rows are.
        target: Where they are to be; its tabs are made when they are missing.
        watch: Told now and then how many rows have been written.
        chosen: Which lines are meant, no two of them of one account and day, and then no entries; None for all.

    Raises:
        ConfigError: The two are one sheet.
        ConflictError: Others kept writing to the target.
        SheetError: One of the two cannot be read, or the target not written.
        SheetUnavailableError: No answer; start it again.
    """
    refuse_same(source, target)
    origin, there = _Source(source, chosen), _Target(target)
    left, kinds = Counter[str](), Counter[Kind]()
    try:
        if not chosen:
            origin.look()
        again(there.prepare, lambda: None)
        for rows in _bulks(origin.rows(left), target.bulk):
            written = there.bring(rows)
            kinds.update(row.account.kind for row in written)
            left["present"] += len(rows) - len(written)
            watch(kinds.total())
        return _copied(kinds, 0 if chosen else there.enlist(source.listed()), left)
    except SheetUnavailableError as error:
        hint = "Start the same copy again when the sheet can be reached; it goes on where this one stopped."
        raise SheetUnavailableError(str(error), hint) from error


def refuse_same(source: WholeSheet, target: WholeSheet) -> None:
    """Raise ConfigError when two names lead to one sheet."""
    if source.place == target.place:
        raise ConfigError("Both names lead to the same sheet.", "Name the sheet to copy from, then the one to copy to.")


def _bulks(rows: Iterator[Row], most: int) -> Iterator[list[Row]]:
    bulk: list[Row] = []
    for row in rows:
        bulk.append(row)
        if len(bulk) >= most:
            yield bulk
            bulk = []
    if bulk:
        yield bulk


def _copied(kinds: Counter[Kind], accounts: int, left: Counter[str]) -> Copied:
    rows = kinds[Kind.ACCOUNT], kinds[Kind.POST]
    return Copied(*rows, accounts, left["present"], left["doubles"], left["damaged"])
