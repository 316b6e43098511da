"""``sheetsync import``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sheetsync.options import config_options, examples, settings_of, sheet_option

if TYPE_CHECKING:
    from sheetsync.workbook import Cells


@click.command(
    "import",
    epilog=examples("import old-sheet.xlsx", "import --sheet 'https://docs.google.com/…/edit' --into my-platforms"),
)
@config_options
@sheet_option
@click.option("--into", type=click.Path(path_type=Path), metavar="DIR", help="Write the platform files there.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def import_(
    config: Path | None, platforms: Path | None, sheet: str | None, into: Path | None, file: Path | None
) -> None:
    """IMPORTXML formulas become platform files.

    FILE is a spreadsheet saved as .xlsx, or a CSV that shows formulas; --sheet reads a Google spreadsheet.
    Says for each import formula what it becomes, or why it cannot be carried over. Without --into nothing
    is written.
    """
    from sheetsync.carry_over import carry_over
    from sheetsync.doctor.words import many
    from sheetsync.errors import printable
    from sheetsync.trip import known_platforms

    settings = settings_of(config, sheet, platforms)
    result = carry_over(_tabs(file, settings.sheet), known_platforms(settings))
    for one in result.found:
        outcome = f"becomes {one.becomes}" if one.becomes else f"not carried over: {one.reason}"
        click.echo(printable(f"{one.place}  {one.formula}\n    {outcome}".replace("\t", " ")))
    carried = sum(bool(one.becomes) for one in result.found)
    click.echo(f"{many(len(result.found), 'import formula')}, {carried} carried over.")
    if into is not None:
        _write(into, result.files)
    if result.accounts:
        click.echo("\nFor the account column of Accounts:")
        click.echo(printable("\n".join(result.accounts)))


def _tabs(file: Path | None, sheet: str) -> "Mapping[str, Cells]":
    import os

    from sheetsync.errors import ConfigError
    from sheetsync.sheets import is_spreadsheet
    from sheetsync.trip import utc_now
    from sheetsync.workbook import read_workbook

    if file is not None:
        return read_workbook(file)
    if not is_spreadsheet(sheet):
        raise ConfigError(
            "No file with formulas is named.", "Name an .xlsx or CSV file, or --sheet with a spreadsheet."
        )
    from sheetsync.sheets.written import read_written

    return read_written(sheet, environment=os.environ, clock=utc_now)


def _write(into: Path, files: Mapping[str, str]) -> None:
    """All files or none; one that is there already is never overwritten."""
    from sheetsync.errors import ConfigError

    for key in files:
        if (into / f"{key}.toml").exists():
            raise ConfigError(f"{into / key}.toml is there already.", "Name another folder, or move that file away.")
    try:
        into.mkdir(parents=True, exist_ok=True)
        for key, text in files.items():
            (into / f"{key}.toml").write_text(text, encoding="utf-8")
            click.echo(f"{into / key}.toml written; use it with --platforms {into}")
    except OSError as error:
        raise ConfigError(f"{into} cannot be written: {error.strerror}.", "Name another folder.") from error
