import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync.model import Account, Entry, Kind, Mark, Row, Status, Value
from sheetsync.sheets import Change
from sheetsync.sheets.outbox import Outbox, write_whole

DAY = date(2026, 11, 23)
VALUES = (
    st.text()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.dates()
    | st.sampled_from(["2026-11-23", "1", "true", '{"date": "2026-11-23"}'])
)
TEXTS = st.text()
ACCOUNTS = st.builds(Account, TEXTS, st.sampled_from(Kind), TEXTS, TEXTS, TEXTS)
MARKS = st.builds(Mark, TEXTS, TEXTS, st.none() | st.dates())
ROWS = st.builds(
    Row,
    st.dates(),
    ACCOUNTS,
    st.sampled_from(Status),
    st.dictionaries(TEXTS, VALUES),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    TEXTS,
)
ENTRIES = st.builds(Entry, st.integers(1, 10**6), TEXTS, TEXTS, MARKS)
CHANGES = st.builds(
    Change, st.lists(ROWS, max_size=3).map(tuple), st.lists(st.tuples(ENTRIES, MARKS), max_size=3).map(tuple)
)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def a_change(handle: str = "nike", **values: Value) -> Change:
    account = Account("tiktok", Kind.ACCOUNT, handle, f"https://www.tiktok.com/@{handle}")
    return Change((Row(DAY, account, Status.OK, values, datetime(2026, 11, 23, 5, tzinfo=UTC)),))


@given(change=CHANGES)
def test_a_change_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, change: Change) -> None:
    outbox = Outbox(tmp_path_factory.mktemp("outbox"))
    path = outbox.put(change)
    assert outbox.pending() == [(path, change)]
    ((_, found),) = outbox.pending()
    for before, after in zip(change.rows, found.rows, strict=True):
        assert [type(value) for value in after.values.values()] == [type(value) for value in before.values.values()]


def test_changes_wait_in_the_order_in_which_they_came(outbox: Outbox) -> None:
    handles = [f"handle{at}" for at in range(20)]
    paths = [outbox.put(a_change(handle)) for handle in handles]
    assert [path for path, _ in outbox.pending()] == paths
    assert [change.rows[0].account.handle for _, change in outbox.pending()] == handles


def test_a_change_that_was_removed_waits_no_more(outbox: Outbox) -> None:
    path = outbox.put(a_change())
    outbox.remove(path)
    outbox.remove(path)
    assert not outbox.pending()


def test_an_outbox_that_was_never_used_is_empty(outbox: Outbox) -> None:
    assert not outbox.pending()
    assert not outbox.broken()


@pytest.mark.parametrize("damage", [b"", b"{", b'{"rows": 1}', b"\xff\xfe", b'{"rows":[],"marks":[[{}]]}'])
def test_a_file_that_holds_no_change_is_set_aside(outbox: Outbox, damage: bytes) -> None:
    broken, whole = outbox.put(a_change()), outbox.put(a_change("adidas"))
    broken.write_bytes(damage)
    assert [path for path, _ in outbox.pending()] == [whole]
    assert outbox.broken() == [broken.with_suffix(".broken")]
    assert outbox.broken()[0].read_bytes() == damage


def test_text_that_no_file_can_hold_does_not_stop_a_change(outbox: Outbox) -> None:
    outbox.put(a_change(bio="a\ud83db"))
    ((_, change),) = outbox.pending()
    assert change.rows[0].values["bio"] == "a\ufffdb"


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "History.csv"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with path.open("rb") as reader:
        assert write_whole(path, b"new")
        assert reader.read() == b"old"  # whoever opened it before reads on undisturbed
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "elsewhere" / "History.csv", tmp_path / "History.csv"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link.symlink_to(target)
    assert write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_file_that_is_no_longer_right_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "History.csv"
    path.write_bytes(b"old")
    assert not write_whole(path, b"new", lambda: False)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_change_that_another_run_has_just_written_is_no_trouble(tmp_path: Path) -> None:
    """Its name was found and its file is gone, as a link that leads nowhere."""
    outbox = Outbox(tmp_path)
    kept = outbox.put(Change())
    (tmp_path / "0.json").symlink_to(tmp_path / "gone")
    assert [path for path, _ in outbox.pending()] == [kept]
    assert outbox.broken() == []
