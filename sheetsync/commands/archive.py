"""``sheetsync archive``."""

import os
from datetime import datetime
from pathlib import Path

import click

from sheetsync.options import agreed, config_options, examples, settings_of, sheet_option


@click.command(epilog=examples("archive --sheet my-folder --before 2026-01-01 --to my-archive"))
@sheet_option
@config_options
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    metavar="YYYY-MM-DD",
    help="The first day whose rows stay.",
)
@click.option("--to", "target", required=True, metavar="TARGET", help="A folder, or a spreadsheet's URL or id.")
@click.option("--dry-run", is_flag=True, help="Say what would be moved, write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def archive(  # noqa: PLR0913, PLR0917 - one parameter for each option
    sheet: str | None,
    config: Path | None,
    platforms: Path | None,
    before: datetime,
    target: str,
    dry_run: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Move old rows out of a full sheet.

    Copies the rows before a day to TARGET, looks whether each has arrived as it was, and only then takes it out. Each
    account's newest row stays, because the next run compares with it. A move that was cut off is finished by starting
    it again.
    """
    from sheetsync import archive as archives
    from sheetsync import upkeep
    from sheetsync.errors import printable
    from sheetsync.progress import Counting

    settings = settings_of(config, sheet, platforms)
    source, there = upkeep.whole_sheet(settings, os.environ), upkeep.named_sheet(target, settings, os.environ)
    done = archives.plan(source, there, before.date())
    if not dry_run and done.rows:
        if not yes:
            click.echo(done.sentence("to move"), err=True)
            if not agreed(f"Move them to {printable(there.name)}, and take them out of {printable(source.name)}?"):
                raise click.Abort
        with Counting(done.rows, quiet=as_json) as counting:
            done = archives.archive(source, there, before.date(), counting.reached)
    click.echo(done.as_json(dry_run=dry_run) if as_json else done.sentence("to move" if dry_run else "moved"))
