"""What every kind of sheet must do. A backend's test class inherits it and says how people reach its cells."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import pytest

from sheetsync.errors import ConflictError, SheetError
from sheetsync.model import Account, Entry, Kind, Mark, Row, RowKey, Status, Value
from sheetsync.sheets import Change, Sheet

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SEEN = datetime(2026, 11, 23, 5, 17, 9, tzinfo=UTC)

ACCOUNTS = [
    ["Owner", " Account ", "PLATFORM", "colour"],
    ["Ann", "@nike", "tiktok", "red"],
    ["Bob", "", "", ""],
    ["Bob", "https://www.tiktok.com/@adidas", "", "blue"],
    ["Ann", "@nike", "instagram", "green"],
]
"""What stands in the Accounts tab of a fresh sheet."""

Cells = list[list[str]]

VALUES: Mapping[str, Value] = {
    "id": "6781206617314018309",
    "followers": 1_234_567,
    "following": 0,
    "verified": True,
    "private": False,
    "rate": 0.0534,
    "created": date(2019, 2, 28),
    "bio": 'Just "do" it,\nor not; 運動',
}

FORMULAS = [
    '=IMPORTXML("https://example.com","//a")',
    "+1 (555) 0100",
    "-- best of --",
    "@nike",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "\uff1d1+1",
    "'=1+1",
    "''@nike",
    "'",
    "1.5M",
    "007",
    "1E5",
    "3/4",
    "12:30",
    "TRUE",
    "2026-11-23",
]


class Desk(Protocol):
    """What people and other programs can do with the sheet under test."""

    def open(self) -> Sheet:
        """Another handle on the same sheet, whose clock says ``NOW`` and whose time zone is UTC."""
        ...

    def table(self, tab: str) -> Cells:
        """Every cell of a tab as text; no lines when the tab is not there."""
        ...

    def edit(self, tab: str, change: Callable[[Cells], Cells]) -> None:
        """A person rearranges a tab, without sheetsync knowing."""
        ...

    def formulas(self, tab: str) -> list[str]:
        """The cells of a tab that a spreadsheet would run."""
        ...


def account_row(handle: str = "nike", day: date = DAY, **values: Value) -> Row:
    account = Account("tiktok", Kind.ACCOUNT, handle, f"https://www.tiktok.com/@{handle}")
    return Row(day, account, Status.OK, values or {"followers": 7}, SEEN)


def post_row(post: str = "7301234567890123456", day: date = DAY, **values: Value) -> Row:
    account = Account("tiktok", Kind.POST, "nike", f"https://www.tiktok.com/@nike/video/{post}", post)
    return Row(day, account, Status.OK, values or {"views": 10, "likes": 2, "engagement rate": 0.2}, SEEN)


def commit(sheet: Sheet, *rows: Row) -> None:
    sheet.commit(Change(rows), sheet.read())


def column(cells: Cells, name: str) -> list[str]:
    at = [header.strip().casefold() for header in cells[0]].index(name)
    return [line[at] if at < len(line) else "" for line in cells[1:]]


class SheetContract:
    """Inherit it, name the class ``Test…`` and give it a ``desk`` with ``ACCOUNTS`` in its Accounts tab."""

    @pytest.fixture
    def desk(self) -> Desk:
        pytest.fail(f"{type(self).__name__} must override the fixture `desk`")

    @pytest.fixture
    def sheet(self, desk: Desk) -> Sheet:
        return desk.open()

    def test_entries_are_the_cells_with_text_and_know_their_line(self, sheet: Sheet) -> None:
        state = sheet.read()
        assert (state.day, state.timezone) == (DAY, UTC)
        assert state.entries == (
            Entry(2, "@nike", "tiktok"),
            Entry(4, "https://www.tiktok.com/@adidas", ""),
            Entry(5, "@nike", "instagram"),
        )
        assert not state.taken
        assert not state.latest

    @pytest.mark.parametrize(
        "row",
        [
            Row(DAY, account_row().account, Status.OK, VALUES, SEEN, "followers are rounded"),
            Row(DAY, account_row().account, Status.NOT_FOUND, {}, None),
            Row(DAY, account_row().account, Status.PRIVATE, {"id": "1"}, SEEN),
            Row(DAY, account_row("12345").account, Status.OK, {"id": "00017", "views": 10**11}, SEEN),
            Row(DAY, post_row().account, Status.OK, {**VALUES, "engagement rate": 1e-07}, SEEN, "=1"),
            Row(DAY, post_row("Cxyz-_1").account, Status.NOT_FOUND, {}, SEEN),
        ],
    )
    def test_a_row_read_back_is_the_row_written(self, desk: Desk, sheet: Sheet, row: Row) -> None:
        commit(sheet, row)
        state = desk.open().read(DAY + timedelta(days=1))
        kind = row.account.kind
        found = state.latest["tiktok", kind, row.account.name]
        assert found == row
        assert {name: type(value) for name, value in found.values.items()} == {
            name: type(value) for name, value in row.values.items()
        }
        assert desk.open().read().taken == dict.fromkeys(row.keys, row.status)

    def test_taken_and_latest_know_the_name_and_the_stable_id(self, desk: Desk, sheet: Sheet) -> None:
        commit(sheet, account_row(id="42"), post_row())
        account, post = (
            RowKey(DAY, "tiktok", Kind.ACCOUNT, "nike"),
            RowKey(DAY, "tiktok", Kind.POST, post_row().key.name),
        )
        assert set(desk.open().read().taken) == {account, account._replace(name="id:42"), post}
        assert set(desk.open().read(DAY + timedelta(days=1)).latest) == {
            ("tiktok", Kind.ACCOUNT, "nike"),
            ("tiktok", Kind.ACCOUNT, "id:42"),
            ("tiktok", Kind.POST, post.name),
        }

    def test_a_commit_returns_what_a_read_would(self, desk: Desk, sheet: Sheet) -> None:
        commit(sheet, account_row("adidas", DAY - timedelta(days=1)))
        state = sheet.read()
        marks = ((state.entries[0], Mark("ok", "", DAY)),)
        assert sheet.commit(Change((account_row(id="42"), post_row()), marks), state) == desk.open().read()

    def test_commits_follow_on_each_other_without_a_read_between(self, desk: Desk, sheet: Sheet) -> None:
        state = sheet.read()
        for handle in "abc":
            state = sheet.commit(Change((account_row(handle), post_row(handle))), state)
        assert column(desk.table("History"), "account") == column(desk.table("Posts"), "post") == ["a", "b", "c"]

    def test_rows_that_are_there_are_refused(self, desk: Desk, sheet: Sheet) -> None:
        before = sheet.read()
        state = sheet.commit(Change((account_row(id="42"),)), before)
        table = desk.table("History")
        renamed = account_row("nike_official", id="42")
        for late, rows in (
            (before, (account_row(),)),
            (state, (account_row(),)),
            (state, (account_row("new"), renamed)),
        ):
            with pytest.raises(ConflictError):
                sheet.commit(Change(rows), late)
        assert desk.table("History") == table

    def test_rows_of_another_day_that_are_there_are_refused(self, desk: Desk, sheet: Sheet) -> None:
        commit(sheet, account_row(day=DAY - timedelta(days=1)))
        table = desk.table("History")
        with pytest.raises(ConflictError):
            commit(sheet, account_row(), account_row(day=DAY - timedelta(days=1)))
        assert desk.table("History") == table

    def test_one_row_twice_in_a_change_is_refused(self, sheet: Sheet) -> None:
        with pytest.raises(SheetError):
            commit(sheet, account_row(id="42"), account_row("nike_official", id="42"))
        assert not sheet.read().taken

    def test_another_writer_between_read_and_commit_is_noticed(self, desk: Desk, sheet: Sheet) -> None:
        state = sheet.read()
        commit(desk.open(), account_row("adidas"))
        tables = [desk.table(tab) for tab in ("Accounts", "History", "Posts")]
        change = Change((account_row(), post_row()), ((state.entries[0], Mark("ok")),))
        with pytest.raises(ConflictError):
            sheet.commit(change, state)
        assert [desk.table(tab) for tab in ("Accounts", "History", "Posts")] == tables
        sheet.commit(change, sheet.read())
        assert column(desk.table("History"), "account") == ["adidas", "nike"]

    def test_an_empty_change_changes_nothing(self, desk: Desk, sheet: Sheet) -> None:
        state = sheet.read()
        tables = [desk.table(tab) for tab in ("Accounts", "History", "Posts")]
        assert sheet.commit(Change(), state) == state
        assert [desk.table(tab) for tab in ("Accounts", "History", "Posts")] == tables

    def test_marks_stand_beside_their_entries(self, desk: Desk, sheet: Sheet) -> None:
        state = sheet.read()
        marks = [Mark("ok", "", DAY), Mark("blocked", "=captcha, says TikTok", None), Mark("not found", "", DAY)]
        state = sheet.commit(Change(marks=tuple(zip(state.entries, marks, strict=True))), state)
        assert [entry.mark for entry in state.entries] == marks
        state = sheet.commit(Change(marks=((state.entries[1], Mark()),)), state)
        assert [entry.mark for entry in desk.open().read().entries] == [marks[0], Mark(), marks[2]]

    def test_marks_follow_entries_that_people_moved(self, desk: Desk, sheet: Sheet) -> None:
        state = sheet.read()
        desk.edit("Accounts", lambda cells: [cells[0], ["Eve", "@puma", "", ""], *reversed(cells[1:])])
        marks = tuple((entry, Mark(f"was in {entry.line}")) for entry in state.entries)
        after = sheet.commit(Change(marks=marks), state)
        assert [(entry.text, entry.platform, entry.mark.status) for entry in after.entries] == [
            ("@puma", "", ""),
            ("@nike", "instagram", "was in 5"),
            ("https://www.tiktok.com/@adidas", "", "was in 4"),
            ("@nike", "tiktok", "was in 2"),
        ]

    def test_a_mark_whose_entry_is_gone_goes_nowhere(self, desk: Desk, sheet: Sheet) -> None:
        state = sheet.read()
        desk.edit("Accounts", lambda cells: [cells[0], *cells[2:]])
        after = sheet.commit(Change(marks=((state.entries[0], Mark("ok")),)), state)
        assert [entry.mark for entry in after.entries] == [Mark(), Mark()]

    def test_what_people_wrote_stays(self, desk: Desk, sheet: Sheet) -> None:
        commit(sheet, account_row())

        def own_column(cells: Cells) -> Cells:
            return [["mine", *cells[0]], *([f"note {at}", *line] for at, line in enumerate(cells[1:], 2))]

        desk.edit("History", own_column)
        table = desk.table("History")
        state = sheet.read()
        state = sheet.commit(Change((account_row("adidas"),), ((state.entries[0], Mark("ok", "", DAY)),)), state)
        assert desk.table("History")[:2] == table
        assert column(desk.table("History"), "mine") == ["note 2", ""]
        accounts = desk.table("Accounts")
        assert [line[:4] for line in accounts] == ACCOUNTS
        assert accounts[0][4:] == ["status", "last row"]

    def test_a_new_tab_has_its_columns_in_their_order(self, desk: Desk, sheet: Sheet) -> None:
        commit(sheet, account_row(followers=1, region="US"), post_row(views=1, caption="x"))
        history = "date,platform,account,id,status,followers,following,likes,posts,views,region,url,observed at,note"
        assert desk.table("History")[0] == history.split(",")
        posts = (
            "date,platform,account,post,views,likes,comments,shares,saves,engagement rate,caption,url,observed at,note"
        )
        assert desk.table("Posts")[0] == posts.split(",")

    def test_a_field_met_for_the_first_time_becomes_a_column_at_the_right(self, desk: Desk, sheet: Sheet) -> None:
        commit(sheet, account_row())
        headers = desk.table("History")[0]
        commit(sheet, account_row("adidas", followers=8, region="DE", link="https://adidas.com"))
        table = desk.table("History")
        assert table[0] == [*headers, "region", "link"]
        assert column(table, "region") == ["", "DE"]
        latest = desk.open().read(DAY + timedelta(days=1)).latest
        assert latest["tiktok", Kind.ACCOUNT, "nike"] == account_row()
        assert latest["tiktok", Kind.ACCOUNT, "adidas"].values["region"] == "DE"

    @pytest.mark.parametrize("text", FORMULAS)
    def test_no_text_acts_as_a_formula_or_changes(self, desk: Desk, sheet: Sheet, text: str) -> None:
        row = account_row(bio=text, id=text)
        state = sheet.read()
        sheet.commit(Change((row,), ((state.entries[0], Mark("ok", text)),)), state)
        state = desk.open().read(DAY + timedelta(days=1))
        assert state.latest["tiktok", Kind.ACCOUNT, "nike"] == row
        assert state.entries[0].mark.detail == text
        assert not desk.formulas("History")
        assert column(desk.table("Accounts"), "detail")[0] not in desk.formulas("Accounts")

    def test_latest_is_the_newest_row_before_the_day(self, desk: Desk, sheet: Sheet) -> None:
        days = [DAY - timedelta(days=ago) for ago in (9, 1, 4)]
        rows = [account_row(day=day, followers=day.day, id="42") for day in days]
        commit(sheet, *rows, account_row(followers=99, id="42"))
        assert sheet.read().latest["tiktok", Kind.ACCOUNT, "nike"] == rows[1]
        past = desk.open().read(days[2])
        assert past.day == days[2]
        assert past.latest == dict.fromkeys(
            [("tiktok", Kind.ACCOUNT, "nike"), ("tiktok", Kind.ACCOUNT, "id:42")], rows[0]
        )
        assert set(past.taken) == rows[2].keys
        assert not desk.open().read(days[0]).latest

    @pytest.mark.parametrize(
        ("tab", "name"), [("Accounts", "account"), ("History", "date"), ("History", "account"), ("Posts", "post")]
    )
    def test_a_key_column_that_was_renamed_stops_the_run(self, desk: Desk, sheet: Sheet, tab: str, name: str) -> None:
        commit(sheet, account_row(), post_row())

        def rename(cells: Cells) -> Cells:
            return [["renamed" if cell.strip().casefold() == name else cell for cell in cells[0]], *cells[1:]]

        desk.edit(tab, rename)
        with pytest.raises(SheetError, match=f"{tab}.* no column “{name}”.*renamed"):
            sheet.read()

    @pytest.mark.parametrize(("tab", "name"), [("Accounts", "account"), ("History", "followers")])
    def test_a_column_of_ours_that_stands_twice_stops_the_run(
        self, desk: Desk, sheet: Sheet, tab: str, name: str
    ) -> None:
        commit(sheet, account_row())
        desk.edit(tab, lambda cells: [[*cells[0], name.upper()], *cells[1:]])
        with pytest.raises(SheetError, match=f"{tab}.* two columns named “{name}”"):
            sheet.read()

    def test_columns_may_be_moved_and_missing_ones_come_back(self, desk: Desk, sheet: Sheet) -> None:
        commit(sheet, account_row(followers=1))

        def rearrange(cells: Cells) -> Cells:
            followers = cells[0].index("followers")
            return [[cell for at, cell in enumerate(line) if at != followers][::-1] for line in cells]

        desk.edit("History", rearrange)
        commit(sheet, account_row("adidas", followers=2))
        table = desk.table("History")
        assert table[0][-1] == "followers"
        assert column(table, "followers") == ["", "2"]
        assert column(table, "account") == ["nike", "adidas"]
