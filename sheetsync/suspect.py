"""Numbers too strange to believe at first sight (pure).

A platform that takes a visitor for a robot may answer as if all were well, with every count at zero. Such a number is
held back; when a later run sees the same, it is believed. What was seen is remembered in the sheet, in the words of
the detail beside the handle, so that it is the same from any machine.
"""

import re
from collections.abc import Iterable, Mapping

from sheetsync.model import Mark, Row, Status

_AGAIN = "held back, and written if a later run sees the same"
_FALL = re.compile(r"(?P<field>[a-z][a-z ]*?) fell from (?P<before>[\d,]+) to (?P<now>[\d,]+)")
_ALL_ZERO = "every count is zero"
_ALL_GONE = "not found, as are most accounts of this platform in this run"
_MEASURES = frozenset({"duration"})
"""Numbers that are not counts of people or what they did."""
_NEAR = 0.1
"""How far, as a share, a second look may differ from the first and still be the same."""
FEWEST = 3
"""Accounts of a platform that must be gone at once before that looks like the platform's doing."""


def doubt(row: Row, before: Row | None) -> str:
    """Why a row is not to be believed at first sight; empty when it is.

    Args:
        row: The row that would be written.
        before: The account's newest row; None when it has none.
    """
    counts = _counts(row)
    if len(counts) > 1 and not any(counts.values()) and not (before and not any(_counts(before).values())):
        return f"{_ALL_ZERO}; {_AGAIN}"
    falls = [
        f"{field} fell from {was:,} to {counts[field]:,}"
        for field, was in (_counts(before) if before else {}).items()
        if field in counts and was > 0 and counts[field] * 2 < was
    ]
    return f"{' and '.join(falls)}; {_AGAIN}" if falls else ""


def gone_at_once(outcomes: Mapping[str, Iterable[Status]], parts: int = 1) -> frozenset[str]:
    """The platforms of which most accounts are suddenly not found.

    Args:
        outcomes: By platform, how the visits to accounts ended that were not already known to be gone.
        parts: How many runs share the accounts: each sees only its own, so fewer of them must make it doubt.
    """
    strange = set()
    fewest = max(1, -(-FEWEST // parts))
    for platform, statuses in outcomes.items():
        facts = [status for status in statuses if status.is_fact]
        gone = facts.count(Status.NOT_FOUND)
        if gone >= fewest and gone * 2 > len(facts):
            strange.add(platform)
    return frozenset(strange)


def doubt_gone() -> str:
    """Why a ``not found`` is not to be believed when most others of the platform are gone, too."""
    return f"{_ALL_GONE}; {_AGAIN}"


def seen_before(reason: str, mark: Mark) -> bool:
    """Whether an earlier run held the row back for the same reason, as the mark beside the entry says."""
    if mark.status != Status.SUSPECT:
        return False
    for same in (_ALL_ZERO, _ALL_GONE):
        if reason.startswith(same):
            return mark.detail.startswith(same)
    earlier = {fall["field"]: fall for fall in _falls(mark.detail)}
    return all(
        (was := earlier.get(now["field"])) is not None
        and was["before"] == now["before"]
        and _near(_number(was["now"]), _number(now["now"]))
        for now in _falls(reason)
    )


def _counts(row: Row) -> dict[str, int]:
    if row.status is Status.NOT_FOUND:
        return {}
    return {
        name: value
        for name, value in row.values.items()
        if isinstance(value, int) and not isinstance(value, bool) and name not in _MEASURES
    }


def _falls(text: str) -> list[dict[str, str]]:
    return [match.groupdict() for part in text.split(" and ") for match in _FALL.finditer(part)]


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _near(first: int, second: int) -> bool:
    return abs(first - second) <= _NEAR * max(first, second)
