import csv
import os
import random
import subprocess
from collections.abc import Callable
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetsync.errors import ConfigError, SheetsyncError
from sheetsync.model import Entry, Mark, Row
from sheetsync.sheets import Change, SheetState, requests
from sheetsync.sheets.whole import WholeSheet
from sheetsync.sheets.whole_folder import WholeFolder
from sheetsync.sheets.whole_google import WholeGoogle
from sheetsync.sheets.wire import Patience
from sheetsync.transfer import Copied, copy, plan
from sheetsync.verify import verify
from tests.commands import COMMAND
from tests.google_double import Google, faults
from tests.google_double.service import Call
from tests.sheets.contract import DAY, FORMULAS, NOW, VALUES, account_row, column, commit, post_row
from tests.sheets.google_desk import Spreadsheet, days

ACCOUNT_ROWS = tuple(
    account_row(name, DAY - timedelta(days=ago), **{**VALUES, "id": name}) for ago in (9, 3, 1, 0) for name in "abc"
)
POST_ROWS = tuple(post_row(str(number), DAY - timedelta(days=ago)) for ago in (5, 0) for number in range(3))
ROWS = ACCOUNT_ROWS + POST_ROWS
ENTRIES = (Entry(0, "@a", "tiktok", Mark("ok", "", DAY)), Entry(0, "=1+1"), Entry(0, "@B "), Entry(0, "@b"))
HISTORY, POSTS, LISTED = len(ACCOUNT_ROWS), len(POST_ROWS), 3
WRITTEN = Copied(HISTORY, POSTS, LISTED)
KILLS = int(os.environ.get("SHEETSYNC_KILLS", "2"))
Make = Callable[..., WholeSheet]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that few rows already take several commits."""
    monkeypatch.setattr(requests, "MOST_ROWS", 4)
    monkeypatch.setattr(WholeGoogle, "bulk", 7)
    monkeypatch.setattr(WholeFolder, "bulk", 5)


def folder(path: Path, *rows: Row, entries: tuple[Entry, ...] = ()) -> WholeFolder:
    sheet = WholeFolder(path, clock=lambda: NOW, timezone=UTC)
    sheet.prepare()
    commit(sheet, *rows)
    sheet.enlist(entries)
    return sheet


def spreadsheet(google: Google, path: Path, *rows: Row, entries: tuple[Entry, ...] = ()) -> WholeGoogle:
    desk = Spreadsheet(google, path, {"Accounts": [["notes", "account"]]})
    commit(desk.open(), *rows)
    sheet = reopened(desk)
    sheet.enlist(entries)
    return sheet


def reopened(desk: Spreadsheet) -> WholeGoogle:
    patience = Patience(attempts=3, connect=5, read=5)
    return WholeGoogle(
        desk.id, clock=lambda: NOW, outbox=desk.folder / "copy", environment=desk.environment, patience=patience
    )


def rows_of(sheet: WholeSheet) -> list[Row | None]:
    return [stored.row for stored in sheet.stored()]


def typed(sheet: WholeSheet) -> list[tuple[str, str, Mark]]:
    return [(entry.text, entry.platform, entry.mark) for entry in sheet.listed()]


def is_whole(sheet: WholeSheet, rows: tuple[Row, ...] = ROWS) -> bool:
    """Whether the rows are there, each once and as it was, and nothing else."""
    found = rows_of(sheet)
    return len(found) == len(rows) and all(row in found for row in rows)


@pytest.fixture(params=["folder to folder", "folder to Google", "Google to folder", "Google to Google"])
def pair(request: pytest.FixtureRequest, google: Google, tmp_path: Path) -> tuple[Make, Make]:
    """How to make the first sheet and the second, each with rows."""
    kinds: dict[str, Make] = {
        "folder": lambda where, *rows, **more: folder(tmp_path / where, *rows, **more),
        "Google": lambda where, *rows, **more: spreadsheet(google, tmp_path / where, *rows, **more),
    }
    first, second = request.param.split(" to ")
    return kinds[first], kinds[second]


def test_everything_arrives_as_it_was_and_a_second_copy_writes_nothing(pair: tuple[Make, Make]) -> None:
    source, target = pair[0]("from", *ROWS, entries=ENTRIES), pair[1]("to")
    assert plan(source, target) == WRITTEN
    assert copy(source, target) == WRITTEN
    assert rows_of(target) == list(ROWS)
    assert typed(target) == typed(source)
    revision = target.read().revision
    assert not plan(source, target)
    assert copy(source, target) == Copied(present=len(ROWS))
    assert target.read().revision == revision
    assert rows_of(source) == list(ROWS)


def test_what_is_there_is_not_written_again(pair: tuple[Make, Make]) -> None:
    other = account_row("somebody", DAY)
    renamed = account_row("a_new", DAY - timedelta(days=9), id="a")
    there = (renamed, ROWS[5], other)
    source = pair[0]("from", *ROWS, entries=ENTRIES)
    target = pair[1]("to", *there, entries=(Entry(0, "@A", "TikTok"),))
    expected = Copied(HISTORY - 2, POSTS, LISTED - 1, present=2)
    assert plan(source, target) == expected
    assert copy(source, target) == expected
    assert is_whole(target, (*there, *(row for row in ROWS if row not in (ROWS[0], ROWS[5]))))
    assert not verify(target.stored()).surplus


def test_text_stays_text_and_is_no_formula(pair: tuple[Make, Make]) -> None:
    rows = tuple(account_row(str(number), bio=text) for number, text in enumerate(FORMULAS))
    entries = tuple(Entry(0, text) for text in FORMULAS)
    source, target = pair[0]("from", *rows, entries=entries), pair[1]("to")
    copy(source, target)
    assert is_whole(target, rows)
    assert [entry.text for entry in target.listed()] == [entry.text for entry in source.listed()]


def test_no_cell_becomes_a_formula_in_a_spreadsheet(google: Google, tmp_path: Path) -> None:
    rows = tuple(account_row(str(number), bio=text) for number, text in enumerate(FORMULAS))
    source = folder(tmp_path / "from", *rows, entries=tuple(Entry(0, text) for text in FORMULAS))
    desk = Spreadsheet(google, tmp_path)
    copy(source, reopened(desk))
    assert desk.formulas("History") + desk.formulas("Accounts") == []


def test_peoples_columns_stay_as_they_are_and_missing_ones_are_made(google: Google, tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ACCOUNT_ROWS, entries=ENTRIES)
    header = ["our notes", "date", "platform", "account", "followers", "total"]
    history: list[list[Any]] = [
        header,
        ["mine", 46000, "tiktok", "x", 5, "=E2*2"],
        ["late", 46400, "tiktok", "x", 6, "=E3*2"],
    ]
    accounts = [["account", "colour"], ["@x", "red"]]
    desk = Spreadsheet(google, tmp_path, {"Accounts": accounts, "History": history})
    copy(source, reopened(desk))
    table = desk.table("History")
    assert table[0][:6] == header
    assert {"id", "status", "bio", "verified"} <= set(table[0])
    mine = {(line[0], line[3], line[4]) for line in table[1:] if line[0]}
    assert mine == {("mine", "x", "5"), ("late", "x", "6")}
    assert [line[5] for line in table[1:] if line[3] not in {"x", ""}] == [""] * HISTORY
    assert len(desk.formulas("History")) == 2
    typed = desk.table("Accounts")
    assert [line[:2] for line in typed[:2]] == accounts
    assert column(typed, "colour")[1:] == [""] * LISTED


@pytest.mark.parametrize("size", [3, 1_000])
def test_a_later_run_finds_todays_rows_below_the_old_ones(
    google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The tail that a run reads is made so short that it would miss them if old rows stood below them."""
    monkeypatch.setattr("sheetsync.sheets.grid._WINDOW", 4)
    monkeypatch.setattr("sheetsync.sheets.grid._PROBES", 1)
    monkeypatch.setattr(requests, "MOST_ROWS", size)
    old = tuple(account_row("old", DAY - timedelta(days=ago)) for ago in range(40, 1, -1))
    source = folder(tmp_path / "from", *old)
    desk = Spreadsheet(google, tmp_path, {"Accounts": [["account"], ["x"], ["y"]]})
    today = (account_row("w", DAY - timedelta(days=60)), account_row("x"), account_row("y"))
    commit(desk.open(), *today)
    copy(source, reopened(desk))
    found = [day for day, _ in days(desk)]
    assert found == sorted(found)
    state = desk.open().read()
    assert {key.name for key in state.taken} == {"x", "y"}


@pytest.mark.usefixtures("small_parts")
def test_no_revision_of_the_spreadsheet_is_out_of_order(google: Google, tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ROWS)
    desk = Spreadsheet(google, tmp_path)
    commit(desk.open(), account_row("x", DAY - timedelta(days=2)), account_row("x"))
    seen: list[list[str]] = []
    google.hooks.append(lambda _: seen.append([day for day, _ in days(desk)]))
    copy(source, reopened(desk))
    assert len({tuple(found) for found in seen}) > HISTORY // 4
    assert all(found == sorted(found) for found in seen)


def test_doubles_and_damaged_lines_stay_behind(tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ROWS)
    file = tmp_path / "from" / "History.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    with file.open("a", newline="", encoding="utf-8") as end:
        end.writelines(["".join(lines[1:3]), "soon,tiktok,zoe" + "," * (lines[0].count(",") - 2) + "\n"])
    target = folder(tmp_path / "to")
    expected = Copied(HISTORY, POSTS, doubles=1, damaged=1)
    assert plan(source, target) == expected
    assert copy(source, target) == expected
    assert "1 left behind as doubles; 1 left behind as damaged" in expected.sentence()


def test_a_new_folder_is_made_without_an_example(tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ROWS)
    target = WholeFolder(tmp_path / "new", clock=lambda: NOW, timezone=UTC)
    assert plan(source, target).rows == len(ROWS)
    assert not (tmp_path / "new").exists()
    assert copy(source, target).rows == len(ROWS)
    assert target.listed() == ()


def test_a_sheet_is_not_copied_to_itself(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "from")
    sheet, same = folder(tmp_path / "from"), folder(tmp_path / "link")
    with pytest.raises(ConfigError):
        copy(sheet, same)


class Killed(BaseException):
    """The process is gone."""


class Dying(WholeFolder):
    """A folder whose process dies in its n-th commit, when that is on disk and not in the files."""

    left = 0

    def commit(self, change: Change, state: SheetState) -> SheetState:
        self.left -= 1
        if self.left == 0:
            self._outbox.put(change)
            raise Killed
        return super().commit(change, state)


@given(die=st.lists(st.integers(1, 4), max_size=4), size=st.integers(1, 7), there=st.sets(st.sampled_from(range(18))))
@settings(max_examples=20, deadline=None)
def test_a_killed_copy_into_a_folder_is_finished_by_another(
    tmp_path_factory: pytest.TempPathFactory, die: list[int], size: int, there: set[int]
) -> None:
    place = tmp_path_factory.mktemp("copy")
    source = folder(place / "from", *ROWS, entries=ENTRIES)
    folder(place / "to", *(ROWS[number] for number in there))
    for left in die:
        target = Dying(place / "to", clock=lambda: NOW, timezone=UTC)
        target.left, target.bulk = left, size
        try:
            copy(source, target)
        except Killed:
            continue
    last = WholeFolder(place / "to", clock=lambda: NOW, timezone=UTC)
    copy(source, last)
    assert copy(source, last) == Copied(present=len(ROWS))
    assert is_whole(last)
    assert len(last.listed()) == LISTED


FAULTS = [faults.reply_lost(), faults.zombie(), faults.status(503), faults.status(503, applied=True)]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("fault", [*FAULTS, faults.status(403), faults.truncated_json()], ids=lambda one: one.name)
def test_whatever_fails_at_whatever_call_another_copy_finishes(
    google: Google, tmp_path: Path, fault: faults.Fault
) -> None:
    rows = (*ROWS[:2], *ROWS[-2:], *ROWS[8:10])
    source = folder(tmp_path / "from", *rows, entries=ENTRIES)
    before = (account_row("x", DAY - timedelta(days=2)), account_row("x"))
    for number in range(1, 60):
        desk = Spreadsheet(google, tmp_path / str(number), {"Accounts": [["account"]]})
        commit(desk.open(), *before)
        google.forget_calls()
        google.faults.at(number, fault)
        try:
            copy(source, reopened(desk))
        except SheetsyncError:
            google.release_zombies()
        reached = len(google.calls) >= number
        google.faults.clear()
        last = reopened(desk)
        copy(source, last)
        google.release_zombies()
        assert not plan(source, last)
        assert is_whole(last, (*rows, *before))
        assert len(last.listed()) == LISTED
        if not reached:
            return
    pytest.fail("a copy takes more calls than this test looks at")


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("fault", [faults.reply_lost(), faults.zombie()], ids=lambda one: one.name)
def test_a_copy_that_stops_dead_is_finished_by_another(google: Google, tmp_path: Path, fault: faults.Fault) -> None:
    """Every call from the n-th on has no answer: the first copy gets no chance to put anything right."""
    source = folder(tmp_path / "from", *ROWS, entries=ENTRIES)
    for number in (6, 9, 12, 15, 18, 21):
        desk = Spreadsheet(google, tmp_path / str(number), {"Accounts": [["account"]]})
        commit(desk.open(), account_row("x"))
        google.between(number, lambda: google.faults.every(fault))
        with pytest.raises(SheetsyncError) as stopped:
            copy(source, reopened(desk))
        assert "copy again" in stopped.value.hint
        google.hooks.clear()
        google.faults.clear()
        last = reopened(desk)
        copy(source, last)
        google.release_zombies()
        assert is_whole(last, (*ROWS, account_row("x")))
        assert len(last.listed()) == LISTED


@pytest.mark.usefixtures("small_parts")
def test_others_who_write_in_between_are_no_trouble(google: Google, tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ROWS, entries=ENTRIES)
    desk = Spreadsheet(google, tmp_path, {"Accounts": [["account"]]})
    others: list[Row] = []

    def write(call: Call) -> None:
        """Another run finds two of the accounts that are being copied, and one of its own."""
        if call.method == "batchUpdate" and len(others) < 3 and b"otherbody" not in call.request.body:
            others.append(account_row(f"otherbody{len(others)}"))
            sheet = desk.open(machine=f"m{len(others)}")
            state = sheet.read()
            rows = [*others[-1:], ROWS[8 + len(others)]]
            sheet.commit(Change(tuple(row for row in rows if row.keys.isdisjoint(state.taken))), state)

    google.hooks.append(write)
    copy(source, reopened(desk))
    assert len(others) == 3
    assert is_whole(reopened(desk), (*ROWS, *others))
    assert [day for day, _ in days(desk)] == sorted(day for day, _ in days(desk))


def test_what_another_copy_wrote_in_between_is_not_claimed(google: Google, tmp_path: Path) -> None:
    source = folder(tmp_path / "from", *ROWS)
    desk = Spreadsheet(google, tmp_path, {"Accounts": [["account"]]})
    reopened(desk).prepare()
    theirs = ROWS[:5]

    def write(call: Call) -> None:
        if call.method == "batchUpdate":
            google.hooks.clear()
            commit(desk.open(machine="other"), *theirs)

    google.hooks.append(write)
    copied = copy(source, reopened(desk))
    assert (copied.rows, copied.present) == (len(ROWS) - len(theirs), len(theirs))
    assert is_whole(reopened(desk))


def long_history(path: Path, days: int, accounts: int) -> None:
    with (path / "History.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "platform", "account", "status", "followers"])
        for ago in range(days, 0, -1):
            day = date(2026, 11, 23) - timedelta(days=ago)
            writer.writerows([day, "tiktok", f"n{at}", "ok", at] for at in range(accounts))


def test_a_long_history_goes_over_in_few_calls_and_small_bodies(google: Google, tmp_path: Path) -> None:
    source = folder(tmp_path / "from")
    long_history(tmp_path / "from", 10, 500)
    target = spreadsheet(google, tmp_path / "to")
    google.forget_calls()
    assert copy(source, target).history == 5_000
    bodies = [call.body_size for call in google.calls if call.method == "batchUpdate"]
    assert len(bodies) <= 6
    assert max(bodies) < 2_000_000
    assert len(google.calls) <= 30


@pytest.mark.parametrize("seed", range(KILLS))
def test_kill_9_at_random_moments_and_then_another_copy(google: Google, tmp_path: Path, seed: int) -> None:
    source = folder(tmp_path / "from", entries=ENTRIES)
    long_history(tmp_path / "from", 10, 250)
    desk = Spreadsheet(google, tmp_path, {"Accounts": [["account"]]})
    commit(desk.open(), account_row("x"))
    google.forget_calls()
    moment = random.Random(seed).randint(4, 18)  # noqa: S311 - any moment will do
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "copy", str(tmp_path / "from"), desk.id, "--yes"],
        env=dict(os.environ) | desk.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    google.hooks.append(lambda call: process.kill() if call.number == moment else None)
    process.wait(60)
    google.settle()
    google.hooks.clear()
    last = command(str(tmp_path / "from"), desk.id, "--yes", **desk.environment)
    assert last.returncode == 0, last.stderr
    assert not plan(source, reopened(desk))
    found = days(desk)
    assert len(found) == len(set(found)) == 2_501
    assert [day for day, _ in found] == sorted(day for day, _ in found)


def command(*arguments: str, typed: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    given = {"env": dict(os.environ) | more, "input": typed, "capture_output": True, "text": True, "timeout": 60}
    return subprocess.run([*COMMAND, "copy", *arguments], check=False, **given)  # type: ignore[call-overload,no-any-return]  # noqa: S603


def test_the_command_asks_before_it_writes(tmp_path: Path) -> None:
    folder(tmp_path / "from", *ROWS, entries=ENTRIES)
    names = str(tmp_path / "from"), str(tmp_path / "to")
    said = "12 lines of History, 6 lines of Posts, 3 lines of Accounts"
    asked = command(*names, typed="n\n")
    assert (asked.returncode, said in asked.stderr, asked.stdout) == (130, True, "")
    dry = command(*names, "--dry-run")
    assert (dry.returncode, dry.stdout) == (0, f"{said} to copy.\n")
    assert not (tmp_path / "to").exists()
    assert command(*names, typed="y\n").stdout == f"{said} copied.\n"
    assert command(*names).stdout == "Nothing copied; 18 already there.\n"


def test_the_command_into_a_spreadsheet_says_it_to_machines(google: Google, tmp_path: Path) -> None:
    folder(tmp_path / "from", *ROWS)
    desk = Spreadsheet(google, tmp_path)
    done = command(str(tmp_path / "from"), desk.id, "--yes", "--json", **desk.environment)
    assert (done.returncode, done.stderr) == (0, "")
    expected = '{"history": 12, "posts": 6, "accounts": 0, "present": 0, "doubles": 0, "damaged": 0, "dry_run": false}'
    assert done.stdout.strip() == expected
    assert is_whole(reopened(desk))
