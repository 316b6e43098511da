"""The outcome of a run: a table for people, one JSON object for machines."""

import json
from collections.abc import Iterable
from datetime import date, datetime

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sheetsync.errors import printable
from sheetsync.jsonpath import fill_slots
from sheetsync.model import Account, Failure, Kind, Profile, Report, Row, RowKey, Status, Value
from sheetsync.platform import Platforms

_MOST_LINES = 40
_COLOURS = {
    Status.OK: "green",
    Status.NOT_FOUND: "yellow",
    Status.PRIVATE: "yellow",
    Status.BLOCKED: "red",
    Status.LAYOUT_CHANGED: "red",
    Status.SUSPECT: "magenta",
    Status.UNREACHABLE: "red",
    Status.NOT_UNDERSTOOD: "red",
}


def as_json(report: Report) -> str:
    """One object: ``{"date", "appended": […], "present": […], "failures": [{"entry", "status", "detail"}]}``."""
    return json.dumps(
        {
            "date": report.date.isoformat(),
            "appended": [_row_json(row) for row in report.appended],
            "present": [_account_json(account) for account in report.present],
            "failures": [
                {"entry": failure.entry.text, "status": failure.status, "detail": failure.detail}
                for failure in report.failures
            ],
        },
        ensure_ascii=False,
        default=str,
    )


def _account_json(account: Account) -> dict[str, str]:
    found = {"platform": account.platform, "account": account.handle, "url": account.url}
    return found | ({"post": account.post} if account.kind is Kind.POST else {})


def _row_json(row: Row) -> dict[str, object]:
    observed_at = row.observed_at.isoformat(timespec="seconds") if row.observed_at else None
    return {
        "date": row.date.isoformat(),
        **_account_json(row.account),
        "status": row.status,
        **row.values,
        "observed at": observed_at,
        "note": row.note,
    }


def as_table(report: Report) -> RenderableType:
    """The closing table: account, status, followers (or views), change since the row before; then what went wrong."""
    parts: list[RenderableType] = []
    if report.appended:
        parts.append(_rows_table(report))
    if report.failures:
        parts.append(_failures_table(report.failures))
    parts += [Text(f"note: {notice}", style="yellow") for notice in report.notices]
    return Group(*parts, Text(summary(report), style="bold"))


def summary(report: Report) -> str:
    """The outcome in one line."""
    if report.created:
        return f"Made {report.created} with an example. Type your handles in its Accounts.csv, and run this again."
    which = f"{report.date}, {report.part}" if report.part else f"{report.date}"
    written = "would be written" if report.dry_run else "written"
    said = [f"{which}: {_many(len(report.appended), 'row')} {written}"]
    if report.present:
        said.append(f"{len(report.present)} already there")
    if report.failures:
        said.append(f"{_many(len(report.failures), 'entry', 'entries')} without a row today")
    if not report.appended and not report.failures and report.present:
        return f"{which}: nothing to do, every account has its row of the day ({len(report.present)})."
    if not report.appended and not report.failures and not report.present:
        return f"{which}: nothing to do." if report.part else f"{which}: there are no handles in the sheet yet."
    return ", ".join(said) + ("; stopped before all were visited." if report.interrupted else ".")


def _rows_table(report: Report) -> Table:
    table = Table("account", "status", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("followers / views", justify="right")
    table.add_column("change", justify="right")
    moved = changes(report)
    for row in report.appended[:_MOST_LINES]:
        count = main_count(row)
        rounded = "about " if "rounded:" in row.note else ""
        shown = f"{rounded}{count:,}" if count is not None else ""
        change = f"{moved[row.key]:+,}" if row.key in moved else ""
        table.add_row(escape(account_name(row.account)), _status(row.status), shown, change)
    if (rest := len(report.appended) - _MOST_LINES) > 0:
        table.add_row(f"… and {rest:,} more", "", "", "")
    return table


def main_count(row: Row) -> int | None:
    """The count that stands for the whole row: an account's followers, a post's views; None when it has none."""
    count = row.values.get("views" if row.account.kind is Kind.POST else "followers")
    return count if isinstance(count, int) else None


def changes(report: Report) -> dict[RowKey, int]:
    """By appended row, how its main count has changed since the account's row before."""
    return _changes(report, "followers") | _changes(report, "views")


def _changes(report: Report, count: str) -> dict[RowKey, int]:
    """By row, how much a count has changed since the account's row before."""
    found = {}
    for row in report.appended:
        now, before = row.values.get(count), report.before.get(row.key)
        was = before.values.get(count) if before else None
        if isinstance(now, int) and isinstance(was, int):
            found[row.key] = now - was
    return found


def _failures_table(failures: tuple[Failure, ...]) -> Table:
    table = Table("entry", "status", "why", box=box.SIMPLE_HEAD, pad_edge=False)
    table.columns[0].max_width = 30
    for failure in failures[:_MOST_LINES]:
        table.add_row(
            escape(printable(failure.entry.text.strip())), _status(failure.status), escape(printable(failure.detail))
        )
    if (rest := len(failures) - _MOST_LINES) > 0:
        table.add_row(f"… and {rest:,} more", "", "")
    return table


def _status(status: Status) -> Text:
    return Text(status, style=_COLOURS[status])


def account_name(account: Account) -> str:
    """How an account, or a post of one, is called in a table."""
    return f"@{account.handle}" if account.kind is Kind.ACCOUNT else f"@{account.handle} {account.post}"


def _many(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def as_profile(account: Account, profile: Profile) -> RenderableType:
    """What one look at a page found: each field, its value, exact or rounded, and which way found it."""
    title = printable(f"{account.url}  ")
    head = Text.assemble(title, _status(profile.status), printable(f"  {profile.detail}") if profile.detail else "")
    if not profile.values:
        return head
    table = Table("field", "value", "", "found by", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, value in profile.values.items():
        exact = "" if isinstance(value, str | bool | date) else ("rounded" if name in profile.rounded else "exact")
        table.add_row(name, escape(_shown(value)), exact, Text(_end(profile.ways.get(name, "")), style="dim"))
    return Group(head, table)


def _end(way: str, most: int = 50) -> str:
    """The end of a path, which is what tells it from its neighbours."""
    return way if len(way) <= most else "…" + way[1 - most :]


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else printable(str(value))


def profile_json(account: Account, profile: Profile) -> dict[str, object]:
    """What one look found, for machines."""
    return {
        **_account_json(account),
        "status": profile.status,
        "detail": profile.detail,
        "values": {name: str(v) if isinstance(v, date | datetime) else v for name, v in profile.values.items()},
        "rounded": sorted(profile.rounded),
        "ways": dict(profile.ways),
    }


def as_platforms(platforms: Platforms) -> RenderableType:
    """What is known: each platform, what people may type, what it gives."""
    table = Table("platform", "for example", "gives", box=box.SIMPLE_HEAD, pad_edge=False)
    for key, platform in platforms.items():
        for kind, recipe in platform.recipes.items():
            example = fill_slots(recipe.url, {"handle": recipe.sample or "name", "post": "…"})
            names = ", ".join(field.name for field in recipe.fields)
            table.add_row(f"{key} ({kind})", escape(example), escape(names))
    return table


def show(parts: Iterable[RenderableType], *, stderr: bool = False) -> None:
    """Print for people: colours on a terminal only, and never a table cut to 80 columns in a log."""
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console = Console(stderr=stderr, highlight=False, width=160)
    for part in parts:
        console.print(part)
