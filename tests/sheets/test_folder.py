import codecs
import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from filelock import FileLock

from sheetsync.errors import ConflictError, SheetError, SheetUnavailableError
from sheetsync.model import Entry, Kind, Mark, Value
from sheetsync.sheets import Change
from sheetsync.sheets import folder as backend
from sheetsync.sheets.folder import FolderSheet
from sheetsync.sheets.outbox import Outbox
from tests.sheets.contract import DAY, NOW, SEEN, Desk, SheetContract, account_row, column, commit, post_row
from tests.sheets.folder_desk import Folder

NEXT_DAY = DAY + timedelta(days=1)
NIKE = ("tiktok", Kind.ACCOUNT, "nike")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


class TestFolderSheet(SheetContract):
    @pytest.fixture
    def desk(self, folder: Folder) -> Desk:
        return folder


# Files as people have them


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("encoding", "bom"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("cp1252", b"")],
)
def test_only_the_cells_of_a_mark_change(
    folder: Folder, delimiter: str, newline: str, encoding: str, bom: bytes
) -> None:
    lines = [
        '"Notes";account ;  STATUS;"detail";x;last row',
        '"a ""quoted"" note, and more; éè\ntwo lines";@nike;"old";;=A1+1;',
        ";;;;",
        "unquoted 5\" of 'text' ;'@puma",
        'é;adidas;;"";"";2026-11-22;;',
    ]
    expected = [
        '"Notes";account ;  STATUS;"detail";x;last row',
        '"a ""quoted"" note, and more; éè\ntwo lines";@nike;"ok";;=A1+1;2026-11-23',
        ";;;;",
        "unquoted 5\" of 'text' ;'@puma;blocked;",
        'é;adidas;;"";"";2026-11-22;;',
    ]
    detail = f'says{delimiter} "wait"'
    expected[3] += '"' + detail.replace('"', '""') + '"'

    def spelled(records: list[str]) -> bytes:
        text = newline.join(record if ";" not in record else _delimited(record, delimiter) for record in records)
        return bom + text.encode(encoding)

    file = folder.file("Accounts")
    file.write_bytes(spelled(lines))
    sheet = folder.open()
    state = sheet.read()
    assert [(entry.line, entry.text) for entry in state.entries] == [(2, "@nike"), (4, "@puma"), (5, "adidas")]
    marks = (Mark("ok", "", DAY), Mark("blocked", detail), Mark("", "", date(2026, 11, 22)))
    sheet.commit(Change(marks=tuple(zip(state.entries, marks, strict=True))), state)
    assert file.read_bytes() == spelled(expected)


def _delimited(record: str, delimiter: str) -> str:
    """The record with another delimiter; semicolons within quotes stay."""
    parts = re.split(r'("[^;"]*(?:""[^"]*)*")', record)
    return "".join(part if part.startswith('"') else part.replace(";", delimiter) for part in parts)


@pytest.mark.parametrize(
    "data",
    [
        b"account;platform\r\n@nike;tiktok\r\n",
        codecs.BOM_UTF8 + b'"account","platform"\n"@nike","tiktok"\n',
        codecs.BOM_UTF16_LE + "account\tplatform\r\n@nike\ttiktok\r\n".encode("utf-16-le"),
    ],
)
def test_our_own_files_are_spelled_like_that_of_the_people(folder: Folder, data: bytes) -> None:
    folder.file("Accounts").write_bytes(data)
    rows = [account_row(bio="a;b,c", rate=0.5), account_row("adidas", rate=0.25)]
    for row in rows:
        commit(folder.open(), row)
    written = folder.file("History").read_bytes()
    state = folder.open().read(NEXT_DAY)
    assert [state.latest["tiktok", Kind.ACCOUNT, name] for name in ("nike", "adidas")] == rows
    encoding = "utf-16" if data.startswith(codecs.BOM_UTF16_LE) else "utf-8-sig"
    theirs, ours = data.decode(encoding), written.decode(encoding)
    assert written[:2] == data[:2] or not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE))
    assert ours.count("\r\n") == (3 if "\r\n" in theirs else 0)
    assert re.findall(r'^"?date"?(.)', ours) == re.findall(r'^"?account"?(.)', theirs)
    assert ours.startswith('"') == theirs.startswith('"')


def test_what_stands_in_history_stays_byte_for_byte(folder: Folder) -> None:
    old = (
        codecs.BOM_UTF8
        + b'DATE;mine;"platform";Account;followers\r\n2026-11-01;=SUM(A1);tiktok;nike;"1.234"\r\n'
        + b';Total;;;=SUM(E2:E9)\r\n2026-11-02;"two\nlines";tiktok;nike;7'
    )
    folder.file("History").write_bytes(old)
    sheet = folder.open()
    assert sheet.read().latest[NIKE].values["followers"] == 7
    assert sheet.read(date(2026, 11, 2)).latest[NIKE].values["followers"] == 1234
    commit(sheet, account_row(followers=8))
    written = folder.file("History").read_bytes()
    header, _, rest = old.partition(b"\r\n")
    assert written == header + b";status;url;observed at\r\n" + rest + (
        b"\r\n2026-11-23;;tiktok;nike;8;ok;https://www.tiktok.com/@nike;2026-11-23T05:17:09Z\r\n"
    )


def test_text_that_the_encoding_lacks_turns_that_file_into_utf_8(folder: Folder) -> None:
    folder.file("Accounts").write_bytes("account;notes\r\n@nike;café\r\n".encode("cp1252"))
    commit(folder.open(), account_row(bio="naïve"))
    assert "naïve".encode("cp1252") in folder.file("History").read_bytes()
    commit(folder.open(), account_row("adidas", bio="運動"))
    history = folder.file("History").read_bytes()
    assert history.startswith(codecs.BOM_UTF8)
    assert "naïve" in history.decode()
    assert folder.open().read(NEXT_DAY).latest["tiktok", Kind.ACCOUNT, "adidas"].values["bio"] == "運動"
    assert folder.file("Accounts").read_bytes() == "account;notes\r\n@nike;café\r\n".encode("cp1252")


@pytest.mark.parametrize("spelling", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d"])
def test_a_history_that_excel_saved_anew_makes_no_doubles(folder: Folder, spelling: str) -> None:
    days = [DAY.replace(day=day) for day in (3, 4, 5)]
    values: dict[str, Value] = {"followers": 7, "rate": 0.5, "id": "6781206617314018309"}
    rows = [replace(account_row(day=day), values=values, observed_at=SEEN.replace(day=day.day)) for day in days]
    commit(folder.open(), *rows)
    anew = {day.isoformat(): day.strftime(spelling) for day in days} | {"0.5": "0,5"}
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(
        [anew.get(cell, cell) for cell in line] for line in folder.table("History")
    )
    folder.file("History").write_bytes(text.getvalue().encode())
    sheet = folder.open()
    assert sheet.read(date(2026, 11, 4)).taken.keys() == rows[1].keys
    assert sheet.read(NEXT_DAY).latest[NIKE] == rows[2]
    with pytest.raises(ConflictError):
        commit(sheet, rows[0])
    commit(sheet, account_row())
    assert sheet.read().taken.keys() == account_row().keys
    assert folder.file("History").read_text().splitlines()[-1].startswith("2026-11-23;tiktok;nike;")


@pytest.mark.parametrize("cell", ["01/02/2026", "yesterday", "", "31/02/2026", "3/11/26"])
def test_a_date_that_cannot_be_read_stops_the_run(folder: Folder, cell: str) -> None:
    folder.file("History").write_text(f"date,platform,account\n2026-01-01,tiktok,adidas\n{cell},tiktok,nike\n")
    with pytest.raises(SheetError, match=f"History.csv, line 3: .*“{cell}”") as caught:
        folder.open().read()
    assert "2026-11-23" in caught.value.hint


@pytest.mark.parametrize(
    "torn", ["2026-11-23,tik", '2026-11-23,tiktok,adidas,,ok,7,,,,,"half a te', '2026-11-23,tiktok,adidas,"a\nb']
)
def test_a_torn_last_line_is_not_read_and_then_cut_off(folder: Folder, torn: str) -> None:
    commit(folder.open(), account_row())
    whole = folder.file("History").read_text()
    folder.file("History").write_text(whole + torn)
    sheet = folder.open()
    assert sheet.read().taken.keys() == account_row().keys
    assert sheet.notices == ("History.csv ended in half a row (line 3); it was never finished and is left out.",)
    commit(sheet, account_row("adidas"))
    assert folder.file("History").read_text().startswith(whole + "2026-11-23,tiktok,adidas,,ok,7,")
    assert folder.file("History").read_text().count("\n") == 3


def test_a_quotation_mark_that_swallows_rows_is_no_torn_line(folder: Folder) -> None:
    commit(folder.open(), account_row("a"), account_row("b"), account_row("c"))
    damaged = folder.file("History").read_text().replace(",b,", ',"b,')
    folder.file("History").write_text(damaged)
    with pytest.raises(SheetError, match=r"History.csv, line 3: a quotation mark"):
        folder.open().read()
    assert folder.file("History").read_text() == damaged


def test_the_file_of_the_people_is_never_cut(folder: Folder) -> None:
    folder.file("Accounts").write_text("account,platform\n@nike,tiktok\n@adidas")
    sheet = folder.open()
    state = sheet.read()
    assert state.entries[1] == Entry(3, "@adidas")
    sheet.commit(Change(marks=((state.entries[1], Mark("ok")),)), state)
    assert folder.file("Accounts").read_text() == "account,platform,status\n@nike,tiktok\n@adidas,,ok"
    folder.file("Accounts").write_text('account,platform\n"@nike,tiktok\n@adidas\n')
    with pytest.raises(SheetError, match=r"Accounts.csv, line 2: a quotation mark"):
        sheet.read()


def test_files_are_found_in_any_case(folder: Folder) -> None:
    folder.file("Accounts").rename(folder.path / "accounts.CSV")
    (folder.path / "HISTORY.csv").write_text("date,platform,account\n")
    commit(folder.open(), account_row())
    assert not folder.file("History").exists()
    assert "nike" in (folder.path / "HISTORY.csv").read_text()


def test_an_empty_history_is_begun_anew(folder: Folder) -> None:
    folder.file("History").write_text("\n\n")
    commit(folder.open(), account_row())
    assert column(folder.table("History"), "account") == ["nike"]


def test_the_day_is_that_of_the_time_zone(folder: Folder) -> None:
    sheet = FolderSheet(folder.path, clock=lambda: NOW, timezone=ZoneInfo("Pacific/Kiritimati"))
    assert sheet.read().day == NEXT_DAY


# What is missing, and what refuses


def test_an_example_is_made_once(tmp_path: Path) -> None:
    sheet = FolderSheet(tmp_path / "new" / "sheet", clock=lambda: NOW, timezone=UTC)
    with pytest.raises(SheetError, match=r"There is no Accounts.csv") as caught:
        sheet.read()
    assert "sheetsync run --sheet" in caught.value.hint
    assert sheet.create()
    assert not sheet.create()
    assert sheet.read().entries == (Entry(2, "@tiktok", "tiktok"),)
    assert sheet.name == str(tmp_path / "new" / "sheet")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "sheet").write_text("")
    sheet = FolderSheet(tmp_path / "sheet", clock=lambda: NOW, timezone=UTC)
    for action in (sheet.read, sheet.create):
        with pytest.raises(SheetError) as caught:
            action()
        assert caught.value.hint


def test_a_file_that_is_no_text_is_told(folder: Folder) -> None:
    folder.file("History").write_bytes(codecs.BOM_UTF8 + b"date,platform,account\n\xff\n")
    with pytest.raises(SheetError, match=r"History.csv begins as utf-8 text, but byte 22 is none"):
        folder.open().read()


def test_a_file_that_cannot_be_opened_is_told(folder: Folder) -> None:
    folder.file("History").mkdir()
    with pytest.raises(SheetUnavailableError, match=r"History.csv: Is a directory") as caught:
        folder.open().read()
    assert caught.value.hint


def test_a_change_waits_while_another_run_is_busy(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "_PATIENCE", 0.05)
    sheet = folder.open()
    state = sheet.read()
    change = Change((account_row(),), ((state.entries[0], Mark("ok", "", DAY)),))
    with FileLock(folder.path / ".sheetsync" / "lock"), pytest.raises(SheetUnavailableError, match="busy"):
        sheet.commit(change, state)
    assert not folder.file("History").exists()
    assert [waiting for _, waiting in folder.waiting()] == [change]
    after = folder.open().read()
    assert after.taken.keys() == account_row().keys
    assert after.entries[0].mark == Mark("ok", "", DAY)
    assert not folder.waiting()


def test_an_outbox_file_that_cannot_be_read_is_told(folder: Folder) -> None:
    path = Outbox(folder.path / ".sheetsync" / "outbox").put(Change((account_row(),)))
    path.write_bytes(b"{")
    sheet = folder.open()
    assert not sheet.read().taken
    assert sheet.notices == (
        f"{path.with_suffix('.broken')} holds a change that cannot be read; it was set aside and not written.",
    )


def test_a_replayed_change_writes_only_what_is_missing(folder: Folder) -> None:
    commit(folder.open(), account_row(id="42"))
    rows = (account_row("renamed", id="42"), account_row("adidas"), account_row("adidas"), post_row())
    Outbox(folder.path / ".sheetsync" / "outbox").put(Change(rows))
    assert set(folder.open().read().taken) == {key for row in (account_row(id="42"), *rows[1:]) for key in row.keys}
    assert column(folder.table("History"), "account") == ["nike", "adidas"]


def test_what_a_killed_run_left_is_written_before_the_next_commit(folder: Folder) -> None:
    sheet = folder.open()
    state = sheet.read()
    Outbox(folder.path / ".sheetsync" / "outbox").put(Change((account_row("adidas"),)))
    with pytest.raises(ConflictError):
        sheet.commit(Change((account_row(),)), state)
    assert column(folder.table("History"), "account") == ["adidas"]
    assert not folder.waiting()


def test_what_is_wrong_is_told_before_anything_is_written(folder: Folder) -> None:
    commit(folder.open(), account_row())
    folder.edit("History", lambda cells: [[*cells[0], "region", "Region"], *cells[1:]])
    sheet = folder.open()
    with pytest.raises(SheetError, match="two columns named “region”") as caught:
        commit(sheet, account_row("adidas", region="DE"))
    assert not isinstance(caught.value, SheetUnavailableError)
    assert not folder.waiting()


def test_a_file_saved_at_the_same_moment_is_edited_as_it_is_then(folder: Folder) -> None:
    file = folder.file("Accounts")
    saves = iter([b"account\n@puma\n"])

    def edit(data: bytes) -> bytes:
        file.write_bytes(next(saves, data))  # people save between our look and our write
        return data + b"@mine\n"

    folder.open()._edit(file, edit)
    assert file.read_bytes() == b"account\n@puma\n@mine\n"


def test_a_file_that_is_saved_all_the_time_is_left_alone(folder: Folder) -> None:
    file = folder.file("Accounts")

    def edit(data: bytes) -> bytes:
        file.write_bytes(data + b"x\n")
        return data + b"@mine\n"

    with pytest.raises(SheetUnavailableError, match="again and again"):
        folder.open()._edit(file, edit)
    assert b"@mine" not in file.read_bytes()


def test_cells_of_people_without_a_header_stay(tmp_path: Path) -> None:
    (tmp_path / "Accounts.csv").write_text("account,platform\nnike,tiktok,ask Ann,not before May\n")
    (tmp_path / "History.csv").write_text("date,platform,account\n2026-11-20,tiktok,nike,checked by Ann\n")
    sheet = FolderSheet(tmp_path, clock=lambda: NOW, timezone=UTC)
    state = sheet.read()
    row = account_row("puma")
    sheet.commit(Change((row,), ((state.entries[0], Mark("ok", "", DAY)),)), state)
    (header, line) = (text.split(",") for text in (tmp_path / "Accounts.csv").read_text().splitlines())
    assert line[:4] == ["nike", "tiktok", "ask Ann", "not before May"]
    assert line[header.index("status")] == "ok"
    (old,) = [text for text in (tmp_path / "History.csv").read_text().splitlines() if "Ann" in text]
    assert old == "2026-11-20,tiktok,nike,checked by Ann"
    latest = sheet.read(DAY + timedelta(days=1)).latest
    assert latest["tiktok", Kind.ACCOUNT, "nike"].values == {}
