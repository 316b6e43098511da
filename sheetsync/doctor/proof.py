"""What sheetsync relies on, proved on the user's own spreadsheet: on a scratch tab, which is removed."""

from collections.abc import Callable, Iterator, Sequence

from sheetsync.doctor.checks import Check, Found, Step, go_through
from sheetsync.doctor.experiments import EXPERIMENTS, Experiment
from sheetsync.doctor.words import many
from sheetsync.errors import SheetUnavailableError
from sheetsync.sheets.scratch import Scratch

Ask = Callable[[str], object]
"""Asks a person whether to go on, and raises when the answer is no."""

_MADE = "write test: scratch tab"


class _Bench:
    """The scratch tab, and whether Google is still there."""

    def __init__(self, new: Callable[[], Scratch], title: Callable[[], str], ask: Ask) -> None:
        self._new = new
        self._title = title
        self._ask = ask
        self._lost: SheetUnavailableError | None = None
        self.lab: Scratch | None = None

    def make(self) -> Found:
        self._ask(
            f"The write test adds a tab to “{self._title()}”, writes to it for about a minute and removes it again."
            " No other tab is touched. Go on?"
        )
        self.lab = self._new()
        left = self.lab.make()
        before = f"; {many(left, 'tab')} of an earlier test was in the way and is removed" if left else ""
        return Found(f"“{self.lab.title}” was made{before}")

    def step(self, one: Experiment) -> Step:
        def look() -> Found:
            if self._lost or self.lab is None:
                raise self._lost or AssertionError
            try:
                return Found(one.act(self.lab))
            except SheetUnavailableError as error:
                self._lost = error  # there is no sense in waiting for it a dozen times more
                raise

        return Step(f"write test: {one.name}", look, (_MADE,), one.relies)

    def remove(self) -> Found:
        if self.lab:
            self.lab.remove()
        return Found("it is removed, and no note of the test is left that a commit could meet")


def prove(new: Callable[[], Scratch], title: Callable[[], str], ask: Ask, before: Sequence[Check]) -> Iterator[Check]:
    """Try everything on a scratch tab, which is gone at the end, however that comes.

    Args:
        new: Gives a scratch tab that is not made yet.
        title: Gives the title of the spreadsheet.
        ask: Asks before anything is written.
        before: The checks that were made already; nothing is written when the spreadsheet may not be written to.

    Yields:
        A check for each experiment, as soon as it was made.
    """
    bench = _Bench(new, title, ask)
    is_over = False
    try:
        first = Step(_MADE, bench.make, ("may write",), "a tab can be added and removed")
        yield from go_through((first, *map(bench.step, EXPERIMENTS)), before)
        if bench.lab:
            last = next(go_through([Step("write test: clean-up", bench.remove)]))
            is_over = True
            yield last
    finally:
        if not is_over:
            bench.remove()
