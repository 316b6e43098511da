"""The commands: load, call, print, exit; they decide nothing.

Whatever a command needs beyond click is imported when it runs, so that ``--help`` stays quick.
"""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from sheetsync import __version__
from sheetsync.errors import AccountError, SheetsyncError, printable
from sheetsync.options import config_options, examples, settings_of, settings_with, sheet_option

_INTERRUPTED = 130
_UNSOUND = 1
_DAY = click.DateTime(["%Y-%m-%d"])


class Edge(click.Group):
    """The one place where an error becomes a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        """Run the command; print ``error:`` and ``hint:`` for what a person can mend."""
        try:
            return super().invoke(ctx)
        except SheetsyncError as error:
            if ctx.params.get("debug"):
                raise
            _give_up(error)
        except (KeyboardInterrupt, click.Abort):
            click.secho("stopped", err=True, fg="yellow")
            sys.exit(_INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            click.secho(
                f"error: something in sheetsync itself went wrong ({type(error).__name__}).", err=True, fg="red"
            )
            click.echo("hint: run it again as `sheetsync --debug …` and report what it prints.", err=True)
            sys.exit(1)


def _give_up(error: SheetsyncError) -> NoReturn:
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


@main.command(epilog=examples("run --sheet my-folder", "run --sheet my-folder @one @two --dry-run"))
@sheet_option
@config_options
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Date the rows this day instead of today.",
)
@click.option("--dry-run", is_flag=True, help="Visit and read, but write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option(
    "--fail-on",
    type=click.Choice(["none", "any", "all"]),
    default="none",
    show_default=True,
    help="Exit with 5 when any, or all, entries have no row today.",
)
@click.argument("handles", nargs=-1, metavar="[HANDLE]...")
def run(  # noqa: PLR0913, PLR0917 - one parameter for each option
    sheet: str | None,
    config: Path | None,
    platforms: Path | None,
    day: datetime | None,
    dry_run: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    fail_on: str,
    handles: tuple[str, ...],
) -> None:
    """Visit every account, append today's row for each.

    Accounts that have their row of the day are not visited again, so running twice does nothing twice. HANDLEs limit
    the run to those accounts; one that is not in the sheet is visited all the same.
    """
    from sheetsync import report as reports
    from sheetsync.progress import Onlooker
    from sheetsync.run import Options
    from sheetsync.trip import make_trip

    settings = settings_of(config, sheet, platforms)
    options = Options(settings.platform, day.date() if day else None, handles, dry_run)
    with Onlooker(quiet=as_json and not sys.stderr.isatty()) as onlooker:
        report = make_trip(settings, options, onlooker, os.environ)
    if as_json:
        click.echo(reports.as_json(report))
    else:
        reports.show([reports.as_table(report)])
    if report.interrupted:
        sys.exit(_INTERRUPTED)
    if report.failures and (fail_on == "any" or (fail_on == "all" and not report.appended and not report.present)):
        sys.exit(AccountError.exit_code)


@main.command("try", epilog=examples("try @tiktok", "try https://www.tiktok.com/@tiktok --json"))
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


@main.command(epilog=examples("xpath https://example.org/ //h1"))
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


@main.command("platforms", epilog=examples("platforms", "platforms --platforms my-platforms"))
@config_options
def list_platforms(config: Path | None, platforms: Path | None) -> None:
    """What can be followed.

    Read from the platform files: each platform, what people may type, and the fields it gives.
    """
    from sheetsync import report as reports
    from sheetsync.platform_file import load_platforms

    settings = settings_of(config, None, platforms)
    reports.show([reports.as_platforms(load_platforms(Path(settings.platforms) if settings.platforms else None))])


@main.command(epilog=examples("demo", "demo --folder four-weeks"))
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


@main.command(epilog=examples("init", "init --sheet https://docs.google.com/spreadsheets/d/…/edit --yes"))
@sheet_option
@config_options
@click.option("--examples/--no-examples", default=None, help="Type example handles where there are none.")
@click.option("--try/--no-try", "visit", default=None, help="Visit one account, to see its numbers.")
@click.option(
    "--wait", type=click.IntRange(0, 3600), default=600, show_default=True, help="Seconds for you to share the sheet."
)
@click.option("--yes", is_flag=True, help="Ask nothing, and do all that is offered.")
def init(sheet: str | None, config: Path | None, platforms: Path | None, **wishes: Any) -> None:  # noqa: ANN401
    """Set up a sheet: the first five minutes.

    Asks for the sheet, tells which address to share it with and waits for that, makes the tabs that are missing, and
    writes sheetsync.toml. What is there stays as it is, so doing it again does no harm.
    """
    import time

    from sheetsync import first_steps as steps
    from sheetsync.config import FILE
    from sheetsync.trip import utc_now

    file = config or Path(FILE)
    settings = settings_with(steps.known_settings(file, os.environ), sheet, platforms)
    talk = steps.Talk(click.prompt, lambda text: click.confirm(text, default=True), click.echo, sys.stdin.isatty())
    steps.take_first_steps(
        settings, steps.Wishes(**wishes, file=file), talk, steps.World(os.environ, utc_now, time.sleep)
    )


@main.command(epilog=examples("doctor --sheet my-folder", "doctor --live"))
@sheet_option
@config_options
@click.option("--live", is_flag=True, help="Visit the sample account of each platform, too.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of checks.")
def doctor(sheet: str | None, config: Path | None, platforms: Path | None, live: bool, as_json: bool) -> None:  # noqa: FBT001
    """Try everything a run needs, write nothing.

    One line for each thing, from the settings to the last row; for what is wrong, the one step that is missing.
    """
    from sheetsync import doctor as checks
    from sheetsync.trip import utc_now

    examined = checks.examine(lambda: settings_of(config, sheet, platforms), os.environ, clock=utc_now, live=live)
    done = []
    for check in examined:
        done.append(check)
        for text, colour in () if as_json else checks.lines(check, sys.stdout.encoding):
            click.secho(text, fg=colour or None, nl=False)
    if as_json:
        click.echo(checks.as_json(done))
    sys.exit(checks.exit_code(done))


@main.command(epilog=examples("verify --sheet my-folder", "verify --repair"))
@sheet_option
@config_options
@click.option("--repair", is_flag=True, help="Take doubles out, after showing them and asking.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(
    sheet: str | None,
    config: Path | None,
    platforms: Path | None,
    repair: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Prove that no row stands twice and none is missing.

    Reads all of History and Posts, and names every double, every hole and every cell that is not what it should be.
    """
    from sheetsync import upkeep
    from sheetsync import verify as verdicts

    whole = upkeep.whole_sheet(settings_of(config, sheet, platforms), os.environ)
    verdict = upkeep.examine(whole)
    if as_json:
        click.echo(verdicts.as_json(verdict))
    else:
        for line in verdicts.as_text(verdict):
            click.echo(line)
    surplus = len(verdict.surplus)
    if repair and surplus and (yes or click.confirm(f"Take out {surplus} lines?", err=True)):
        click.echo(f"{upkeep.repair(whole, verdict)} lines were taken out.", err=True)
        verdict = upkeep.examine(whole)  # what nobody can repair is still there
    if not verdict.is_sound:
        sys.exit(_UNSOUND)


@main.command(
    "copy", epilog=examples("copy my-folder https://docs.google.com/spreadsheets/d/…/edit", "copy old new --dry-run")
)
@config_options
@click.option("--dry-run", is_flag=True, help="Say what would be copied, write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy_(
    config: Path | None,
    platforms: Path | None,
    dry_run: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    source: str,
    target: str,
) -> None:
    """Bring all rows from one sheet to another.

    FROM and TO are each a folder, or a spreadsheet's URL or id. FROM is only read. Rows of an account and day that TO
    has already are left out, so a copy that was cut off is finished by starting it again.
    """
    from sheetsync import transfer, upkeep
    from sheetsync.progress import Counting

    settings = settings_of(config, None, platforms)
    origin, there = (upkeep.named_sheet(name, settings, os.environ) for name in (source, target))
    done = transfer.plan(origin, there)
    if not dry_run and done:
        if not yes:
            click.echo(done.sentence("to copy"), err=True)
            click.confirm(f"Write them to {printable(there.name)}?", abort=True, err=True)
        with Counting(done.rows, quiet=as_json) as counting:
            done = transfer.copy(origin, there, counting.reached)
    click.echo(done.as_json(dry_run=dry_run) if as_json else done.sentence("to copy" if dry_run else "copied"))
