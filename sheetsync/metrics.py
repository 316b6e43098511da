"""Numbers that follow from rows, and from nothing else (pure).

What cannot be known is absent and says why; it is never 0. Every window ends at the account's own newest count, so that
neither today's date nor another account changes it.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from sheetsync.model import Kind, Row, Value
from sheetsync.series import Point, Points, Series, count, elapsed, gather

WINDOWS = (1, 7, 28, 90)
"""Days over which a change is told."""
_WEEK, _MONTH = 7, 28
_ENOUGH = 14  # days of history before anything is foretold
_FARTHEST = 3 * 365  # days; a milestone beyond is no forecast
_SMALLEST = 100
_SHORT = "not enough history"
_ROUNDED = "rounded: the change is no more than a rounding step"


def engagement_rate(values: Mapping[str, Value]) -> float | None:
    """(likes + comments) / views of one post, to four decimals; None when one is missing or nobody viewed it.

    The sum of the 2019 post that this tool goes back to: (120 comments + 8,832 likes) / 174,000 views = 5 %.
    """
    likes, comments, views = (values.get(name) for name in ("likes", "comments", "views"))
    if not isinstance(likes, int) or not isinstance(comments, int) or not isinstance(views, int) or not views:
        return None
    return round((likes + comments) / views, 4)


class Change(NamedTuple):
    """How a count went over a time.

    Attributes:
        absolute: By how much; None when it is not known.
        share: The same, divided by the count before; None when it is not known or the count before was 0.
        days: How long it really took, in days.
        why: The reason when it is not known.
    """

    absolute: int | None = None
    share: float | None = None
    days: float = 0.0
    why: str = ""

    @property
    def per_day(self) -> float | None:
        """By how much in a day."""
        return None if self.absolute is None or self.days <= 0 else self.absolute / self.days


class Milestone(NamedTuple):
    """The next round number.

    Attributes:
        goal: The number; None when there is no count.
        earliest: The first day to expect it; None when it cannot be told.
        latest: The last day to expect it; None when it may never come.
        why: The reason when ``earliest`` is not known.
    """

    goal: int | None = None
    earliest: date | None = None
    latest: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Engagement:
    """How many of those who saw an account's posts did something, over its posts on the sheet.

    Attributes:
        pooled: All their likes and comments divided by all their views; None when no post has all three.
        middle: The median of the posts' own rates.
        posts: How many posts that is.
    """

    pooled: float | None = None
    middle: float | None = None
    posts: int = 0


@dataclass(frozen=True, slots=True)
class PostNumbers:
    """What follows from the rows of one post. Rates are shares: 0.05 is 5 %.

    Attributes:
        series: Its rows.
        rate: (likes + comments) / views.
        rate_all: (likes + comments + shares + saves) / views.
        rate_followers: (likes + comments) / the followers last known on that day.
        gained: Views since the first row, which is a baseline and no gain; None with one row only.
        per_day: Views gained per day between the last two rows.
    """

    series: Series
    rate: float | None
    rate_all: float | None
    rate_followers: float | None
    gained: Change
    per_day: float | None


@dataclass(frozen=True, slots=True)
class AccountNumbers:
    """What follows from the rows of one account. Counts are of followers where nothing else is said.

    Attributes:
        series: Its rows.
        points: Its followers by day.
        latest: The newest count; None when none was ever seen.
        changes: By days, the change over that window.
        velocity: Per day over the last 7 days.
        acceleration: That, less the same for the 7 days before.
        likes_per_post: Total likes / posts, of the newest row that has both: no engagement rate.
        posts_per_week: New posts less deleted ones over the last 28 days.
        milestone: The next round number, and when.
        engagement: Over its posts on the sheet.
        rank: Place in the list by followers, 1 being the most.
        moved: Places won (+) or lost (-) in 7 days, among those known on both days.
        percentile: The share of the others in the list that have fewer; None when it is alone.
    """

    series: Series
    points: Points
    latest: Point | None
    changes: Mapping[int, Change]
    velocity: float | None
    acceleration: float | None
    likes_per_post: float | None
    posts_per_week: float | None
    milestone: Milestone
    engagement: Engagement = Engagement()
    rank: int | None = None
    moved: int | None = None
    percentile: float | None = None


class Numbers(NamedTuple):
    """All that follows from a sheet's rows: accounts by rank, posts by views."""

    accounts: tuple[AccountNumbers, ...]
    posts: tuple[PostNumbers, ...]


def measure(rows: Iterable[Row]) -> Numbers:
    """Everything that follows from these rows, which may stand in any order."""
    every = gather(rows)
    accounts = [_account(series) for series in every if series.newest.account.kind is Kind.ACCOUNT]
    owners = {
        (one.series.newest.account.platform, name.casefold()): one for one in accounts for name in one.series.handles
    }
    posts, rows_of = [], defaultdict(list)
    for series in every:
        if series.newest.account.kind is Kind.POST:
            owner = owners.get((series.newest.account.platform, series.newest.account.handle.casefold()))
            posts.append(_post(series, owner.points if owner else None))
            rows_of[id(owner)].append(posts[-1])
    full = [replace(one, engagement=_engagement(rows_of[id(one)])) for one in accounts]
    return Numbers(tuple(_ranked(full)), tuple(sorted(posts, key=_views, reverse=True)))


def change(points: Points, days: int, back: int = 0) -> Change:
    """How a count went over some days.

    Args:
        points: The count by day.
        days: How many days before its end; the newest count at or before that day is the baseline, if it is no more
            than a quarter of ``days`` older.
        back: How many days before the newest count it ends.
    """
    newest = points.newest
    if newest is None:
        return Change(why="never seen")
    end = points.at(newest.row.date - timedelta(days=back)) if back else newest
    wanted = newest.row.date - timedelta(days=back + days)
    baseline = points.at(wanted)
    if end is None or baseline is None:
        return Change(why=_SHORT)
    if (wanted - baseline.row.date).days > days // 4 or end.row.date <= wanted:
        return Change(why=f"no row near {wanted}")
    return _between(points, baseline, end)


def _between(points: Points, before: Point, after: Point) -> Change:
    gone = after.value - before.value
    days = elapsed(before.row, after.row)
    step = max(points.step(before), points.step(after))
    if step and abs(gone) <= step:
        return Change(days=days, why=_ROUNDED)
    return Change(gone, gone / before.value if before.value else None, days)


def _account(series: Series) -> AccountNumbers:
    points = series.points("followers")
    changes = {days: change(points, days) for days in WINDOWS}
    velocity, before = changes[_WEEK].per_day, change(points, _WEEK, back=_WEEK).per_day
    posts = change(series.points("posts"), _MONTH).per_day
    return AccountNumbers(
        series,
        points,
        points.newest,
        changes,
        velocity,
        None if velocity is None or before is None else velocity - before,
        _likes_per_post(series),
        None if posts is None else posts * 7,
        milestone(points),
    )


def _likes_per_post(series: Series) -> float | None:
    for row in reversed(series.rows):
        likes, posts = count(row, "likes"), count(row, "posts")
        if likes is not None and posts is not None:
            return likes / posts if posts else None
    return None


def milestone(points: Points) -> Milestone:
    """The next of 100, 200, 500, 1,000 … and the days between which to expect it.

    The pace of the last 28 days (at least 14), of the last 7 and of the 7 before give one day each.
    """
    newest = points.newest
    if newest is None:
        return Milestone(why="never seen")
    goal = _next_round(newest.value)
    first = points.since(newest.row.date - timedelta(days=_MONTH))
    if first is None or (newest.row.date - first.row.date).days < _ENOUGH:
        return Milestone(goal, why=_SHORT)
    weeks = [change(points, _WEEK, back).per_day for back in (0, _WEEK)]
    pace = _between(points, first, newest).per_day
    if pace is None or pace <= 0:
        return Milestone(goal, why=_ROUNDED if pace is None else "not growing")
    paces = [pace, *(week for week in weeks if week is not None)]
    soonest, slowest = (goal - newest.value) / max(paces), min(paces)
    if soonest > _FARTHEST:
        return Milestone(goal, why="more than three years away")
    latest = (goal - newest.value) / slowest if slowest > 0 else _FARTHEST + 1
    return Milestone(goal, _after(newest, soonest), _after(newest, latest) if latest <= _FARTHEST else None)


def _after(point: Point, days: float) -> date:
    return point.row.date + timedelta(days=max(1, round(days)))


def _next_round(value: int) -> int:
    power = _SMALLEST
    while power * 10 <= value:
        power *= 10
    return next(goal for goal in (power, 2 * power, 5 * power, 10 * power) if goal > value)


def _post(series: Series, followers: Points | None) -> PostNumbers:
    views = series.points("views")
    row = views.newest.row if views.newest else series.newest
    known = followers.at(row.date) if followers else None
    alone = Change(why="one row only: a baseline, not a gain")
    pairs = list(pairwise(views.all))
    last = _between(views, *pairs[-1]) if pairs else alone
    return PostNumbers(
        series,
        engagement_rate(row.values),
        _share(row, ("likes", "comments", "shares", "saves"), count(row, "views")),
        _share(row, ("likes", "comments"), known.value if known else None),
        _between(views, views.all[0], views.all[-1]) if pairs else alone,
        last.per_day,
    )


def _share(row: Row, names: Sequence[str], whole: int | None) -> float | None:
    parts = [count(row, name) for name in names]
    there = [part for part in parts if part is not None]
    return sum(there) / whole if whole and len(there) == len(parts) else None


def _views(post: PostNumbers) -> int:
    newest = post.series.points("views").newest
    return newest.value if newest else -1


def _engagement(posts: Iterable[PostNumbers]) -> Engagement:
    rows = [newest.row for post in posts if (newest := post.series.points("views").newest)]
    parts = [
        (likes + comments, views)
        for row in rows
        if (likes := count(row, "likes")) is not None
        and (comments := count(row, "comments")) is not None
        and (views := count(row, "views"))
    ]
    if not parts:
        return Engagement()
    pooled = sum(done for done, _ in parts) / sum(views for _, views in parts)
    return Engagement(pooled, median(done / views for done, views in parts), len(parts))


def _ranked(accounts: Sequence[AccountNumbers]) -> list[AccountNumbers]:
    """The same by followers, with rank, moves and percentile; those without a count last."""
    now = {id(one): one.latest.value for one in accounts if one.latest}
    gone = {id(one): one.changes[_WEEK].absolute for one in accounts}
    then = {key: value - delta for key, value in now.items() if (delta := gone[key]) is not None}
    ranks, both = _places(now), _places({key: now[key] for key in then})
    earlier = _places(then)
    others, order = len(now) - 1, sorted(now.values())
    found = []
    for one in accounts:
        key = id(one)
        fewer = bisect_left(order, now[key]) if key in now else 0
        found.append(
            replace(
                one,
                rank=ranks.get(key),
                moved=earlier[key] - both[key] if key in both else None,
                percentile=fewer / others if key in now and others else None,
            )
        )
    return sorted(found, key=lambda one: one.rank or len(found) + 1)


def _places(values: Mapping[int, int]) -> dict[int, int]:
    """1 for the most; the same for the same."""
    order = sorted(values.values(), reverse=True)
    first: dict[int, int] = {}
    for place, value in enumerate(order, 1):
        first.setdefault(value, place)
    return {key: first[value] for key, value in values.items()}
