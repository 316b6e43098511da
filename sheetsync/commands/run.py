"""``sheetsync run``."""

import os
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from sheetsync.options import config_options, examples, settings_of, sheet_option

_INTERRUPTED = 130


@click.command(epilog=examples("run --sheet my-folder", "run --sheet my-folder @one @two --dry-run"))
@sheet_option
@config_options
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Date the rows this day instead of today.",
)
@click.option("--dry-run", is_flag=True, help="Visit and read, but write nothing.")
@click.option(
    "--shard",
    metavar="I/N",
    help="Visit only the I-th of N parts of the accounts; other runs do the rest. [env: SHEETSYNC_SHARD]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option(
    "--fail-on",
    type=click.Choice(["none", "any", "all"]),
    default="none",
    show_default=True,
    help="Exit with 5 when any, or all, entries have no row today.",
)
@click.argument("handles", nargs=-1, metavar="[HANDLE]...")
def run(  # noqa: PLR0913, PLR0917 - one parameter for each option
    sheet: str | None,
    config: Path | None,
    platforms: Path | None,
    day: datetime | None,
    dry_run: bool,  # noqa: FBT001
    shard: str | None,
    as_json: bool,  # noqa: FBT001
    fail_on: str,
    handles: tuple[str, ...],
) -> None:
    """Visit every account, append today's row for each.

    Accounts that have their row of the day are not visited again, so running twice does nothing twice. HANDLEs limit
    the run to those accounts; one that is not in the sheet is visited all the same.
    """
    from sheetsync import job_summary
    from sheetsync import report as reports
    from sheetsync.errors import AccountError, SheetsyncError
    from sheetsync.progress import Onlooker
    from sheetsync.run import Options
    from sheetsync.shard import parse_shard, shard_of
    from sheetsync.trip import make_trip

    settings = settings_of(config, sheet, platforms)
    part = parse_shard(shard) if shard else shard_of(os.environ)
    options = Options(settings.platform, day.date() if day else None, handles, dry_run, part)
    with Onlooker(quiet=as_json and not sys.stderr.isatty()) as onlooker:
        try:
            report = make_trip(settings, options, onlooker, os.environ)
        except SheetsyncError as error:
            _say(job_summary.tell_trouble(error, os.environ))
            raise
    if as_json:
        click.echo(reports.as_json(report))
    else:
        reports.show([reports.as_table(report)])
    _say(job_summary.tell(report, os.environ))
    if report.interrupted:
        sys.exit(_INTERRUPTED)
    if report.failures and (fail_on == "any" or (fail_on == "all" and not report.appended and not report.present)):
        sys.exit(AccountError.exit_code)


def _say(commands: Iterable[str]) -> None:
    """Workflow commands go to stderr, where a runner reads them too: stdout may be one JSON object."""
    for command in commands:
        click.echo(command, err=True)
