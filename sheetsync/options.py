"""What several commands share: their options, and the settings these make."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sheetsync.config import Config

sheet_option = click.option(
    "--sheet", metavar="TARGET", help="A folder, or a spreadsheet's URL or id. [env: SHEETSYNC_SHEET]"
)


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--config and --platforms."""
    path = click.Path(path_type=Path)
    command = click.option("--platforms", type=path, metavar="DIR", help="A folder with platform files of your own.")(
        command
    )
    return click.option("--config", type=path, metavar="FILE", help="Settings; by default ./sheetsync.toml, if there.")(
        command
    )


def agreed(question: str) -> bool:
    """Ask a person who has not said ``--yes``, on stderr.

    Raises:
        ConfigError: Nobody is there to answer.
    """
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():  # somebody is there, and pressed Ctrl-C
            raise
        from sheetsync.errors import ConfigError  # noqa: PLC0415 - --help does without it

        click.echo(err=True)
        raise ConfigError("There is a question, and nobody to answer it.", "Say --yes.") from None


def examples(*lines: str) -> str:
    """An epilog that click leaves as it is."""
    return "\b\nFor example:\n" + "\n".join(f"  sheetsync {line}" for line in lines)


def settings_of(config: Path | None, sheet: str | None, platforms: Path | None) -> "Config":
    """The settings, with what the command line says on top.

    Raises:
        ConfigError: A setting is wrong.
    """
    from sheetsync.config import load_config  # noqa: PLC0415 - --help does without it

    return settings_with(load_config(config, os.environ), sheet, platforms)


def settings_with(settings: "Config", sheet: str | None, platforms: Path | None) -> "Config":
    """Settings, with what the command line says on top."""
    import msgspec  # noqa: PLC0415 - the same

    given = {"sheet": sheet, "platforms": str(platforms) if platforms else None}
    return msgspec.structs.replace(settings, **{name: value for name, value in given.items() if value})
