"""What both kinds of sheet have to say in the same words."""

from datetime import date
from pathlib import Path

from sheetsync.doctor.checks import Found

_LATE = 2  # days: a run that was skipped for a day is no news


def many(number: int, one: str, more: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def waiting(outbox: Path) -> Found:
    """How many changes wait in an outbox; looked at from outside, so that none is set aside or written by it."""
    changes, broken = len(list(outbox.glob("*.json"))), len(list(outbox.glob("*.broken")))
    hints = ["The next `sheetsync run` writes them first."] if changes else []
    if broken:
        hints.append(f"{many(broken, 'file')} in {outbox} cannot be read and will never be written; delete them.")
    return Found(f"{many(changes, 'change')} waiting" if changes else "nothing waits", " ".join(hints))


def last_run(newest: date | None, today: date, more: str = "") -> Found:
    """When rows were written last."""
    end = f"; {more}" if more else ""
    if newest is None:
        return Found(f"there are no rows yet{end}", "Run `sheetsync run`.")
    ago = (today - newest).days
    when = {0: "today", 1: "yesterday"}.get(ago, f"{ago:,} days ago" if ago > 0 else "in the future")
    hint = "Look whether the schedule still runs, or run `sheetsync run`." if ago > _LATE else ""
    return Found(f"the newest row is of {newest}, {when}{end}", hint)
