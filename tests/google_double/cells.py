"""What stands in one cell.

Most cells of a long history hold a value and nothing else, so such a cell is that value itself; only a cell with a
format, a note or a rule is a `Cell`. Rows of cells are never changed in place: a batch that is refused leaves none.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.google_double import masks
from tests.google_double.errors import TOO_LONG, JsonObject, Refused


class Formula(str):
    """A formula as it was entered, with its ``=``; a plain str is text, whatever it begins with."""

    __slots__ = ()


Value: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Cell:
    value: Value = None
    format: JsonObject | None = None
    note: str = ""
    validation: JsonObject | None = None


Content: TypeAlias = Value | Cell
"""What a row holds: a value, or a `Cell` where there is more to say."""

LONGEST = 50_000


def cell_of(content: Content) -> Cell:
    return content if isinstance(content, Cell) else Cell(content)


def value_of(content: Content) -> Value:
    return content.value if isinstance(content, Cell) else content


def format_of(content: Content) -> JsonObject:
    return (content.format or {}) if isinstance(content, Cell) else {}


def compact(cell: Cell) -> Content:
    """The plain value, where a cell is no more than that."""
    return cell.value if cell == Cell(cell.value) else cell


def with_value(content: Content, value: Value) -> Content:
    """The same cell with another value: formats, notes and rules stay, as they do for values.update."""
    if not isinstance(content, Cell):
        return value
    return compact(Cell(value, content.format, content.note, content.validation))


def checked(value: Value) -> Value:
    """A value as it is stored, or the refusal of one that is too long."""
    if isinstance(value, str) and len(value) > LONGEST:
        raise Refused(TOO_LONG)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def from_extended(extended: JsonObject | None) -> Value:
    """The value of a ``userEnteredValue``. Text in stringValue is text, also when it begins with ``=``."""
    if not extended:
        return None
    kind, value = next(iter(extended.items()))
    if kind == "errorValue":
        raise Refused("errorValue is read-only and cannot be entered by a user.")
    if kind == "formulaValue":
        if not value.startswith("="):
            raise Refused(f"Invalid formula: {value}")
        return Formula(checked(value))
    return checked(value)


def to_extended(value: Value) -> JsonObject:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, Formula):
        return {"formulaValue": str(value)}
    if isinstance(value, str):
        return {"stringValue": value}
    return {"numberValue": value}


def edited(content: Content, data: JsonObject, tree: masks.Tree) -> Content:
    """The cell after a CellData was written through a field mask: named and absent means cleared."""
    everything = "*" in tree
    old = cell_of(content)
    value = from_extended(data.get("userEnteredValue")) if everything or "userEnteredValue" in tree else old.value
    note = data.get("note", "") if everything or "note" in tree else old.note
    rule = data.get("dataValidation") if everything or "dataValidation" in tree else old.validation
    return compact(Cell(value, _format(old, data, tree), note, rule))


def _format(old: Cell, data: JsonObject, tree: masks.Tree) -> JsonObject | None:
    if not old.format and "userEnteredFormat" not in data:
        return None
    given = with_styles(data.get("userEnteredFormat", {}))
    if "*" in tree:
        result = given
    elif "userEnteredFormat" not in tree:
        return old.format
    else:
        branch = tree["userEnteredFormat"] or {"*": {}}
        result = dict(old.format or {})
        masks.apply(result, given, _paired(branch))
    if "numberFormat" in result and "type" not in result["numberFormat"]:
        raise Refused("Must specify a number format type.")
    return result or None


def _paired(tree: masks.Tree) -> masks.Tree:
    """A colour and its style are one thing under two names, so a mask that names one names both."""
    paired = dict(tree)
    for name, branch in tree.items():
        if name.lower().endswith("color"):
            paired[f"{name}Style"] = branch
        elif branch:
            paired[name] = _paired(branch)
    return paired


def with_styles(value: Any) -> Any:
    """Colours as Google gives them back, with the style beside the older colour (recorded: test_format)."""
    if not isinstance(value, dict):
        return value
    made = {name: with_styles(item) for name, item in value.items()}
    for name in list(made):
        style = f"{name}Style"
        if name == "rgbColor":
            made[name] = color(made[name])
        elif name.lower().endswith("color") and style not in made:
            made[name] = color(made[name])
            made[style] = {"rgbColor": made[name]}
    return made


def color(given: JsonObject) -> JsonObject:
    """In 255 steps, single precision, without zeros: 0.5 comes back as 0.49803922 (recorded: test_update_tab_color)."""
    steps = {part: int(share * 255 + 1e-6) for part, share in given.items()}
    return {part: float(f"{step / 255:.8g}") for part, step in steps.items() if step}
