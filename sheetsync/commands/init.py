"""``sheetsync init``."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from sheetsync.options import config_options, examples, settings_with, sheet_option


@click.command(epilog=examples("init", "init --sheet https://docs.google.com/spreadsheets/d/…/edit --yes"))
@sheet_option
@config_options
@click.option("--examples/--no-examples", default=None, help="Type example handles where there are none.")
@click.option("--try/--no-try", "visit", default=None, help="Visit one account, to see its numbers.")
@click.option(
    "--wait", type=click.IntRange(0, 3600), default=600, show_default=True, help="Seconds for you to share the sheet."
)
@click.option("--yes", is_flag=True, help="Ask nothing, and do all that is offered.")
def init(sheet: str | None, config: Path | None, platforms: Path | None, **wishes: Any) -> None:  # noqa: ANN401
    """Set up a sheet: the first five minutes.

    Asks for the sheet, tells which address to share it with and waits for that, makes the tabs that are missing, and
    writes sheetsync.toml. What is there stays as it is, so doing it again does no harm.
    """
    import time

    from sheetsync import first_steps as steps
    from sheetsync.config import FILE
    from sheetsync.trip import utc_now

    file = config or Path(FILE)
    settings = settings_with(steps.known_settings(file, os.environ), sheet, platforms)
    talk = steps.Talk(click.prompt, lambda text: click.confirm(text, default=True), click.echo, sys.stdin.isatty())
    steps.take_first_steps(
        settings, steps.Wishes(**wishes, file=file), talk, steps.World(os.environ, utc_now, time.sleep)
    )
