"""One module a command: load, call, print; they decide nothing.

A command is imported when it is run, and whatever it needs beyond click when it works. ``--help`` knows the commands
from the table here, and stays quick.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

import click


class Place(NamedTuple):
    """Where a command is, and what the list of commands says of it.

    Attributes:
        module: In this package.
        name: Of the command in the module.
        help: The first sentence of its help.
    """

    module: str
    name: str
    help: str


COMMANDS: Mapping[str, Place] = {
    "run": Place("run", "run", "Visit every account, append today's row for each."),
    "try": Place("try_", "try_", "Look at an account, write nothing."),
    "xpath": Place("xpath", "xpath", "What =IMPORTXML(URL; EXPR; LOCALE) gives."),
    "platforms": Place("platforms", "list_platforms", "What can be followed."),
    "demo": Place("demo", "demo", "See it work on sample pages."),
    "init": Place("init", "init", "Set up a sheet: the first five minutes."),
    "doctor": Place("doctor", "doctor", "Try everything a run needs, write nothing."),
    "verify": Place("verify", "verify", "Prove that no row stands twice and none is missing."),
    "copy": Place("copy", "copy_", "Bring all rows from one sheet to another."),
    "archive": Place("archive", "archive", "Move old rows out of a full sheet."),
    "import": Place("import_", "import_", "IMPORTXML formulas become platform files."),
    "forget": Place("forget", "forget", "Take all rows of an account out."),
    "schedule": Place("schedule", "schedule", "Let it run every day by itself."),
}


class Commands(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None when there is none."""
        if (place := COMMANDS.get(cmd_name)) is None:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(import_module(f"sheetsync.commands.{place.module}"), place.name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx) if name in COMMANDS])
