"""Values as people see them, and what people type as values: the few rules of it that a test can meet.

Serial dates count from 1899-12-30 (recorded: 2020-01-01 is 43831). A formula is not calculated, except plain
arithmetic; any other reads as an empty cell.
"""

import ast
import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.google_double.cells import Cell, Content, Formula, Value, compact, format_of, value_of
from tests.google_double.errors import JsonObject

EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
DATES = {"DATE", "TIME", "DATE_TIME"}
DEFAULT_PATTERN = {"TIME": "h:mm:ss am/pm", "NUMBER": "#,##0.00", "PERCENT": "0.00%"}
COMMA_LOCALES = ("nl", "de", "fr", "tr", "pt", "es", "it", "pl", "ru", "sv", "da", "nb", "fi", "cs")
DAY_FIRST_LOCALES = (*COMMA_LOCALES, "en_GB", "en_AU", "en_NZ", "en_IE")

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def serial(moment: date) -> float:
    """A date or a datetime as Sheets counts it; the zone of a datetime is dropped, as serials have none."""
    clock = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    days = (clock.replace(tzinfo=UTC) - EPOCH) / timedelta(days=1)
    return int(days) if days.is_integer() else days


def calculated(value: Value) -> Value:
    """What a cell comes to: itself, or the result of a formula of numbers and + - * / ^ ( )."""
    if not isinstance(value, Formula):
        return value
    try:
        return _sum(ast.parse(value[1:].strip().replace("^", "**"), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError):
        return None


def _sum(node: ast.expr) -> Value:
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        number: Any = node.value
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        number = _OPERATORS[type(node.op)](_sum(node.left), _sum(node.right))
    elif isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        number = _OPERATORS[type(node.op)](_sum(node.operand))
    else:
        raise ValueError(ast.dump(node))
    return int(number) if float(number).is_integer() else float(number)


def rendered(content: Content, option: str, dates: str, locale: str) -> Any:
    """A cell as values.get gives it back under its two render options; ``""`` where there is nothing."""
    entered = value_of(content)
    if option == "FORMULA" and isinstance(entered, Formula):
        return str(entered)
    value = calculated(entered)
    if value is None:
        return ""
    pattern = format_of(content).get("numberFormat", {})
    as_text = option == "FORMATTED_VALUE" or (dates == "FORMATTED_STRING" and pattern.get("type") in DATES)
    return shown(value, pattern, locale) if as_text else value


def shown(value: Value, number_format: JsonObject, locale: str) -> str:
    """A value as it stands on the screen."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str) or value is None:
        return value or ""
    kind = number_format.get("type", "")
    pattern = number_format.get("pattern") or _default_pattern(kind, locale)
    if kind in DATES and pattern:
        return _dated(value, pattern)
    return _localised(_number(value, pattern), locale)


def _default_pattern(kind: str, locale: str) -> str:
    if kind in {"DATE", "DATE_TIME"}:
        day = "d/m/yyyy" if locale.startswith(DAY_FIRST_LOCALES) else "m/d/yyyy"
        return day if kind == "DATE" else f"{day} h:mm:ss"
    return DEFAULT_PATTERN.get(kind, "")


def _number(value: float, pattern: str) -> str:
    if not pattern or pattern == "@":
        return str(value) if isinstance(value, int) else format(value, ".10g")
    places = len(pattern.partition(".")[2].rstrip("%"))
    percent = pattern.endswith("%")
    text = f"{value * 100 if percent else value:,.{places}f}"
    return (text if "," in pattern else text.replace(",", "")) + ("%" if percent else "")


def _localised(text: str, locale: str) -> str:
    return text.translate(str.maketrans(",.", ".,")) if locale.startswith(COMMA_LOCALES) else text


def _dated(value: float, pattern: str) -> str:
    moment = EPOCH + timedelta(days=value) + timedelta(microseconds=500)
    parts = re.split(r"(yyyy|yy|mmmm|mmm|mm|m|dd|d|hh|h|ss|s|am/pm)", pattern, flags=re.IGNORECASE)
    twelve = "am/pm" in pattern.lower()
    out = []
    after_hour = False
    for part in parts:
        out.append(_date_part(part, moment, minutes=after_hour, twelve=twelve))
        after_hour = part.lower() in {"h", "hh"} or (after_hour and not part.strip(":. ").isalpha())
    return "".join(out)


def _date_part(part: str, moment: datetime, *, minutes: bool, twelve: bool) -> str:
    low = part.lower()
    hour = (moment.hour % 12 or 12) if twelve else moment.hour
    numbers = {"d": moment.day, "h": hour, "s": moment.second, "m": moment.minute if minutes else moment.month}
    words = {"yyyy": "%Y", "yy": "%y", "mmmm": "%B", "mmm": "%b", "am/pm": "%p"}
    if low in words:
        return moment.strftime(words[low])
    if low and low[0] in numbers and low in {low[0], low[0] * 2}:
        return f"{numbers[low[0]]:0{len(low)}d}"
    return part


def entered(content: Content, text: Value, locale: str) -> Content:
    """A value as typed by a person into that cell: formulas, numbers, dates and truth values are recognised."""
    if not isinstance(text, str):
        return _with(content, text)
    if text.startswith("=") and len(text) > 1:
        return _with(content, Formula(text))
    if text.startswith("'"):
        return _with(content, text[1:])
    if text.upper() in {"TRUE", "FALSE"}:
        return _with(content, text.upper() == "TRUE")
    return _date_typed(content, text, locale) or _number_typed(content, text, locale) or _with(content, text)


def _with(content: Content, value: Value, number_format: JsonObject | None = None) -> Content:
    old = content if isinstance(content, Cell) else Cell()
    style = dict(old.format or {})
    if number_format is not None and "numberFormat" not in style:
        style["numberFormat"] = number_format
    return compact(Cell(value, style or None, old.note, old.validation))


def _number_typed(content: Content, text: str, locale: str) -> Content:
    plain = text.strip().translate(str.maketrans(",.", ".,")) if locale.startswith(COMMA_LOCALES) else text.strip()
    found = re.fullmatch(r"(\$?)([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:e[+-]?\d+)?)(%?)", plain, re.IGNORECASE)
    if found is None or not re.search(r"\d", found[2]):
        return None
    number = float(found[2].replace(",", "")) / (100 if found[3] else 1)
    value = int(number) if number.is_integer() else number
    return _with(content, value, _typed_format(found[1], found[2], found[3]))


def _typed_format(currency: str, digits: str, percent: str) -> JsonObject | None:
    places = "." + "0" * len(digits.partition(".")[2]) if "." in digits else ""
    if currency:
        return {"type": "CURRENCY", "pattern": '"$"#,##0' + places}
    if percent:
        return {"type": "PERCENT", "pattern": f"0{places}%"}
    return {"type": "NUMBER", "pattern": "#,##0" + places} if "," in digits else None


def _date_typed(content: Content, text: str, locale: str) -> Content:
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text.strip())
    slashed = re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", text.strip())
    if found:
        year, month, day = found.groups()
    elif slashed and locale.startswith(DAY_FIRST_LOCALES):
        day, month, year = slashed.groups()
    elif slashed:
        month, day, year = slashed.groups()
    else:
        return None
    try:
        moment = date(int(year), int(month), int(day))
    except ValueError:
        return None
    pattern = {"pattern": "yyyy-mm-dd"} if found else {}
    return _with(content, serial(moment), {"type": "DATE", **pattern})
