"""``sheetsync init``: in this process against the double of Google and a folder, and as the installed command."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sheetsync import sample_site
from sheetsync.config import Config, load_config
from sheetsync.errors import ConfigError, CredentialsError, SheetError, SheetsyncError
from sheetsync.first_steps import EXAMPLES, Talk, Wishes, World, take_first_steps
from sheetsync.model import Kind
from sheetsync.sample_site import account_page
from sheetsync.sheets.layout import ACCOUNTS_COLUMNS, MARK_COLUMNS, own_columns
from tests.commands import COMMAND, environment
from tests.google_double import Google, faults, oauth
from tests.google_double.cells import Value

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TABS = {"History": list(own_columns(Kind.ACCOUNT)), "Posts": list(own_columns(Kind.POST))}
LINK = "https://docs.google.com/spreadsheets/d/{}/edit"


pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture
def google(locked_google: Google) -> Google:
    return locked_google


@pytest.fixture
def site() -> Iterator[str]:
    def answer(path: str) -> tuple[int, str]:
        return 200, account_page(path.removeprefix("/@"), 12_345)

    with sample_site.serve(answer) as origin:
        yield origin


def robot(google: Google, site: str = "http://127.0.0.1:9", **changes: str) -> dict[str, str]:
    """The environment of somebody who has the robot's key."""
    key = json.dumps(google.credentials() | changes)
    return {"SHEETS_EMULATOR_HOST": google.host, "SHEETSYNC_CREDENTIALS": key} | loopback(site)


def loopback(site: str) -> dict[str, str]:
    return {"SHEETSYNC_CONNECT_TO": f"www.tiktok.com={site}", "SHEETSYNC_PACE": "0"}


class Person:
    """Somebody at the terminal: what was asked and told, what was answered, and what was done while init slept."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.told: list[str] = []
        self.slept: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def _answer(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.meanwhile()

    def init(self, sheet: str, outside: dict[str, str], *, at_a_terminal: bool = True, **wishes: Any) -> str:
        """Take the first steps; what was told, as one text."""
        self.told.clear()
        settings = load_config(None, {})
        settings = Config(sheet=sheet or settings.sheet, accounts=settings.accounts)
        talk = Talk(self._answer, lambda question: bool(self._answer(question)), self.told.append, at_a_terminal)
        take_first_steps(settings, Wishes(**wishes), talk, World(outside, lambda: NOW, self._sleep))
        return "\n".join(self.told)


def everything(google: Google, sheet: str) -> dict[str, list[list[Any]]]:
    people = google.people(sheet)
    return {title: people.values(title) for title in people.titles}


def writes(google: Google) -> list[str]:
    return [call.method for call in google.calls if call.request.writes]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# The way that goes well.


def test_from_a_new_spreadsheet_to_a_number(google: Google, site: str, tmp_path: Path) -> None:
    sheet = google.new_spreadsheet("Ours", {"Sheet1": []})
    person = Person(LINK.format(sheet), "y", "y")
    said = person.init("", robot(google, site))
    assert len(person.asked) == 3
    assert oauth.EMAIL in said
    assert "12,345 followers" in said
    assert "sheetsync run`" in person.told[-1]
    found = everything(google, sheet)
    assert list(found) == ["Sheet1", "Accounts", "History", "Posts"]
    assert found["Accounts"][0] == list(ACCOUNTS_COLUMNS)
    assert [row[0] for row in found["Accounts"][1:]] == list(EXAMPLES)
    assert {title: found[title] for title in TABS} == {title: [header] for title, header in TABS.items()}
    assert load_config(None, {}).sheet == LINK.format(sheet)
    assert (tmp_path / "sheetsync.toml").read_text() == f'sheet = "{LINK.format(sheet)}"\n'


def test_handles_are_typed_as_text(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours", {"Accounts": [["account"]]})
    Person().init(sheet, robot(google), yes=True, visit=False)
    assert google.people(sheet).cell("Accounts", "A2").value == "@tiktok"
    assert all(call.method != "values.update" for call in google.calls)


def test_the_tab_that_a_link_opens_is_used_when_it_is_blank(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours", {"Sheet1": []})
    Person().init(f"{LINK.format(sheet)}?gid=0#gid=0", robot(google), yes=True, visit=False)
    found = everything(google, sheet)
    assert list(found) == ["Sheet1", "History", "Posts"]
    assert found["Sheet1"][0] == list(ACCOUNTS_COLUMNS)


def test_blank_tabs_get_their_headers(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours", {"Accounts": [], "History": [], "Posts": []})
    Person().init(sheet, robot(google), examples=False, visit=False)
    assert everything(google, sheet) == {"Accounts": [list(ACCOUNTS_COLUMNS)]} | {
        title: [header] for title, header in TABS.items()
    }


def test_a_column_that_the_settings_name_gets_its_header_there(google: Google, tmp_path: Path) -> None:
    sheet = google.new_spreadsheet("Ours", {"Influencers": []})
    (tmp_path / "sheetsync.toml").write_text('accounts = "Influencers!C"')
    Person().init(sheet, robot(google), yes=True, visit=False)
    assert everything(google, sheet)["Influencers"] == [
        ["", "", "account", *MARK_COLUMNS],
        *(["", "", handle] for handle in EXAMPLES),
    ]
    assert (tmp_path / "sheetsync.toml").read_text() == 'accounts = "Influencers!C"'


def test_a_tab_that_the_settings_name_is_not_made_for_a_slip_of_the_pen(google: Google, tmp_path: Path) -> None:
    sheet = google.new_spreadsheet("Ours", {"Influencers": []})
    (tmp_path / "sheetsync.toml").write_text('accounts = "Influencer!C"')
    with pytest.raises(SheetError, match="no tab “Influencer”") as caught:
        Person().init(sheet, robot(google), yes=True)
    assert "Add a tab “Influencer”" in caught.value.hint
    assert writes(google) == []


# What is there stays.


@pytest.mark.parametrize("handles", [[["@juf.nele"]], []], ids=["handles", "none"])
def test_a_second_time_changes_nothing_and_writes_nothing(google: Google, handles: list[list[Value]]) -> None:
    sheet = google.new_spreadsheet("Ours", {"Accounts": [["account"], *handles]})
    Person().init(sheet, robot(google), yes=True, visit=False)
    before, kept = google.book(sheet).copy(), files(Path.cwd())
    google.forget_calls()
    said = Person().init("", robot(google), yes=True, visit=False)
    after = google.book(sheet)
    assert writes(google) == []
    assert (after.properties, after.tabs, after.metadata) == (before.properties, before.tabs, before.metadata)
    assert files(Path.cwd()) == kept
    assert "everything is there already" in said
    assert "names this sheet already" in said


def test_columns_of_people_are_left_alone_and_ours_go_to_the_right_of_all(google: Google) -> None:
    accounts: Sequence[Sequence[Value]] = [
        ["notes", "Account", "Status"],
        ["hers", "@juf.nele", "", "beside the headers"],
        ["=1+1", "@volley_gent"],
    ]
    history: Sequence[Sequence[Value]] = [
        ["mine", "Date", "platform", "account"],
        ["x", 46_347, "tiktok", "juf.nele", "", "far out"],
    ]
    tabs: dict[str, Sequence[Sequence[Value]]] = {"Accounts": accounts, "History": history, "Budget": [["secret", 1]]}
    sheet = google.new_spreadsheet("Ours", tabs)
    before = everything(google, sheet)
    Person().init(sheet, robot(google), yes=True, visit=False)
    after = everything(google, sheet)
    assert after["Accounts"][0] == ["notes", "Account", "Status", "", "detail", "last row"]
    assert after["Accounts"][1:] == before["Accounts"][1:]
    added = [name for name in TABS["History"] if name not in ("date", "platform", "account")]
    assert after["History"][0] == [*history[0], "", "", *added]
    assert after["History"][1:] == before["History"][1:]
    assert after["Budget"] == before["Budget"]


def test_a_long_history_is_not_read_to_find_that_it_lacks_nothing(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours", {"Accounts": [list(ACCOUNTS_COLUMNS)]} | {t: [h] for t, h in TABS.items()})
    Person().init(sheet, robot(google), examples=False, visit=False)
    asked = [call.request.target.partition("ranges=")[2] for call in google.calls]
    assert "%27History%27%211%3A1" in asked
    assert "%27History%27" not in asked


def test_examples_are_not_typed_beside_what_people_wrote(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours", {"Accounts": [["account", "notes"], ["", "for later"]]})
    said = Person().init(sheet, robot(google), yes=True, visit=False)
    assert "none were typed" in said
    assert google.people(sheet).column("Accounts", "account") == [""]


def test_a_handle_typed_at_the_same_moment_stays(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours", {"Accounts": [list(ACCOUNTS_COLUMNS)]})
    people = google.people(sheet)

    def type_just_before_it_is_written(call: Any) -> None:
        if "appendCells" in call.kinds:
            people.set("Accounts", "A2", "@just_now")

    google.hooks.append(type_just_before_it_is_written)
    Person().init(sheet, robot(google), yes=True, visit=False)
    assert people.column("Accounts", "account") == ["@just_now", *EXAMPLES]


def test_a_spreadsheet_that_cannot_be_used_is_left_whole(google: Google, tmp_path: Path) -> None:
    sheet = google.new_spreadsheet("Ours", {"Accounts": [["handles"], ["@a"]]})
    with pytest.raises(SheetError, match="no column “account”"):
        Person().init(sheet, robot(google), yes=True)
    assert writes(google) == []
    assert files(tmp_path) == {}


def test_settings_of_another_sheet_are_never_overwritten(google: Google, tmp_path: Path) -> None:
    sheet = google.new_spreadsheet("Ours")
    (tmp_path / "sheetsync.toml").write_text('# mine\nsheet = "my-folder"')
    said = Person().init(sheet, robot(google), yes=True, visit=False)
    assert (tmp_path / "sheetsync.toml").read_text() == '# mine\nsheet = "my-folder"'
    assert f'stays as it is; this line names the sheet: sheet = "{sheet}"' in said
    assert f'sheetsync run --sheet "{sheet}"' in said


def test_tabs_are_made_once_though_the_answer_was_lost(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours")
    google.faults.when(lambda call: "addSheet" in call.kinds, faults.reply_lost())
    Person().init(sheet, robot(google), examples=False, visit=False)
    assert sorted(google.people(sheet).titles)[:3] == ["Accounts", "History", "Posts"]


def test_an_answer_that_was_lost_is_not_done_twice(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours", {"Accounts": [list(ACCOUNTS_COLUMNS)]} | {t: [h] for t, h in TABS.items()})
    google.faults.when(lambda call: "appendCells" in call.kinds, faults.reply_lost())
    Person().init(sheet, robot(google), yes=True, visit=False)
    assert google.people(sheet).column("Accounts", "account") == list(EXAMPLES)


# Waiting for the share.


@pytest.mark.parametrize("access", ["none", "viewer"])
def test_it_waits_until_the_spreadsheet_is_shared(google: Google, access: Any) -> None:
    sheet = google.new_spreadsheet("Ours")
    google.share(sheet, access)
    person = Person()
    person.meanwhile = lambda: google.share(sheet, "editor" if len(person.slept) == 3 else access)
    said = person.init(sheet, robot(google), yes=True, visit=False)
    assert len(person.slept) == 3
    assert said.count(f"    {oauth.EMAIL}\n") == 1
    assert "Accounts" in google.people(sheet).titles


def test_a_share_that_is_first_too_small_is_told_again(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours")
    google.share(sheet, "none")
    person = Person()
    person.meanwhile = lambda: google.share(sheet, "viewer" if len(person.slept) == 1 else "editor")
    said = person.init(sheet, robot(google), yes=True, visit=False)
    assert "is not shared with" in said
    assert "for reading only" in said


def test_the_waiting_ends_with_a_clear_sentence(google: Google, tmp_path: Path) -> None:
    sheet = google.new_spreadsheet("Ours")
    google.share(sheet, "none")
    person = Person()
    with pytest.raises(CredentialsError, match="is not shared with") as caught:
        person.init(sheet, robot(google), yes=True)
    assert "in 10 min." in str(caught.value)
    assert f"add {oauth.EMAIL} as Editor. Then run `sheetsync init` again" in caught.value.hint
    assert sum(person.slept) == 600
    assert files(tmp_path) == {}


def test_it_need_not_wait(google: Google) -> None:
    sheet = google.new_spreadsheet("Ours")
    google.share(sheet, "none")
    person = Person()
    with pytest.raises(CredentialsError, match="is not shared with"):
        person.init(sheet, robot(google), yes=True, wait=0)
    assert person.slept == []


@pytest.mark.parametrize(
    ("trouble", "error", "sentence", "hint"),
    [
        ("API off", CredentialsError, "not switched on", "choose Enable"),
        ("wrong id", SheetError, "no spreadsheet with this id", "between /d/ and /edit"),
        ("mangled", CredentialsError, "lost its line breaks", "Paste the whole JSON"),
        ("no key", CredentialsError, "no JSON", "Paste the whole JSON"),
        ("clock", CredentialsError, "clock of this computer is wrong", "Set the clock"),
        ("no link", SheetError, "not the link", "Copy it from the browser"),
    ],
)
def test_what_no_share_mends_is_told_at_once(
    google: Google, tmp_path: Path, trouble: str, error: type[SheetsyncError], sentence: str, hint: str
) -> None:
    sheet, outside = google.new_spreadsheet("Ours"), robot(google)
    key = google.credentials()["private_key"].replace("\n", "\\n")
    google.api_enabled = trouble != "API off"
    google.tokens.always = oauth.WRONG_CLOCK if trouble == "clock" else None
    outside |= robot(google, private_key=key) if trouble == "mangled" else {}
    outside |= {"SHEETSYNC_CREDENTIALS": "no-such-file.json"} if trouble == "no key" else {}
    sheet = {"wrong id": "1" + "x" * 43, "no link": "https://example.org/sheet"}.get(trouble, sheet)
    person = Person()
    with pytest.raises(error, match=sentence) as caught:
        person.init(sheet, outside, yes=True)
    assert hint in caught.value.hint
    assert person.slept == []
    assert writes(google) == []
    assert files(tmp_path) == {}


# A folder.


def test_a_folder_works_too(tmp_path: Path, site: str) -> None:
    person = Person("our sheet", "y", "y")
    said = person.init("", loopback(site))
    text = (tmp_path / "our sheet" / "Accounts.csv").read_text()
    assert text == "account,platform,status,detail,last row\n'@tiktok,,,,\n'@bbc,,,,\n'@duolingo,,,,\n"
    assert "12,345 followers" in said
    before = files(tmp_path)
    Person().init("", loopback(site), yes=True)
    assert files(tmp_path) == before


def test_a_file_of_accounts_keeps_every_byte_and_gets_our_columns(tmp_path: Path) -> None:
    folder = tmp_path / "sheet"
    folder.mkdir()
    (folder / "Accounts.csv").write_bytes('\ufeffnota;account\r\n"een; twee";@juf.nele;los\r\n'.encode())
    Person().init("sheet", {}, yes=True, visit=False)
    expected = '\ufeffnota;account;;status;detail;last row\r\n"een; twee";@juf.nele;los\r\n'
    assert (folder / "Accounts.csv").read_bytes() == expected.encode()


@pytest.mark.parametrize(("below", "typed"), [(",for later", False), (",", True)])
def test_examples_are_not_typed_beside_what_people_wrote_in_a_file(tmp_path: Path, below: str, typed: bool) -> None:  # noqa: FBT001
    (tmp_path / "Accounts.csv").write_text(f"account,notes,status,detail,last row\n{below}\n")
    Person().init(".", {}, yes=True, visit=False)
    assert ("@tiktok" in (tmp_path / "Accounts.csv").read_text()) is typed


def test_a_blank_file_of_accounts_gets_its_headers(tmp_path: Path) -> None:
    (tmp_path / "Accounts.csv").write_bytes(b"\n")
    Person().init(".", {}, examples=False, visit=False)
    assert (tmp_path / "Accounts.csv").read_text() == "account,platform,status,detail,last row\n"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "sheet").write_text("")
    with pytest.raises(SheetError, match="is a file, not a folder"):
        Person().init("sheet", {}, yes=True)


# The first look.


@pytest.mark.parametrize(("answer", "sentence"), [((503, ""), "unreachable"), ((200, "<html></html>"), "blocked")])
def test_a_first_look_that_fails_is_told_and_is_no_failure(
    tmp_path: Path, answer: tuple[int, str], sentence: str
) -> None:
    (tmp_path / "sheetsync.toml").write_text("[fetch]\nattempts = 1")
    with sample_site.serve(lambda _: answer) as origin:
        said = Person().init("sheet", loopback(origin), yes=True)
    assert f"First look: https://www.tiktok.com/@tiktok: {sentence}" in said
    assert "Next: " in said


def test_a_platform_that_is_not_known_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "Accounts.csv").write_text("account,platform\n@a,friendster\n")
    said = Person().init(".", {}, yes=True)
    assert "@a could not be visited" in said
    assert "Next: " in said


def test_who_declines_gets_neither_examples_nor_a_visit(tmp_path: Path) -> None:
    said = Person("").init("sheet", {})
    assert (tmp_path / "sheet" / "Accounts.csv").read_text().count("\n") == 1
    assert "First look" not in said
    assert "type your handles" in said


# As the installed command.


def command(folder: Path, outside: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "init", *arguments],
        env=environment("www.tiktok.com=http://127.0.0.1:9") | outside,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ((), ("--sheet", "--examples or --no-examples", "--try or --no-try", "--yes")),
        (("--yes",), ("--sheet",)),
        (("--sheet", "x", "--no-examples"), ("--try or --no-try", "--yes")),
    ],
)
def test_without_a_terminal_it_names_the_flags_and_does_nothing(
    tmp_path: Path, arguments: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    ended = command(tmp_path, {}, *arguments)
    assert ended.returncode == 2
    assert [flag for flag in flags if flag not in ended.stderr] == []
    assert files(tmp_path) == {}


def test_without_a_terminal_yes_or_every_flag_is_enough(google: Google, site: str, tmp_path: Path) -> None:
    sheet = google.new_spreadsheet("Ours")
    ended = command(tmp_path, robot(google, site), "--sheet", sheet, "--yes")
    assert ended.returncode == 0, ended.stderr
    assert "12,345 followers" in ended.stdout
    again = command(tmp_path, robot(google, site), "--examples", "--no-try")
    assert again.returncode == 0, again.stderr
    ran = subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "run", "--json"],
        env=environment(f"www.tiktok.com={site}") | robot(google, site),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert google.people(sheet).column("History", "followers") == [12_345] * 3
    assert google.people(sheet).column("Accounts", "status") == ["ok"] * 3


def test_settings_go_to_the_file_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "sheetsync.toml").write_text('sheet = "of others"')
    ended = command(tmp_path, {}, "--config", "ours.toml", "--yes")
    assert (ended.returncode, "--sheet TARGET" in ended.stderr) == (2, True), "it took the sheet of other settings"
    ended = command(tmp_path, {}, "--sheet", "x", "--config", "ours.toml", "--no-examples", "--no-try")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "ours.toml").read_text() == 'sheet = "x"\n'
    assert "sheetsync run --config ours.toml" in ended.stdout


def test_no_secret_is_told_when_it_fails(google: Google, tmp_path: Path) -> None:
    key = google.credentials()["private_key"].replace("\n", "\\n")
    ended = command(tmp_path, robot(google, private_key=key), "--sheet", "1" + "x" * 43, "--yes")
    assert ended.returncode == 3
    assert key[40:80] not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_at_a_terminal_it_asks(tmp_path: Path) -> None:
    ours, theirs = pytest.importorskip("pty").openpty()
    os.write(ours, b"my-folder\nn\n")
    ended = subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "init"],
        env=environment(""),
        cwd=tmp_path,
        stdin=theirs,
        capture_output=True,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    os.close(ours)
    assert ended.returncode == 0, ended.stderr
    assert b"Type @tiktok, @bbc, @duolingo as examples? [Y/n]" in ended.stdout + ended.stderr
    assert set(files(tmp_path)) == {"my-folder/Accounts.csv", "sheetsync.toml"}


def test_a_question_without_anybody_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nobody to answer"):
        Person().init("sheet", {}, at_a_terminal=False)
    assert files(tmp_path) == {}
