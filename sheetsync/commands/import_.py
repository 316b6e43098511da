"""``sheetsync import``."""

from collections.abc import Mapping
from pathlib import Path

import click

from sheetsync.options import config_options, examples, settings_of


@click.command("import", epilog=examples("import old-sheet.xlsx", "import old-sheet.xlsx --into my-platforms"))
@config_options
@click.option("--into", type=click.Path(path_type=Path), metavar="DIR", help="Write the platform files there.")
@click.argument("file", type=click.Path(path_type=Path))
def import_(config: Path | None, platforms: Path | None, into: Path | None, file: Path) -> None:
    """IMPORTXML formulas become platform files.

    FILE is a spreadsheet saved as .xlsx, or a CSV that shows formulas. Says for each import formula what it
    becomes, or why it cannot be carried over. Without --into nothing is written.
    """
    from sheetsync.carry_over import carry_over
    from sheetsync.errors import printable
    from sheetsync.trip import known_platforms
    from sheetsync.workbook import read_workbook

    result = carry_over(read_workbook(file), known_platforms(settings_of(config, None, platforms)))
    for one in result.found:
        outcome = f"becomes {one.becomes}" if one.becomes else f"not carried over: {one.reason}"
        click.echo(printable(f"{one.place}  {one.formula}\n    {outcome}".replace("\t", " ")))
    carried = sum(bool(one.becomes) for one in result.found)
    click.echo(f"{len(result.found)} import formulas, {carried} carried over.")
    if into is not None:
        _write(into, result.files)
    if result.accounts:
        click.echo("\nFor the account column of Accounts:")
        click.echo(printable("\n".join(result.accounts)))


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
