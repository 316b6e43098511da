"""What is wrong in a sheet, line by line: doubles, holes, torn and retyped cells, unknown status. Pure.

Of two rows for one account and day, one stays: a row with nothing torn or retyped in it goes before one that has; then
the one with more counts; then the one that was seen first; then the upper one.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple

from sheetsync import holes
from sheetsync.model import Kind, Status, Value
from sheetsync.sheets import Identity, layout
from sheetsync.sheets.whole import Place, Stored

COUNTS = frozenset({"followers", "following", "likes", "posts", "views", "comments", "shares", "saves"})
"""Columns of ours that hold counts."""

_OURS = COUNTS | {"status", "url", "observed at"}
_FACTS = frozenset(str(status) for status in Status if status.is_fact)
_LATE = datetime.max.replace(tzinfo=UTC)


class Flaw(StrEnum):
    """What can be wrong."""

    DOUBLE = "double"
    HOLE = "hole"
    TORN = "torn"
    RETYPED = "retyped"
    STATUS = "unknown status"


class Finding(NamedTuple):
    """One thing that is wrong.

    Attributes:
        tab: The title of the tab.
        line: As the spreadsheet counts it; for a hole the last line before it, or 0 when it belongs to no account.
        kind: What is wrong.
        sentence: For the owner of the sheet.
    """

    tab: str
    line: int
    kind: Flaw
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in a whole sheet.

    Attributes:
        rows: How many rows stand in each tab.
        findings: What is wrong, tab by tab, from the top.
        surplus: The lines that ``--repair`` takes out: of doubles, all but the one that stays.
    """

    rows: Mapping[str, int]
    findings: tuple[Finding, ...] = ()
    surplus: tuple[Place, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong that anybody could mend: holes do not count."""
        return all(finding.kind is Flaw.HOLE for finding in self.findings)


class _Line(NamedTuple):
    """A row, as far as it is compared with others; kept for every row, so without its cells."""

    key: layout.Line
    place: Place
    is_damaged: bool
    counts: int
    numbers: int
    seen: datetime

    @property
    def rank(self) -> tuple[bool, int, datetime, int]:
        """Of doubles, the lowest stays."""
        return self.is_damaged, -self.counts, self.seen, self.key.number


@dataclass(slots=True)
class _Tab:
    """One tab while it is read."""

    kind: Kind
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)
    surplus: list[Place] = field(default_factory=list)
    days: dict[date, list[_Line]] = field(default_factory=lambda: defaultdict(list))

    def take(self, stored: Stored) -> None:
        found = [Finding(stored.tab, stored.line, flaw, sentence) for flaw, sentence in flaws(stored)]
        self.findings += found
        self.rows += _is_row(stored)
        if stored.key:
            self.days[stored.key.date].append(_line(stored, is_damaged=bool(found)))

    def judge(self) -> None:
        """Find what only shows when all lines are known."""
        for lines in self.days.values():
            for line, stays in _doubles(lines):
                tab = layout.TABS[self.kind]
                self.findings.append(Finding(tab, line.key.number, Flaw.DOUBLE, _double(line, stays)))
                self.surplus.append(line.place)
        self.findings += _holes(self.kind, [line.key for lines in self.days.values() for line in lines])
        self.findings.sort()


def verify(lines: Iterable[Stored]) -> Verdict:
    """Look at every line of a sheet.

    Args:
        lines: As ``WholeSheet.stored`` gives them; each is forgotten once it has been looked at.
    """
    tabs = {kind: _Tab(kind) for kind in Kind}
    for stored in lines:
        tabs[stored.kind].take(stored)
    for tab in tabs.values():
        tab.judge()
    return Verdict(
        {layout.TABS[kind]: tab.rows for kind, tab in tabs.items()},
        tuple(finding for tab in tabs.values() for finding in tab.findings),
        tuple(place for tab in tabs.values() for place in tab.surplus),
    )


def flaws(stored: Stored) -> Iterator[tuple[Flaw, str]]:
    """What is wrong with a line by itself; people's own lines, which name no account, are left alone."""
    if stored.is_torn:
        yield Flaw.TORN, "It was cut off while it was written; it counts for nothing, and the next run takes it out."
    if not _is_row(stored):
        return
    for name in ("date", "platform", "post" if stored.kind is Kind.POST else "account"):
        if name not in stored.cells:
            yield Flaw.TORN, f"It has no {name}."
    for name, value in stored.cells.items():
        if wrong := _wrong(name, value):
            yield Flaw.RETYPED, f"“{value}” under “{name}” is {wrong}."
    status = stored.cells.get("status", Status.OK)
    if status not in _FACTS:
        yield Flaw.STATUS, f"“{status}” is no status of a row; those are {', '.join(sorted(_FACTS))}."


def _is_row(stored: Stored) -> bool:
    cells = stored.cells
    named = {"platform", "account", "post"} if stored.kind is Kind.POST else {"platform", "account"}
    return not named.isdisjoint(cells) or (stored.day is not None and not _OURS.isdisjoint(cells))


def _wrong(name: str, value: Value) -> str:
    """What is wrong with a cell, or nothing."""
    if name == "date":
        return "" if isinstance(value, date) else "no date; write it as 2026-11-23"
    if name == "observed at":
        return "" if isinstance(value, datetime) else "no moment; write it as 2026-11-23T05:17:09Z"
    return "" if name not in COUNTS or _is_count(value) else "no count: a whole number, not below zero"


def _is_count(value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value >= 0 and float(value).is_integer()


def _line(stored: Stored, *, is_damaged: bool) -> _Line:
    if stored.key is None:
        raise AssertionError
    counts = {name: value for name, value in stored.cells.items() if name in COUNTS}
    seen = stored.cells.get("observed at")
    moment = seen if isinstance(seen, datetime) else _LATE
    return _Line(stored.key, stored.place, is_damaged, len(counts), hash(frozenset(counts.items())), moment)


def _doubles(lines: Iterable[_Line]) -> Iterator[tuple[_Line, _Line]]:
    """Of the rows of one day, each that is one too many, and the one that stays in its place."""
    taken: dict[Identity, _Line] = {}
    for line in sorted(lines, key=lambda line: line.rank):
        identities = list(line.key.identities)
        stays = next((taken[identity] for identity in identities if identity in taken), None)
        if stays:
            yield line, stays
        else:
            taken |= dict.fromkeys(identities, line)


def _double(line: _Line, stays: _Line) -> str:
    key, other = line.key, stays.key
    who = f"{key.platform} {key.name}"
    same = f"{who} has another row" if key.name == other.name else f"{who} has the id of {other.name}, which has a row"
    numbers = "" if line.numbers == stays.numbers else " Their numbers differ."
    return f"{same} on {key.date}, in line {other.number}, which stays: it {_reason(line, stays)}.{numbers}"


def _reason(line: _Line, stays: _Line) -> str:
    if line.is_damaged != stays.is_damaged:
        return "has nothing torn or retyped in it"
    if line.counts != stays.counts:
        return "has more counts"
    return "was seen first" if line.seen != stays.seen else "stands above"


def _holes(kind: Kind, keys: list[layout.Line]) -> Iterator[Finding]:
    tab, what = layout.TABS[kind], "account" if kind is Kind.ACCOUNT else "post"
    every = {key.date for key in keys}
    for days in holes.missed(every):
        yield Finding(tab, 0, Flaw.HOLE, f"Nothing at all was written {holes.stretch(days)}.")
    names = _series(keys)
    for platform in sorted({key.platform for key in keys}):
        series: dict[str, dict[date, layout.Line]] = defaultdict(dict)
        for key in keys:
            if key.platform == platform:
                series[names[platform, kind, key.name]][key.date] = key
        thin = holes.thin(every, series)
        for day, present, followed in thin:
            those = f"{present or 'None'} of the {followed:,} {what}s that were followed on {platform} then"
            yield Finding(tab, 0, Flaw.HOLE, f"{those} {'has' if present <= 1 else 'have'} a row on {day}.")
        full = sorted(every - {day for day, _, _ in thin})
        for own in series.values():
            for days in holes.holes(full, own):
                last = own[max(day for day in own if day < days[0])]
                yield Finding(tab, last.number, Flaw.HOLE, f"{platform} {last.name} has no row {holes.stretch(days)}.")


def _series(keys: Iterable[layout.Line]) -> dict[Identity, str]:
    """By account, the name of its series: one that was renamed keeps its stable id, and with it its series."""
    names: dict[Identity, str] = {}
    for key in keys:
        known = [names[identity] for identity in key.identities if identity in names]
        names |= dict.fromkeys(key.identities, known[-1] if known else key.name)
    return names


def as_text(verdict: Verdict) -> Iterator[str]:
    """The verdict for people, a line each."""
    for tab, line, kind, sentence in verdict.findings:
        yield f"{tab}, line {line}: {kind}. {sentence}" if line else f"{tab}: {kind}. {sentence}"
    read = " and ".join(f"{number:,} in {tab}" for tab, number in verdict.rows.items())
    if not verdict.findings:
        yield f"Rows read: {read}. No double, no hole, no torn or retyped cell."
        return
    kinds = Counter(finding.kind for finding in verdict.findings)
    said = ", ".join(f"{kind}: {kinds[kind]:,}" for kind in Flaw if kinds[kind])
    yield f"Rows read: {read}. Found: {said}."
    if kinds[Flaw.HOLE]:
        yield "Holes stay: nobody can know the number of a day that is over."
    if verdict.surplus:
        yield "Doubles can be taken out: sheetsync verify --repair shows which, and asks."


def as_json(verdict: Verdict) -> str:
    """The verdict for machines.

    Returns:
        ``{"rows": {tab: number}, "findings": [{"tab", "line", "kind", "sentence"}], "surplus": [{"tab", "line"}]}``
    """
    surplus = [{"tab": layout.TABS[place.kind], "line": place.line} for place in verdict.surplus]
    findings = [finding._asdict() for finding in verdict.findings]
    return json.dumps({"rows": dict(verdict.rows), "findings": findings, "surplus": surplus}, ensure_ascii=False)
