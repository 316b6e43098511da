"""Values as the text of a CSV cell, and back: nothing is lost, and no spreadsheet runs what a page said."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

from sheetsync.model import Value

# Full-width signs too: a spreadsheet in a Japanese or Chinese locale takes them for the plain ones.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
# Whatever a spreadsheet would make a number, a date, a time or an amount of, and then save in another spelling.
_NUMBERLIKE = re.compile(r"\s*[(.,$€£¥]?\d[\d\s.,:/+%'\u2019eETZ€$£¥)\-]*|\s*(?:true|false)\s*", re.IGNORECASE)

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,99})")
_DECIMAL = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")
_GROUPED = {mark: re.compile(rf"-?[1-9][0-9]{{0,2}}(?:[{mark}\u2019'\xa0\u202f][0-9]{{3}}){{1,33}}") for mark in ".,"}

_FLAGS = {spelling: spelling.lower() == "true" for spelling in ("TRUE", "True", "true", "FALSE", "False", "false")}

_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")


def guard(text: str) -> str:
    """The text as it is written: with an apostrophe in front when a spreadsheet would make something else of it.

    ``unguard`` gives back exactly the text, whatever it is: a text that has such apostrophes already gets one more.
    """
    return f"'{text}" if _needs_guard(text) else text


def unguard(cell: str) -> str:
    """The text that ``guard`` was given, and of what people typed, ``'@name`` as ``@name``."""
    return cell[1:] if cell[:1] == "'" and _needs_guard(cell[1:]) else cell


def _needs_guard(text: str) -> bool:
    bare = text.lstrip("'")
    return bool(_FORMULA.match(bare) or _NUMBERLIKE.fullmatch(bare))


def spell(value: Value, decimal: str = ".") -> str:
    """The text of a cell.

    Args:
        value: Dates become ``2026-11-23``, moments ``2026-11-23T05:17:09Z``, flags ``TRUE`` and ``FALSE``.
        decimal: The mark before decimals.
    """
    if isinstance(value, str):
        return guard(value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace(".", decimal)


def understand(cell: str, decimal: str = ".", *, day_first: bool | None = None) -> Value:
    """The value of a cell: what ``spell`` was given, or what a spreadsheet made of it when people saved the file.

    Args:
        cell: The text of the cell.
        decimal: The mark before decimals.
        day_first: How ``1/2/2026`` is to be read; None leaves such a cell text.
    """
    bare = cell.strip()
    if bare[:1].isdigit() or bare[:1] == "-":
        number = _number(bare, decimal)
        found = as_date(bare, day_first=day_first) if number is None else number
        if found is not None:
            return found
    flag = _FLAGS.get(bare)
    return unguard(cell) if flag is None else flag


def _number(text: str, decimal: str) -> int | float | None:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _GROUPED["," if decimal == "." else "."].fullmatch(text):
        return int(re.sub(r"[^0-9-]", "", text))
    if _DECIMAL.fullmatch(text) and not text.lstrip("-").isdigit():
        return float(text.replace(",", "."))
    return None


def as_date(text: str, *, day_first: bool | None) -> date | None:
    """The date that a cell holds; None when it holds none, or when it needs ``day_first`` and that is None."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _date(found[1], found[3], found[4])
    if day_first is not None and (found := _YEAR_LAST.fullmatch(text)):
        return _date(found[4], found[3], found[1]) if day_first else _date(found[4], found[1], found[3])
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def as_moment(text: str) -> datetime | None:
    """The moment that a cell holds, in UTC; None when it holds none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def is_day_first(column: Iterable[tuple[str, str]], *, default: bool | None) -> bool | None:
    """How a column of dates is to be read that a spreadsheet has rewritten in the spelling of its country.

    A part over 12 decides; else ``observed at``, which spreadsheets leave alone; else the reading that keeps the rows
    in the order of their dates.

    Args:
        column: Line by line, the cell of the date and that of ``observed at``; lines without a date left out.
        default: What holds when nothing decides.

    Returns:
        Whether the day stands before the month; None when that cannot be known.
    """
    cells = [next(lines) for _, lines in groupby(column, key=itemgetter(0))]
    readings = {order: [as_date(text, day_first=order) for text, _ in cells] for order in (True, False)}
    whole = {order: [day for day in days if day] for order, days in readings.items() if None not in days}
    if len(whole) == 1 or whole.get(True) == whole.get(False):
        return next(iter(whole), None)
    moments = [as_moment(moment) for _, moment in cells]
    near = [order for order, days in whole.items() if _near(days, moments)]
    ordered = [order for order, days in whole.items() if _in_order(days)]
    for fitting in (near, ordered):
        if len(fitting) == 1:
            return fitting[0]
    return True if any("." in text for text, _ in cells) else default  # nobody writes the month first with dots


def _near(days: Sequence[date], moments: Sequence[datetime | None]) -> bool:
    pairs = zip(days, moments, strict=True)
    return all(abs(day - moment.date()) <= timedelta(days=1) for day, moment in pairs if moment)


def _in_order(days: Sequence[date]) -> bool:
    return list(days) in (sorted(days), sorted(days, reverse=True))
