"""What goes wrong between sheetsync and Google: on the wire, in the spreadsheet, with the rights."""

import json
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from sheetsync.errors import CredentialsError, SheetError, SheetsyncError, SheetUnavailableError
from sheetsync.sheets.wire import Patience
from tests.google_double import Fault, Google, People, Unproved, faults, oauth
from tests.sheets.contract import DAY, account_row, column, commit
from tests.sheets.google_desk import Spreadsheet, days, finish, is_whole, run, typed


class TestFaults:
    @pytest.mark.parametrize("number", range(1, 6))
    @pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
    def test_any_fault_at_any_call_leaves_one_row_for_each_account(
        self, four: Spreadsheet, fault: Fault, number: int
    ) -> None:
        four.google.faults.at(number, fault)
        with suppress(SheetsyncError):
            run(four.open())
        four.google.release_zombies()
        finish(four)
        assert is_whole(four)
        assert four.waiting() == []

    @pytest.mark.parametrize("number", range(1, 5))
    @pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
    def test_a_fault_that_stays_ends_the_run_and_the_next_one_finishes_it(
        self, four: Spreadsheet, fault: Fault, number: int
    ) -> None:
        four.google.between(number, lambda: four.google.faults.every(fault))
        with pytest.raises(SheetsyncError) as caught:
            run(four.open())
        assert caught.value.hint
        assert isinstance(caught.value, SheetUnavailableError | CredentialsError | SheetError)
        finish(four, "another")
        four.google.release_zombies()
        finish(four)
        assert is_whole(four)
        assert four.waiting() == []

    def test_the_same_bytes_are_sent_again_after_a_lost_reply_and_are_known_as_ours(self, four: Spreadsheet) -> None:
        four.google.faults.at(4, faults.reply_lost())
        assert run(four.open()) == 4
        sent = [call.request.body for call in four.google.calls if call.method == "batchUpdate"]
        assert len(sent) == 2
        assert sent[0] == sent[1]
        assert four.asked()[3:] == ["batchUpdate", "batchUpdate", "developerMetadata.search"]
        assert is_whole(four)

    def test_the_outbox_is_written_before_the_first_try_and_empty_after_success(self, four: Spreadsheet) -> None:
        waiting: list[int] = []
        four.google.hooks.append(lambda _: waiting.append(len(four.waiting())))
        run(four.open())
        assert waiting == [0, 0, 1, 1]
        assert four.waiting() == []

    def test_what_waits_is_written_first_also_on_another_day_and_without_markers(self, four: Spreadsheet) -> None:
        four.google.between(4, lambda: four.google.faults.every(faults.cut_before()))
        with pytest.raises(SheetUnavailableError):
            run(four.open())
        assert days(four) == []
        four.google.faults.clear()
        four.people.forget_metadata()
        assert run(four.open(), DAY + timedelta(days=1)) == 4
        assert [day for day, _ in days(four)] == ["2026-11-23"] * 4 + ["2026-11-24"] * 4
        assert set(column(four.table("Accounts"), "last row")) == {"2026-11-24"}
        assert four.waiting() == []

    def test_what_waits_does_not_overwrite_what_a_later_run_of_others_wrote(self, four: Spreadsheet) -> None:
        four.google.between(4, lambda: four.google.faults.every(faults.cut_before()))
        with pytest.raises(SheetUnavailableError):
            run(four.open())
        four.google.faults.clear()
        run(four.open(machine="another"), DAY + timedelta(days=1))
        four.open().read(DAY + timedelta(days=1))
        assert len(days(four)) == 8
        assert set(column(four.table("Accounts"), "last row")) == {"2026-11-24"}

    def test_a_late_copy_is_refused_by_its_own_marker(self, four: Spreadsheet) -> None:
        four.google.between(4, lambda: four.google.faults.every(faults.zombie()))
        with pytest.raises(SheetUnavailableError):
            run(four.open())
        finish(four)
        assert set(four.google.release_zombies()) == {400}
        assert is_whole(four)

    @pytest.mark.parametrize("applied", [False, True])
    def test_an_answer_that_does_not_come_in_time_is_asked_for_again(self, four: Spreadsheet, applied: bool) -> None:  # noqa: FBT001
        late = Event()
        four.google.faults.at(4, faults.delayed(late, applied_first=applied))
        assert run(four.open(patience=Patience(attempts=3, read=0.3))) == 4
        late.set()
        finish(four)
        assert is_whole(four)

    def test_the_quota_of_a_minute_is_waited_for(self, four: Spreadsheet) -> None:
        four.google.quota = True
        seconds = iter(range(0, 10**6, 1))
        four.google.clock = lambda: float(next(seconds))
        for _ in range(40):
            with suppress(SheetUnavailableError):
                run(four.open())
        assert is_whole(four)

    def test_a_change_that_google_refuses_waits_and_says_where(self, four: Spreadsheet) -> None:
        four.google.between(4, lambda: four.people.protect("Accounts"))
        with pytest.raises(SheetError, match="protected"):
            run(four.open())
        assert days(four) == []
        with pytest.raises(SheetError, match="protected"):
            four.open().read()
        four.people.tab("Accounts").protected.clear()
        finish(four)
        assert is_whole(four)

    def test_a_file_that_cannot_be_understood_is_set_aside_and_told(self, four: Spreadsheet) -> None:
        (four.folder / "one" / four.id).mkdir(parents=True)
        (four.folder / "one" / four.id / "1.json").write_text("{")
        sheet = four.open()
        sheet.read()
        assert ["1.broken" in notice for notice in sheet.notices] == [True]

    def test_an_outbox_that_cannot_be_written_stops_before_anything_is_sent(self, four: Spreadsheet) -> None:
        (four.folder / "one").write_text("a file where a folder should be")
        with pytest.raises(SheetError, match="outbox"):
            run(four.open())
        assert "batchUpdate" not in four.asked()


class TestObstacles:
    @pytest.mark.parametrize(
        ("spoil", "says"),
        [
            (lambda people: people.make_table("History", "A1:E3"), "native table"),
            (lambda people: people.filter("History"), "filter"),
            (lambda people: people.protect("History"), "History is protected"),
            (lambda people: people.protect("Accounts"), "Accounts is protected"),
            (lambda people: people.protect("Accounts", "B1:D1000"), "Accounts is protected"),
        ],
    )
    def test_what_would_lose_rows_stops_the_run_before_anything_is_visited(
        self, four: Spreadsheet, spoil: Callable[[People], object], says: str
    ) -> None:
        run(four.open(), DAY - timedelta(days=1))
        spoil(four.people)
        with pytest.raises(SheetError, match=says) as caught:
            four.open().read()
        assert caught.value.hint

    def test_protections_that_do_not_concern_us_are_none(self, four: Spreadsheet) -> None:
        run(four.open(), DAY - timedelta(days=1))
        four.people.protect("History", "A1:E1")
        four.people.protect("Accounts", "A1:A5")
        assert run(four.open()) == 4

    def test_stray_cells_below_the_rows_are_told_and_stay(self, four: Spreadsheet) -> None:
        run(four.open(), DAY - timedelta(days=1))
        four.people.insert_rows("History", 6, [[], [], ["", "", "", "my sum"]])
        assert run(four.open()) == 4
        sheet = four.open()
        assert sheet.read().taken
        assert column(four.table("History"), "id")[6] == "my sum"
        assert run(sheet) == 0
        four.people.insert_rows("History", 13, [["", "", "", False]])
        sheet.read()
        assert ["line 13" in notice for notice in sheet.notices] == [True]

    def test_a_spreadsheet_that_is_nearly_full_is_told_and_a_full_one_refused(self, four: Spreadsheet) -> None:
        four.people.add_tab("Big", gridProperties={"rowCount": 400_000, "columnCount": 20})
        sheet = four.open()
        sheet.read()
        assert ["8,026,000 of the 10,000,000 cells" in notice for notice in sheet.notices] == [True]
        four.people.add_tab("Bigger", gridProperties={"rowCount": 98_699, "columnCount": 20})
        with pytest.raises(SheetError, match="full") as caught:
            four.open().read()
        assert "Delete empty rows" in caught.value.hint

    def test_a_grid_without_columns_to_spare_gets_more(self, google: Google, tmp_path: Path) -> None:
        desk = Spreadsheet(google, tmp_path, typed(1))
        run(desk.open())
        width = desk.people.tab("History").column_count
        commit(desk.open(), account_row("x", region="US", link="y"))
        assert desk.people.tab("History").column_count == width + 2

    def test_a_tab_with_as_many_columns_as_there_can_be_is_refused(self, google: Google, tmp_path: Path) -> None:
        history = [["date", "platform", "account", *(f"x{at}" for at in range(18_275))]]
        desk = Spreadsheet(google, tmp_path, typed(1))
        desk.people.add_tab("History", history, gridProperties={"rowCount": 2, "columnCount": 18_278})
        with pytest.raises(SheetError, match="History has no room for the columns id"):
            desk.open().read()

    def test_an_empty_tab_of_that_name_is_used_as_it_is(self, four: Spreadsheet) -> None:
        four.people.add_tab("history")
        assert run(four.open()) == 4
        assert four.people.titles == ["Accounts", "history"]
        assert four.table("history")[0][:3] == ["date", "platform", "account"]
        assert run(four.open()) == 0

    @pytest.mark.parametrize("answer", [False, True])
    def test_what_nobody_has_proved_does_not_matter(self, four: Spreadsheet, answer: bool) -> None:  # noqa: FBT001
        four.people.book.unproved = Unproved(
            format_only_rows_are_data=answer, metadata_change_without_match_is_refused=answer
        )
        for ago in (2, 1, 0):
            assert run(four.open(), DAY - timedelta(days=ago)) == 4
            line = four.people.tab("History").row_count + 1
            four.people.insert_rows("History", line)
            four.people.style("History", f"A{line}:B{line}", {"backgroundColor": {"red": 1}})
        assert is_whole(four)


class TestRights:
    def test_a_viewer_is_told_and_nothing_that_was_read_is_lost(self, four: Spreadsheet) -> None:
        four.google.share(four.id, "viewer")
        with pytest.raises(CredentialsError, match="reading only") as caught:
            run(four.open())
        assert "Editor" in caught.value.hint
        assert len(four.waiting()) == 1
        four.google.share(four.id, "editor")
        assert four.open().read().taken
        assert days(four) == [("2026-11-23", f"h{at}") for at in range(4)]

    @pytest.mark.parametrize(
        ("spoil", "error", "says"),
        [
            (lambda desk: desk.google.share(desk.id, "none"), CredentialsError, "not shared with robot@"),
            (lambda desk: setattr(desk.google, "api_enabled", False), CredentialsError, "not switched on"),
            (lambda desk: setattr(desk.people.book, "office", True), SheetError, "Excel"),
            (lambda desk: setattr(desk.google.tokens, "always", oauth.WRONG_KEY), CredentialsError, "revoked"),
            (lambda desk: setattr(desk.google.tokens, "always", oauth.WRONG_CLOCK), CredentialsError, "clock"),
            (lambda desk: setattr(desk.google.tokens, "always", oauth.NO_ACCOUNT), CredentialsError, "was deleted"),
            (
                lambda desk: setattr(desk.google.tokens, "always", oauth.OUT_OF_ORDER),
                SheetUnavailableError,
                "RefreshError",
            ),
        ],
    )
    def test_whatever_is_wrong_with_the_credentials_is_told(
        self, four: Spreadsheet, spoil: Callable[[Spreadsheet], object], error: type[SheetsyncError], says: str
    ) -> None:
        four.google.tokens.required = True
        four.environment["SHEETSYNC_CREDENTIALS"] = json.dumps(four.google.credentials())
        assert four.open().read().entries
        spoil(four)
        with pytest.raises(error, match=says) as caught:
            four.open(patience=Patience(attempts=1)).read()
        assert caught.value.hint
        told = "".join(traceback.format_exception(caught.value)) + caught.value.hint
        assert not any(secret in told for secret in ("PRIVATE KEY", "access-token", "assertion=", "eyJ"))

    def test_a_token_that_is_revoked_in_the_middle_is_replaced(self, four: Spreadsheet) -> None:
        four.google.tokens.required = True
        four.environment["SHEETSYNC_CREDENTIALS"] = json.dumps(four.google.credentials())
        four.google.between(4, four.google.tokens.revoke)
        assert run(four.open()) == 4
        assert four.google.tokens.requests == 2
        assert is_whole(four)

    def test_a_wrong_id_is_told(self, four: Spreadsheet) -> None:
        with pytest.raises(SheetError, match="no spreadsheet with this id"):
            four.open("1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms").read()

    def test_no_network_is_told(self, four: Spreadsheet) -> None:
        four.environment["SHEETS_EMULATOR_HOST"] = "127.0.0.1:9"
        with pytest.raises(SheetUnavailableError, match="ConnectionError"):
            four.open().read()
