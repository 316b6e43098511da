"""Four weeks on sample pages, lived through the real ``run``, into a local sheet."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sheetsync.config import Config
from sheetsync.errors import SheetError
from sheetsync.model import Account, Report, Status
from sheetsync.run import Options
from sheetsync.sample_site import DAYS, FIRST_DAY, PEOPLE, POST_PATH, page, serve
from sheetsync.trip import make_trip

_MARKER = ".sheetsync-demo"
_WAYS_TO_WRITE = ("@{}", "{}", "https://www.tiktok.com/@{}?lang=en", "tiktok.com/@{}", "\u200e\uff20{} ")


class _Nobody:
    """Looks on and says nothing."""

    def begin(self, total: int) -> None:
        """So many accounts are going to be visited."""

    def visiting(self, account: Account) -> None:
        """This one is being visited now."""

    def visited(self, account: Account, status: Status, detail: str) -> None:
        """This is how it ended."""


def live_through(folder: Path) -> Iterator[str]:
    """Make a sheet of handles, run once for every day, and tell what happened.

    Args:
        folder: Where the sheet is made; an earlier demo there is replaced, anything else is left alone.

    Yields:
        Lines for the person who looks on.

    Raises:
        SheetError: The folder holds something that is no demo.
    """
    _make_sheet(folder)
    yield f"A sheet with {len(PEOPLE)} handles, a video and a typing error is in {folder / 'Accounts.csv'}."
    yield f"Living through {DAYS} days on sample pages, with `sheetsync run` once a day ..."
    yield ""
    today = 0
    with serve(lambda path: page(path, today)) as origin:
        environment = {"SHEETSYNC_CONNECT_TO": f"www.tiktok.com={origin}", "SHEETSYNC_PACE": "0"}
        reports: list[Report] = []
        for today in range(DAYS):
            reports.append(_live(today, folder, environment))
            yield from _news(today, reports)
        again = _live(today, folder, environment)
    yield ""
    yield f"Run once more on the last day: {len(again.appended)} new rows, {len(again.present)} already there."
    yield from _ending(folder, sum(len(report.appended) for report in reports))


def _live(today: int, folder: Path, environment: dict[str, str]) -> Report:
    options = Options(day=FIRST_DAY + timedelta(days=today))
    return make_trip(Config(sheet=str(folder)), options, _Nobody(), environment)


def _make_sheet(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARKER).exists():
        raise SheetError(f"{folder} is not empty, and not a demo.", "Name another place with --folder.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARKER).touch()
    typed = [_WAYS_TO_WRITE[n % len(_WAYS_TO_WRITE)].format(handle) for n, handle in enumerate(PEOPLE)]
    typed += [f"https://www.tiktok.com{POST_PATH}", "#REF!"]
    lines = ["account,our own notes,status,detail,last row", *(f'"{text}",,,,' for text in typed)]
    (folder / "Accounts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _news(today: int, reports: list[Report]) -> Iterator[str]:
    """What is new on this day, in a line; nothing when nothing is."""
    report = reports[-1]
    known = {failure.entry.text: failure.status for failure in reports[-2].failures} if len(reports) > 1 else {}
    gone = [row.account.handle for row in report.appended if row.status is Status.NOT_FOUND]
    new = [failure for failure in report.failures if known.get(failure.entry.text) != failure.status]
    if today == 0:
        yield f"{report.date}  {len(report.appended)} rows; no row for {len(report.failures)}:"
    for failure in new:
        yield f"{report.date}    {failure.entry.text.strip()}: {failure.status} ({failure.detail})"
    before = {row.account.handle for row in reports[-2].appended if row.status is Status.NOT_FOUND} if today else set()
    for handle in gone:
        if handle not in before:
            yield f"{report.date}    @{handle}: not found, which is a fact and so a row"


def _ending(folder: Path, rows: int) -> Iterator[str]:
    yield f"{rows} rows stand in {folder / 'History.csv'} and {folder / 'Posts.csv'}: open them in any spreadsheet."
    yield f"The reason for every account without a row stands beside its handle in {folder / 'Accounts.csv'}."
    yield ""
    yield "Next, with handles of your own:"
    yield "  sheetsync run --sheet my-folder      makes my-folder/Accounts.csv the first time; type handles, run again"
    yield "  sheetsync try @tiktok                looks at one profile, writes nothing"
