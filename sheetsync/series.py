"""One account's rows in the order of their days, however often it was renamed (pure)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from sheetsync.model import Kind, Row

_ROUNDED = "rounded: "
_SECONDS = 86_400


class Point(NamedTuple):
    """A count on a day.

    Attributes:
        row: Where it stands.
        value: The count.
        rounded: Whether the platform had rounded it.
    """

    row: Row
    value: int
    rounded: bool


def count(row: Row, name: str) -> int | None:
    """A count of a row; None when it has none, or when something else stands there."""
    value = row.values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def is_rounded(row: Row, name: str) -> bool:
    """Whether the row's note says that the platform had rounded this count."""
    parts = (part.removeprefix(_ROUNDED) for part in row.note.split("; ") if part.startswith(_ROUNDED))
    return any(name in part.split(", ") for part in parts)


def elapsed(earlier: Row, later: Row) -> float:
    """Days between two rows: by the moment they were seen where both tell it, else by their dates."""
    if earlier.observed_at and later.observed_at and later.observed_at > earlier.observed_at:
        return (later.observed_at - earlier.observed_at).total_seconds() / _SECONDS
    return float((later.date - earlier.date).days)


@dataclass(frozen=True)
class Series:
    """The rows of one account or post.

    Attributes:
        rows: One for each day, oldest first; of two on one day, the one that stands lower.
    """

    rows: tuple[Row, ...]

    @property
    def newest(self) -> Row:
        """Its last row, whatever it says."""
        return self.rows[-1]

    @cached_property
    def handles(self) -> tuple[str, ...]:
        """Every handle that it had, oldest first."""
        return tuple(dict.fromkeys(row.account.handle for row in self.rows))

    def points(self, name: str) -> "Points":
        """The days on which a count was seen."""
        seen = ((row, count(row, name)) for row in self.rows)
        return Points([Point(row, value, is_rounded(row, name)) for row, value in seen if value is not None])


class Points:
    """One count of a series, oldest first."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.all = points
        self._days = [point.row.date for point in points]
        self._steps = _steps(points)

    @property
    def newest(self) -> Point | None:
        """The last; None when the count was never seen."""
        return self.all[-1] if self.all else None

    def at(self, day: date) -> Point | None:
        """The newest at or before a day."""
        found = bisect_right(self._days, day)
        return self.all[found - 1] if found else None

    def since(self, day: date) -> Point | None:
        """The oldest at or after a day."""
        found = bisect_right(self._days, day - timedelta(days=1))
        return self.all[found] if found < len(self.all) else None

    def step(self, point: Point) -> int:
        """How far a count can be from the truth because it was rounded; 0 when it was not."""
        return self._steps[len(str(point.value))] if point.rounded else 0


def _steps(points: Iterable[Point]) -> dict[int, int]:
    """By number of digits, the finest place in which the platform shows such counts."""
    steps: dict[int, int] = {}
    for value in {point.value for point in points if point.rounded}:
        text = str(value)
        step = 10 ** (len(text) - len(text.rstrip("0"))) if value else 1
        steps[len(text)] = min(step, steps.get(len(text), step))
    return steps


def gather(rows: Iterable[Row]) -> list[Series]:
    """The series that these rows make, in the order in which they first appear.

    Rows with a stable id belong to that id, whatever their handle. A row without one (``not found`` has none) belongs
    to the id that its handle had on the nearest day before, or else the next day after.
    """
    every = [row for row in rows if row.account.name]
    ids = _ids(every)
    found: dict[tuple[str, Kind, str], dict[date, Row]] = defaultdict(dict)
    for row in every:
        found[row.account.platform, row.account.kind, _name(row, ids)][row.date] = row
    return [Series(tuple(days[day] for day in sorted(days))) for days in found.values()]


def _ids(rows: Iterable[Row]) -> Mapping[tuple[str, str], list[tuple[date, str]]]:
    """By platform and handle, on which days it had which stable id."""
    ids: dict[tuple[str, str], list[tuple[date, str]]] = defaultdict(list)
    for row in rows:
        if row.account.kind is Kind.ACCOUNT and row.values.get("id"):
            ids[row.account.platform, _spelling(row)].append((row.date, str(row.values["id"])))
    return {handle: sorted(days) for handle, days in ids.items()}


def _name(row: Row, ids: Mapping[tuple[str, str], list[tuple[date, str]]]) -> str:
    if row.account.kind is Kind.POST:
        return row.account.post
    if stable_id := row.values.get("id"):
        return f"id:{stable_id}"
    known = ids.get((row.account.platform, _spelling(row)))
    if not known:
        return _spelling(row)
    at = bisect_right(known, row.date, key=lambda pair: pair[0])
    return f"id:{known[max(at - 1, 0)][1]}"


def _spelling(row: Row) -> str:
    return row.account.handle.casefold()
