"""Rows as cells under the headers of a tab, and back. Pure: it knows neither files nor Google."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from sheetsync.errors import SheetError
from sheetsync.model import Account, Entry, Kind, Mark, Row, RowKey, Status, Value
from sheetsync.sheets import Identity

ACCOUNTS = "Accounts"
"""The tab where people type."""

TABS: Mapping[Kind, str] = {Kind.ACCOUNT: "History", Kind.POST: "Posts"}
"""The tab where rows of a kind stand."""

MARK_COLUMNS = ("status", "detail", "last row")
ACCOUNTS_COLUMNS = ("account", "platform", *MARK_COLUMNS)

KEY_COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.ACCOUNT: ("date", "platform", "account"),
    Kind.POST: ("date", "platform", "account", "post"),
}
"""Without these a tab with rows cannot be read, because doubles would follow."""

_FIRST: Mapping[Kind, tuple[str, ...]] = {
    Kind.ACCOUNT: (*KEY_COLUMNS[Kind.ACCOUNT], "id", "status", "followers", "following", "likes", "posts", "views"),
    Kind.POST: (*KEY_COLUMNS[Kind.POST], "views", "likes", "comments", "shares", "saves", "engagement rate"),
}
_LAST = ("url", "observed at", "note")

TEXT_COLUMNS = frozenset({"platform", "account", "post", "id", "status", "url", "note"})
"""Always text, digits or not: for any reader, 6781206617314018309 is a name and no number."""


def normal(header: str) -> str:
    """The name of a column, however people spell its header."""
    return header.strip().casefold()


def plain(text: str) -> str:
    """The text as it can be written anywhere: half a surrogate pair, as broken pages have it, becomes ``�``."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def own_columns(kind: Kind) -> tuple[str, ...]:
    """The headers that a tab has from the start, further fields left out."""
    return _FIRST[kind] + _LAST


def header(kind: Kind, rows: Iterable[Row]) -> list[str]:
    """The headers of a new tab that is to hold these rows."""
    known = dict.fromkeys(own_columns(kind), 0)
    return [*_FIRST[kind], *missing_columns(known, rows), *_LAST]


def account_columns(headers: Sequence[str], where: str) -> dict[str, int]:
    """Where the columns of the Accounts tab are, people's own among them.

    Args:
        headers: The first line of the tab.
        where: How to call the tab in a message.

    Returns:
        By the column's normal name, its index from 0.

    Raises:
        SheetError: ``account`` is missing, or a column of ours stands there twice.
    """
    found = find_columns(headers, ACCOUNTS_COLUMNS, where)
    _require(found, ("account",), headers, where)
    return found


def row_columns(headers: Sequence[str], kind: Kind, where: str) -> dict[str, int]:
    """Where the columns of a History or Posts tab are, people's own among them.

    Raises:
        SheetError: A key column is missing, or a column of ours stands there twice.
    """
    found = find_columns(headers, own_columns(kind), where)
    _require(found, KEY_COLUMNS[kind], headers, where)
    return found


def find_columns(headers: Sequence[str], ours: Collection[str], where: str) -> dict[str, int]:
    """Every column that has a header, by its normal name; of people's own doubles the first.

    Raises:
        SheetError: One of ``ours`` stands there twice.
    """
    found: dict[str, int] = {}
    for index, name in enumerate(map(normal, headers)):
        if name in found and name in ours:
            raise SheetError(f"{where} has two columns named “{name}”.", "Rename or delete one of the two.")
        if name:
            found.setdefault(name, index)
    return found


def _require(found: Mapping[str, int], names: Iterable[str], headers: Sequence[str], where: str) -> None:
    for name in names:
        if name not in found:
            there = ", ".join(text.strip() for text in headers if text.strip())
            if not there:
                raise SheetError(f"{where} has no headers.", f"Write “{name}” into its first cell.")
            raise SheetError(
                f"{where} has no column “{name}”. The headers found there: {there[:200]}.",
                f"Name the column “{name}” again; it may stand anywhere in the first line.",
            )


def missing_columns(found: Collection[str], rows: Iterable[Row]) -> list[str]:
    """The columns that these rows need and the tab has not, in the order in which they are to be added."""
    needed = dict.fromkeys(name for row in rows for name in cells(row))
    return [name for name in needed if name not in found]


def cells(row: Row) -> dict[str, Value]:
    """The cells of a row that hold something, by the name of their column.

    ``observed at`` is a datetime in UTC. A post's status is told only when it is not ``ok``: the Posts tab gets that
    column when the first post is gone. A field that is named like a column of ours is left out.
    """
    account = row.account
    status = "" if account.kind is Kind.POST and row.status is Status.OK else str(row.status)
    first: dict[str, Value] = {"date": row.date, "platform": account.platform, "account": account.handle}
    first |= {"post": account.post} if account.kind is Kind.POST else {}
    fields = {normal(name): value for name, value in row.values.items()}
    middle = {name: value for name, value in fields.items() if name not in _reserved(account.kind)}
    last: dict[str, Value] = {"url": account.url, "note": row.note}
    last |= {"observed at": row.observed_at.replace(microsecond=0)} if row.observed_at else {}
    every = first | {"status": status} | middle | last
    clean = {name: plain(value) if isinstance(value, str) else value for name, value in every.items()}
    return {name: value for name, value in clean.items() if value != ""}


def _reserved(kind: Kind) -> frozenset[str]:
    return frozenset({*KEY_COLUMNS[kind], "status", *_LAST})


def enlisted(entry: Entry) -> dict[str, Value]:
    """The cells of an entry and its mark that hold something, by the name of their column."""
    mark = entry.mark
    cells = (entry.text, entry.platform, mark.status, mark.detail, mark.last_row or "")
    named = zip(ACCOUNTS_COLUMNS, cells, strict=True)
    return {name: plain(value) if isinstance(value, str) else value for name, value in named if value != ""}


def unlisted(entries: Iterable[Entry], there: Iterable[Entry]) -> list[Entry]:
    """Those of the entries that are not there yet, the first of any two alike; capitals do not matter."""
    known = {_spelled(entry) for entry in there}
    fresh: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        if _spelled(entry) not in known:
            fresh.setdefault(_spelled(entry), entry)
    return list(fresh.values())


def _spelled(entry: Entry) -> tuple[str, str]:
    return plain(normal(entry.text)), plain(normal(entry.platform))


def refuse_doubles(rows: Iterable[Row]) -> None:
    """Raise SheetError when two of these rows would stand for the same account or post on the same day."""
    seen: set[RowKey] = set()
    for one in rows:
        if double := seen & one.keys:
            key = min(double)
            raise SheetError(f"Two rows for {key.platform} {key.name} on {key.date} were to be written at once.")
        seen |= one.keys


def row(found: Mapping[str, Value], kind: Kind) -> Row:
    """The row that stands in these cells.

    Args:
        found: The cells that hold something, typed, by the normal name of their column.
        kind: Of the tab they stand in.

    Returns:
        The row. A status that is none of ours, or none, reads as ``ok``: people may write over it, and the numbers
        beside it are what they were.

    Raises:
        SheetError: There is no date.
    """
    day, observed_at = found.get("date"), found.get("observed at")
    if not isinstance(day, date):
        raise SheetError(f"A row of {TABS[kind]} has no date.", "Write it as 2026-11-23, or delete the row.")
    post = _text(found, "post") if kind is Kind.POST else ""
    account = Account(_text(found, "platform"), kind, _text(found, "account"), _text(found, "url"), post)
    values = {name: cell for name, cell in found.items() if name not in _reserved(kind)}
    if "id" in values:
        values["id"] = _text(found, "id")
    seen = observed_at if isinstance(observed_at, datetime) else None
    return Row(day, account, _status(_text(found, "status")), values, seen, _text(found, "note"))


def _text(found: Mapping[str, Value], name: str) -> str:
    return str(found.get(name, ""))


def _status(text: str) -> Status:
    return next((status for status in Status if status == text), Status.OK)


class Line(NamedTuple):
    """What tells a line of History or Posts from others; the rest of its cells is read only when it is needed.

    Attributes:
        number: The line as the spreadsheet counts it, header included.
        date: The day of its row.
        platform: The platform's key.
        kind: Of the tab it stands in.
        name: The handle, or the post's id.
        stable_id: The account's stable id; empty when there is none.
        status: The cell of the status column.
    """

    number: int
    date: date
    platform: str
    kind: Kind
    name: str
    stable_id: str = ""
    status: str = ""

    @property
    def identities(self) -> Iterator[Identity]:
        """By name, and by stable id where there is one."""
        yield self.platform, self.kind, self.name
        if self.stable_id and self.kind is Kind.ACCOUNT:
            yield self.platform, self.kind, f"id:{self.stable_id}"


def taken(lines: Iterable[Line]) -> dict[RowKey, Status]:
    """The keys that these lines take, by name and by stable id, and the status of each."""
    return {RowKey(line.date, *identity): _status(line.status) for line in lines for identity in line.identities}


def newest(lines: Iterable[Line], day: date) -> tuple[list[Line], dict[Identity, Line]]:
    """What a run needs of a whole tab, found in one pass.

    Args:
        lines: Every line, in the sheet's order, which need not be the order of dates.
        day: The day that rows are to be dated.

    Returns:
        The lines of that day; and each account's newest line strictly before it, the lower one when two share a date.
    """
    today: list[Line] = []
    before: dict[Identity, Line] = {}
    for line in lines:
        if line.date == day:
            today.append(line)
        elif line.date < day:
            for identity in line.identities:
                seen = before.get(identity)
                if seen is None or seen.date <= line.date:
                    before[identity] = line
    return today, before


def place(marks: Iterable[tuple[Entry, Mark]], entries: Sequence[Entry]) -> dict[int, Mark]:
    """Where marks go, now that people may have sorted, inserted and deleted.

    Args:
        marks: The marks, each with its entry as it was read.
        entries: The entries as they stand now.

    Returns:
        By line, the mark for it: the entry's own line if it still stands there, else the nearest line with the same
        text and platform that no other mark has. A mark whose entry is gone has no place.
    """
    free: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        free.setdefault((entry.text, entry.platform), []).append(entry.line)
    placed: dict[int, Mark] = {}
    moved: list[tuple[Entry, Mark]] = []
    for entry, mark in marks:
        same = free.get((entry.text, entry.platform), [])
        if entry.line in same:
            same.remove(entry.line)
            placed[entry.line] = mark
        else:
            moved.append((entry, mark))
    for entry, mark in moved:
        if same := free.get((entry.text, entry.platform), []):
            nearest = min(same, key=partial(_distance, entry.line))
            same.remove(nearest)
            placed[nearest] = mark
    return placed


def _distance(line: int, other: int) -> int:
    return abs(line - other)
