"""``sheetsync forget``."""

import os
from pathlib import Path

import click

from sheetsync.options import agreed, config_options, examples, settings_of, sheet_option


@click.command(epilog=examples("forget @bakery.lotte --sheet my-folder"))
@sheet_option
@config_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("handle")
def forget(sheet: str | None, config: Path | None, platforms: Path | None, yes: bool, handle: str) -> None:  # noqa: FBT001
    """Take all rows of an account out.

    Removes them from History and Posts, after asking; those under an earlier handle of the same account, too. The
    list of accounts is yours: take the handle out of it, or the next run begins anew.
    """
    from sheetsync import upkeep

    settings = settings_of(config, sheet, platforms)
    account = upkeep.named_account(handle, settings)
    whole = upkeep.whole_sheet(settings, os.environ)
    lines = upkeep.lines_of(whole, account)
    if not lines:
        click.echo(f"There are no rows of {account.url}.")
    elif yes or agreed(f"Take out {len(lines)} rows of {account.url}? They cannot be brought back"):
        whole.erase([line.place for line in lines])
        click.echo(f"{len(lines)} rows of {account.url} were taken out.")
    else:
        return
    click.echo("Take the handle out of your list of accounts, too: else the next run adds a row again.", err=True)
