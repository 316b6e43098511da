"""``sheetsync forget``: the rows of one account go, and nothing else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from sheetsync.cli import main
from sheetsync.sample_site import account_page, serve
from tests.google_double import Google
from tests.trips import cells

HISTORY = """\
date,our notes,platform,account,status,id,followers
2026-11-20,x,tiktok,old.name,ok,7,1
2026-11-20,y,tiktok,other,ok,8,2
2026-11-21,,tiktok,Lotte,ok,7,3
2026-11-22,z,tiktok,lotte,ok,7,4
2026-11-22,,elsewhere,lotte,ok,7,5
"""
POSTS = """\
date,platform,account,post,status,views
2026-11-22,tiktok,lotte,123,ok,4
2026-11-22,tiktok,other,124,ok,4
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"Accounts": "account\n@lotte\n", "History": HISTORY, "Posts": POSTS}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("alone")
def test_all_rows_of_the_account_go_and_no_other(folder: Path) -> None:
    ended = CliRunner().invoke(main, ["forget", "@lotte", "--sheet", str(folder)], input="y\n")
    assert ended.exit_code == 0, ended.output
    assert "4 rows of https://www.tiktok.com/@lotte were taken out." in ended.output
    assert [(row["platform"], row["account"]) for row in cells(folder, "History")] == [
        ("tiktok", "other"),
        ("elsewhere", "lotte"),
    ]
    assert [row["account"] for row in cells(folder, "Posts")] == ["other"]
    assert (folder / "Accounts.csv").read_text(encoding="utf-8") == "account\n@lotte\n"


@pytest.mark.usefixtures("alone")
def test_nothing_goes_without_a_yes(folder: Path) -> None:
    assert CliRunner().invoke(main, ["forget", "@lotte", "--sheet", str(folder)], input="n\n").exit_code == 0
    assert (folder / "History.csv").read_text(encoding="utf-8") == HISTORY


@pytest.mark.usefixtures("alone")
def test_who_is_not_there_is_said_so(folder: Path) -> None:
    ended = CliRunner().invoke(main, ["forget", "@nobody", "--sheet", str(folder), "--yes"])
    assert "There are no rows of" in ended.output
    assert (folder / "History.csv").read_text(encoding="utf-8") == HISTORY


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("text", ["https://vm.tiktok.com/ZMabc/", "https://www.tiktok.com/@lotte/video/123", "#REF!"])
def test_what_is_no_account_is_refused(folder: Path, text: str) -> None:
    ended = CliRunner().invoke(main, ["forget", text, "--sheet", str(folder), "--yes"])
    assert ended.exit_code in (2, 5), ended.output
    assert (folder / "History.csv").read_text(encoding="utf-8") == HISTORY


@pytest.mark.usefixtures("alone")
def test_in_a_google_spreadsheet_too(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEETS_EMULATOR_HOST", google.host)
    sheet = google.new_spreadsheet("Ours", {"Accounts": [["account"], ["@one"], ["@two"]]})

    def answer(path: str) -> tuple[int, str]:
        return 200, account_page(path.removeprefix("/@"), 1234)

    with serve(answer) as origin:
        monkeypatch.setenv("SHEETSYNC_CONNECT_TO", f"www.tiktok.com={origin}")
        monkeypatch.setenv("SHEETSYNC_PACE", "0")
        assert CliRunner().invoke(main, ["run", "--sheet", sheet]).exit_code == 0
    ended = CliRunner().invoke(main, ["forget", "one", "--sheet", sheet, "--yes"])
    assert ended.exit_code == 0, ended.output
    assert google.people(sheet).column("History", "account") == ["two"]
    assert google.people(sheet).column("Accounts", "account") == ["@one", "@two"]
