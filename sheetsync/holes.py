"""Days on which a row should stand and does not. Pure.

A day counts when others have a row on it, so what was never followed is never missed:

- A day on which one account lacks a row that it had before and after is a hole of that account.
- A day on which most accounts of a platform lack theirs is one hole, of the platform: a run was blocked or cut off, or
  somebody ran it for a single handle. Nobody wants to read 499 sentences about it.
- A day without any row is missed only where the sheet's own rhythm has one: not on Saturdays in a sheet that is filled
  on workdays, not on Tuesdays in one that is filled on Mondays.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

_DAY = timedelta(days=1)


class Thin(NamedTuple):
    """A day on which most of those followed have no row.

    Attributes:
        day: The day.
        present: How many have one.
        followed: How many have rows before and after it, or on it.
    """

    day: date
    present: int
    followed: int


def missed(days: Collection[date]) -> list[list[date]]:
    """Days without any row that the rhythm of the others wants to have one.

    A pause is missed when it is longer than the usual one; of its days those are, whose weekday has a row just before
    or just after it. In a sheet too young to tell, every day is.

    Args:
        days: Those with rows.

    Returns:
        By pause, its missed days.
    """
    ordered = sorted(set(days))
    pairs = list(pairwise(ordered))
    usual = Counter(later - earlier for earlier, later in pairs).most_common(1)
    found = []
    for earlier, later in pairs:
        if later - earlier > usual[0][0]:
            week = [day for at in range(7) for day in (earlier - at * _DAY, later + at * _DAY)]
            chances = {day.weekday(): False for day in week if ordered[0] <= day <= ordered[-1]}
            chances |= {day.weekday(): True for day in week if day in days}
            pause = (earlier + at * _DAY for at in range(1, (later - earlier).days))
            if wanted := [day for day in pause if chances.get(day.weekday(), True)]:
                found.append(wanted)
    return found


def thin(days: Collection[date], series: Mapping[str, Collection[date]]) -> list[Thin]:
    """Days on which fewer than half of those followed, which are two or more, have a row.

    Args:
        days: Those on which anything in the sheet has a row.
        series: The days of each account of one platform.
    """
    ordered = sorted(days)
    followed, present = Counter[date](), Counter(day for own in series.values() for day in own)
    for own in series.values():
        first, last = bisect_left(ordered, min(own)), bisect_right(ordered, max(own))
        followed.update(ordered[first:last])
    return [Thin(day, present[day], followed[day]) for day in ordered if present[day] * 2 < followed[day] > 1]


def holes(days: Sequence[date], own: Collection[date]) -> Iterator[list[date]]:
    """The stretches that one account has no rows in, between its first and its last.

    Args:
        days: Those on which it should have one, in order.
        own: Those on which it has.
    """
    between = days[bisect_left(days, min(own)) : bisect_right(days, max(own))]
    for is_there, stretch in groupby(between, key=set(own).__contains__):
        if not is_there:
            yield list(stretch)


def stretch(days: Sequence[date]) -> str:
    """A stretch of days in words."""
    if len(days) == 1:
        return f"on {days[0]}"
    return f"from {days[0]} to {days[-1]} ({len(days)} days)"
