import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync import holes
from sheetsync.config import Config
from sheetsync.errors import ConfigError, ConflictError, SheetError
from sheetsync.model import Kind, Value
from sheetsync.sheets.whole import Stored, WholeSheet, open_whole
from sheetsync.sheets.whole_folder import WholeFolder
from sheetsync.sheets.whole_google import WholeGoogle
from sheetsync.sheets.wire import Patience
from sheetsync.upkeep import examine, repair, whole_sheet
from sheetsync.verify import Flaw, as_json, as_text, verify
from tests.google_double import Google, faults
from tests.sheets.contract import NOW, account_row, column, commit, post_row
from tests.sheets.folder_desk import Folder
from tests.sheets.google_desk import Spreadsheet

MONDAY = date(2026, 11, 2)
SEEN = datetime(2026, 11, 2, 5, tzinfo=UTC)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def stored(line: int, number: int, account: str = "nike", /, **more: Value) -> Stored:
    cells: dict[str, Value] = {
        "date": day(number),
        "platform": "tiktok",
        "account": account,
        "status": "ok",
        "followers": 7,
    }
    cells |= {"observed at": SEEN} | {name.replace("_", " "): value for name, value in more.items()}
    return Stored(Kind.ACCOUNT, line, cells)


def told(lines: Sequence[Stored]) -> list[tuple[int, str, str]]:
    return [(line, kind, sentence) for _, line, kind, sentence in verify(lines).findings]


def every_day(*accounts: str, days: Sequence[int], without: Sequence[tuple[str, int]] = ()) -> list[Stored]:
    pairs = [(name, number) for number in days for name in accounts if (name, number) not in without]
    return [stored(line, number, name) for line, (name, number) in enumerate(pairs, 2)]


def test_a_sheet_without_flaws_says_so() -> None:
    verdict = verify(every_day("nike", "puma", days=range(9)))
    assert not verdict.findings
    assert verdict.is_sound
    assert list(as_text(verdict)) == [
        "Rows read: 18 in History and 0 in Posts. No double, no hole, no torn or retyped cell."
    ]


@pytest.mark.parametrize(
    ("first", "second", "goes", "why"),
    [
        ({}, {}, 3, "stands above"),
        ({}, {"observed_at": SEEN - timedelta(hours=1)}, 2, "was seen first"),
        ({}, {"likes": 3}, 2, "has more counts"),
        ({"followers": "1.2M"}, {}, 2, "has nothing torn or retyped in it"),
        ({"likes": 1}, {"followers": "1.2M", "likes": 1, "posts": 1}, 3, "has nothing torn or retyped in it"),
        ({}, {"observed_at": "soon"}, 3, "has nothing torn or retyped in it"),
    ],
)
def test_of_doubles_the_whole_and_first_one_stays(
    first: dict[str, Value], second: dict[str, Value], goes: int, why: str
) -> None:
    verdict = verify([stored(2, 0, **first), stored(3, 0, **second)])
    (double,) = [one for one in verdict.findings if one.kind is Flaw.DOUBLE]
    assert (double.line, [place.line for place in verdict.surplus]) == (goes, [goes])
    assert why in double.sentence
    assert not verdict.is_sound


def test_a_renamed_account_on_one_day_is_a_double() -> None:
    found = told([stored(2, 0, "nike", id="42"), stored(3, 0, "nike_official", id="42", followers=8)])
    assert [(line, kind) for line, kind, _ in found] == [(3, "double")]
    assert "has the id of nike" in found[0][2]
    assert found[0][2].endswith("Their numbers differ.")


def test_one_name_in_another_kind_platform_or_day_is_no_double() -> None:
    post = Stored(Kind.POST, 2, {"date": day(0), "platform": "tiktok", "account": "nike", "post": "nike"})
    lines = [stored(2, 0), stored(3, 1), stored(4, 1, platform="instagram"), post]
    assert not verify(lines).surplus


@pytest.mark.parametrize(
    ("cells", "kind", "says"),
    [
        ({"date": "yesterday"}, "retyped", "“yesterday” under “date” is no date"),
        ({"followers": "1.2M"}, "retyped", "“1.2M” under “followers” is no count"),
        ({"followers": -1}, "retyped", "no count"),
        ({"followers": 1.5}, "retyped", "no count"),
        ({"followers": True}, "retyped", "no count"),
        ({"observed_at": "soon"}, "retyped", "no moment"),
        ({"status": "blocked"}, "unknown status", "“blocked” is no status"),
    ],
)
def test_a_retyped_cell_is_named_with_its_line(cells: dict[str, Value], kind: str, says: str) -> None:
    (found,) = told([stored(2, 0), stored(3, 1, **cells)])
    assert found[:2] == (3, kind)
    assert says in found[2]


@pytest.mark.parametrize("name", ["date", "platform", "account"])
def test_a_row_that_lacks_what_tells_it_from_others_is_torn(name: str) -> None:
    cells = {key: value for key, value in stored(2, 0).cells.items() if key != name}
    assert told([Stored(Kind.ACCOUNT, 2, cells)]) == [(2, "torn", f"It has no {name}.")]


@pytest.mark.parametrize("cells", [{"colour": "red"}, {"date": day(0)}, {"date": "total"}, {"followers": 99}])
def test_peoples_own_lines_are_left_alone(cells: dict[str, Value]) -> None:
    verdict = verify([Stored(Kind.ACCOUNT, 2, cells)])
    assert not verdict.findings
    assert verdict.rows["History"] == 0


def test_a_hole_of_one_account_is_one_finding_at_its_last_line_before() -> None:
    lines = every_day("a", "b", "c", days=range(6), without=[("b", 2), ("b", 3)])
    before = next(line.line for line in lines if line.day == day(1) and line.cells["account"] == "b")
    assert told(lines) == [(before, "hole", "tiktok b has no row from 2026-11-04 to 2026-11-05 (2 days).")]


def test_an_account_that_came_later_or_left_has_no_hole() -> None:
    assert not told(every_day("a", "b", "c", days=range(6), without=[("b", 0), ("b", 1), ("c", 5)]))


def test_a_renamed_account_has_no_hole() -> None:
    lines = every_day("a", "b", days=range(4))
    old = [stored(20 + number, number, "old", id="42") for number in range(2)]
    new = [stored(30 + number, number, "new", id="42") for number in range(2, 4)]
    assert not told([*lines, *old, *new])
    lost = [stored(40, 0, "x", id="1"), stored(41, 3, "y", id="1")]
    assert [line for line, _, _ in told([*lines, *lost])] == [40]


def test_a_day_on_which_most_have_no_row_is_one_finding() -> None:
    names = [f"n{number}" for number in range(10)]
    missing = [(name, 2) for name in names[1:]]
    (found,) = told(every_day(*names, days=range(5), without=missing))
    assert found == (0, "hole", "1 of the 10 accounts that were followed on tiktok then has a row on 2026-11-04.")


def test_a_day_on_which_one_platform_was_shut_is_one_finding() -> None:
    tiktok = every_day("a", "b", days=[0, 2])
    other = [stored(20 + number, number, platform="instagram") for number in range(3)]
    assert [(line, kind) for line, kind, _ in told([*tiktok, *other])] == [(0, "hole")]


def test_a_day_without_any_row_is_one_finding() -> None:
    (found,) = told(every_day("a", "b", days=[0, 1, 2, 5, 6]))
    assert found == (0, "hole", "Nothing at all was written from 2026-11-05 to 2026-11-06 (2 days).")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (range(20), []),
        ([number for number in range(28) if number % 7 < 5], []),
        ([number for number in range(28) if number % 7 < 5 and number != 11], [[11]]),
        ([0, 7, 14, 28], [[21]]),
        ([0, 2, 4, 6, 8], []),
        ([0, 1, 2, 5], [[3, 4]]),
        ([0], []),
        ([], []),
    ],
)
def test_the_rhythm_of_the_sheet_says_which_days_are_missed(days: Sequence[int], expected: list[list[int]]) -> None:
    assert holes.missed([day(number) for number in days]) == [[day(at) for at in one] for one in expected]


ROWS = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from("abc"), st.sampled_from(["", "1", "2"]), st.sampled_from([1, "1.2M", 5])
    ),
    max_size=30,
)


@given(ROWS)
def test_without_the_surplus_there_are_no_doubles_and_nobody_is_lost(rows: list[tuple[int, str, str, Value]]) -> None:
    lines = [
        stored(line, number, name, followers=count, **({"id": stable} if stable else {}))
        for line, (number, name, stable, count) in enumerate(rows, 2)
    ]
    verdict = verify(lines)
    gone = {place.line for place in verdict.surplus}
    kept = [line for line in lines if line.line not in gone]
    assert not verify(kept).surplus
    taken = {key for line in kept if line.row for key in line.row.keys}
    assert all(line.row and not line.row.keys.isdisjoint(taken) for line in lines)


def test_json_carries_everything() -> None:
    told_json = json.loads(as_json(verify([stored(2, 0), stored(3, 0)])))
    assert told_json["rows"] == {"History": 2, "Posts": 0}
    assert told_json["surplus"] == [{"tab": "History", "line": 3}]
    assert {"tab", "line", "kind", "sentence"} == set(told_json["findings"][0])


# On a folder.


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def whole(folder: Folder) -> WholeFolder:
    return WholeFolder(folder.path, clock=lambda: NOW, timezone=UTC)


def twice(cells: list[list[str]]) -> list[list[str]]:
    """What happens when somebody pastes the last row once more."""
    return [*cells, list(cells[-1])]


def test_rows_written_by_a_run_have_no_flaw(folder: Folder) -> None:
    commit(folder.open(), account_row(id="42", created=date(2019, 2, 28), verified=True), post_row())
    verdict = examine(whole(folder))
    assert not verdict.findings
    assert verdict.rows == {"History": 1, "Posts": 1}
    assert [one.row for one in whole(folder).stored()] == [
        account_row(id="42", created=date(2019, 2, 28), verified=True),
        post_row(),
    ]


def test_repair_takes_the_doubles_out_and_leaves_every_other_byte(folder: Folder) -> None:
    commit(folder.open(), account_row("adidas"), account_row(), post_row())
    before = folder.file("History").read_bytes(), folder.file("Posts").read_bytes()
    for tab in ("History", "Posts"):
        data = folder.file(tab).read_bytes()
        folder.file(tab).write_bytes(data + data.splitlines(keepends=True)[-1])
    sheet = whole(folder)
    verdict = examine(sheet)
    assert [(one.tab, one.line, one.kind) for one in verdict.findings] == [
        ("History", 4, "double"),
        ("Posts", 3, "double"),
    ]
    assert repair(sheet, verdict) == 2
    assert (folder.file("History").read_bytes(), folder.file("Posts").read_bytes()) == before
    assert not examine(whole(folder)).findings


def test_nothing_is_taken_out_of_a_folder_that_changed_meanwhile(folder: Folder) -> None:
    commit(folder.open(), account_row())
    folder.edit("History", twice)
    sheet = whole(folder)
    verdict = examine(sheet)
    commit(folder.open(), account_row("adidas"))
    table = folder.table("History")
    with pytest.raises(ConflictError):
        repair(sheet, verdict)
    assert folder.table("History") == table


def test_damage_does_not_stop_the_reading(folder: Folder) -> None:
    commit(folder.open(), account_row(), account_row("adidas"), account_row("puma"))

    def damage(cells: list[list[str]]) -> list[list[str]]:
        at = {name: index for index, name in enumerate(cells[0])}
        cells[1][at["date"]] = "last week"
        cells[2][at["followers"]] = "1.2M"
        return cells

    folder.edit("History", damage)
    with folder.file("History").open("ab") as file:
        file.write(b"2026-11-23,tik")
    with pytest.raises(SheetError):
        folder.open().read()
    found = [(one.line, one.kind) for one in examine(whole(folder)).findings]
    assert found == [(2, "retyped"), (3, "retyped"), (5, "torn")]


def test_looking_writes_nothing(folder: Folder) -> None:
    commit(folder.open(), account_row())
    state = folder.open().read()
    files = {path.name: path.read_bytes() for path in folder.path.glob("*.csv")}
    examine(whole(folder))
    assert {path.name: path.read_bytes() for path in folder.path.glob("*.csv")} == files
    assert folder.open().read().revision == state.revision


def test_a_long_history_is_read_with_memory_that_is_reasonable(folder: Folder) -> None:
    with folder.file("History").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["date", "platform", "account", "id", "status", "followers", "observed at"])
        for number in range(100):
            names = ((f"n{at}", str(at)) for at in range(200))
            writer.writerows([day(number), "tiktok", *one, "ok", number, "2026-11-02T05:00:00Z"] for one in names)
    verdict = examine(whole(folder))
    assert verdict.rows["History"] == 20_000
    assert not verdict.findings


def test_a_sheet_must_be_named() -> None:
    with pytest.raises(ConfigError):
        whole_sheet(Config(), {})


def test_the_target_decides_the_kind_of_sheet(folder: Folder) -> None:
    assert isinstance(whole_sheet(Config(sheet=str(folder.path)), {}), WholeFolder)
    link = "https://docs.google.com/spreadsheets/d/1" + "a" * 43 + "/edit"
    assert isinstance(open_whole(link, clock=lambda: NOW), WholeGoogle)


# On a spreadsheet.


@pytest.fixture
def desk(google: Google, tmp_path: Path) -> Spreadsheet:
    return Spreadsheet(google, tmp_path)


def whole_google(desk: Spreadsheet) -> WholeGoogle:
    patience = Patience(attempts=3, connect=5, read=5)
    return WholeGoogle(
        desk.id, clock=lambda: NOW, outbox=desk.folder / "whole", environment=desk.environment, patience=patience
    )


def damaged(desk: Spreadsheet) -> WholeGoogle:
    """A spreadsheet with a double in both tabs, one of them in the middle."""
    commit(desk.open(), account_row("adidas"), account_row(), account_row("puma"), post_row())
    desk.edit("History", lambda cells: [*cells[:3], cells[2], cells[1], *cells[3:]])
    desk.edit("Posts", twice)
    return whole_google(desk)


def test_a_spreadsheet_is_read_as_a_folder_is(desk: Spreadsheet) -> None:
    row = account_row(id="42", created=date(2019, 2, 28), verified=True)
    commit(desk.open(), row, post_row())
    assert [one.row for one in whole_google(desk).stored()] == [row, post_row()]
    assert not examine(whole_google(desk)).findings


def test_repair_deletes_in_one_batch(google: Google, desk: Spreadsheet) -> None:
    sheet = damaged(desk)
    verdict = examine(sheet)
    assert [(one.tab, one.line) for one in verdict.findings] == [("History", 4), ("History", 5), ("Posts", 3)]
    google.forget_calls()
    assert repair(sheet, verdict) == 3
    (batch,) = [call for call in google.calls if call.method == "batchUpdate"]
    assert batch.kinds == ("createDeveloperMetadata", *["deleteDimension"] * 2)  # lines 4 and 5 go together
    assert column(desk.table("History"), "account") == ["adidas", "nike", "puma"]
    assert not examine(whole_google(desk)).findings
    commit(desk.open(), account_row("fila"))
    assert column(desk.table("History"), "account") == ["adidas", "nike", "puma", "fila"]


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda desk: commit(desk.open(), account_row("fila")),
        lambda desk: desk.people.sort("History", "account"),
        lambda desk: desk.people.insert_rows("History", 2),
        lambda desk: desk.people.delete_tab("Posts"),
    ],
)
def test_nothing_is_deleted_from_a_spreadsheet_that_changed_meanwhile(
    desk: Spreadsheet, meanwhile: Callable[[Spreadsheet], object]
) -> None:
    sheet = damaged(desk)
    verdict = examine(sheet)
    meanwhile(desk)
    table = desk.table("History")
    with pytest.raises(ConflictError):
        repair(sheet, verdict)
    assert desk.table("History") == table


def test_a_repair_whose_answer_got_lost_is_not_done_twice(google: Google, desk: Spreadsheet) -> None:
    sheet = damaged(desk)
    verdict = examine(sheet)
    google.faults.when(lambda call: call.method == "batchUpdate", faults.reply_lost())
    repair(sheet, verdict)
    assert column(desk.table("History"), "account") == ["adidas", "nike", "puma"]


def test_damage_does_not_stop_the_reading_of_a_spreadsheet(desk: Spreadsheet) -> None:
    commit(desk.open(), account_row(), account_row("adidas"))
    desk.people.set("History", "A2", "last week")
    at = "ABCDEFGH"[desk.table("History")[0].index("followers")]
    desk.people.set("History", f"{at}3", "1.2M")
    assert [(one.line, one.kind) for one in examine(whole_google(desk)).findings] == [(2, "retyped"), (3, "retyped")]


def test_a_spreadsheet_without_rows_has_no_flaw(desk: Spreadsheet) -> None:
    sheet: WholeSheet = whole_google(desk)
    assert not examine(sheet).findings
