"""Numbers that follow from numbers in a row (pure)."""

from collections.abc import Mapping

from sheetsync.model import Value


def engagement_rate(values: Mapping[str, Value]) -> float | None:
    """(likes + comments) / views of one post, to four decimals; None when one is missing or nobody viewed it.

    The sum of the 2019 post that this tool goes back to: (120 comments + 8,832 likes) / 174,000 views = 5 %.
    """
    likes, comments, views = (values.get(name) for name in ("likes", "comments", "views"))
    if not isinstance(likes, int) or not isinstance(comments, int) or not isinstance(views, int) or not views:
        return None
    return round((likes + comments) / views, 4)
