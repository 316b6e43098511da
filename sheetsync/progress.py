"""Somebody looks on: a progress bar with names on a terminal, a plain line for each account elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sheetsync.model import Account, Status

_EVERY_LINE = 50
"""Up to so many accounts a log gets a line each; of longer runs, trouble and every fiftieth."""


class Onlooker:
    """A context manager that is told how a run goes, and shows it on stderr.

    Args:
        quiet: Show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._total = 0
        self._done = 0
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:30.30}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console, transient=True) if console.is_terminal and not quiet else None
        self._task = self._bar.add_task("") if self._bar else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def begin(self, total: int) -> None:
        """So many accounts are going to be visited."""
        self._total = total
        if self._bar and self._task is not None and total:
            self._bar.update(self._task, total=total)
            self._bar.start()

    def visiting(self, account: Account) -> None:
        """This one is being visited now."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, description=escape(f"@{account.handle or account.post}"))

    def visited(self, account: Account, status: Status, detail: str) -> None:
        """This is how it ended."""
        self._done += 1
        if self._bar and self._task is not None:
            self._bar.advance(self._task)
        elif not self._quiet and (self._total <= _EVERY_LINE or not status.is_fact or self._done % _EVERY_LINE == 0):
            why = f": {detail}" if detail else ""
            name = f"@{account.handle or account.post}"
            sys.stderr.write(f"{self._done}/{self._total} {account.platform} {name} {status}{why}\n")


class Counting:
    """A context manager that shows on a terminal how many of so many rows are written, and nothing elsewhere.

    Args:
        total: How many rows there are to write.
        quiet: Show nothing.
    """

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        hidden = quiet or not console.is_terminal
        self._bar = Progress(*columns, console=console, transient=True, disable=hidden)
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def reached(self, written: int) -> None:
        """So many rows are written by now."""
        self._bar.update(self._task, completed=written)
