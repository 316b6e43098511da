import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetsync.jsonpath import JsonDecoder, JsonPathError, compile_path, decode_json, fill_slots

NOBODY: dict[str, str] = {}


def find(expression: str, data: object, slots: dict[str, str] = NOBODY) -> object:
    path = compile_path(expression)
    return path.search(JsonDecoder((path,)).decode(json.dumps(data)), slots)


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("a.b", 1),
        ('"a".b', 1),
        ('"x-y.z".w', 2),
        ("list[0].n", 3),
        ("list[-1].n", 4),
        ("list[?n==`4`].m | [0]", "four"),
        ("length(list)", 2),
        ("a", {"b": 1}),
        ("zero", 0),
        ("no", False),
        ("empty", ""),
        ("nothing", None),
        ("a.c", None),
        ("a.b.c", None),
        ("list.n", None),
        ("missing.b", None),
        ("length(zero)", None),
        ("zero > empty", None),
        ("list[?n > `3`].m | [0]", "four"),
        ("sort_by(list, &n)[1:].m | [0]", "four"),
        ('"ke\\"y"', 5),
    ],
)
def test_a_path_finds_its_value_or_nothing(expression: str, found: object) -> None:
    data = {
        "a": {"b": 1},
        "x-y.z": {"w": 2},
        "list": [{"n": 3}, {"n": 4, "m": "four"}],
        "zero": 0,
        "no": False,
        "empty": "",
        "nothing": None,
        'ke"y': 5,
    }
    assert find(expression, data) == found


@pytest.mark.parametrize(
    ("expression", "keys"),
    [
        ("a", ("a",)),
        ("a.b_c.D1", ("a", "b_c", "D1")),
        ('"webapp.user-detail".statusCode', ("webapp.user-detail", "statusCode")),
        ('a."b c"', ("a", "b c")),
        ("a[0]", None),
        ("a | b", None),
        ("length(a)", None),
        ('"a\\"b"', None),
        ('users."{handle}".id', None),
        ("users.{handle: id}", None),
    ],
)
def test_only_a_plain_chain_of_keys_takes_the_short_way(expression: str, keys: tuple[str, ...] | None) -> None:
    assert compile_path(expression).keys == keys


@pytest.mark.parametrize(
    "expression", ["", "webapp.user-detail", "a.", ".a", "a..b", "a[", "a b", '"a', "nofunction(", "a-b", "caf\u00e9"]
)
def test_what_is_not_a_path_is_refused_in_one_line(expression: str) -> None:
    with pytest.raises(JsonPathError) as caught:
        compile_path(expression)
    assert str(caught.value)
    assert "\n" not in str(caught.value)


def test_slots_stand_for_the_account_that_is_looked_at() -> None:
    users = {"users": {"ida.v": {"id": 1}, "otto": {"id": 2}}}
    assert find('users."{handle}".id', users, {"handle": "ida.v", "post": ""}) == 1
    assert find('users."{handle}".id', users, {"handle": "otto", "post": ""}) == 2
    assert find('users."{post}".id', users, {"handle": "otto", "post": "ida.v"}) == 1
    assert find('users."{handle}".id', users, {"handle": "nobody", "post": ""}) is None


def test_a_handle_that_would_break_the_path_finds_nothing() -> None:
    assert find('users."{handle}".id', {"users": {}}, {"handle": '"', "post": ""}) is None


def test_other_braces_in_a_template_stay() -> None:
    assert fill_slots("{handle}/{post}/{other}/{}", {"handle": "a", "post": "b"}) == "a/b/{other}/{}"
    assert fill_slots("{post}", {}) == ""


def test_a_handle_that_looks_like_a_slot_is_not_filled_again() -> None:
    assert fill_slots("{handle}", {"handle": "{post}", "post": "x"}) == "{post}"


@pytest.mark.parametrize(
    "text", ["", "{", "nonsense", '{"a": }', "\ud800", "[" * 100_000, '{"a": ' * 50_000, "9" * 5_000]
)
def test_what_is_not_json_is_nothing(text: str) -> None:
    path = compile_path("a.b")
    assert path.search(JsonDecoder((path,)).decode(text), NOBODY) is None


def test_bytes_that_are_not_utf8_are_nothing() -> None:
    assert decode_json(b"\xff\xfe\xfd") is None
    assert JsonDecoder((compile_path("a"),)).decode(b'{"a": "\xff"}') is None


def test_raw_line_breaks_inside_strings_are_taken_as_they_are() -> None:
    path = compile_path("a")
    assert path.search(JsonDecoder((path,)).decode('{"a": "one\ntwo\tthree"}'), NOBODY) == "one\ntwo\tthree"


def test_another_shape_than_the_paths_expect_is_searched_all_the_same() -> None:
    one, two = compile_path("a.b"), compile_path("c.d")
    decoded = JsonDecoder((one, two)).decode('{"a": [1, 2], "c": {"d": 3}}')
    assert (one.search(decoded, NOBODY), two.search(decoded, NOBODY)) == (None, 3)
    assert one.search(JsonDecoder((one,)).decode("[1]"), NOBODY) is None


def test_a_path_may_end_where_another_goes_on() -> None:
    short, long = compile_path("a"), compile_path("a.b.c")
    decoded = JsonDecoder((short, long)).decode('{"a": {"b": {"c": 1}, "x": 2}}')
    assert short.search(decoded, NOBODY) == {"b": {"c": 1}, "x": 2}
    assert long.search(decoded, NOBODY) == 1


def test_two_paths_through_one_object_do_not_disturb_each_other() -> None:
    paths = [compile_path(each) for each in ("a.b.c", "a.b.d", "a.e", '"a-b".c')]
    decoded = JsonDecoder(tuple(paths)).decode('{"a-b": {"c": 4}, "a": {"e": 3, "b": {"d": 2, "c": 1}, "z": [{}]}}')
    assert [path.search(decoded, NOBODY) for path in paths] == [1, 2, 3, 4]


def test_only_what_a_path_names_is_decoded() -> None:
    path = compile_path("a.b")
    decoded = JsonDecoder((path,)).decode('{"a": {"b": 1, "heavy": [1, 2]}, "heavier": {}}')
    assert not isinstance(decoded, dict)
    assert "heavy" not in repr(decoded)


KEYS = st.sampled_from(["a", "b", "key_0", "webapp.user-detail", "__D__", "1", "handle"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None)
@given(JSON, st.lists(st.lists(KEYS, min_size=1, max_size=4), min_size=1, max_size=5))
def test_the_quick_way_finds_what_the_slow_way_finds(data: Any, chains: list[list[str]]) -> None:
    paths = [compile_path(".".join(f'"{key}"' for key in chain)) for chain in chains]
    decoded = JsonDecoder(tuple(paths)).decode(json.dumps(data))
    for chain, path in zip(chains, paths, strict=True):
        expected = data
        for key in chain:
            expected = expected.get(key) if isinstance(expected, dict) else None
        assert path.search(decoded, NOBODY) == expected
