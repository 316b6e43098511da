"""Old rows moved out of a full sheet into another, each exactly once, however often it is started.

First all of them are copied, then it is looked whether each stands there as it was, and only those are taken out here,
in one step. Whatever is cut off in between is finished by starting it again: what has arrived is not copied twice, and
what has not arrived is not taken out.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from sheetsync.errors import ConfigError, SheetError
from sheetsync.model import Kind, Row, Value
from sheetsync.sheets import Identity
from sheetsync.sheets.layout import Line
from sheetsync.sheets.whole import Place, Stored, WholeSheet
from sheetsync.transfer import again, copy, refuse_same
from sheetsync.verify import flaws, verify


class Archived(NamedTuple):
    """What was moved, or is going to be.

    Attributes:
        history: Rows of History.
        posts: Rows of Posts.
        damaged: Lines that stay because something in them is torn or retyped.
        different: Lines that stay because the archive has another row of the same account and day.
    """

    history: int = 0
    posts: int = 0
    damaged: int = 0
    different: int = 0

    @property
    def rows(self) -> int:
        """Rows of both tabs."""
        return self.history + self.posts

    def sentence(self, verb: str = "moved") -> str:
        """For the owner of the sheets.

        Args:
            verb: What became of the rows: ``moved``, or ``to move``.
        """
        counts = ((self.history, "of History"), (self.posts, "of Posts"))
        said = ", ".join(f"{_lines(number)} {where}" for number, where in counts if number) or "Nothing"
        stay = [
            f"{_lines(number)} left, because {why}"
            for number, why in (
                (self.damaged, "something in them is damaged (`sheetsync verify` names them)"),
                (self.different, "the archive says something else of the same account and day"),
            )
            if number
        ]
        return "; ".join([f"{said} {verb}", *stay]) + "."

    def as_json(self, *, dry_run: bool) -> str:
        """For machines: one object with a number for each attribute, and ``dry_run``."""
        return json.dumps({**self._asdict(), "dry_run": dry_run})


def _lines(number: int) -> str:
    return f"{number:,} line" if number == 1 else f"{number:,} lines"


@dataclass(slots=True)
class _Old:
    """Which lines are to go: all before a day, but for the newest of each account, which the next run compares with."""

    before: date
    newest: dict[Identity, date] = field(default_factory=dict)

    def look(self, sheet: WholeSheet) -> Iterator[Stored]:
        """Every line of a sheet; once all have gone by, the newest of each account are known."""
        self.newest = {}
        for stored in sheet.stored():
            if stored.key:
                for identity in stored.key.identities:
                    self.newest[identity] = max(stored.key.date, self.newest.get(identity, date.min))
            yield stored

    def has(self, stored: Stored) -> bool:
        return stored.key is not None and self.has_key(stored.key)

    def has_key(self, key: Line) -> bool:
        if key.date >= self.before:
            return False
        return all(self.newest.get(identity, date.min) > key.date for identity in key.identities)


def plan(source: WholeSheet, target: WholeSheet, before: date) -> Archived:
    """What ``archive`` would move, if the archive has nothing yet. Nothing is written.

    Raises:
        ConfigError: The two are one sheet, or the day is yet to come.
        SheetError: The sheet cannot be read, or has rows twice.
        SheetUnavailableError: No answer.
    """
    refuse_same(source, target)
    old = _look(source, before)
    kinds, left = Counter[Kind](), Counter[str]()
    for stored in source.stored():
        if old.has(stored):
            if _is_damaged(stored):
                left["damaged"] += 1
            else:
                kinds[stored.kind] += 1
    return Archived(kinds[Kind.ACCOUNT], kinds[Kind.POST], left["damaged"])


def archive(
    source: WholeSheet, target: WholeSheet, before: date, watch: Callable[[int], None] = lambda _: None
) -> Archived:
    """Move the rows of History and Posts that are older than a day, but for each account's newest.

    A move that was killed is finished by another, and one after that moves nothing.

    Args:
        source: Where the rows are.
        target: Where they are to be; its tabs are made when they are missing. Nobody's handles go there.
        before: The first day that stays.
        watch: Told now and then how many rows have been copied.

    Raises:
        ConfigError: The two are one sheet, or the day is yet to come.
        ConflictError: Others kept writing.
        SheetError: One of the two cannot be read or written, or the source has rows twice.
        SheetUnavailableError: No answer; start it again.
    """
    refuse_same(source, target)
    today = source.read().day  # which also writes what an earlier run left in the outbox, before it could be too late
    if before > today:
        raise ConfigError(f"{before} is yet to come.", f"Name a day no later than {today}.")
    old = _look(source, before)
    copy(source, target, watch, chosen=old.has)
    there = {_content(row) for row in _rows(target, before)}
    left, kinds = Counter[str](), Counter[Kind]()
    again(lambda: _take_out(source, old, there, kinds, left), lambda: None)
    return Archived(kinds[Kind.ACCOUNT], kinds[Kind.POST], left["damaged"], left["different"])


def _take_out(source: WholeSheet, old: _Old, there: set[bytes], kinds: Counter[Kind], left: Counter[str]) -> None:
    """Take out those of the old lines whose rows have arrived as they were."""
    kinds.clear()
    left.clear()
    arrived: list[tuple[Line, Place]] = []
    others: list[tuple[Line, str]] = []
    for stored in old.look(source):
        if stored.key and stored.key.date < old.before:
            if (row := stored.row) and not _is_damaged(stored) and _content(row) in there:
                arrived.append((stored.key, stored.place))
            else:
                others.append((stored.key, "damaged" if _is_damaged(stored) else "different"))
    left.update(why for key, why in others if old.has_key(key))
    places = [place for key, place in arrived if old.has_key(key)]
    kinds.update(place.kind for place in places)
    if places:
        source.erase(places)


def _look(source: WholeSheet, before: date) -> _Old:
    old = _Old(before)
    if verify(old.look(source)).surplus:
        raise SheetError(
            f"{source.name} has rows twice, and only one of two can be moved. Nothing was moved.",
            "Mend it with `sheetsync verify --repair` first.",
        )
    return old


def _is_damaged(stored: Stored) -> bool:
    return any(True for _ in flaws(stored))


def _rows(sheet: WholeSheet, before: date) -> Iterator[Row]:
    for stored in sheet.stored():
        if stored.key and stored.key.date < before and (row := stored.row):
            yield row


def _content(row: Row) -> bytes:
    """What tells a row from any other, in 16 bytes: a long history has many."""
    values = sorted((name, _plain(value)) for name, value in row.values.items())
    told = (row.date, row.account, str(row.status), values, row.observed_at, row.note)
    return blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _plain(value: Value) -> str:
    """The same for 5 and 5.0, between which a spreadsheet does not tell."""
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)
