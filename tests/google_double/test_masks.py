"""Field masks, as far as Google's clients write them."""

from typing import Any

import pytest

from tests.google_double import masks
from tests.google_double.errors import ApiError, Refused

WHOLE = {"properties": {"title": "t", "locale": "l"}, "sheets": [{"charts": [{"chartId": 1, "spec": {}}]}, {}]}


@pytest.mark.parametrize(
    ("mask", "tree"),
    [
        ("a", {"a": {}}),
        ("a,b", {"a": {}, "b": {}}),
        ("a.b/c", {"a": {"b": {"c": {}}}}),
        ("a(b,c.d)", {"a": {"b": {}, "c": {"d": {}}}}),
        (" a ( b , c ) ", {"a": {"b": {}, "c": {}}}),
        ("a.b,a.c", {"a": {"b": {}, "c": {}}}),
        ("a.b.c,a.b.d", {"a": {"b": {"c": {}, "d": {}}}}),
        ("a,a.b", {"a": {}}),
        ("a.b,a", {"a": {}}),
        ("a.b,a(b.c)", {"a": {"b": {}}}),
        ("*", {"*": {}}),
    ],
)
def test_a_mask_is_read(mask: str, tree: masks.Tree) -> None:
    assert masks.parse(mask) == tree


@pytest.mark.parametrize("mask", ["a,", "a(b", "a)b", "a()", "a..b", ",a", "a b", "a-b", "a(b)c", "(a)"])
def test_a_mask_that_is_none(mask: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        masks.parse(mask)
    with pytest.raises(ApiError, match="Request contains an invalid argument"):
        masks.wanted(mask, "Spreadsheet")
    with pytest.raises(Refused, match="Invalid field"):
        masks.changes(mask, "Spreadsheet")


@pytest.mark.parametrize("mask", ["sheet", "properties.title.x", "sheets.charts.id", "namedRanges(name,colour)"])
def test_a_mask_of_what_is_not_there(mask: str) -> None:
    with pytest.raises(ApiError) as error:
        masks.wanted(mask, "Spreadsheet")
    assert "Cannot find matching fields for path" in str(error.value.details)


@pytest.mark.parametrize(
    ("mask", "left"),
    [
        ("*", WHOLE),
        (None, WHOLE),
        ("properties.title", {"properties": {"title": "t"}}),
        ("sheets.charts.chartId", {"sheets": [{"charts": [{"chartId": 1}]}, {}]}),
        ("sheets.charts(chartId,spec)", {"sheets": WHOLE["sheets"]}),
        ("sheets.*", {"sheets": WHOLE["sheets"]}),
        ("namedRanges", {}),
    ],
)
def test_what_is_left_under_a_mask(mask: str | None, left: Any) -> None:
    assert masks.project(WHOLE, masks.wanted(mask, "Spreadsheet")) == left


@pytest.mark.parametrize(
    ("mask", "result"),
    [
        ("a", {"a": {"x": 9}, "b": 2}),
        ("a.x", {"a": {"x": 9, "y": 1}, "b": 2}),
        ("a.y", {"a": {"x": 1}, "b": 2}),
        ("b", {"a": {"x": 1, "y": 1}}),
        ("a.x,a.y", {"a": {"x": 9}, "b": 2}),
        ("*", {"a": {"x": 9}}),
    ],
)
def test_what_a_mask_changes(mask: str, result: dict[str, Any]) -> None:
    target: dict[str, Any] = {"a": {"x": 1, "y": 1}, "b": 2}
    masks.apply(target, {"a": {"x": 9}}, masks.parse(mask))
    assert target == result
