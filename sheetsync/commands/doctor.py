"""``sheetsync doctor``."""

import os
import sys
from pathlib import Path

import click

from sheetsync.options import config_options, examples, settings_of, sheet_option


@click.command(epilog=examples("doctor --sheet my-folder", "doctor --live"))
@sheet_option
@config_options
@click.option("--live", is_flag=True, help="Visit the sample account of each platform, too.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of checks.")
def doctor(sheet: str | None, config: Path | None, platforms: Path | None, live: bool, as_json: bool) -> None:  # noqa: FBT001
    """Try everything a run needs, write nothing.

    One line for each thing, from the settings to the last row; for what is wrong, the one step that is missing.
    """
    from sheetsync import doctor as checks
    from sheetsync.trip import utc_now

    examined = checks.examine(lambda: settings_of(config, sheet, platforms), os.environ, clock=utc_now, live=live)
    done = []
    for check in examined:
        done.append(check)
        for text, colour in () if as_json else checks.lines(check, sys.stdout.encoding):
            click.secho(text, fg=colour or None, nl=False)
    if as_json:
        click.echo(checks.as_json(done))
    sys.exit(checks.exit_code(done))
