"""``sheetsync try``."""

import os
from pathlib import Path

import click

from sheetsync.options import config_options, examples, settings_of


@click.command("try", epilog=examples("try @tiktok", "try https://www.tiktok.com/@tiktok --json"))
@config_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.argument("entries", nargs=-1, required=True, metavar="ENTRY...")
def try_(config: Path | None, platforms: Path | None, as_json: bool, entries: tuple[str, ...]) -> None:  # noqa: FBT001
    """Look at an account, write nothing.

    Shows each field, its value, whether it is exact or was rounded by the platform, and which way found it.
    """
    import json

    from sheetsync import report as reports
    from sheetsync.trip import look

    for account, profile in look(settings_of(config, None, platforms), entries, os.environ):
        if as_json:
            click.echo(json.dumps(reports.profile_json(account, profile), ensure_ascii=False))
        else:
            reports.show([reports.as_profile(account, profile)])
