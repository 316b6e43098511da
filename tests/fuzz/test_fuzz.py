"""What fuzzing begins with, and what it has once found: every promise holds for all of it."""

from pathlib import Path

import pytest

from tests.fuzz.targets import CUT, TARGETS, FindingError, read_count, read_json

HERE = Path(__file__).parent
INPUTS = sorted(path for folder in ("corpus", "findings") for path in (HERE / folder).rglob("*") if path.is_file())


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.relative_to(HERE).as_posix())
def test_every_promise_holds(path: Path) -> None:
    TARGETS[path.parent.name].feed(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_a_corpus_and_takes_nothing_too(name: str) -> None:
    assert [path for path in INPUTS if path.parent.name == name]
    for data in (b"", b"\0", CUT, CUT * 3, b"\xff" * 9):
        TARGETS[name].feed(data)


def test_a_promise_that_does_not_hold_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.targets.decode_json", lambda _text: None)
    with pytest.raises(FindingError, match="lenient"):
        read_json(b"a" + CUT + b'{"a":1}')
    monkeypatch.setattr("tests.fuzz.targets.unicodedata.digit", lambda _one, _otherwise: -1)
    with pytest.raises(FindingError, match="no digit"):
        read_count(b"\x001")
