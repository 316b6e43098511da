"""``sheetsync xpath``."""

import os
from pathlib import Path

import click

from sheetsync.options import config_options, examples, settings_of


@click.command(epilog=examples("xpath https://example.org/ //h1"))
@config_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of rows instead of tab-separated lines.")
@click.argument("url")
@click.argument("expression", metavar="EXPR")
def xpath(config: Path | None, platforms: Path | None, as_json: bool, url: str, expression: str) -> None:  # noqa: FBT001
    """What =IMPORTXML(URL; EXPR) gives.

    One line a match, columns separated by tabs. Unlike the formula, it says why there is nothing.
    """
    import json

    from sheetsync.trip import look_up

    rows = look_up(settings_of(config, None, platforms), url, expression, os.environ)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("\t".join(" ".join(cell.split()) for cell in row))
