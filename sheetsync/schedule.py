"""The files that make a scheduler run sheetsync: GitHub's, cron's, systemd's and Windows'.

Three runs a day, because a scheduler may come late or not at all: the first that succeeds writes the day's rows, the
others see them and stop. Everything here is text from arguments; nothing is written.
"""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from pathlib import PurePath
from xml.sax.saxutils import escape

from sheetsync.errors import ConfigError

ENV_FILE = "sheetsync.env"
"""Beside the sheet's settings: lines NAME=VALUE for runs at home, such as ``SHEETSYNC_CREDENTIALS=key.json``."""

_DAY = 24 * 60
_AFTER = (17, 6 * 60 + 43, 12 * 60 + 29)  # odd minutes: at full hours GitHub drops the most jobs
_CHECKOUT = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0"
_ASK_GOOGLE = "      id-token: write # Google checks which repository asks\n"
_SIGN_IN = """\
      - uses: google-github-actions/auth@7c6bc770dae815cd3e89ee6cdf493a5fab2cc093 # v3
        with:
          workload_identity_provider: ${{ vars.SHEETSYNC_PROVIDER }}
          service_account: ${{ vars.SHEETSYNC_ROBOT }}
"""
_KEY = "          credentials: ${{ secrets.SHEETSYNC_CREDENTIALS }}\n"
_ACTION = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+@[\w./-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Home:
    """Where sheetsync runs on a machine of one's own.

    Attributes:
        program: The command's full path.
        folder: The working directory, where ``sheetsync.toml`` is.
    """

    program: PurePath
    folder: PurePath


def slots(start: time) -> tuple[time, time, time]:
    """Three times of the day, the first soon after a start, none on a quarter of an hour."""
    first, second, third = (_at(start.hour * 60 + start.minute + after) for after in _AFTER)
    return first, second, third


def _at(minute: int) -> time:
    minute += 2 if minute % 15 == 0 else 0
    hours, minutes = divmod(minute % _DAY, 60)
    return time(hours, minutes)


def github(start: time, timezone: str, action: str, *, wif: bool) -> str:
    """A workflow for GitHub Actions.

    Args:
        start: When the first run of a day should be.
        timezone: The IANA name of the zone that `start` is in.
        action: sheetsync's own action, as ``OWNER/REPOSITORY@REF``.
        wif: Sign in by Workload Identity Federation instead of a key.

    Raises:
        ConfigError: `action` is not an action's name.
    """
    if not _ACTION.fullmatch(action):
        raise ConfigError(f"“{action}” does not name an action.", "Write it as OWNER/REPOSITORY@COMMIT.")
    crons = "\n".join(f'    - cron: "{at.minute} {at.hour} * * *"\n      timezone: {timezone}' for at in slots(start))
    return f"""\
# One row an account and day. The first run that succeeds writes it; the later ones see it and stop.
name: sheetsync
on:
  schedule:
{crons}
  workflow_dispatch:
permissions: {{}}
concurrency:
  group: sheetsync
  cancel-in-progress: false
jobs:
  run:
    runs-on: ubuntu-latest
    timeout-minutes: 150
    permissions:
      contents: read
{_ASK_GOOGLE if wif else ""}\
    steps:
      - uses: {_CHECKOUT}
        with:
          persist-credentials: false
{_SIGN_IN if wif else ""}\
      - uses: {action}
        with:
          sheet: ${{{{ vars.SHEETSYNC_SHEET }}}}
{"" if wif else _KEY}"""


def github_steps(*, wif: bool) -> tuple[str, ...]:
    """What remains to be done by a person, a line each."""
    sign_in = (
        (
            "gh variable set SHEETSYNC_PROVIDER   # projects/NUMBER/locations/global/workloadIdentityPools/…",
            "gh variable set SHEETSYNC_ROBOT      # the robot's e-mail address",
        )
        if wif
        else ("gh secret set SHEETSYNC_CREDENTIALS < key.json",)
    )
    return (
        "Commit and push the file, then:",
        *(f"  {line}" for line in sign_in),
        "  gh variable set SHEETSYNC_SHEET      # the spreadsheet's address",
        "Then, on GitHub: Actions → sheetsync → Run workflow, to see a first run.",
    )


def cron(start: time, home: Home) -> str:
    """Lines for a crontab; cron knows no time zone but the machine's."""
    quoted = shlex.quote(str(home.folder)), shlex.quote(str(home.program))
    settings = f"{{ [ ! -r {ENV_FILE} ] || {{ set -a; . ./{ENV_FILE}; set +a; }}; }}"
    command = f"cd {quoted[0]} && {settings} && {quoted[1]} run >>sheetsync.log 2>&1"
    escaped = command.replace("%", r"\%")  # crontab(5): an unescaped % ends the command
    return "".join(f"{at.minute} {at.hour} * * * {escaped}\n" for at in slots(start))


def systemd(start: time, timezone: str, home: Home) -> dict[str, str]:
    """A user's timer and service, by file name; see systemd.timer(5) and systemd.service(5)."""
    calendar = "\n".join(f"OnCalendar=*-*-* {at:%H:%M}:00 {timezone}" for at in slots(start))
    folder = str(home.folder).replace("%", "%%")
    timer = f"""\
[Unit]
Description=Today's rows for sheetsync, three chances a day

[Timer]
{calendar}
Persistent=true

[Install]
WantedBy=timers.target
"""
    service = f"""\
[Unit]
Description=sheetsync: one row an account and day

[Service]
Type=oneshot
WorkingDirectory={folder}
EnvironmentFile=-{folder}/{ENV_FILE}
ExecStart={_systemd_word(str(home.program))} run
TimeoutStartSec=9000
"""
    return {"sheetsync.timer": timer, "sheetsync.service": service}


def _systemd_word(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def windows(start: time, home: Home) -> str:
    """A task for ``schtasks /Create /XML``; Windows wants the file in UTF-16."""
    return f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>sheetsync: one row an account and day</Description></RegistrationInfo>
  <Triggers>
{_triggers(slots(start))}
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>
    <ExecutionTimeLimit>PT150M</ExecutionTimeLimit>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(str(home.program))}</Command>
      <Arguments>run</Arguments>
      <WorkingDirectory>{escape(str(home.folder))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def _triggers(times: Iterable[time]) -> str:
    return "\n".join(
        f"    <CalendarTrigger><StartBoundary>2026-01-01T{at:%H:%M}:00</StartBoundary>"
        "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay></CalendarTrigger>"
        for at in times
    )
