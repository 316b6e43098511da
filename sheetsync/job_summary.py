"""The outcome of a run where GitHub Actions shows it: a job summary, annotations and a step's outputs.

What the runner takes is told in https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from sheetsync.errors import SheetsyncError, printable
from sheetsync.model import Failure, Report, Row, Status
from sheetsync.report import account_name, as_json, changes, main_count, summary

SUMMARY_BYTES = 1024 * 1024
"""What a step may write; GitHub shows nothing of a longer summary."""

ANNOTATIONS = 10
"""Of each kind and step, GitHub drops what comes after the tenth."""

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~<>&@:.-])")
_SPARE = 200  # for the line that says how much is left out
_PASSING = (Status.SUSPECT, Status.NOT_UNDERSTOOD)


def as_markdown(report: Report, most: int = SUMMARY_BYTES) -> str:
    """The outcome first, then trouble with its reasons, then the accounts, folded.

    Args:
        report: What the run found.
        most: How many bytes of UTF-8 the text may have; what does not fit is counted, never silently left out.
    """
    text = f"## {_plain(summary(report))}\n\n"
    text += "".join(f"> {_plain(notice)}\n\n" for notice in report.notices[:ANNOTATIONS])
    if report.failures:
        head = "### Without a row today\n\n| entry | status | why |\n|---|---|---|\n"
        text = _fitted(text, head, [_failure(failure) for failure in report.failures], "\n", most)
    if report.appended:
        moved = changes(report)
        rows = [_row(row, moved.get(row.key)) for row in report.appended]
        head = f"<details><summary>{len(rows):,} accounts with a new row</summary>\n\n"
        head += "| account | platform | status | followers / views | change |\n|---|---|---|---:|---:|\n"
        text = _fitted(text, head, rows, "\n</details>\n", most)
    return text


def _fitted(text: str, head: str, lines: list[str], tail: str, most: int) -> str:
    left = most - len((text + head + tail).encode()) - _SPARE
    if left < 0:
        return text + f"… and {len(lines):,} lines for which there is no room here.\n"
    shown = []
    for line in lines:
        left -= len(line.encode())
        if left < 0:
            break
        shown.append(line)
    rest = len(lines) - len(shown)
    more = f"\n… and {rest:,} more, for which there is no room here.\n" if rest else ""
    return text + head + "".join(shown) + more + tail


def _row(row: Row, moved: int | None) -> str:
    count = main_count(row)
    shown = f"{count:,}" if count is not None else ""
    about = "about " if shown and "rounded:" in row.note else ""
    change = f"{moved:+,}" if moved is not None else ""
    name = _plain(account_name(row.account))
    return f"| {name} | {_plain(row.account.platform)} | {row.status} | {about}{shown} | {change} |\n"


def _failure(failure: Failure) -> str:
    return f"| {_plain(failure.entry.text)} | {failure.status} | {_plain(failure.detail)} |\n"


def _plain(text: str, most: int = 500) -> str:
    """Text of others, on one line, that Markdown and HTML leave as it is."""
    line = " ".join(printable(text).split())
    return _MARKUP.sub(r"\\\1", line if len(line) <= most else line[: most - 1] + "…")


def annotations(report: Report) -> tuple[str, ...]:
    """Workflow commands for what went wrong, at most ten; the last says how many more there are."""
    shown = report.failures if len(report.failures) <= ANNOTATIONS else report.failures[: ANNOTATIONS - 1]
    commands = [_command(_level(one), f"{one.entry.text.strip()}: {one.status}", one.detail) for one in shown]
    if rest := len(report.failures) - len(shown):
        commands.append(_command("warning", "sheetsync", f"{rest:,} more entries have no row today; see the summary."))
    return tuple(commands)


def _level(failure: Failure) -> str:
    return "warning" if failure.status in _PASSING else "error"


def _command(level: str, title: str, message: str) -> str:
    """A workflow command, in which nothing that was read can begin another one."""
    named = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={named}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def outputs(report: Report) -> str:
    """``appended``, ``failed`` and ``report-json``, as the file that ``GITHUB_OUTPUT`` names takes them."""
    dumped = json.dumps(json.loads(as_json(report)))  # ASCII on one line: nothing in it can end the value
    return f"appended={len(report.appended)}\nfailed={len(report.failures)}\nreport-json={dumped}\n"


def tell(report: Report, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Write summary and outputs where a runner wants them.

    Returns:
        The annotations, to be printed; none when this is no GitHub runner.
    """
    _append(environment.get("GITHUB_STEP_SUMMARY"), as_markdown(report))
    _append(environment.get("GITHUB_OUTPUT"), outputs(report))
    return annotations(report) if _is_runner(environment) else ()


def tell_trouble(error: SheetsyncError, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The same for a run that was stopped as a whole."""
    hint = f"\n\n{_plain(error.hint)}" if error.hint else ""
    _append(environment.get("GITHUB_STEP_SUMMARY"), f"## The run was stopped\n\n{_plain(str(error))}{hint}\n")
    _append(environment.get("GITHUB_OUTPUT"), "appended=0\nfailed=0\n")
    return (_command("error", "sheetsync", f"{error} {error.hint}".strip()),) if _is_runner(environment) else ()


def _is_runner(environment: Mapping[str, str]) -> bool:
    return environment.get("GITHUB_ACTIONS") == "true"


def _append(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
