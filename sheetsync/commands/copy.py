"""``sheetsync copy``."""

import os
from pathlib import Path

import click

from sheetsync.options import agreed, config_options, examples, settings_of


@click.command(
    "copy", epilog=examples("copy my-folder https://docs.google.com/spreadsheets/d/…/edit", "copy old new --dry-run")
)
@config_options
@click.option("--dry-run", is_flag=True, help="Say what would be copied, write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy_(
    config: Path | None,
    platforms: Path | None,
    dry_run: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    source: str,
    target: str,
) -> None:
    """Bring all rows from one sheet to another.

    FROM and TO are each a folder, or a spreadsheet's URL or id. FROM is only read. Rows of an account and day that TO
    has already are left out, so a copy that was cut off is finished by starting it again.
    """
    from sheetsync import transfer, upkeep
    from sheetsync.errors import printable
    from sheetsync.progress import Counting

    settings = settings_of(config, None, platforms)
    origin, there = (upkeep.named_sheet(name, settings, os.environ) for name in (source, target))
    done = transfer.plan(origin, there)
    if not dry_run and done:
        if not yes:
            click.echo(done.sentence("to copy"), err=True)
            if not agreed(f"Write them to {printable(there.name)}?"):
                raise click.Abort
        with Counting(done.rows, quiet=as_json) as counting:
            done = transfer.copy(origin, there, counting.reached)
    click.echo(done.as_json(dry_run=dry_run) if as_json else done.sentence("to copy" if dry_run else "copied"))
