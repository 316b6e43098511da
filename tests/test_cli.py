"""The command as it is installed: in its own process, over real HTTP on loopback."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sheetsync.sample_site import account_page, serve
from tests.trips import cells, on_day, type_in

COMMAND = [sys.executable, "-m", "sheetsync"]
REAL = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}


@pytest.fixture
def site() -> Iterator[str]:
    with serve(on_day(0)) as origin:
        yield origin


def environment(origin: str) -> dict[str, str]:
    return REAL | {"SHEETSYNC_CONNECT_TO": f"www.tiktok.com={origin}", "SHEETSYNC_PACE": "0"}


def sheetsync(origin: str, *arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments], env=environment(origin) | extra, capture_output=True, text=True, timeout=60, check=False
    )


def test_json_is_one_object_with_the_agreed_keys(tmp_path: Path, site: str) -> None:
    type_in(tmp_path, ["@juf.nele", "@behind_the_wall", "#REF!"])
    ended = sheetsync(site, "run", "--sheet", str(tmp_path), "--date", "2026-11-20", "--json")
    assert ended.returncode == 0
    outcome = json.loads(ended.stdout)
    assert set(outcome) == {"date", "appended", "present", "failures"}
    assert outcome["date"] == "2026-11-20"
    assert [row["account"] for row in outcome["appended"]] == ["juf.nele"]
    assert {failure["entry"]: failure["status"] for failure in outcome["failures"]} == {
        "@behind_the_wall": "blocked",
        "#REF!": "not understood",
    }
    again = json.loads(sheetsync(site, "run", "--sheet", str(tmp_path), "--date", "2026-11-20", "--json").stdout)
    assert (again["appended"], [account["account"] for account in again["present"]]) == ([], ["juf.nele"])


def test_the_sheet_may_come_from_the_environment(tmp_path: Path, site: str) -> None:
    type_in(tmp_path, ["@juf.nele"])
    ended = sheetsync(site, "run", SHEETSYNC_SHEET=str(tmp_path))
    assert ended.returncode == 0
    assert "1 row written" in ended.stdout
    assert len(cells(tmp_path, "History")) == 1


def test_logs_are_plain_lines_without_colour(tmp_path: Path, site: str) -> None:
    type_in(tmp_path, ["@juf.nele"])
    ended = sheetsync(site, "run", "--sheet", str(tmp_path))
    assert "1/1 tiktok @juf.nele ok" in ended.stderr
    assert "\x1b" not in ended.stdout + ended.stderr


def test_a_second_run_says_that_there_is_nothing_to_do(tmp_path: Path, site: str) -> None:
    type_in(tmp_path, ["@juf.nele"])
    sheetsync(site, "run", "--sheet", str(tmp_path))
    assert "nothing to do" in sheetsync(site, "run", "--sheet", str(tmp_path)).stdout


def test_a_missing_folder_is_made_with_an_example_and_nobody_is_visited(tmp_path: Path, site: str) -> None:
    folder = tmp_path / "new"
    ended = sheetsync(site, "run", "--sheet", str(folder))
    assert ended.returncode == 0
    assert "Type your handles" in ended.stdout
    assert [row["account"] for row in cells(folder, "Accounts")] == ["@tiktok"]
    assert cells(folder, "History") == []


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["run"], 2, "No sheet is named"),
        (["run", "--sheet", "x", "--config", "missing.toml"], 2, "There is no file missing.toml"),
        (["run", "--sheet", "x", "--platforms", "missing"], 2, "no folder missing"),
        (["run", "--sheet", "x", "--date", "tomorrow"], 2, "tomorrow"),
        (["run", "--sheet", __file__], 4, "is a file, not a folder"),
        (["xpath", "https://www.tiktok.com/@juf.nele", "//["], 2, "is not an XPath"),
        (["xpath", "www.tiktok.com", "//a"], 2, "is not a web address"),
        (["xpath", "https://www.tiktok.com/@juf.nele", "//nothing"], 1, "Nothing on"),
        (["xpath", "https://www.tiktok.com/@juf.nele"], 2, "no XPath to look for"),
        (["xpath", "https://www.tiktok.com/nothing", "//a"], 5, "answered HTTP 404 (Not Found)"),
        (["xpath", "http://169.254.169.254/latest/", "//a"], 5, "private address"),
    ],
)
def test_what_a_person_can_mend_is_a_sentence_and_an_exit_code(
    site: str, tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    given = [str(tmp_path / "sheet") if argument == "x" else argument for argument in arguments]
    ended = sheetsync(site, *given)
    assert ended.returncode == code, ended.stderr
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("handles", "fail_on", "code"),
    [
        (["@juf.nele", "#REF!"], "any", 5),
        (["@juf.nele", "#REF!"], "all", 0),
        (["#REF!"], "all", 5),
        (["#REF!"], "none", 0),
    ],
)
def test_failing_is_asked_for(tmp_path: Path, site: str, handles: list[str], fail_on: str, code: int) -> None:
    type_in(tmp_path, handles)
    assert sheetsync(site, "run", "--sheet", str(tmp_path), "--fail-on", fail_on).returncode == code


def test_try_shows_each_field_and_the_way_that_found_it_and_writes_nothing(tmp_path: Path, site: str) -> None:
    ended = sheetsync(site, "try", "@juf.nele", SHEETSYNC_SHEET=str(tmp_path / "never"))
    assert "48,233" in ended.stdout
    assert "statsV2.followerCount" in ended.stdout
    assert not (tmp_path / "never").exists()
    found = json.loads(sheetsync(site, "try", "@juf.nele", "--json").stdout)
    assert found["values"]["followers"] == 48_233


def test_xpath_gives_what_importxml_gives(site: str) -> None:
    assert sheetsync(site, "xpath", "https://www.tiktok.com/@juf.nele", "//title").stdout == "TikTok - Make Your Day\n"
    ended = sheetsync(site, "xpath", "https://www.tiktok.com/@juf.nele", "//script/@id", "--format", "json")
    assert json.loads(ended.stdout) == [["__UNIVERSAL_DATA_FOR_REHYDRATION__"]]
    path = '__DEFAULT_SCOPE__."webapp.user-detail".userInfo.stats.followerCount'
    found = sheetsync(site, "xpath", "https://www.tiktok.com/@juf.nele", "--json", path)
    assert found.stdout.strip().isdigit(), found.stderr


def test_platforms_lists_what_the_files_say(tmp_path: Path, site: str) -> None:
    own = '[account]\nurl = "https://ex.org/{handle}"\nroutes = [{ url = "https://ex.org/{handle}" }]\nfields = {}\n'
    (tmp_path / "mine.toml").write_text(f'name = "Mine"\nhosts = ["ex.org"]\n{own}')
    listed = sheetsync(site, "platforms", "--platforms", str(tmp_path)).stdout
    assert "tiktok (account)" in listed
    assert "mine (account)" in listed


def test_help_loads_none_of_the_heavy_libraries() -> None:
    program = (
        "import sys\nfrom sheetsync.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = 'httpx', 'lxml', 'gspread', 'google', 'rich', 'babel', 'sheetsync.model', 'sheetsync.commands.run'\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert ended.stdout.splitlines()[-1] == "[]"


def test_what_cells_and_pages_say_reaches_the_terminal_as_text_only(tmp_path: Path) -> None:
    red, half = "\x1b[31mred\x07", "\\ud83d half"  # as JSON has it: the first half of an emoji
    page = account_page("juf.nele", 5_000, name="NAME").replace("NAME", f"{half} \\u001b]0;title")
    type_in(tmp_path, ["@juf.nele", red])
    with serve(lambda _: (200, page)) as origin:
        ran = sheetsync(origin, "run", "--sheet", str(tmp_path))
        tried = sheetsync(origin, "try", "@juf.nele", red)
        (tmp_path / "Accounts.csv").write_text(f"{red},handle\n1,2\n")
        refused = sheetsync(origin, "run", "--sheet", str(tmp_path))
    assert (ran.returncode, tried.returncode, refused.returncode) == (0, 0, 4)
    said = "".join(one.stdout + one.stderr for one in (ran, tried, refused))
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "went wrong" not in said


def test_there_must_be_something_to_try(site: str) -> None:
    ended = sheetsync(site, "try", " ")
    assert (ended.returncode, "nothing to look at" in ended.stderr) == (5, True)


def test_ctrl_c_writes_what_was_read_and_exits_with_130(tmp_path: Path) -> None:
    read, hold = threading.Event(), threading.Event()

    def answer(path: str) -> tuple[int, str]:
        if path != "/@juf.nele":
            read.set()
            hold.wait(30)
        return on_day(0)(path)

    type_in(tmp_path, ["@juf.nele", "@volley_gent"])
    (tmp_path / "slow.toml").write_text("[fetch]\nconcurrency = 1\n")
    with serve(answer) as origin:
        arguments = ["run", "--sheet", str(tmp_path), "--config", str(tmp_path / "slow.toml")]
        with subprocess.Popen([*COMMAND, *arguments], env=environment(origin), stderr=subprocess.PIPE) as running:  # noqa: S603
            assert read.wait(30)
            running.send_signal(signal.SIGINT)
            _, errors = running.communicate(timeout=30)
            hold.set()
    assert running.returncode == 130, errors
    assert b"Traceback" not in errors
    assert [row["account"] for row in cells(tmp_path, "History")] == ["juf.nele"]


def test_doctor_names_what_is_missing_and_verify_what_stands_twice(tmp_path: Path, site: str) -> None:
    missing = sheetsync(site, "doctor", "--sheet", str(tmp_path / "nowhere"))
    assert missing.returncode == 4
    assert "✗" in missing.stdout
    type_in(tmp_path, ["@juf.nele"])
    sheetsync(site, "run", "--sheet", str(tmp_path))
    assert sheetsync(site, "doctor", "--sheet", str(tmp_path)).returncode == 0
    assert sheetsync(site, "verify", "--sheet", str(tmp_path)).returncode == 0
    history = tmp_path / "History.csv"
    history.write_text(history.read_text() + history.read_text().splitlines()[1] + "\n")
    found = sheetsync(site, "verify", "--sheet", str(tmp_path))
    assert (found.returncode, "double" in found.stdout) == (1, True)
    assert sheetsync(site, "verify", "--sheet", str(tmp_path), "--repair", "--yes").returncode == 0
    assert len(cells(tmp_path, "History")) == 1


def test_repair_still_says_that_something_is_wrong_when_a_damaged_cell_stays(tmp_path: Path, site: str) -> None:
    type_in(tmp_path, ["@juf.nele", "@volley_gent"])
    sheetsync(site, "run", "--sheet", str(tmp_path))
    history = tmp_path / "History.csv"
    lines = history.read_text().splitlines()
    damaged = [line.replace(",48233,", ",many,") for line in lines]
    history.write_text("\n".join([*damaged, lines[2]]) + "\n")
    ended = sheetsync(site, "verify", "--sheet", str(tmp_path), "--repair", "--yes", "--json")
    assert (ended.returncode, "were taken out" in ended.stderr) == (1, True)
    assert json.loads(ended.stdout)
    assert len(cells(tmp_path, "History")) == 2


def test_a_question_without_anybody_to_answer_it_names_the_flag_and_changes_nothing(tmp_path: Path, site: str) -> None:
    type_in(tmp_path / "sheet", ["@juf.nele"])
    sheet, other = str(tmp_path / "sheet"), str(tmp_path / "other")
    sheetsync(site, "run", "--sheet", sheet)
    history = tmp_path / "sheet" / "History.csv"
    history.write_text(history.read_text() + history.read_text().splitlines()[1] + "\n")
    before = history.read_bytes()
    type_in(tmp_path / "other", [])
    questions = (
        ["verify", "--sheet", sheet, "--repair"],
        ["forget", "@juf.nele", "--sheet", sheet],
        ["copy", sheet, other],
    )
    for question in questions:
        ended = sheetsync(site, *question)
        assert ended.returncode == 2, ended.stderr
        assert "error: There is a question, and nobody to answer it.\nhint: Say --yes.\n" in ended.stderr
    assert history.read_bytes() == before
    assert not (tmp_path / "other" / "History.csv").exists()
