from pathlib import Path

import pytest

from sheetsync.model import Status
from tests.recordings import FOLDER, Recording, compared, recordings

RECORDINGS = list(recordings("tiktok"))
HEALTHY = [one for one in RECORDINGS if not one.trouble]
TROUBLE = [one for one in RECORDINGS if one.trouble]

needs_recordings = pytest.mark.skipif(not RECORDINGS, reason=f"there are no recordings in {FOLDER}")


def file(recording: Recording) -> str:
    return recording.file


def numbers(recording: Recording) -> list[object]:
    return [value for value in recording.profile().values.values() if isinstance(value, int | float)]


def is_oembed(recording: Recording) -> bool:
    return "oembed" in recording.file


@needs_recordings
def test_recordings_of_both_sorts_are_there() -> None:
    assert len(HEALTHY) > 10
    assert len(TROUBLE) > 2


@pytest.mark.parametrize("recording", HEALTHY, ids=file)
def test_every_number_on_a_real_page_is_read_as_it_stands_there(recording: Recording) -> None:
    triples = list(compared(recording))
    assert triples
    assert [(field, got) for field, _, got in triples] == [(field, expected) for field, expected, _ in triples]


@pytest.mark.parametrize("recording", [one for one in HEALTHY if not is_oembed(one)], ids=file)
def test_a_real_page_of_an_account_or_a_post_is_ok(recording: Recording) -> None:
    assert recording.profile().status is Status.OK


@pytest.mark.parametrize("recording", TROUBLE, ids=file)
def test_a_real_wall_or_tombstone_is_called_what_it_is_and_gives_no_number(recording: Recording) -> None:
    expected = Status.NOT_FOUND if "notfound" in recording.file else Status.BLOCKED
    assert recording.profile().status is expected
    assert numbers(recording) == []


@pytest.mark.parametrize("recording", [one for one in RECORDINGS if is_oembed(one)], ids=file)
def test_oembed_gives_names_but_no_number(recording: Recording) -> None:
    assert recording.profile().status is Status.LAYOUT_CHANGED
    assert numbers(recording) == []
    assert recording.profile().values["author"]


def test_without_the_folder_there_are_no_recordings(tmp_path: Path) -> None:
    assert list(recordings("tiktok", tmp_path)) == []
