"""``doctor --write-test`` against the double: what it says of a Google that is right, and of one that is not."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from sheetsync import doctor
from sheetsync.config import Config
from sheetsync.doctor import Check
from sheetsync.errors import ConflictError, SheetsyncError
from sheetsync.sample_site import account_page, serve
from sheetsync.sheets.access import Access
from sheetsync.sheets.scratch import KEY, STEP, TITLE, Scratch
from sheetsync.sheets.spreadsheet import MARKER_BASE, MARKER_KEY
from tests.commands import COMMAND, environment
from tests.google_double import Call, Fault, Google, batch, batch_cells, batch_metadata, cells, faults, resource
from tests.google_double.errors import JsonObject, Refused

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
TABS: dict[str, Sequence[Sequence[str | int]]] = {
    "Accounts": [["account", "notes"], ["@juf.nele", "=1+1"]],
    "History": [["date", "platform", "account", "id", "status"], [46000, "tiktok", "somebody", "1", "ok"]],
    TITLE: [["a tab of a person, who happens to call it so"]],
}

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture
def sheet(google: Google) -> str:
    sheet = google.new_spreadsheet("Ours", dict(TABS))
    marker = {"metadataId": MARKER_BASE + 7, "metadataKey": MARKER_KEY, "metadataValue": "x", "visibility": "DOCUMENT"}
    google.book(sheet).metadata[MARKER_BASE + 7] = marker | {
        "location": {"locationType": "SPREADSHEET", "spreadsheet": True}
    }
    return sheet


def prove(google: Google, sheet: str, ask: Callable[[str], object] = lambda _: None) -> dict[str, Check]:
    env = {"SHEETS_EMULATOR_HOST": google.host}
    with closing(doctor.examine(lambda: Config(sheet=sheet), env, clock=lambda: NOW, write_test=ask)) as found:
        return {check.name: check for check in found}


def red(checks: dict[str, Check]) -> set[str]:
    return {name.removeprefix("write test: ") for name, check in checks.items() if check.ok is False}


def tried(checks: dict[str, Check]) -> list[Check]:
    return [check for name, check in checks.items() if name.startswith("write test: ")]


def scratch(google: Google, sheet: str) -> Scratch:
    env = {"SHEETS_EMULATOR_HOST": google.host}
    return Access(sheet, accounts="", environment=env, clock=lambda: NOW).scratch()


def left_alone(google: Google, sheet: str) -> JsonObject:
    """All of a spreadsheet that is not the write test's business."""
    google.settle()
    book = google.book(sheet)
    notes = [number for number, note in book.metadata.items() if note["metadataKey"] == KEY]
    assert len(notes) <= 5
    assert {number % STEP for number in notes} <= {0}, "more is left than the notes that ward off late copies"
    kept = {number: note for number, note in book.metadata.items() if number not in notes}
    return {"tabs": [vars(tab) for tab in book.tabs], "names": book.named_ranges, "metadata": kept}


# A Google that is right.


def test_all_is_green_and_nothing_else_was_touched(google: Google, sheet: str) -> None:
    before = left_alone(google, sheet)
    asked: list[str] = []
    checks = prove(google, sheet, asked.append)
    assert red(checks) == set()
    assert len(tried(checks)) == 19
    assert all(check.relies for check in tried(checks)[:-1])
    assert "adds a tab to “Ours”" in asked[0]
    assert left_alone(google, sheet) == before
    assert "one of two was taken, 4 times of 4. Google said: “" in checks["write test: two writers at once"].detail
    assert checks["write test: text"].detail == "10 texts are as they were sent, “=1+1” among them"
    assert doctor.exit_code(checks.values()) == 0


def test_it_fits_into_the_quota_of_a_minute(google: Google, sheet: str) -> None:
    prove(google, sheet)
    writes = sum(call.request.writes for call in google.calls)
    assert writes <= 50
    assert len(google.calls) - writes <= 50


@pytest.mark.parametrize("way", [True, False])
def test_what_nobody_has_proved_is_told_and_both_ways_are_well(google: Google, sheet: str, way: bool) -> None:  # noqa: FBT001
    google.unproved.format_only_rows_are_data = way
    google.unproved.metadata_change_without_match_is_refused = way
    checks = prove(google, sheet)
    assert red(checks) == set()
    line, gone = ("line 9, below", "refused") if way else ("line 3, directly below", "carried out")
    assert line in checks["write test: formatted lines"].detail
    assert line in checks["write test: empty checkboxes"].detail
    assert gone in checks["write test: marker that is gone"].detail


def test_a_run_afterwards_makes_no_more_calls_than_ever(google: Google, sheet: str, tmp_path: Path) -> None:
    prove(google, sheet)
    google.forget_calls()
    with serve(lambda path: (200, account_page(path.removeprefix("/@"), 12))) as origin:
        env = environment(f"www.tiktok.com={origin}") | {"SHEETS_EMULATOR_HOST": google.host}
        run = [*COMMAND, "run", "--sheet", sheet, "--date", "2026-11-22"]
        for most in (4, 2):
            google.forget_calls()
            done = subprocess.run(run, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
            assert done.returncode == 0, done.stderr
            assert len(google.calls) <= most
    assert google.people(sheet).column("History", "account") == ["somebody", "juf.nele"]
    assert MARKER_BASE + 8 in google.book(sheet).metadata


# A Google that is not.


def _takes_a_marker_twice(book: Any, body: JsonObject) -> JsonObject:
    book.metadata.pop(body["developerMetadata"].get("metadataId"), None)
    return batch_metadata.create(book, body)


def _forgets_markers(book: Any, body: JsonObject) -> JsonObject:
    made = batch_metadata.create(book, body)
    if made["developerMetadata"]["metadataKey"] == KEY and made["developerMetadata"]["metadataId"] % STEP:
        del book.metadata[made["developerMetadata"]["metadataId"]]
    return made


def _over_the_last_row(book: Any, body: JsonObject) -> None:
    tab = book.grid_by_id(body["sheetId"])
    tab.rows = tab.rows[: max(tab.last_row_with_data() - 1, 0)]
    batch_cells.append_cells(book, body)


def _beside_column_a(book: Any, body: JsonObject) -> None:
    rows = [{"values": [{}, *row.get("values", [])]} for row in body["rows"]]
    batch_cells.append_cells(book, body | {"rows": rows})


def _into_the_first_empty_line(book: Any, body: JsonObject) -> None:
    """What a gap invites to: stray cells below stay, and the row lands above them."""
    tab = book.grid_by_id(body["sheetId"])
    free = next((at for at, row in enumerate(tab.rows) if not any(map(cells.value_of, row))), len(tab.rows))
    start = {"sheetId": body["sheetId"], "rowIndex": free, "columnIndex": 0}
    tab.grow("ROWS", max(0, free + len(body["rows"]) - tab.row_count))
    batch_cells.update_cells(book, {"start": start, "rows": body["rows"], "fields": body["fields"]})


def _refuses_a_full_tab(book: Any, body: JsonObject) -> None:
    tab = book.grid_by_id(body["sheetId"])
    if tab.last_row_with_data() >= tab.row_count:
        raise Refused("There is no room.")
    batch_cells.append_cells(book, body)


def _understands_text(book: Any, body: JsonObject) -> None:
    rows = json.loads(json.dumps(body["rows"]).replace('{"stringValue": "007"}', '{"numberValue": 7}'))
    batch_cells.append_cells(book, body | {"rows": rows})


def _rounds_numbers(book: Any, body: JsonObject) -> None:
    rows = json.loads(json.dumps(body["rows"]).replace("0.5", "1"))
    batch_cells.append_cells(book, body | {"rows": rows})


def _sorts_one_column(book: Any, body: JsonObject) -> None:
    batch_cells.sort_range(book, body | {"range": body["range"] | {"endColumnIndex": 1}})


def _loses_rows(book: Any, body: JsonObject) -> None:
    if book.grid_by_id(body["sheetId"]).basic_filter is None:
        batch_cells.append_cells(book, body)


@pytest.mark.parametrize(
    ("kind", "wrong", "names"),
    [
        (
            "createDeveloperMetadata",
            _takes_a_marker_twice,
            {"two writers at once", "marker used again", "answer lost"},
        ),
        (
            "createDeveloperMetadata",
            _forgets_markers,
            {"two writers at once", "marker used again", "answer lost", "marker seen at once"},
        ),
        (
            "appendCells",
            _over_the_last_row,
            {"two writers at once", "text", "numbers and dates", "full tab", "stray cells", "formatted lines"}
            | {"empty checkboxes", "unticked checkboxes"},
        ),
        (
            "appendCells",
            _beside_column_a,
            {"two writers at once", "marker used again", "text", "numbers and dates", "full tab", "stray cells"}
            | {"formatted lines", "empty checkboxes", "unticked checkboxes"},
        ),
        ("appendCells", _into_the_first_empty_line, {"stray cells", "unticked checkboxes"}),
        ("appendCells", _refuses_a_full_tab, {"full tab"}),
        ("appendCells", _understands_text, {"text"}),
        ("appendCells", _rounds_numbers, {"numbers and dates"}),
        ("sortRange", _sorts_one_column, {"sorting"}),
    ],
)
def test_what_google_does_otherwise_makes_its_line_red(
    google: Google,
    sheet: str,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    wrong: Callable[[Any, JsonObject], JsonObject | None],
    names: set[str],
) -> None:
    before = left_alone(google, sheet)
    monkeypatch.setitem(batch.HANDLERS, kind, wrong)
    checks = prove(google, sheet)
    assert red(checks) == names
    assert doctor.exit_code(checks.values()) == 4
    assert all("relies on" in check.hint for check in checks.values() if check.ok is False)
    assert left_alone(google, sheet) == before


def test_a_google_that_carries_out_half_a_batch_is_found_out(
    google: Google, sheet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(book: Any, requests: list[JsonObject]) -> tuple[Any, list[JsonObject]]:
        for index, request in enumerate(requests):
            batch._one(book, index, request)
        return book, [{} for _ in requests]

    monkeypatch.setattr(batch, "run", half)
    assert "faulty batch" in red(prove(google, sheet))


def test_a_google_that_hides_tables_and_filters_is_found_out(
    google: Google, sheet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = resource._sheet

    def without(*given: Any, **named: Any) -> JsonObject:
        return {name: part for name, part in whole(*given, **named).items() if name not in ("tables", "basicFilter")}

    monkeypatch.setattr(resource, "_sheet", without)
    assert red(prove(google, sheet)) == {"native table", "filter"}


def test_what_becomes_of_rows_under_a_filter_is_told_and_not_relied_on(
    google: Google, sheet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(batch.HANDLERS, "appendCells", _loses_rows)
    checks = prove(google, sheet)
    assert red(checks) == set()
    assert "is lost although" in checks["write test: filter"].detail


# The tab goes, whatever happens.


def calls_of_a_test(google: Google, sheet: str) -> int:
    google.forget_calls()
    prove(google, sheet)
    google.settle()
    return len(google.calls)


@pytest.mark.parametrize("share", range(4))
def test_a_fault_at_any_call_leaves_no_tab_behind(google: Google, sheet: str, share: int) -> None:
    before = left_alone(google, sheet)
    kinds = cycle(faults.ALL[share * 5 :] + faults.ALL[: share * 5])
    for number in range(1 + share, calls_of_a_test(google, sheet) + 1, 4):
        google.forget_calls()
        google.faults.at(number, next(kinds))
        prove(google, sheet)
        google.settle()
        google.faults.clear()
        google.release_zombies()
        assert left_alone(google, sheet) == before, f"call {number}"


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
@pytest.mark.parametrize("number", range(1, 6))
def test_every_fault_while_the_tab_is_made_and_removed(google: Google, sheet: str, fault: Fault, number: int) -> None:
    before = left_alone(google, sheet)
    lab = scratch(google, sheet)
    google.faults.at(number, fault)
    with suppress(SheetsyncError):
        lab.make()
    lab.remove()
    google.faults.clear()
    google.release_zombies()
    assert left_alone(google, sheet) == before


def test_a_copy_of_the_request_that_made_the_tab_comes_too_late(google: Google, sheet: str) -> None:
    before = left_alone(google, sheet)
    google.faults.when(lambda call: "addSheet" in call.kinds, faults.zombie())
    prove(google, sheet)
    assert google.release_zombies() == [400]
    assert left_alone(google, sheet) == before


def test_what_breaks_off_in_the_middle_removes_the_tab(google: Google, sheet: str) -> None:
    before = left_alone(google, sheet)
    env = {"SHEETS_EMULATOR_HOST": google.host}
    examined = doctor.examine(lambda: Config(sheet=sheet), env, clock=lambda: NOW, write_test=lambda _: None)
    with closing(examined):
        next(check for check in examined if check.name == "write test: text")
        assert len(google.people(sheet).titles) == len(TABS) + 1
    assert left_alone(google, sheet) == before


def test_a_tab_that_was_left_behind_goes_and_that_of_a_person_stays(google: Google, sheet: str) -> None:
    before = left_alone(google, sheet)
    killed = scratch(google, sheet)
    killed.make()
    killed.lay([["left"]])
    checks = prove(google, sheet)
    assert "1 tab of an earlier test was in the way" in checks["write test: scratch tab"].detail
    assert red(checks) == set()
    assert left_alone(google, sheet) == before


def test_a_tab_that_somebody_took_over_is_left_to_them(google: Google, sheet: str) -> None:
    killed = scratch(google, sheet)
    killed.make()
    google.people(sheet).rename_tab(killed.title, "Mine now")
    prove(google, sheet)
    assert "Mine now" in google.people(sheet).titles


def test_notes_of_old_tests_do_not_pile_up(google: Google, sheet: str) -> None:
    for _ in range(8):
        lab = scratch(google, sheet)
        lab.make()
        lab.remove()
    assert len(left_alone(google, sheet)["metadata"]) == 1
    assert sum(note["metadataKey"] == KEY for note in google.book(sheet).metadata.values()) == 5


def test_of_two_tests_at_once_the_second_leaves_the_first_its_tab(google: Google, sheet: str) -> None:
    first, second = scratch(google, sheet), scratch(google, sheet)
    google.between(2, first.make)
    with pytest.raises(ConflictError, match="Another write test"):
        second.make()
    second.remove()
    assert google.people(sheet).titles[-1] == first.title
    first.remove()


def test_a_tab_that_cannot_be_removed_is_named(google: Google, sheet: str) -> None:
    google.hooks.append(lambda call: google.faults.every(faults.status(403)) if "deleteSheet" in call.kinds else None)
    checks = prove(google, sheet)
    assert red(checks) == {"clean-up"}
    check = checks["write test: clean-up"]
    assert f"“{TITLE} 2” could not be removed" in check.detail
    assert "Delete it" in check.hint
    assert doctor.exit_code(checks.values()) == 4


def test_when_google_is_gone_nobody_waits_for_it_a_dozen_times(google: Google, sheet: str) -> None:
    out = faults.status(503)
    google.hooks.append(lambda call: google.faults.every(out) if "sortRange" in call.kinds else None)
    checks = prove(google, sheet)
    assert red(checks) == {"sorting", "native table", "filter", "named range id used again", "clean-up"}
    sent = next(at for at, call in enumerate(google.calls) if "sortRange" in call.kinds)
    assert len(google.calls) - sent <= 6


def test_a_spreadsheet_that_may_only_be_read_is_not_tried_on(google: Google, sheet: str) -> None:
    google.share(sheet, "viewer")
    checks = prove(google, sheet)
    assert {check.ok for check in tried(checks)} == {None}
    assert not any("addSheet" in call.kinds for call in google.calls)


def test_a_full_spreadsheet_says_so(google: Google, sheet: str) -> None:
    google.people(sheet).add_tab("Full", gridProperties={"rowCount": 9_921_900, "columnCount": 1})
    checks = prove(google, sheet)
    assert red(checks) == {"scratch tab"}
    assert "ten million cells" in checks["write test: scratch tab"].detail


# The command.


def command(google: Google, folder: Path, *more: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "doctor", "--write-test", *more],
        env=environment("") | {"SHEETS_EMULATOR_HOST": google.host},
        cwd=folder,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_prints_what_google_did_and_what_is_relied_on(google: Google, sheet: str, tmp_path: Path) -> None:
    process = command(google, tmp_path, "--sheet", sheet, "--yes", "--json")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    shown = {check["name"]: check for check in json.loads(out)}
    assert shown["write test: text"] == {
        "name": "write test: text",
        "ok": True,
        "detail": "10 texts are as they were sent, “=1+1” among them",
        "hint": "",
        "relies_on": "text stays text, also when it looks like a formula, a date or a number",
    }
    assert "relies_on" not in shown["sheet"]


def test_for_people_each_line_says_what_is_relied_on() -> None:
    check = Check("write test: text", ok=True, detail="text stays text", relies="that")
    assert "".join(text for text, _ in doctor.lines(check)).endswith("          sheetsync relies on: that\n")


def test_without_a_terminal_it_wants_to_be_told_yes(google: Google, sheet: str, tmp_path: Path) -> None:
    process = command(google, tmp_path, "--sheet", sheet)
    out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert err == "error: The write test asks before it writes, and there is nobody to answer.\nhint: Say --yes.\n"
    assert google.calls == []


def test_a_no_at_the_terminal_writes_nothing(google: Google, sheet: str, tmp_path: Path) -> None:
    before = left_alone(google, sheet)
    ours, theirs = os.openpty()
    os.write(ours, b"n\n")
    process = command(google, tmp_path, "--sheet", sheet, stdin=theirs)
    _, err = process.communicate()
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 130
    assert "Go on? [y/N]" in err
    assert not any("addSheet" in call.kinds for call in google.calls)
    assert left_alone(google, sheet) == before


def test_a_folder_has_nothing_to_be_proved(google: Google, tmp_path: Path) -> None:
    (tmp_path / "Accounts.csv").write_text("account\n@a\n")
    process = command(google, tmp_path, "--sheet", str(tmp_path), "--yes")
    out, _ = process.communicate()
    assert process.returncode == 2
    assert f"write test: {tmp_path} is a folder; the write test tries what Google does." in out
    assert "leave --write-test out" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Accounts.csv"]


@pytest.mark.parametrize("at", ["addSheet", "repeatCell", "addTable", "sortRange"])
@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_ctrl_c_removes_the_tab_and_after_a_kill_the_next_test_does(
    google: Google, sheet: str, tmp_path: Path, at: str, sign: signal.Signals, code: int
) -> None:
    before = left_alone(google, sheet)
    processes: list[subprocess.Popen[str]] = []
    started = Event()

    def stop(call: Call) -> None:
        if at in call.kinds:
            started.wait()
            processes[0].send_signal(sign)

    google.hooks.append(stop)
    processes.append(command(google, tmp_path, "--sheet", sheet, "--yes"))
    started.set()
    processes[0].communicate()
    assert processes[0].returncode == code
    google.hooks.clear()
    google.settle()
    if sign is signal.SIGKILL:
        assert red(prove(google, sheet)) == set()
    assert left_alone(google, sheet) == before
