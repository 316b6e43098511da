"""Every platform against pages of every shape it is known to have.

A pair is a page and what it says: ``PLATFORM/NAME.html`` (or ``.body`` for an answer that is not HTML) and
``PLATFORM/NAME.json``, where PLATFORM is the key of a platform file. Putting the two files there is all it takes.
The people on the pages are invented. The JSON says what came with the page, whom it was asked for, and everything that
must come out::

    {
      "url": "https://…",               the address after redirects
      "http_status": 200,
      "content_type": "text/html; charset=utf-8",
      "account": {"kind": "account", "handle": "marigold.example"},      a post: also "post": "7300…"
      "expected": {
        "status": "ok",
        "detail": "…",                  the sentence beside the handle; none when the status is ok
        "values": {"followers": 48213}, all fields, and no others; a date as "2025-07-01"
        "rounded": ["followers"]        all counts that the platform had rounded
      }
    }

A platform is done when every way and every sign in its file was seen working in some pair.
"""

from collections.abc import Iterable, Iterator

import pytest

from sheetsync.extract import Reading, _sign
from sheetsync.model import Kind
from sheetsync.platform import Recipe, Sign
from tests.pairs import FOLDER, Pair, all_pairs, built_in, pages_beside, plain

RECIPES = [(platform, kind) for platform in built_in() for kind in built_in()[platform].recipes]


def reading(pair: Pair) -> Reading:
    return Reading(pair.page(), pair.recipe, {"handle": pair.account.handle, "post": pair.account.post})


def ways_used(pair: Pair) -> Iterator[tuple[str, str]]:
    yield from pair.profile().ways.items()


def decisive_sign(pair: Pair) -> int | None:
    """The number of the sign to which the profile owes its status."""
    profile = pair.profile()
    for late in (False, True):
        sign = _sign(reading(pair), late=late)
        if sign and (sign.status, sign.detail) == (profile.status, profile.detail):
            return next(number for number, one in enumerate(pair.recipe.signs) if one is sign)
    return None


def seen_by(sign: Sign, pairs: Iterable[Pair]) -> list[object]:
    """What the sign's way found, and the HTTP statuses, on the pages that it decided."""
    found: list[object] = []
    for pair in pairs:
        number = decisive_sign(pair)
        if number is not None and pair.recipe.signs[number] is sign:
            found += [pair.said.http_status, *([reading(pair).look(sign.way)] if sign.way else [])]
    return found


def pairs_of(platform: str, recipe: Recipe) -> list[Pair]:
    return [pair for pair in all_pairs() if pair.platform.key == platform and pair.recipe is recipe]


@pytest.mark.parametrize("pair", all_pairs(), ids=str)
class TestEveryPair:
    def test_status_and_detail_are_as_expected(self, pair: Pair) -> None:
        profile = pair.profile()
        assert (profile.status, profile.detail) == (pair.expected.status, pair.expected.detail)

    def test_values_are_exactly_those_expected(self, pair: Pair) -> None:
        got, expected = plain(dict(pair.profile().values)), pair.expected.values
        assert got == expected
        assert {name: type(value) for name, value in got.items()} == {n: type(value) for n, value in expected.items()}

    def test_rounded_counts_are_exactly_those_expected(self, pair: Pair) -> None:
        assert sorted(pair.profile().rounded) == sorted(pair.expected.rounded)

    def test_trouble_never_carries_a_number(self, pair: Pair) -> None:
        profile = pair.profile()
        if not profile.status.is_fact:
            assert [value for value in profile.values.values() if isinstance(value, int | float)] == []
            assert profile.rounded == frozenset()

    def test_says_which_way_found_each_value(self, pair: Pair) -> None:
        profile = pair.profile()
        assert set(profile.ways) >= set(profile.values)


def test_there_is_one_page_beside_every_json_and_one_json_beside_every_page() -> None:
    for folder in (one for one in FOLDER.iterdir() if one.is_dir() and not one.name.startswith("__")):
        for file in folder.iterdir():
            assert len(list(folder.glob(f"{file.stem}.*"))) == 2, file
            assert file.suffix != ".json" or pages_beside(file)[0].suffix in (".html", ".xml", ".body"), file


def test_there_is_a_folder_of_pairs_for_every_platform() -> None:
    assert {pair.platform.key for pair in all_pairs()} == set(built_in())


@pytest.mark.parametrize(("platform", "kind"), RECIPES)
class TestEveryPlatform:
    def test_every_way_of_every_field_found_something_in_some_pair(self, platform: str, kind: Kind) -> None:
        recipe = built_in()[platform].recipes[kind]
        used = {way for pair in pairs_of(platform, recipe) for way in ways_used(pair)}
        ways = [(field.name, way.label) for field in recipe.fields for way in field.ways]
        assert [way for way in ways if way not in used] == []

    def test_ways_of_a_field_can_be_told_apart(self, platform: str, kind: Kind) -> None:
        recipe = built_in()[platform].recipes[kind]
        for field in recipe.fields:
            labels = [way.label for way in field.ways]
            assert sorted(set(labels)) == sorted(labels), field.name

    def test_every_sign_decided_some_pair(self, platform: str, kind: Kind) -> None:
        recipe = built_in()[platform].recipes[kind]
        decided = {decisive_sign(pair) for pair in pairs_of(platform, recipe)}
        signs = [(number, sign.status, sign.detail) for number, sign in enumerate(recipe.signs)]
        assert [sign for sign in signs if sign[0] not in decided] == []

    def test_every_value_that_a_sign_waits_for_was_seen(self, platform: str, kind: Kind) -> None:
        recipe = built_in()[platform].recipes[kind]
        pairs = pairs_of(platform, recipe)
        for number, sign in enumerate(recipe.signs):
            wanted = [*sign.http, *(sign.equals or ())]
            assert [one for one in wanted if one not in seen_by(sign, pairs)] == [], (number, sign.detail)

    def test_every_way_to_tell_whose_page_it_is_spoke_in_some_pair(self, platform: str, kind: Kind) -> None:
        recipe = built_in()[platform].recipes[kind]
        spoke = {
            next((way.label for way in recipe.same if reading(pair).look(way) is not None), "")
            for pair in pairs_of(platform, recipe)
        }
        assert [way.label for way in recipe.same if way.label not in spoke] == []
