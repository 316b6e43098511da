"""Files for schedulers: what is in them, and that the schedulers themselves take them."""

import shutil
import subprocess
import sys
from datetime import time
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from sheetsync.cli import main
from sheetsync.errors import ConfigError
from sheetsync.schedule import ENV_FILE, Home, cron, github, slots, systemd, windows

HOME = Home(PurePosixPath("/opt/sheet sync/bin/sheetsync"), PurePosixPath("/home/an/100% mine"))
SIX = time(6)
ACTION = "someone/sheetsync@0123456789012345678901234567890123456789"
WORKFLOW = """\
# One row an account and day. The first run that succeeds writes it; the later ones see it and stop.
name: sheetsync
on:
  schedule:
    - cron: "17 6 * * *"
      timezone: Europe/Brussels
    - cron: "43 12 * * *"
      timezone: Europe/Brussels
    - cron: "29 18 * * *"
      timezone: Europe/Brussels
  workflow_dispatch:
permissions: {}
concurrency:
  group: sheetsync
  cancel-in-progress: false
jobs:
  run:
    runs-on: ubuntu-latest
    timeout-minutes: 150
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: false
      - uses: someone/sheetsync@0123456789012345678901234567890123456789
        with:
          sheet: ${{ vars.SHEETSYNC_SHEET }}
          credentials: ${{ secrets.SHEETSYNC_CREDENTIALS }}
"""


@pytest.mark.parametrize("minute", range(0, 24 * 60, 5))
def test_there_are_three_different_slots_and_none_at_a_quarter(minute: int) -> None:
    found = slots(time(*divmod(minute, 60)))
    assert len(set(found)) == 3
    assert [at for at in found if at.minute % 15 == 0] == []


def test_the_workflow_is_as_agreed() -> None:
    assert github(SIX, "Europe/Brussels", ACTION, wif=False) == WORKFLOW


def test_with_federation_there_is_no_key_in_the_workflow() -> None:
    text = github(SIX, "UTC", ACTION, wif=True)
    assert "secrets." not in text
    assert "      contents: read\n      id-token: write" in text
    assert "google-github-actions/auth@" in text


@pytest.mark.parametrize("action", ["", "sheetsync", "a/b", "a/b@c\n      - run: evil", "a/b@c d"])
def test_what_is_no_action_is_refused(action: str) -> None:
    with pytest.raises(ConfigError, match="does not name an action"):
        github(SIX, "UTC", action, wif=False)


def test_a_crontab_line_keeps_blanks_and_percent_signs() -> None:
    first, _, _ = cron(SIX, HOME).splitlines()
    assert first == (
        "17 6 * * * cd '/home/an/100\\% mine' && "
        "{ [ ! -r sheetsync.env ] || { set -a; . ./sheetsync.env; set +a; }; } && "
        "'/opt/sheet sync/bin/sheetsync' run >>sheetsync.log 2>&1"
    )


def test_the_command_of_a_crontab_line_runs_in_its_folder_with_its_settings(tmp_path: Path) -> None:
    folder = tmp_path / "my 100% sheet"
    folder.mkdir()
    (folder / ENV_FILE).write_text("SAID='hello there'\n", encoding="utf-8")
    program = tmp_path / "shows it"
    program.write_text('#!/bin/sh\necho "$1 $SAID $PWD"\n', encoding="utf-8")
    program.chmod(0o700)
    line = cron(SIX, Home(program, folder)).splitlines()[0]
    command = line.split(" ", 5)[5].replace("\\%", "%")  # as crontab(5) reads it
    subprocess.run(["/bin/sh", "-c", command], check=True, cwd="/", timeout=30)  # noqa: S603
    assert (folder / "sheetsync.log").read_text(encoding="utf-8") == f"run hello there {folder}\n"


def test_systemd_takes_the_timer_and_the_service(tmp_path: Path) -> None:
    folder = tmp_path / "my 100% $HOME sheet"
    folder.mkdir()
    files = systemd(SIX, "Europe/Brussels", Home(Path(sys.executable), folder))
    assert "OnCalendar=*-*-* 06:17:00 Europe/Brussels\n" in files["sheetsync.timer"]
    assert "/my 100%% $HOME sheet\n" in files["sheetsync.service"]
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    if not (verifier := shutil.which("systemd-analyze")):
        pytest.skip("there is no systemd on this machine")
    for name in files:
        ended = subprocess.run(  # noqa: S603 - systemd's own check of our files
            [verifier, "verify", "--user", tmp_path / name], capture_output=True, text=True, check=False, timeout=60
        )
        assert [line for line in (ended.stdout + ended.stderr).splitlines() if "sheetsync." in line] == []


def test_windows_gets_a_task_with_three_triggers() -> None:
    root = ET.fromstring(windows(SIX, Home(HOME.program, PurePosixPath("/a & b"))).encode("utf-16"))  # noqa: S314
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert [at.text for at in root.iterfind(".//t:StartBoundary", space)] == [
        "2026-01-01T06:17:00",
        "2026-01-01T12:43:00",
        "2026-01-01T18:29:00",
    ]
    assert root.findtext(".//t:WorkingDirectory", namespaces=space) == "/a & b"


@pytest.mark.usefixtures("alone")
def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    command = ["schedule", "github", "--timezone", "Europe/Brussels", "--action", ACTION]
    first = CliRunner().invoke(main, command)
    assert "was written." in first.output
    assert "gh secret set SHEETSYNC_CREDENTIALS" in first.output
    file = tmp_path / ".github/workflows/sheetsync.yml"
    assert file.read_text(encoding="utf-8") == WORKFLOW
    assert "is as it should be." in CliRunner().invoke(main, command).output
    file.write_text("mine", encoding="utf-8")
    refused = CliRunner().invoke(main, command)
    assert (refused.exit_code, file.read_text(encoding="utf-8")) == (2, "mine")
    assert "--force" in refused.output
    assert CliRunner().invoke(main, [*command, "--force"]).exit_code == 0
    assert file.read_text(encoding="utf-8") == WORKFLOW


@pytest.mark.usefixtures("alone")
def test_home_runners_get_their_files(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["schedule", "cron"]).exit_code == 0
    assert CliRunner().invoke(main, ["schedule", "systemd"]).exit_code == 0
    assert CliRunner().invoke(main, ["schedule", "windows"]).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"sheetsync.timer", "sheetsync.service", "sheetsync.xml"}
    assert (tmp_path / "sheetsync.xml").read_text(encoding="utf-16").startswith("<?xml")


@pytest.mark.usefixtures("alone")
def test_an_unknown_zone_is_refused() -> None:
    ended = CliRunner().invoke(main, ["schedule", "systemd", "--timezone", "Middle/Earth"])
    assert (ended.exit_code, "is no time zone" in ended.output) == (2, True)
