"""``sheetsync xpath``."""

import os
from pathlib import Path

import click

from sheetsync.options import config_options, examples, settings_of


@click.command(
    epilog=examples(
        "xpath https://example.org/ //h1",
        "xpath https://example.org/fans //b --locale nl_BE",
        "xpath https://example.org/ --json user.followers",
    )
)
@config_options
@click.option("--format", "form", type=click.Choice(["tsv", "json"]), default="tsv", help="How rows are printed.")
@click.option("--exact", is_flag=True, help="Keep the white space around and in text, as the page has it.")
@click.option("--json", "path", metavar="PATH", help="Look into the page's JSON; EXPR then names the scripts.")
@click.option("--locale", default="", metavar="LOCALE", help="Counts in this language become digits: nl_BE, de, en_GB.")
@click.argument("url")
@click.argument("expression", metavar="[EXPR]", default="")
def xpath(  # noqa: PLR0913 - one a word of the command line
    *,
    config: Path | None,
    platforms: Path | None,
    form: str,
    exact: bool,
    path: str | None,
    locale: str,
    url: str,
    expression: str,
) -> None:
    """What =IMPORTXML(URL; EXPR; LOCALE) gives.

    One line a match, columns separated by tabs. Unlike the formula, it says why there is nothing.
    """
    import json

    from sheetsync.errors import printable
    from sheetsync.importxml import Wish
    from sheetsync.trip import look_up

    found = look_up(settings_of(config, None, platforms), url, expression, os.environ, Wish(exact, locale), path or "")
    rows = [[printable(cell.replace("\r\n", "\n")) for cell in row] for row in found]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False))
    elif exact:
        click.echo(_quoted(rows), nl=False)
    else:
        click.echo("\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows))


def _quoted(rows: list[list[str]]) -> str:
    """Tab-separated with quotes where a cell holds a tab or a line break, so that both can be read back."""
    import csv
    import io

    into = io.StringIO()
    csv.writer(into, delimiter="\t", lineterminator="\n").writerows(rows)
    return into.getvalue()
