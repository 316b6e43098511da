"""``sheetsync verify``."""

import os
import sys
from pathlib import Path

import click

from sheetsync.options import agreed, config_options, examples, settings_of, sheet_option

_UNSOUND = 1


@click.command(epilog=examples("verify --sheet my-folder", "verify --repair"))
@sheet_option
@config_options
@click.option("--repair", is_flag=True, help="Take doubles out, after showing them and asking.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(
    sheet: str | None,
    config: Path | None,
    platforms: Path | None,
    repair: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Prove that no row stands twice and none is missing.

    Reads all of History and Posts, and names every double, every hole and every cell that is not what it should be.
    """
    from sheetsync import upkeep
    from sheetsync import verify as verdicts

    whole = upkeep.whole_sheet(settings_of(config, sheet, platforms), os.environ)
    verdict = upkeep.examine(whole)
    if as_json:
        click.echo(verdicts.as_json(verdict))
    else:
        for line in verdicts.as_text(verdict):
            click.echo(line)
    surplus = len(verdict.surplus)
    if repair and surplus and (yes or agreed(f"Take out {surplus} lines?")):
        click.echo(f"{upkeep.repair(whole, verdict)} lines were taken out.", err=True)
        verdict = upkeep.examine(whole)  # what nobody can repair is still there
    if not verdict.is_sound:
        sys.exit(_UNSOUND)
