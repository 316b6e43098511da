import csv
from collections.abc import Callable, Iterator
from datetime import UTC, date, timedelta
from functools import partial
from pathlib import Path

import pytest
import stamina
from google.auth.credentials import CredentialsWithRegionalAccessBoundary
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetsync import transfer
from sheetsync.config import Config
from sheetsync.errors import ConfigError, SheetsyncError
from sheetsync.model import Row
from sheetsync.sheets import Change, SheetState
from sheetsync.sheets.whole import WholeSheet
from sheetsync.sheets.whole_folder import WholeFolder
from sheetsync.sheets.whole_google import WholeGoogle
from sheetsync.sheets.wire import Patience
from sheetsync.transfer import Copied, copy
from sheetsync.upkeep import copy_rows
from sheetsync.verify import verify
from tests.google_double import Google, faults, serve
from tests.sheets.contract import DAY, NOW, VALUES, account_row, commit, post_row
from tests.sheets.google_desk import Spreadsheet

ROWS = (
    *(account_row(name, DAY - timedelta(days=ago), **{**VALUES, "id": name}) for ago in (9, 3, 1, 0) for name in "abc"),
    *(post_row(str(number), DAY - timedelta(days=ago)) for ago in (5, 0) for number in range(3)),
)


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    name = "_maybe_start_regional_access_boundary_refresh"  # asks the real Google, in the background
    monkeypatch.setattr(CredentialsWithRegionalAccessBoundary, name, lambda *_: None)
    with stamina.set_testing(True, attempts=3, cap=True), serve() as google:
        yield google


def folder(path: Path, *rows: Row) -> WholeFolder:
    """A folder with these rows."""
    sheet = WholeFolder(path, clock=lambda: NOW, timezone=UTC)
    sheet.create()
    commit(sheet, *rows)
    return sheet


def spreadsheet(google: Google, path: Path, *rows: Row) -> WholeGoogle:
    """A spreadsheet with these rows."""
    desk = Spreadsheet(google, path)
    commit(desk.open(), *rows)
    return reopened(desk)


def reopened(desk: Spreadsheet) -> WholeGoogle:
    return WholeGoogle(
        desk.id,
        clock=lambda: NOW,
        outbox=desk.folder / "copy",
        environment=desk.environment,
        patience=Patience(attempts=3, connect=5, read=5),
    )


def rows_of(sheet: WholeSheet) -> list[Row | None]:
    return [stored.row for stored in sheet.stored()]


Make = Callable[..., WholeSheet]


@pytest.fixture(params=["folder to folder", "folder to Google", "Google to folder"])
def pair(request: pytest.FixtureRequest, google: Google, tmp_path: Path) -> tuple[Make, Make]:
    """How to make the first sheet and the second, each with rows."""
    kinds: dict[str, Make] = {
        "folder": lambda where, *rows: folder(tmp_path / where, *rows),
        "Google": lambda where, *rows: spreadsheet(google, tmp_path / where, *rows),
    }
    first, second = request.param.split(" to ")
    return kinds[first], kinds[second]


def test_every_row_arrives_as_it_was_and_a_second_copy_writes_nothing(pair: tuple[Make, Make]) -> None:
    source, target = pair[0]("from", *ROWS), pair[1]("to")
    assert copy(source, target) == Copied(written=len(ROWS))
    assert rows_of(target) == list(ROWS)
    revision = target.read().revision
    assert copy(source, target) == Copied(present=len(ROWS))
    assert target.read().revision == revision
    assert rows_of(source) == list(ROWS)


def test_what_is_there_on_any_day_is_not_written_again(pair: tuple[Make, Make]) -> None:
    other = account_row("somebody", DAY)
    renamed = account_row("a_new", DAY - timedelta(days=9), id="a")
    source, target = pair[0]("from", *ROWS), pair[1]("to", renamed, ROWS[5], other)
    assert copy(source, target) == Copied(written=len(ROWS) - 2, present=2)
    expected = [renamed, other, *(row for row in ROWS if row != ROWS[0])]
    found = rows_of(target)
    assert len(found) == len(expected)
    assert all(row in found for row in expected)
    assert not verify(target.stored()).surplus


def test_rows_are_in_the_order_of_their_dates_in_a_spreadsheet(google: Google, tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ROWS)
    target = spreadsheet(google, tmp_path / "to", account_row("x", DAY - timedelta(days=1)), account_row("x"))
    copy(source, target)
    days = [stored.day for stored in target.stored() if stored.tab == "History" and stored.day]
    assert days == sorted(days)
    assert len(target.read().taken) == 3 * 2 + 1 + 3


def test_doubles_and_damaged_lines_stay_behind(tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *(account_row(name, followers=5) for name in "abc"))
    file = tmp_path / "from" / "History.csv"
    lines = file.read_text().splitlines(keepends=True)
    with file.open("a", newline="") as end:
        end.writelines([lines[1], "soon,tiktok,zoe" + "," * (len(lines[0].split(",")) - 3) + "\n"])
    sentence = copy(source, folder(tmp_path / "to")).sentence
    assert sentence.startswith("3 rows copied, 0 already there, 1 left behind as doubles, 1 left behind as damaged.")


def test_many_old_rows_are_put_above_newer_ones_in_the_batch_that_brings_them(google: Google, tmp_path: Path) -> None:
    desk = Spreadsheet(google, tmp_path)
    commit(desk.open(), account_row("x"))
    google.forget_calls()
    commit(desk.open(), *(account_row(f"n{at}", DAY - timedelta(days=3)) for at in range(101)))
    assert sum(call.method == "batchUpdate" for call in google.calls) == 1
    assert google.people(desk.id).column("History", "account")[-1] == "x"


def test_a_copy_into_a_new_folder_makes_it(tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ROWS)
    target = WholeFolder(tmp_path / "new", clock=lambda: NOW, timezone=UTC)
    assert copy(source, target).written == len(ROWS)
    assert (tmp_path / "new" / "Accounts.csv").exists()


class Killed(BaseException):
    """The process is gone."""


class Dying(WholeFolder):
    """A folder whose process dies in or after its n-th commit."""

    left = 0

    def commit(self, change: Change, state: SheetState) -> SheetState:
        self.left -= 1
        if self.left == 0:
            self._outbox.put(change)
            raise Killed
        return super().commit(change, state)


@given(die=st.lists(st.integers(1, 4), max_size=4), size=st.integers(1, 7), there=st.sets(st.sampled_from(range(18))))
@settings(max_examples=25, deadline=None)
def test_a_killed_copy_is_finished_by_another(
    tmp_path_factory: pytest.TempPathFactory, die: list[int], size: int, there: set[int]
) -> None:
    place = tmp_path_factory.mktemp("copy")
    source = folder(place / "from", *ROWS)
    folder(place / "to", *(ROWS[number] for number in there))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer, "MOST_ROWS", size)
        for left in die:
            target = Dying(place / "to", clock=lambda: NOW, timezone=UTC)
            target.left = left
            try:
                copy(source, target)
            except Killed:
                continue
        last = WholeFolder(place / "to", clock=lambda: NOW, timezone=UTC)
        copy(source, last)
        assert copy(source, last) == Copied(present=len(ROWS))
    found = rows_of(last)
    assert len(found) == len(ROWS)
    assert all(row in found for row in ROWS)


@pytest.mark.parametrize("number", range(1, 25))
@pytest.mark.parametrize("fault", [faults.reply_lost(), faults.zombie(), faults.status(503), faults.status(403)])
def test_whatever_fails_at_whatever_call_another_copy_finishes(
    google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, fault: faults.Fault
) -> None:
    monkeypatch.setattr(transfer, "MOST_ROWS", 8)
    source = folder(tmp_path / "from", *ROWS)
    desk = Spreadsheet(google, tmp_path)
    commit(desk.open(), account_row("x"))
    google.faults.at(number, fault)
    try:
        copy(source, reopened(desk))
    except SheetsyncError:
        google.release_zombies()
    google.faults.clear()
    last = reopened(desk)
    copy(source, last)
    google.release_zombies()
    assert copy(source, last) == Copied(present=len(ROWS))
    found = rows_of(last)
    assert len(found) == len(ROWS) + 1
    assert all(row in found for row in ROWS)


def test_another_writer_between_two_commits_is_no_trouble(
    google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "MOST_ROWS", 5)
    source = folder(tmp_path / "from", *ROWS)
    desk = Spreadsheet(google, tmp_path)

    def interfere(at: int) -> None:
        commit(desk.open(machine=f"m{at}"), account_row(f"x{at}"), ROWS[at // 2])

    for number in (6, 12, 20):
        google.between(number, partial(interfere, number))
    copy(source, reopened(desk))
    assert not verify(reopened(desk).stored()).surplus
    assert sum(row in ROWS for row in rows_of(reopened(desk))) == len(ROWS)


def test_a_long_history_goes_over_in_few_calls(google: Google, tmp_path: Path) -> None:
    source = folder(tmp_path / "from")
    with (tmp_path / "from" / "History.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "platform", "account", "status", "followers"])
        for ago in range(10, 0, -1):
            day = date(2026, 11, 23) - timedelta(days=ago)
            writer.writerows([day, "tiktok", f"n{at}", "ok", at] for at in range(500))
    target = spreadsheet(google, tmp_path / "to")
    google.forget_calls()
    assert copy(source, target).written == 5_000
    assert len(google.calls) <= 40
    assert sum(call.method == "batchUpdate" for call in google.calls) <= 7


def test_a_sheet_is_not_copied_to_itself(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        copy_rows(str(tmp_path), str(tmp_path), Config(), {}, lambda _: None)


def test_a_copy_by_name(tmp_path: Path) -> None:
    folder(tmp_path / "from", *ROWS)
    told: list[int] = []
    copied = copy_rows(str(tmp_path / "from"), str(tmp_path / "to"), Config(timezone="UTC"), {}, told.append)
    assert copied.sentence == f"{len(ROWS)} rows copied, 0 already there."
    with (tmp_path / "to" / "Posts.csv").open(newline="", encoding="utf-8") as file:
        assert [row["post"] for row in csv.DictReader(file)] == ["'0", "'1", "'2"] * 2
