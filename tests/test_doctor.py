import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from sheetsync import doctor
from sheetsync.config import Config, load_config
from sheetsync.doctor import Check
from sheetsync.sample_site import serve as serve_pages
from tests.google_double import Google, faults, oauth
from tests.trips import Site, on_day, travel, type_in

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
OURS: dict[str, Sequence[Sequence[str | int]]] = {"Accounts": [["account"], ["@juf.nele"], ["#REF!"]]}


pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture
def google(locked_google: Google) -> Google:
    return locked_google


def examine(
    sheet: str, environment: dict[str, str] | None = None, *, live: bool = False, **more: Any
) -> dict[str, Check]:
    config = Config(sheet=sheet, **more)
    found = doctor.examine(lambda: config, environment or {}, clock=lambda: NOW, live=live)
    return {check.name: check for check in found}


def robot(google: Google, **changes: str) -> dict[str, str]:
    """The environment of somebody who has the robot's key."""
    key = json.dumps(google.credentials() | changes)
    return {"SHEETS_EMULATOR_HOST": google.host, "SHEETSYNC_CREDENTIALS": key}


def red(checks: dict[str, Check]) -> list[str]:
    return [name for name, check in checks.items() if check.ok is False]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# A folder.


def test_a_folder_that_is_well_is_green_and_is_left_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "sheet"
    travel(type_in(folder, ["@juf.nele", "@volley_gent", "#REF!"]), Site(on_day(0)))
    before = files(folder)
    checks = examine(str(folder), timezone="Europe/Brussels")
    assert {check.ok for check in checks.values()} == {True}
    assert doctor.exit_code(checks.values()) == 0
    assert checks["time zone"].detail == "Europe/Brussels, where it is 2026-11-23 now"
    assert checks["last run"].detail == "the newest row is of 2026-11-22, yesterday"
    assert "History.csv with 2 rows" in checks["tabs and headers"].detail
    assert "commas between cells" in checks["spelling"].detail
    assert checks["outbox"].detail == "nothing waits"
    assert files(folder) == before


def test_entries_that_are_not_understood_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    type_in(tmp_path, ["@juf.nele", "#REF!", "", "https://example.org/x", "#N/A", "#NAME?"])
    check = examine(str(tmp_path))["entries"]
    assert (check.ok, check.detail) == (True, "5 entries, 4 of them not understood")
    assert "Line 3: " in check.hint
    assert check.hint.endswith("And 1 more.")


def test_a_new_folder_says_what_comes_next(tmp_path: Path) -> None:
    type_in(tmp_path, [])
    checks = examine(str(tmp_path))
    assert red(checks) == []
    assert "sheetsync run" in checks["last run"].hint
    assert "Type handles" in checks["entries"].hint


def test_a_change_that_waits_is_told_and_not_written(tmp_path: Path) -> None:
    type_in(tmp_path, ["@juf.nele"])
    outbox = tmp_path / ".sheetsync" / "outbox"
    outbox.mkdir(parents=True)
    (outbox / "1.json").write_text("half a change")
    (outbox / "2.broken").write_text("")
    before = files(tmp_path)
    check = examine(str(tmp_path))["outbox"]
    assert (check.ok, check.detail) == (True, "1 change waiting")
    assert "run` writes them first" in check.hint
    assert "1 file in" in check.hint
    assert files(tmp_path) == before


def test_a_run_that_is_busy_is_noticed(tmp_path: Path) -> None:
    type_in(tmp_path, ["@juf.nele"])
    (tmp_path / ".sheetsync").mkdir()
    with FileLock(tmp_path / ".sheetsync" / "lock"):
        checks = examine(str(tmp_path))
    assert red(checks) == ["lock"]
    assert doctor.exit_code(checks.values()) == 4


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("naam,platform\n@a,\n", "has no column “account”"), ('account\n"@a\n', "quotation mark"), ("", "has no headers")],
)
def test_headers_that_are_wrong_end_what_stands_on_them(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "Accounts.csv").write_text(content, encoding="utf-8")
    checks = examine(str(tmp_path))
    assert red(checks) == ["tabs and headers"]
    assert sentence in checks["tabs and headers"].detail
    skipped = [name for name, check in checks.items() if check.ok is None]
    assert skipped == ["spelling", "last run", "entries"]
    assert checks["entries"].detail == "skipped, because of “tabs and headers”"
    assert doctor.exit_code(checks.values()) == 4


def test_half_a_row_at_the_end_of_history_is_told(tmp_path: Path) -> None:
    travel(type_in(tmp_path, ["@juf.nele"]), Site(on_day(0)))
    with (tmp_path / "History.csv").open("ab") as file:
        file.write(b"2026-11-2")
    assert "half a row" in examine(str(tmp_path))["tabs and headers"].hint


@pytest.mark.parametrize(("make", "sentence"), [("", "There is no folder"), ("folder", "no Accounts.csv")])
def test_no_folder_or_an_empty_one_is_made_by_init(tmp_path: Path, make: str, sentence: str) -> None:
    folder = tmp_path / "sheet"
    if make:
        folder.mkdir()
    checks = examine(str(folder))
    assert red(checks) == ["sheet"]
    assert sentence in checks["sheet"].detail
    assert "sheetsync init --sheet" in checks["sheet"].hint
    assert checks["entries"].detail == "skipped, because of “sheet”"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "sheet").write_text("")
    assert "is a file" in examine(str(tmp_path / "sheet"))["sheet"].detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "sheet"
    type_in(folder, ["@juf.nele"])
    folder.chmod(0o500)
    assert red(examine(str(folder))) == ["may write"]
    folder.chmod(0o700)


# Settings and platform files.


def test_no_sheet_is_the_first_thing_to_mend(tmp_path: Path) -> None:
    found = list(doctor.examine(lambda: load_config(None, {}), {}, clock=lambda: NOW))
    assert [(check.name, check.ok) for check in found] == [
        ("settings", False),
        ("platforms", None),
        ("sheet", None),
        ("entries", None),
    ]
    assert "Say --sheet" in found[0].hint
    assert doctor.exit_code(found) == 2
    (tmp_path / "sheetsync.toml").write_text("shet = 1")
    found = list(doctor.examine(lambda: load_config(None, {}), {}, clock=lambda: NOW))
    assert found[0].hint == "Did you mean `sheet`?"


def test_a_platform_file_that_is_wrong_does_not_hide_the_sheet(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x.toml").write_text("nonsense")
    type_in(tmp_path / "sheet", ["@juf.nele"])
    checks = examine(str(tmp_path / "sheet"), platforms=str(tmp_path / "mine"), live=True)
    assert red(checks) == ["platforms"]
    assert checks["sheet"].ok
    assert checks["entries"].ok is None


def test_live_visits_the_sample_of_every_platform_file(tmp_path: Path) -> None:
    recipe = 'url = "https://{0}/{{handle}}"\nroutes = [{{ url = "https://{0}/{{handle}}" }}]\nsample = "s"\n'
    for name in ("open", "walled"):
        host = f"{name}.example"
        field = '[account.fields.followers]\nkind = "count"\nrequired = true\nfrom = [{ xpath = "//b/text()" }]\n'
        signs = '[[account.signs]]\nstatus = "blocked"\nxpath = "//i"\n'
        text = f'name = "{name}"\nhosts = ["{host}"]\n[account]\n{recipe.format(host)}{field}{signs}'
        (tmp_path / f"{name}.toml").write_text(text)
    type_in(tmp_path / "sheet", ["@juf.nele"])
    pages = {"/s": (200, "<b>12</b>")}

    def answer(path: str) -> tuple[int, str]:
        return pages.get(path, (404, ""))

    with serve_pages(answer) as well, serve_pages(lambda _: (200, "<i>captcha</i>")) as wall:
        others = ",".join(f"{host}={wall}" for host in ("walled.example", "www.tiktok.com"))
        environment = {"SHEETSYNC_CONNECT_TO": f"open.example={well},{others}", "SHEETSYNC_PACE": "0"}
        checks = examine(str(tmp_path / "sheet"), environment, live=True, platforms=str(tmp_path))
    assert checks["live: open"].ok
    assert checks["live: open"].detail == "https://open.example/s ok, 1 field"
    assert checks["live: walled"].ok is False
    assert "https://walled.example/s blocked" in checks["live: walled"].detail
    assert doctor.exit_code(checks.values()) == 5


# How it is shown.


def test_a_line_stands_without_colour_and_without_its_sign() -> None:
    shown = [
        "".join(text for text, _ in doctor.lines(check, encoding))
        for check in (
            Check("sheet", ok=True, detail="found"),
            Check("token", ok=False, detail="refused", hint="Make a new key.", exit_code=3),
        )
        for encoding in ("utf-8", "ascii")
    ]
    assert shown == [
        "✓ ok      sheet: found\n",
        "* ok      sheet: found\n",
        "✗ failed  token: refused\n          Make a new key.\n",
        "* failed  token: refused\n          Make a new key.\n",
    ]


def test_json_is_a_list() -> None:
    checks = [Check("sheet", ok=True, detail="“é”"), Check("token", None, "skipped")]
    assert json.loads(doctor.as_json(checks)) == [
        {"name": "sheet", "ok": True, "detail": "“é”", "hint": ""},
        {"name": "token", "ok": None, "detail": "skipped", "hint": ""},
    ]


# A Google spreadsheet.


def test_a_spreadsheet_that_is_well_is_green_and_is_left_as_it_was(google: Google) -> None:
    sheet = google.new_spreadsheet("Our accounts", dict(OURS), timezone="Europe/Brussels")
    checks = examine(f"https://docs.google.com/spreadsheets/d/{sheet}/edit#gid=0", robot(google))
    assert red(checks) == []
    assert doctor.exit_code(checks.values()) == 0
    assert checks["credentials"].detail == f"the key of a service account (SHEETSYNC_CREDENTIALS), {oauth.EMAIL}"
    assert checks["sheet"].detail == "“Our accounts” is found and may be read"
    assert checks["time zone"].detail.startswith("Europe/Brussels, where it is 2026-11-23 now")
    assert checks["room"].detail == "9,974,000 of 10,000,000 cells are left"
    assert "History and Posts will be made" in checks["tabs and headers"].detail
    assert checks["entries"].detail == "2 entries, 1 of them not understood"
    assert [call.method for call in google.calls if call.applied] == ["get", "values.batchGet"]
    assert google.people(sheet).values("Accounts")[:1] == [["account"]]


@pytest.mark.parametrize(("lines", "hint"), [(7_973_999, ""), (7_974_000, "Delete empty rows and columns")])
def test_from_eighty_percent_on_it_says_how_to_make_room(google: Google, lines: int, hint: str) -> None:
    sheet = google.new_spreadsheet("Ours", dict(OURS))
    google.people(sheet).add_tab("Big", gridProperties={"rowCount": lines, "columnCount": 1})
    check = examine(sheet, robot(google))["room"]
    assert check.ok
    assert check.detail.startswith(f"{9_974_000 - lines:,} of 10,000,000 cells")
    assert check.hint.startswith(hint)
    assert bool(check.hint) == bool(hint)


def test_without_a_key_an_emulator_is_enough(google: Google) -> None:
    google.tokens.required = False
    sheet = google.new_spreadsheet("Ours", dict(OURS))
    assert red(examine(sheet, {"SHEETS_EMULATOR_HOST": google.host})) == []


def test_the_newest_row_and_what_waits_are_told(google: Google, tmp_path: Path) -> None:
    head = ["date", "platform", "account", "id", "status"]
    day = (NOW - timedelta(days=5)).date()
    rows: list[list[str | int]] = [
        list(head),
        [(day - datetime(1899, 12, 30, tzinfo=UTC).date()).days, "tiktok", "juf.nele", "1", "ok"],
    ]
    sheet = google.new_spreadsheet("Ours", OURS | {"History": rows})
    outbox = tmp_path / ".sheetsync" / "outbox" / sheet
    outbox.mkdir(parents=True)
    (outbox / "1.json").write_text("{}")
    checks = examine(sheet, robot(google))
    assert checks["last run"].detail.startswith(f"the newest row is of {day}, 5 days ago")
    assert "schedule" in checks["last run"].hint
    assert checks["outbox"].detail == "1 change waiting"
    assert (outbox / "1.json").exists()


@pytest.mark.parametrize(
    ("trouble", "name", "detail", "hint", "code"),
    [
        ("not shared", "sheet", "not shared with robot@", f"Share it with {oauth.EMAIL} as Editor.", 3),
        ("viewer", "may write", "reading only", f"Share it with {oauth.EMAIL} as Editor, not as Viewer.", 3),
        ("API off", "Sheets API", "not switched on", "https://console.developers.google.com/", 3),
        ("wrong id", "sheet", "no spreadsheet with this id", "between /d/ and /edit", 4),
        ("mangled", "credentials", "lost its line breaks", "Paste the whole JSON", 3),
        ("half", "credentials", "no JSON", "Paste the whole JSON", 3),
        ("clock", "token", "clock of this computer is wrong", "Set the clock", 3),
        ("revoked", "token", "was revoked", "Make a new key", 3),
        ("deleted", "token", "was deleted", "Make a new one", 3),
        ("Office", "sheet", "Excel file", "Save as Google Sheets", 4),
        ("not there", "Google", "could not be reached", "internet", 4),
        ("HTML", "Google", "no usable answer", "again later", 4),
        ("no tab", "tabs and headers", "no tab “Accounts”", "`sheetsync init` makes it", 4),
        ("blank tab", "tabs and headers", "Accounts has no headers", "Write “account”", 4),
        ("table", "tabs and headers", "native table", "Revert", 4),
        ("protected", "tabs and headers", "protected", "Remove the protection", 4),
        ("no link", "address", "not the link", "Copy it", 4),
    ],
)
def test_each_way_to_get_it_wrong_is_answered_with_the_right_step(
    google: Google, trouble: str, name: str, detail: str, hint: str, code: int
) -> None:
    sheet = google.new_spreadsheet("Ours", dict(OURS))
    environment = robot(google)
    sheet, environment = _arrange(google, trouble, sheet, environment)
    checks = examine(sheet, environment)
    assert red(checks) == [name]
    assert detail in checks[name].detail
    assert hint in checks[name].hint
    assert doctor.exit_code(checks.values()) == code
    said = doctor.as_json(checks.values())
    assert not any(secret in said for secret in ("BEGIN PRIVATE", "access-token", "MII", "assertion"))


def _arrange(google: Google, trouble: str, sheet: str, environment: dict[str, str]) -> tuple[str, dict[str, str]]:
    key, people = google.credentials(), google.people(sheet)
    arrange: dict[str, Callable[[], object]] = {
        "not shared": lambda: google.share(sheet, "none"),
        "viewer": lambda: google.share(sheet, "viewer"),
        "API off": lambda: setattr(google, "api_enabled", False),
        "Office": lambda: setattr(google.book(sheet), "office", True),
        "HTML": lambda: google.faults.every(faults.html_status(502)),
        "clock": lambda: setattr(google.tokens, "always", oauth.WRONG_CLOCK),
        "revoked": lambda: setattr(google.tokens, "always", oauth.WRONG_KEY),
        "deleted": lambda: setattr(google.tokens, "always", oauth.NO_ACCOUNT),
        "blank tab": lambda: people.delete_rows("Accounts", 1, 3),
        "no tab": lambda: people.rename_tab("Accounts", "Sheet1"),
        "table": lambda: people.make_table("History", "A1:C1"),
        "protected": lambda: people.protect("History"),
    }
    if trouble in ("table", "protected"):
        people.add_tab("History", [["date", "platform", "account"]])
    arrange.get(trouble, lambda: None)()
    sheets = {"wrong id": "1" + "x" * 43, "no link": "https://docs.google.com/document/d/" + "x" * 44}
    secrets = {
        "mangled": json.dumps(key | {"private_key": key["private_key"].replace("\n", "\\n")}),
        "half": '{"type": ',
    }
    environment |= {"SHEETSYNC_CREDENTIALS": secrets[trouble]} if trouble in secrets else {}
    environment |= {"SHEETS_EMULATOR_HOST": "127.0.0.1:9"} if trouble == "not there" else {}
    return sheets.get(trouble, sheet), environment
