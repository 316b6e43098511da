"""``sheetsync doctor``."""

import os
import sys
from contextlib import closing
from pathlib import Path

import click

from sheetsync.options import agreed, config_options, examples, settings_of, sheet_option


@click.command(epilog=examples("doctor --sheet my-folder", "doctor --live", "doctor --write-test"))
@sheet_option
@config_options
@click.option("--live", is_flag=True, help="Visit the sample account of each platform, too.")
@click.option("--write-test", is_flag=True, help="Try on a scratch tab what Google really does; it is removed again.")
@click.option("--yes", is_flag=True, help="Do not ask before the scratch tab is made.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of checks.")
def doctor(
    sheet: str | None,
    config: Path | None,
    platforms: Path | None,
    live: bool,  # noqa: FBT001
    write_test: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Try everything a run needs, write nothing.

    One line for each thing, from the settings to the last row; for what is wrong, the one step that is missing.

    With --write-test, it also tries what the one-row promise rests on, on a scratch tab in the Google spreadsheet, and
    says what Google did and what sheetsync relies on. It asks first, and removes the tab whatever happens.
    """
    from sheetsync import doctor as checks
    from sheetsync.errors import ConfigError
    from sheetsync.trip import utc_now

    if write_test and not yes and not sys.stdin.isatty():
        raise ConfigError("The write test asks before it writes, and there is nobody to answer.", "Say --yes.")
    examined = checks.examine(
        lambda: settings_of(config, sheet, platforms),
        os.environ,
        clock=utc_now,
        live=live,
        write_test=(_agree if yes else _ask) if write_test else None,
    )
    done = []
    with closing(examined):
        for check in examined:
            done.append(check)
            for text, colour in () if as_json else checks.lines(check, sys.stdout.encoding):
                click.secho(text, fg=colour or None, nl=False)
    if as_json:
        click.echo(checks.as_json(done))
    sys.exit(checks.exit_code(done))


def _ask(question: str) -> None:
    if not agreed(question):
        raise click.Abort


def _agree(_question: str) -> None:
    """Say yes without asking."""
