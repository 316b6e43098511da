"""The commands: load, call, print, exit; they decide nothing.

Whatever a command needs beyond click is imported when it runs, so that ``--help`` stays quick.
"""

import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from sheetsync import __version__
from sheetsync.commands import Commands

if TYPE_CHECKING:
    from sheetsync.errors import SheetsyncError

_INTERRUPTED = 130


class Edge(Commands):
    """The one place where an error becomes a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command; print ``error:`` and ``hint:`` for what a person can mend."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            click.secho("stopped", err=True, fg="yellow")
            sys.exit(_INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            from sheetsync.errors import SheetsyncError  # noqa: PLC0415 - --help does without

            if ctx.params.get("debug"):
                raise
            if isinstance(error, SheetsyncError):
                _give_up(error)
            click.secho(
                f"error: something in sheetsync itself went wrong ({type(error).__name__}).", err=True, fg="red"
            )
            click.echo("hint: run it again as `sheetsync --debug …` and report what it prints.", err=True)
            sys.exit(1)


def _give_up(error: "SheetsyncError") -> NoReturn:
    click.secho("error: ", err=True, fg="red", nl=False)
    click.echo(str(error), err=True)
    if error.hint:
        click.secho("hint: ", err=True, fg="cyan", nl=False)
        click.echo(error.hint, err=True)
    sys.exit(error.exit_code)


@click.group(cls=Edge, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="sheetsync %(version)s")
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
def main(debug: bool) -> None:  # noqa: FBT001 - read by Edge
    """Public social-media numbers into your team's spreadsheet: one dated row per account, exactly once.

    \b
    Start here:
      sheetsync demo                          see it work on sample pages, no account needed
      sheetsync init                          set up your sheet, a Google spreadsheet or a folder
      sheetsync run --sheet my-folder         visit every handle in my-folder/Accounts.csv
      sheetsync try @tiktok                   look at one profile, write nothing
    """  # noqa: D301 - click reads the control character
