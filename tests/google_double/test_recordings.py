"""Real exchanges, recorded by others: the description fits all of them, and the double answers as Google did."""

from pathlib import Path
from typing import Any

import pytest

from tests.google_double import schema, serve
from tests.google_double.recorded import FOLDER, Exchange, Replay, cassettes, different, exchanges, pieces
from tests.google_double.routes import Request

NOT_REPLAYED = {
    "ClientTest.test_import_csv": "fills the sheet through Drive",
    "WorksheetTest.test_auto_resize_columns": "widths of text are not measured",
    "WorksheetTest.test_copy_cut_range": "copyPaste and cutPaste are not modelled",
    "WorksheetTest.test_group_columns": "groups are not modelled",
    "WorksheetTest.test_group_rows": "groups are not modelled",
}
REPLAYED = [cassette for cassette in cassettes() if cassette.stem not in NOT_REPLAYED]

needs_recordings = pytest.mark.skipif(not REPLAYED, reason=f"there are no recordings in {FOLDER}")


def stem(cassette: Path) -> str:
    return cassette.stem


@needs_recordings
def test_there_are_enough_recordings() -> None:
    assert len(REPLAYED) > 100
    assert sum(len(list(exchanges(cassette))) for cassette in REPLAYED) > 1000


@pytest.mark.parametrize("cassette", REPLAYED, ids=stem)
def test_the_double_answers_as_google_did(cassette: Path) -> None:
    with serve() as google:
        replay = Replay(google)
        assert replay.play(cassette) == len(google.calls)
    assert replay.differences == []


def test_replies_of_every_sort_fit_the_description() -> None:
    checked = set()
    for cassette in cassettes():
        for exchange in exchanges(cassette):
            checked.add(_checked(exchange))
    for exchange in pieces():
        checked.add(_checked(exchange))
    if not checked:
        pytest.skip(f"there are no recordings in {FOLDER}")
    assert {"spreadsheets.get", "spreadsheets.batchUpdate", "spreadsheets.values.batchGet"} < checked


def _checked(exchange: Exchange) -> str:
    """The method of an exchange, after its reply was held against the description."""
    method = Request(exchange.verb, exchange.target).method
    if method and exchange.status == 200:
        schema.check_reply(exchange.reply, schema.method(method)["response"]["$ref"])
    return method


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, [".a[1] was 2, is 3"]),
        ({"a": 1}, {}, [".a was 1, is null"]),
        ([1], [1, 2], [" was [1], is [1, 2]"]),
        ({"a": 1}, {"a": 1.0}, []),
    ],
)
def test_a_difference_is_told(theirs: Any, ours: Any, said: list[str]) -> None:
    assert list(different(theirs, ours)) == said
