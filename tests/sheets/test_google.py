"""Against the double, by the real gspread and google-auth over real HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sheetsync.errors import ConflictError, SheetError, SheetUnavailableError
from sheetsync.model import Kind
from sheetsync.sheets import Change
from sheetsync.sheets.grid import serial
from sheetsync.sheets.spreadsheet import letters
from tests.google_double import Google, faults
from tests.sheets.contract import DAY, NOW, Desk, SheetContract, account_row, column, commit
from tests.sheets.google_desk import Spreadsheet, days, finish, is_whole, run, typed


@pytest.fixture
def desk(google: Google, tmp_path: Path) -> Spreadsheet:
    return Spreadsheet(google, tmp_path)


class TestGoogleSheet(SheetContract):
    @pytest.fixture
    def desk(self, google: Google, tmp_path: Path) -> Desk:
        return Spreadsheet(google, tmp_path)


class TestCalls:
    @pytest.mark.parametrize("accounts", [500, 1000])
    def test_a_first_run_takes_four_and_one_with_nothing_to_do_two(
        self, google: Google, tmp_path: Path, accounts: int
    ) -> None:
        desk = Spreadsheet(google, tmp_path, typed(accounts))
        assert run(desk.open()) == accounts
        assert desk.asked() == ["get", "values.batchGet", "values.batchGet", "batchUpdate"]
        assert run(desk.open()) == 0
        assert desk.asked() == ["get", "values.batchGet"]
        assert is_whole(desk)

    def test_a_batch_after_another_takes_three(self, desk: Spreadsheet) -> None:
        sheet = desk.open()
        state = sheet.commit(Change((account_row("a"),)), sheet.read())
        desk.asked()
        sheet.commit(Change((account_row("b"),)), state)
        assert desk.asked() == ["get", "values.batchGet", "batchUpdate"]

    def test_a_long_history_is_read_at_its_end_only(self, google: Google, tmp_path: Path) -> None:
        old = [
            [serial(DAY - timedelta(days=300 - at // 100)), "tiktok", f"h{at % 100}", "ok", 6] for at in range(30_000)
        ]
        history: list[list[Any]] = [["date", "platform", "account", "status", "followers"], *old]
        desk = Spreadsheet(google, tmp_path, {**typed(100), "History": history})
        heaviest = []
        google.hooks.append(lambda call: heaviest.append(call.request.target))
        assert run(desk.open()) == 100
        assert desk.asked() == ["get", "values.batchGet", "values.batchGet", "batchUpdate"]
        assert quote("'History'!26002:30001", safe="") in heaviest[1]
        assert run(desk.open()) == 0
        state = desk.open().read()
        assert state.latest["tiktok", Kind.ACCOUNT, "h7"].date == DAY - timedelta(days=1)
        assert len(days(desk)) == 30_100

    @pytest.mark.parametrize("header", ["account", "date"])
    def test_a_history_in_another_order_is_read_whole(self, google: Google, tmp_path: Path, header: str) -> None:
        old: list[list[Any]] = [
            [serial(DAY - timedelta(days=at % 700)), "tiktok", f"h{at // 700}", "ok", 6] for at in range(7 * 700)
        ]
        history: list[list[Any]] = [["date", "platform", "account", "status", "followers"], *old]
        desk = Spreadsheet(google, tmp_path, {**typed(7), "History": history})
        desk.people.sort("History", header, descending=header == "date")
        assert run(desk.open()) == 0
        state = desk.open().read(DAY + timedelta(days=1))
        assert {state.latest["tiktok", Kind.ACCOUNT, f"h{at}"].date for at in range(7)} == {DAY}
        assert {row.values["followers"] for row in state.latest.values()} == {6}
        assert run(desk.open(), DAY + timedelta(days=1)) == 7


class TestOthers:
    def test_two_writers_on_one_revision_are_told_apart(self, four: Spreadsheet) -> None:
        one, two = four.open(), four.open(machine="two")
        first, second = one.read(), two.read()
        one.commit(Change((account_row("h0"),)), first)
        with pytest.raises(ConflictError):
            two.commit(Change((account_row("h0"), account_row("h1"))), second)
        assert four.waiting("two") == []
        two.commit(Change((account_row("h1"),)), two.read())
        assert days(four) == [("2026-11-23", "h0"), ("2026-11-23", "h1")]

    def test_five_runs_at_the_same_time_write_each_row_once(self, google: Google, tmp_path: Path) -> None:
        desk = Spreadsheet(google, tmp_path, typed(50))
        with ThreadPoolExecutor(5) as pool:
            written = list(pool.map(lambda number: run(desk.open(machine=str(number))), range(5)))
        assert sum(written) == 50
        assert is_whole(desk)

    def test_two_runs_with_one_outbox_write_each_row_once(self, google: Google, tmp_path: Path) -> None:
        desk = Spreadsheet(google, tmp_path, typed(20))
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: run(desk.open()), range(2)))
        finish(desk)
        assert is_whole(desk)

    def test_people_may_sort_and_insert_while_pages_are_visited(self, four: Spreadsheet) -> None:
        run(four.open(), DAY - timedelta(days=1))

        def edit() -> None:
            four.people.sort("Accounts", "account", descending=True)
            four.people.insert_rows("Accounts", 2, [["h9"]])
            four.people.insert_column("History", 1, "mine")

        four.google.between(3, edit)
        assert run(four.open()) == 4
        table = four.table("History")
        assert table[0][0] == "mine"
        assert column(table, "followers") == ["7"] * 8
        accounts = four.table("Accounts")
        assert column(accounts, "account") == ["h9", "h3", "h2", "h1", "h0"]
        assert column(accounts, "last row") == ["", *["2026-11-23"] * 4]

    def test_text_and_notes_in_columns_without_header_stay(self, four: Spreadsheet) -> None:
        run(four.open())
        width = len(four.table("History")[0])
        four.people.insert_column("History", width + 1)
        four.people.set("History", f"{letters(width)}3", "a note")
        commit(four.open(), account_row("new", region="US"))
        assert four.table("History")[2][width] == "a note"
        assert four.table("History")[0][width:] == ["", "region"]

    def test_markers_do_not_pile_up(self, four: Spreadsheet) -> None:
        sheet = four.open()
        state = sheet.read()
        for number in range(60):
            state = sheet.commit(Change((account_row(f"x{number}"),)), state)
        assert len(four.people.book.metadata) == 50
        assert four.open().read().revision == "60"

    def test_more_than_a_thousand_rows_are_written_in_parts(self, desk: Spreadsheet) -> None:
        sheet = desk.open()
        state = sheet.commit(Change(tuple(account_row(f"x{at}") for at in range(2_500))), sheet.read())
        assert state == desk.open().read()
        assert (len(days(desk)), state.revision) == (2_500, "3")

    def test_a_part_that_could_not_be_written_waits_alone(self, desk: Spreadsheet) -> None:
        sheet = desk.open()
        state = sheet.read()
        desk.google.between(5, lambda: desk.google.faults.every(faults.cut_before()))
        with pytest.raises(SheetUnavailableError):
            sheet.commit(Change(tuple(account_row(f"x{at}") for at in range(1_500))), state)
        assert (len(days(desk)), len(desk.waiting())) == (1_000, 1)
        desk.google.faults.clear()
        desk.open().read()
        assert (len(days(desk)), len(set(days(desk)))) == (1_500, 1_500)

    def test_a_tab_that_is_deleted_meanwhile_is_told_and_comes_back(self, four: Spreadsheet) -> None:
        run(four.open(), DAY - timedelta(days=1))
        four.google.between(3, lambda: four.people.delete_tab("History"))
        with pytest.raises(SheetError, match="The tabs there: “Accounts”"):
            run(four.open())
        finish(four)
        assert is_whole(four)


class TestPlaces:
    def test_the_column_of_handles_may_be_anywhere(self, google: Google, tmp_path: Path) -> None:
        tabs = {
            "Notes": [["x"]],
            "It's ours": [["Owner", "Handle", "city"], ["Ann", "nike", "Ghent"], ["Bob", "adidas", ""]],
        }
        desk = Spreadsheet(google, tmp_path, tabs)
        assert run(desk.open(accounts="'It''s ours'!B")) == 2
        table = desk.table("It's ours")
        assert table[0] == ["Owner", "Handle", "city", "status", "last row"]
        assert [line[:3] for line in table[1:]] == [["Ann", "nike", "Ghent"], ["Bob", "adidas", ""]]
        assert desk.table("Notes") == [["x"]]

    def test_a_link_names_the_tab_that_it_opens_but_not_one_of_ours(self, google: Google, tmp_path: Path) -> None:
        desk = Spreadsheet(google, tmp_path, {"Accounts": [["account"], ["a"]], "Others": [["account"], ["b"]]})
        others = desk.people.tab("Others").id
        link = f"https://docs.google.com/spreadsheets/d/{desk.id}/edit#gid="
        assert [entry.text for entry in desk.open(f"{link}{others}").read().entries] == ["b"]
        assert [entry.text for entry in desk.open(f"{link}0").read().entries] == ["a"]
        assert [entry.text for entry in desk.open(f"{link}{others}", accounts="Accounts!A").read().entries] == ["a"]
        run(desk.open())
        history = desk.people.tab("History").id
        assert [entry.text for entry in desk.open(f"{link}{history}").read().entries] == ["a"]
        assert [entry.text for entry in desk.open(f"{link}12345").read().entries] == ["a"]

    def test_a_missing_tab_is_told_with_those_that_are_there(self, google: Google, tmp_path: Path) -> None:
        desk = Spreadsheet(google, tmp_path, {"Sheet1": [], "My tab": []})
        with pytest.raises(SheetError, match=r"no tab “Accounts”.*The tabs there: “Sheet1”, “My tab”"):
            desk.open().read()

    def test_the_day_is_that_of_the_spreadsheets_time_zone(self, google: Google, tmp_path: Path) -> None:
        for zone, day in (
            ("Asia/Tokyo", DAY + timedelta(days=1)),
            ("America/New_York", DAY),
            ("GMT+02:00", DAY + timedelta(1)),
        ):
            assert (
                Spreadsheet(google, tmp_path, timezone=zone).open(clock=lambda: NOW.replace(hour=22)).read().day == day
            )

    @pytest.mark.parametrize("locale", ["nl_BE", "tr_TR", "de_DE"])
    def test_the_locale_changes_nothing(self, google: Google, tmp_path: Path, locale: str) -> None:
        desk = Spreadsheet(google, tmp_path, typed(2), locale=locale)
        commit(desk.open(), account_row("x", rate=0.5, born=DAY, bio="=1,5"))
        values = desk.open().read(DAY + timedelta(days=1)).latest["tiktok", Kind.ACCOUNT, "x"].values
        assert values == {"rate": 0.5, "born": DAY, "bio": "=1,5"}
