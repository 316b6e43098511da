"""A list of checks, each tried when those it stands on went well."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sheetsync.errors import SheetsyncError


@dataclass(frozen=True, slots=True)
class Check:
    """How one thing was found.

    Attributes:
        name: What was looked at.
        ok: Whether it is well; None when it was not looked at, because something that it needs is not well.
        detail: What was found, as a sentence or less.
        hint: The next thing to do; empty when there is nothing to do.
        exit_code: That of the error; 0 when there was none.
        relies: What sheetsync relies on, where a check tries whether that is so.
    """

    name: str
    ok: bool | None
    detail: str
    hint: str = ""
    exit_code: int = 0
    relies: str = ""


class Found(NamedTuple):
    """What a step says when all is well.

    Attributes:
        detail: What was found.
        hint: What may be worth doing all the same.
    """

    detail: str
    hint: str = ""


class Step(NamedTuple):
    """One thing to look at.

    Attributes:
        name: What it is called.
        look: Looks at it, and raises what is wrong with it.
        after: The names of the steps that it needs.
        relies: What sheetsync relies on, where the step tries whether that is so.
    """

    name: str
    look: Callable[[], Found]
    after: tuple[str, ...] = ()
    relies: str = ""


def go_through(steps: Iterable[Step], before: Sequence[Check] = ()) -> Iterator[Check]:
    """Try one step after the other.

    Args:
        steps: In an order in which none comes before one that it needs.
        before: Checks that were made already, for the steps that need them.

    Yields:
        A check for each step, as soon as it is made.
    """
    failed = {check.name: check.name for check in before if not check.ok}
    for step in steps:
        cause = next((failed[name] for name in step.after if name in failed), "")
        check = Check(step.name, None, f"skipped, because of “{cause}”", relies=step.relies) if cause else _try(step)
        if not check.ok:
            failed[step.name] = cause or step.name
        yield check


def _try(step: Step) -> Check:
    try:
        detail, hint = step.look()
    except SheetsyncError as error:
        return Check(step.name, False, str(error), error.hint, error.exit_code, step.relies)  # noqa: FBT003 - as named above
    return Check(step.name, ok=True, detail=detail, hint=hint, relies=step.relies)
