"""Old rows moved to another sheet: each ends in exactly one of the two, whatever is cut off at whatever moment."""

import csv
import json
import os
import random
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetsync.archive import Archived, archive, plan
from sheetsync.errors import ConfigError, SheetError, SheetsyncError
from sheetsync.model import Row, Status, Value
from sheetsync.sheets import Change, SheetState, requests
from sheetsync.sheets.whole import Place, WholeSheet
from sheetsync.sheets.whole_folder import WholeFolder
from sheetsync.sheets.whole_google import WholeGoogle
from sheetsync.transfer import copy
from sheetsync.verify import verify
from tests.commands import COMMAND
from tests.google_double import Google, faults
from tests.google_double.service import Call
from tests.sheets.contract import DAY, NOW, VALUES, account_row, commit, post_row
from tests.sheets.google_desk import Spreadsheet
from tests.test_transfer import folder, reopened, rows_of, spreadsheet

KILLS = int(os.environ.get("SHEETSYNC_KILLS", "2"))
BEFORE = DAY - timedelta(days=5)


def ago(days: int, name: str, **values: Value) -> Row:
    return account_row(name, DAY - timedelta(days=days), **{**VALUES, "id": name, **values})


NEWEST = (ago(30, "left"), ago(0, "a"), ago(3, "b"), post_row("1", DAY), post_row("2", DAY - timedelta(days=9)))
OLD = (
    *(ago(days, name) for days in (40, 20, 6) for name in "ab"),
    ago(31, "left"),
    post_row("1", DAY - timedelta(days=8)),
    post_row("2", DAY - timedelta(days=12)),
)
YOUNG = (ago(5, "a"), ago(4, "b"))
ROWS = tuple(sorted((*OLD, *YOUNG, *NEWEST), key=lambda row: row.date))
STAY = tuple(row for row in ROWS if row not in OLD)
MOVED = Archived(7, 2)


def same(found: Sequence[Row | None], rows: Sequence[Row]) -> bool:
    return len(found) == len(rows) and all(row in found for row in rows)


def is_moved(source: WholeSheet, target: WholeSheet) -> bool:
    return same(rows_of(source), STAY) and same(rows_of(target), OLD)


def is_safe(source: WholeSheet, target: WholeSheet) -> bool:
    """Whether every row stands in one of the two at least, and in neither twice."""
    here, there = rows_of(source), rows_of(target) if target.is_there else []
    return all(row in here or row in there for row in ROWS) and len(here) + len(there) <= len(ROWS) + len(OLD)


Make = Callable[..., WholeSheet]


@pytest.fixture(params=["folder to folder", "folder to Google", "Google to folder", "Google to Google"])
def pair(request: pytest.FixtureRequest, google: Google, tmp_path: Path) -> tuple[WholeSheet, WholeSheet]:
    """A sheet with all rows, and an empty one."""
    kinds: dict[str, Make] = {
        "folder": lambda where, *rows: folder(tmp_path / where, *rows),
        "Google": lambda where, *rows: spreadsheet(google, tmp_path / where, *rows),
    }
    first, second = request.param.split(" to ")
    return kinds[first]("from", *ROWS), kinds[second]("to")


def test_old_rows_move_the_newest_of_each_account_stays_and_a_second_time_moves_nothing(
    pair: tuple[WholeSheet, WholeSheet],
) -> None:
    source, target = pair
    assert plan(source, target, BEFORE) == MOVED
    assert archive(source, target, BEFORE) == MOVED
    assert is_moved(source, target)
    assert verify(target.stored()).is_sound
    assert archive(source, target, BEFORE) == Archived()
    assert is_moved(source, target)
    state = source.read()
    assert {row.account.handle for row in state.latest.values() if row.account.handle == "left"} == {"left"}
    assert target.listed() == ()
    copy(target, source)
    assert same(rows_of(source), ROWS)


def test_a_row_that_the_archive_has_otherwise_stays_and_is_told(tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ROWS)
    target = folder(tmp_path / "to", ago(40, "a", followers=1), ago(20, "b"))
    assert archive(source, target, BEFORE) == MOVED._replace(history=6, different=1)
    assert same(rows_of(source), (*STAY, ago(40, "a")))
    assert "1 line left, because the archive says something else" in MOVED._replace(different=1).sentence()


def test_a_damaged_line_stays(tmp_path: Path) -> None:
    source, target = folder(tmp_path / "from", *ROWS), folder(tmp_path / "to")
    file = tmp_path / "from" / "History.csv"
    first = ROWS[0]
    file.write_bytes(file.read_bytes().replace(str(first.values["followers"]).encode(), b"many", 1))
    assert plan(source, target, BEFORE) == Archived(6, 2, damaged=1)
    assert archive(source, target, BEFORE) == Archived(6, 2, damaged=1)
    assert b"many" in file.read_bytes()
    assert len(rows_of(target)) == len(OLD) - 1


def test_rows_that_stand_there_twice_are_mended_first(tmp_path: Path) -> None:
    source, target = folder(tmp_path / "from", *ROWS), folder(tmp_path / "to")
    file = tmp_path / "from" / "History.csv"
    with file.open(newline="", encoding="utf-8") as lines:
        first = list(csv.reader(lines))[1]
    with file.open("a", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerow(first)
    before = file.read_bytes()
    for attempt in (plan, archive):
        with pytest.raises(SheetError, match="twice") as refused:
            attempt(source, target, BEFORE)
        assert "--repair" in refused.value.hint
    assert (file.read_bytes(), rows_of(target)) == (before, [])


def test_what_people_wrote_beside_a_row_goes_along(google: Google, tmp_path: Path) -> None:
    desk = Spreadsheet(google, tmp_path, {"Accounts": [["account"]]})
    commit(desk.open(), *ROWS)
    desk.people.insert_column("History", 1, "our notes")
    desk.people.set("History", "A2", "the first of all")
    target = folder(tmp_path / "to")
    assert archive(reopened(desk), target, BEFORE) == MOVED
    notes = [row.values.get("our notes") for row in rows_of(target) if row]
    assert notes.count("the first of all") == 1


def test_a_day_to_come_and_the_same_sheet_are_refused(tmp_path: Path) -> None:
    source, target = folder(tmp_path / "from", *ROWS), folder(tmp_path / "to")
    with pytest.raises(ConfigError, match="yet to come"):
        archive(source, target, DAY + timedelta(days=1))
    with pytest.raises(ConfigError, match="same sheet"):
        archive(source, folder(tmp_path / "from"), BEFORE)
    assert same(rows_of(source), ROWS)


def test_it_is_deleted_in_one_batch_and_in_few_calls(google: Google, tmp_path: Path) -> None:
    rows = [account_row(f"n{at}", DAY - timedelta(days=days)) for days in range(30, -1, -1) for at in range(20)]
    source, target = spreadsheet(google, tmp_path / "from", *rows), folder(tmp_path / "to")
    google.forget_calls()
    assert archive(source, target, DAY).history == 600
    (batch,) = [call for call in google.calls if call.method == "batchUpdate"]
    assert batch.kinds == ("createDeveloperMetadata", "deleteDimension")
    assert len(google.calls) < 30


class Killed(Exception):  # noqa: N818 - no error: the process is gone
    """The process is gone."""


class Dying(WholeFolder):
    """A folder whose process dies in its n-th step: in a commit, before, between and after files lose their lines."""

    left = 0

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def commit(self, change: Change, state: SheetState) -> SheetState:
        if self.left == 1:
            self._outbox.put(change)
        self.step()
        return super().commit(change, state)

    def erase(self, places: Sequence[Place]) -> None:
        self.step()
        super().erase(places)
        self.step()

    def _replace(self, path: Path, tab: object, lines: object) -> None:
        super()._replace(path, tab, lines)  # type: ignore[arg-type]
        self.step()


def reopened_folder(path: Path, left: int, bulk: int) -> Dying:
    sheet = Dying(path, clock=lambda: NOW, timezone=UTC)
    sheet.left, sheet.bulk = left, bulk
    return sheet


@given(deaths=st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=4), bulk=st.integers(1, 9))
@settings(max_examples=25, deadline=None)
def test_a_killed_move_between_folders_is_finished_by_another(
    tmp_path_factory: pytest.TempPathFactory, deaths: list[tuple[bool, int]], bulk: int
) -> None:
    place = tmp_path_factory.mktemp("archive")
    folder(place / "from", *ROWS)
    folder(place / "to")
    for in_source, left in deaths:
        source = reopened_folder(place / "from", left if in_source else 0, bulk)
        target = reopened_folder(place / "to", 0 if in_source else left, bulk)
        try:
            archive(source, target, BEFORE)
        except Killed:
            assert is_safe(reopened_folder(place / "from", 0, bulk), reopened_folder(place / "to", 0, bulk))
    source, target = (reopened_folder(place / name, 0, bulk) for name in ("from", "to"))
    archive(source, target, BEFORE)
    assert is_moved(source, target)


@pytest.mark.parametrize(
    ("in_source", "left"), [*((True, left) for left in (1, 2, 3, 4)), *((False, left) for left in (1, 2, 3))]
)
def test_each_step_can_be_the_last(tmp_path: Path, in_source: bool, left: int) -> None:  # noqa: FBT001
    folder(tmp_path / "from", *ROWS)
    folder(tmp_path / "to")
    source = reopened_folder(tmp_path / "from", left if in_source else 0, 3)
    target = reopened_folder(tmp_path / "to", 0 if in_source else left, 3)
    with pytest.raises(Killed):
        archive(source, target, BEFORE)
    assert is_safe(source, target)
    source, target = (reopened_folder(tmp_path / name, 0, 3) for name in ("from", "to"))
    archive(source, target, BEFORE)
    assert is_moved(source, target)


FAULTS = [
    faults.reply_lost(),
    faults.zombie(),
    faults.status(503),
    faults.status(503, applied=True),
    faults.status(403),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name)
def test_whatever_fails_at_whatever_call_another_move_finishes(
    google: Google, tmp_path: Path, fault: faults.Fault
) -> None:
    """The sheet that rows are taken out of is Google's; that copying there survives, the tests of copying show."""
    for number in range(1, 60):
        ours = Spreadsheet(google, tmp_path / f"{number} from", {"Accounts": [["account"]]})
        target = folder(tmp_path / f"{number} to")
        commit(ours.open(), *ROWS)
        google.forget_calls()
        google.faults.at(number, fault)
        try:
            archive(reopened(ours), target, BEFORE)
        except SheetsyncError:
            google.release_zombies()
        reached = len(google.calls) >= number
        google.faults.clear()
        assert is_safe(reopened(ours), target)
        archive(reopened(ours), target, BEFORE)
        google.release_zombies()
        assert is_moved(reopened(ours), target)
        if not reached:
            return
    pytest.fail("a move takes more calls than this test looks at")


def test_from_google_to_google_a_move_that_stops_dead_is_finished_by_another(
    google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call from the n-th on has no answer: the first move gets no chance to put anything right."""
    monkeypatch.setattr(requests, "MOST_ROWS", 5)
    monkeypatch.setattr(WholeGoogle, "bulk", 6)
    for number in (9, 18, 24, 30, 36):
        ours, theirs = (
            Spreadsheet(google, tmp_path / f"{number} {name}", {"Accounts": [["account"]]}) for name in ("from", "to")
        )
        commit(ours.open(), *ROWS)
        google.between(number, lambda: google.faults.every(faults.reply_lost()))
        with suppress(SheetsyncError):
            archive(reopened(ours), reopened(theirs), BEFORE)
        google.hooks.clear()
        google.faults.clear()
        assert is_safe(reopened(ours), reopened(theirs))
        archive(reopened(ours), reopened(theirs), BEFORE)
        assert is_moved(reopened(ours), reopened(theirs))


def test_a_run_that_writes_in_between_loses_nothing(google: Google, tmp_path: Path) -> None:
    desk = Spreadsheet(google, tmp_path, {"Accounts": [["account"]]})
    commit(desk.open(), *ROWS)
    fresh = account_row("fresh", DAY)

    def write(call: Call) -> None:
        if call.method == "batchUpdate":
            google.hooks.clear()
            commit(desk.open(machine="other"), fresh)

    google.hooks.append(write)
    target = folder(tmp_path / "to")
    assert archive(reopened(desk), target, BEFORE) == MOVED
    assert same(rows_of(reopened(desk)), (*STAY, fresh))
    assert same(rows_of(target), OLD)


def test_what_waits_in_the_outbox_is_written_before_and_does_not_come_back(tmp_path: Path) -> None:
    source, target = folder(tmp_path / "from", *ROWS), folder(tmp_path / "to")
    source._outbox.put(Change((OLD[0],)))
    assert archive(source, target, BEFORE) == MOVED
    source.read()
    assert is_moved(source, target)


@pytest.mark.parametrize("seed", range(KILLS))
def test_kill_9_at_random_moments_and_then_another_move(google: Google, tmp_path: Path, seed: int) -> None:
    ours = Spreadsheet(google, tmp_path, {"Accounts": [["account"]]})
    commit(ours.open(), *ROWS)
    google.forget_calls()
    moment = random.Random(seed).randint(4, 14)  # noqa: S311 - any moment will do
    arguments = [ours.id, "--before", BEFORE.isoformat(), "--to", str(tmp_path / "to"), "--yes"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "archive", "--sheet", *arguments],
        env=dict(os.environ) | ours.environment,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    google.hooks.append(lambda call: process.kill() if call.number == moment else None)
    process.wait(60)
    google.settle()
    google.hooks.clear()
    source, target = reopened(ours), WholeFolder(tmp_path / "to", clock=lambda: NOW, timezone=UTC)
    assert is_safe(source, target)
    last = command(tmp_path, "--sheet", *arguments, **ours.environment)
    assert last.returncode == 0, last.stderr
    assert is_moved(source, target)


def command(where: Path, *arguments: str, typed: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "archive", *arguments],
        env=dict(os.environ) | more,
        cwd=where,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_asks_before_it_moves(tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ROWS)
    arguments = ("--sheet", "from", "--before", BEFORE.isoformat(), "--to", "to")
    said = "7 lines of History, 2 lines of Posts"
    asked = command(tmp_path, *arguments, typed="n\n")
    assert (asked.returncode, f"{said} to move." in asked.stderr, asked.stdout) == (130, True, "")
    dry = command(tmp_path, *arguments, "--dry-run")
    assert (dry.returncode, dry.stdout) == (0, f"{said} to move.\n")
    assert not (tmp_path / "to").exists()
    assert same(rows_of(source), ROWS)
    assert command(tmp_path, *arguments, typed="y\n").stdout == f"{said} moved.\n"
    assert is_moved(source, WholeFolder(tmp_path / "to", clock=lambda: NOW, timezone=UTC))
    again = command(tmp_path, *arguments, "--json")
    assert json.loads(again.stdout) == {"history": 0, "posts": 0, "damaged": 0, "different": 0, "dry_run": False}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), unique=True, max_size=25), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_for_any_rows_nothing_is_lost_and_each_newest_stays(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[tuple[str, int]], cut: int
) -> None:
    place = tmp_path_factory.mktemp("archive")
    rows = tuple(account_row(name, DAY - timedelta(days=days)) for name, days in chosen)
    source, target = folder(place / "from", *rows), folder(place / "to")
    before = DAY - timedelta(days=cut)
    archive(source, target, before)
    newest: dict[str, date] = {}
    for row in rows:
        newest[row.account.handle] = max(row.date, newest.get(row.account.handle, row.date))
    gone = [row for row in rows if row.date < min(before, newest[row.account.handle])]
    assert same(rows_of(target), gone)
    assert same(rows_of(source), [row for row in rows if row not in gone])
    assert all(row.status is Status.OK for row in rows)
