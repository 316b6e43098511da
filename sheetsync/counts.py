"""What a count on a page says: ``1.2M``, ``12,3 mln``, ``1.2万`` and ``1 234``, in every language of the CLDR.

Pages round and abbreviate in the reader's language, so the same text can mean different numbers: ``3,4 B`` is 3400 in
Turkish. What can be read in two ways, or in none, is an error; nothing is guessed and nothing becomes 0.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from babel import Locale

_LONGEST: Final = 64
_QUOTED: Final = 40
_EXACT_FLOATS: Final = 2.0**53

_INVISIBLE: Final = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_VARIANTS: Final = {
    " ": "\u00a0\u2007\u2009\u202f",
    "\u2019": "'\u2018\u02bc\uff07",
    ",": "\uff0c",
    ".": "\uff0e",
}
_PLAIN: Final = str.maketrans({variant: mark for mark, variants in _VARIANTS.items() for variant in variants})

# The Arabic marks mean one thing in every language, and so do a space and an apostrophe between digits.
_DECIMAL_EVERYWHERE: Final = frozenset("\u066b")
_GROUP_EVERYWHERE: Final = frozenset(" \u2019\u066c")
_MARKS: Final = _DECIMAL_EVERYWHERE | _GROUP_EVERYWHERE | frozenset(".,\u060c\u2e41")

_MARK: Final = re.compile(f"[{''.join(sorted(_MARKS))}]")
_ONE_NUMBER: Final = re.compile(rf"(\D*)(\d+(?:{_MARK.pattern}\d+)*)(\D*)")
_PATTERN: Final = re.compile(r"([^0]*)(0+)([^0]*)")

_THOUSANDS: Final = (3, 3)


class CountError(ValueError):
    """A text that is not one count, or that could be two different ones. It is never read as 0."""


class _NoCountError(Exception):
    """Why not, without the text."""


class Count(NamedTuple):
    """A count as far as a page told it.

    Attributes:
        value: The number.
        rounded: Whether the page had abbreviated it, so that the last digits are not known.
    """

    value: int
    rounded: bool


class _Affix(NamedTuple):
    """What stands around the digits and makes them thousands or millions; both parts empty for a plain number."""

    before: str
    after: str


class _Style(NamedTuple):
    """How a language writes numbers.

    Attributes:
        decimals: The marks before a fraction.
        groups: The marks between groups of digits.
        sizes: The size of the last group, and of those before it: (3, 2) for the Indian 12,34,567.
        units: What each abbreviation multiplies by.
    """

    decimals: frozenset[str]
    groups: frozenset[str]
    sizes: tuple[int, int]
    units: Mapping[_Affix, int]


_LATIN: Final = {_Affix("", "k"): 10**3, _Affix("", "m"): 10**6, _Affix("", "b"): 10**9}
_ENGLISH: Final = _Style(
    decimals=_DECIMAL_EVERYWHERE | {"."},
    groups=_GROUP_EVERYWHERE | {","},
    sizes=_THOUSANDS,
    units=_LATIN
    | {
        _Affix("", "t"): 10**12,
        _Affix("", "thousand"): 10**3,
        _Affix("", "million"): 10**6,
        _Affix("", "billion"): 10**9,
        _Affix("", "trillion"): 10**12,
    },
)


def parse_count(text: str | float, locale: str = "en") -> Count:
    """Reads one count.

    Args:
        text: The count and nothing else, as a person sees it on the page, or a number as it stands in the page's data.
        locale: The language of the text, as a BCP 47 or POSIX tag. An unknown region is read as its language, an
            unknown language as English.

    Returns:
        The value, and whether the page had rounded it.

    Raises:
        CountError: The text is not one count, or could be two different ones.
    """
    try:
        return _from_text(text, locale) if isinstance(text, str) else _from_number(text)
    except _NoCountError as reason:
        shown = text[:_QUOTED] if isinstance(text, str) else text
        raise CountError(f"{shown!r} is not a count: {reason}") from None


def _from_number(number: float) -> Count:
    if isinstance(number, bool):
        raise _NoCountError("it is a yes or no")
    if number < 0:
        raise _NoCountError("a count is never negative")
    if not isinstance(number, int) and not (number.is_integer() and number < _EXACT_FLOATS):
        raise _NoCountError("it is not a whole number that is known exactly")
    return Count(int(number), rounded=False)


def _from_text(text: str, locale: str) -> Count:
    if len(text) > _LONGEST:
        raise _NoCountError(f"it is longer than {_LONGEST} characters")
    if text.isascii() and text.isdigit():
        return Count(int(text), rounded=False)
    affix, number = _split(text)
    style = _style(locale)
    if affix == _Affix("", ""):
        return Count(_whole(number, style), rounded=False)
    return Count(_abbreviated(number, affix, style), rounded=True)


def _split(text: str) -> tuple[_Affix, str]:
    match = _ONE_NUMBER.fullmatch(_plain(text))
    if match is None:
        raise _NoCountError("there is not exactly one number in it")
    before, number, after = match.groups()
    return _Affix(_key(before), _key(after)), number


def _plain(text: str) -> str:
    """One spelling for marks that look alike, and nothing that cannot be seen."""
    return _INVISIBLE.sub("", text).translate(_PLAIN)


def _key(affix: str) -> str:
    """One spelling for ``Mio.``, ``mio`` and full-width letters."""
    folded = "".join(unicodedata.normalize("NFKC", affix).casefold().split())
    return folded.removesuffix(".") or folded


def _whole(number: str, style: _Style) -> int:
    # Without an abbreviation a foreign mark can only stand between groups: nobody has half a follower.
    marks = _MARKS - style.decimals
    value = _scaled(number, 1, style._replace(decimals=frozenset(), groups=marks))
    if value is None:
        raise _NoCountError("this language does not write a whole number so")
    return value


def _abbreviated(number: str, affix: _Affix, style: _Style) -> int:
    unit = style.units.get(affix)
    if unit is None:
        raise _NoCountError("its abbreviation has no meaning, or several, in this language")
    # K, M and B often stand in pages of other languages with the number written the English way, too.
    styles = (style, _ENGLISH) if _LATIN.get(affix) == unit else (style,)
    values = {value for each in styles if (value := _scaled(number, unit, each)) is not None}
    if not values:
        raise _NoCountError("this language does not write a number so, or its abbreviation is too coarse for it")
    if len(values) > 1:
        raise _NoCountError("it can be read in two ways")
    return values.pop()


def _scaled(number: str, unit: int, style: _Style) -> int | None:
    """The number times its unit; None when the style does not write numbers so, or when it is no whole number."""
    marks = _MARK.findall(number)
    whole, fraction = number, ""
    if marks and marks[-1] in style.decimals:
        whole, _, fraction = number.rpartition(marks.pop())
    if not _grouped(whole, marks, style):
        return None
    value, rest = divmod(int(_MARK.sub("", whole) + fraction) * unit, 10 ** len(fraction))
    return None if rest else value


def _grouped(whole: str, marks: list[str], style: _Style) -> bool:
    if not marks:
        return True
    groups = _MARK.split(whole)
    if len(set(marks)) > 1 or marks[0] not in style.groups or int(groups[0][0]) == 0:
        return False
    return any(_sized(groups, sizes) for sizes in (_THOUSANDS, style.sizes))


def _sized(groups: list[str], sizes: tuple[int, int]) -> bool:
    last, others = sizes
    first, *middle, end = groups
    return len(end) == last and all(len(each) == others for each in middle) and 0 < len(first) <= others


@cache
def _style(locale: str) -> _Style:
    subtags = re.split(r"[-_]", locale.lower())
    if subtags in ([""], ["en"], ["en", "us"]):
        return _ENGLISH
    while subtags:
        known = _babel_locale("_".join(subtags))
        if known is not None:
            return _from_cldr(known)
        subtags.pop()
    return _ENGLISH


def _babel_locale(name: str) -> "Locale | None":
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  # 50 ms that plain and English counts need not wait

    try:
        return Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        return None


def _from_cldr(locale: "Locale") -> _Style:
    from babel.numbers import get_decimal_symbol, get_group_symbol  # noqa: PLC0415  # as above

    decimal = get_decimal_symbol(locale, numbering_system="latn")
    group = get_group_symbol(locale, numbering_system="latn").translate(_PLAIN)
    return _Style(
        decimals=_DECIMAL_EVERYWHERE | {decimal},
        groups=_GROUP_EVERYWHERE | {group},
        sizes=locale.decimal_formats[None].grouping,
        units=_units(locale),
    )


def _units(locale: "Locale") -> dict[_Affix, int]:
    """The language's abbreviations, without those to which its data gives several meanings."""
    meanings = defaultdict(set)
    for affix, unit in _abbreviations(locale):
        meanings[affix].add(unit)
    own = {affix: units.pop() for affix, units in meanings.items() if len(units) == 1}
    return own | {affix: unit for affix, unit in _LATIN.items() if affix not in meanings}


def _abbreviations(locale: "Locale") -> Iterator[tuple[_Affix, int]]:
    """Turns the CLDR around: its pattern for 10000, ``00 mil``, says that ``mil`` is 1000."""
    for plurals in locale.compact_decimal_formats.values():
        for patterns in plurals.values():
            for smallest, pattern in patterns.items():
                match = _PATTERN.fullmatch(_positive(pattern.pattern))
                if match is not None:
                    before, zeros, after = match.groups()
                    yield _Affix(_key(before), _key(after)), int(smallest) // 10 ** (len(zeros) - 1)


def _positive(pattern: str) -> str:
    """A pattern's half for positive numbers, without the quotes around literal text."""
    return _plain(pattern.partition(";")[0].replace("'", ""))
