"""``sheetsync demo``."""

from pathlib import Path

import click

from sheetsync.options import examples


@click.command(epilog=examples("demo", "demo --folder four-weeks"))
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where the local sheet is made; an earlier demo there is replaced.",
)
def demo(folder: Path) -> None:
    """See it work on sample pages.

    Lives through 28 days and leaves a local sheet with real rows; it needs no account and no internet.
    """
    from sheetsync.demo import live_through

    for line in live_through(folder):
        click.echo(line)
