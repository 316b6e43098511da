"""``sheetsync schedule``."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sheetsync.options import examples

if TYPE_CHECKING:
    from sheetsync.schedule import Home

_time = click.option(
    "--time",
    "start",
    type=click.DateTime(["%H:%M"]),
    default="06:00",
    show_default=True,
    metavar="HH:MM",
    help="When the first of the day's three runs should be.",
)
_force = click.option("--force", is_flag=True, help="Replace a file that says something else.")


def _known_zone(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    from zoneinfo import available_timezones

    if value not in available_timezones():
        raise click.BadParameter(f"“{value}” is no time zone; write it as in Europe/Brussels.")
    return value


_timezone = click.option(
    "--timezone", default="UTC", show_default=True, callback=_known_zone, metavar="ZONE", help="The zone of --time."
)


@click.group(epilog=examples("schedule github --timezone Europe/Brussels --action OWNER/sheetsync@COMMIT"))
def schedule() -> None:
    """Let it run every day by itself.

    Writes what GitHub, cron, systemd or Windows needs for three runs a day. The first that succeeds writes the day's
    rows, the others find them and stop.
    """


@schedule.command(epilog=examples("schedule github --timezone Europe/Brussels --action OWNER/sheetsync@COMMIT"))
@_time
@_timezone
@_force
@click.option("--action", required=True, metavar="OWNER/REPO@COMMIT", help="Where sheetsync's action is.")
@click.option("--wif", is_flag=True, help="Sign in by Workload Identity Federation instead of a key.")
def github(start: datetime, timezone: str, action: str, wif: bool, force: bool) -> None:  # noqa: FBT001
    """A workflow for GitHub Actions, in .github/workflows."""
    from sheetsync import schedule as schedules

    text = schedules.github(start.time(), timezone, action, wif=wif)
    _write(Path(".github/workflows/sheetsync.yml"), text, force=force)
    for line in schedules.github_steps(wif=wif):
        click.echo(line)


@schedule.command(epilog=examples("schedule cron --time 07:30"))
@_time
def cron(start: datetime) -> None:
    """Lines for a crontab, printed."""
    from sheetsync import schedule as schedules

    click.echo(schedules.cron(start.time(), _home()), nl=False)
    click.echo("Put these lines into `crontab -e`; the times are in this machine's zone.", err=True)


@schedule.command(epilog=examples("schedule systemd --timezone Europe/Brussels"))
@_time
@_timezone
@_force
def systemd(start: datetime, timezone: str, force: bool) -> None:  # noqa: FBT001
    """A timer and a service of your own user, in this folder."""
    from sheetsync import schedule as schedules

    for name, text in schedules.systemd(start.time(), timezone, _home()).items():
        _write(Path(name), text, force=force)
    click.echo("Then:\n  systemctl --user enable --now ./sheetsync.timer ./sheetsync.service")
    click.echo("  loginctl enable-linger      # so that it runs while you are logged out, too")


@schedule.command(epilog=examples("schedule windows --time 07:30"))
@_time
@_force
def windows(start: datetime, force: bool) -> None:  # noqa: FBT001
    """A task for Windows, in this folder."""
    from sheetsync import schedule as schedules

    _write(Path("sheetsync.xml"), schedules.windows(start.time(), _home()), encoding="utf-16", force=force)
    click.echo("Then:\n  schtasks /Create /TN sheetsync /XML sheetsync.xml")


def _home() -> "Home":
    import shutil

    from sheetsync.schedule import Home

    beside = Path(sys.executable).with_name("sheetsync")
    found = shutil.which("sheetsync", path=str(beside.parent)) or shutil.which("sheetsync") or str(beside)
    return Home(Path(found).absolute(), Path.cwd())


def _write(path: Path, text: str, *, encoding: str = "utf-8", force: bool) -> None:
    from sheetsync.errors import ConfigError

    raw = text.encode(encoding)
    try:
        if path.exists() and path.read_bytes() == raw:
            click.echo(f"{path} is as it should be.")
            return
        if path.exists() and not force:
            raise ConfigError(f"{path} is there already and says something else.", "Use --force to replace it.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.", "Check the folder's permissions.") from error
    click.echo(f"{path} was written.")
