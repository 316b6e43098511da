"""What a run needs of a Google spreadsheet, looked at one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from sheetsync.config import Config
from sheetsync.doctor.checks import Check, Found, Step
from sheetsync.doctor.proof import Ask, prove
from sheetsync.doctor.words import last_run, many, waiting
from sheetsync.errors import SheetsyncError
from sheetsync.model import Entry, Kind
from sheetsync.sheets import layout
from sheetsync.sheets.access import Access, Stop, stop
from sheetsync.sheets.credentials import GOOGLE_VARIABLE, VARIABLE
from sheetsync.sheets.seen import Seen
from sheetsync.sheets.spreadsheet import MOST_CELLS, Spreadsheet, zone

_NEARLY_FULL = 0.8


class GoogleChecks:
    """The checks of one spreadsheet.

    Args:
        settings: Name the spreadsheet.
        environment: Has the credentials.
        clock: Tells the time, with its time zone.
        outbox: The folder with the outboxes of all spreadsheets.
    """

    def __init__(
        self,
        settings: Config,
        environment: Mapping[str, str],
        clock: Callable[[], datetime],
        outbox: Path = Path(".sheetsync/outbox"),
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._clock = clock
        self._outbox = outbox

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the address to the newest row."""
        return (
            Step("address", self._address, ("settings",)),
            Step("credentials", self._credentials, ("address",)),
            Step("Google", lambda: self._past(Stop.NETWORK, "it answers"), ("credentials",)),
            Step("token", lambda: self._past(Stop.TOKEN, self._said_of_token), ("Google",)),
            Step("Sheets API", lambda: self._past(Stop.API, "it is switched on"), ("token",)),
            Step("sheet", self._sheet, ("Sheets API",)),
            Step("may write", self._may_write, ("sheet",)),
            Step("tabs and headers", self._tabs, ("sheet",)),
            Step("time zone", self._time_zone, ("sheet",)),
            Step("room", self._room, ("sheet",)),
            Step("outbox", self._waiting, ("address",)),
            Step("last run", self._last_run, ("tabs and headers",)),
        )

    def prove(self, ask: Ask, before: Sequence[Check]) -> Iterator[Check]:
        """Try on a scratch tab what sheetsync relies on; see ``proof``."""
        return prove(self._access.scratch, lambda: self._book.title, ask, before)

    def entries(self) -> tuple[Entry, ...]:
        """What people typed; to be asked for when “tabs and headers” is well."""
        return self._seen.accounts.entries

    @cached_property
    def _access(self) -> Access:
        settings = self._settings
        return Access(settings.sheet, accounts=settings.accounts, environment=self._environment, clock=self._clock)

    @cached_property
    def _opened(self) -> Spreadsheet | SheetsyncError:
        """The one request that four checks are about."""
        try:
            return self._access.open()
        except SheetsyncError as error:
            return error

    @property
    def _book(self) -> Spreadsheet:
        if isinstance(self._opened, SheetsyncError):
            raise self._opened
        return self._opened

    @cached_property
    def _seen(self) -> Seen:
        return self._access.look(self._book)

    def _address(self) -> Found:
        return Found(f"the spreadsheet with the id {self._access.id}")

    def _credentials(self) -> Found:
        access = self._access
        names = (name for name in (VARIABLE, GOOGLE_VARIABLE) if self._environment.get(name, "").strip())
        source = next(names, "none are needed here" if access.is_emulated else "Google's defaults")
        who = f", {access.key.email}" if access.key.email else ""
        return Found(f"{access.kind} ({source}){who}")

    def _past(self, point: Stop, detail: str) -> Found:
        """Say that the way does not end here.

        Raises:
            SheetsyncError: It does.
        """
        if isinstance(self._opened, SheetsyncError) and stop(self._opened) is point:
            raise self._opened
        return Found(detail)

    @property
    def _said_of_token(self) -> str:
        return "none is needed here" if self._access.is_emulated and not self._access.key.email else "it is accepted"

    def _sheet(self) -> Found:
        return Found(f"“{self._book.title}” is found and may be read")

    def _may_write(self) -> Found:
        self._access.refuse_reader(self._book)
        return Found("Editor, as far as Google tells without writing")

    def _tabs(self) -> Found:
        found = self._seen
        there = {kind: self._book.tab(title) for kind, title in layout.TABS.items()}
        said = [f"people type in {found.place.tab}"]
        said += [f"{tab.title} has its headers" for kind, tab in there.items() if tab and found.grids[kind].columns]
        lacking = [layout.TABS[kind] for kind, tab in there.items() if tab is None]
        if lacking:
            said.append(f"{' and '.join(lacking)} will be made with the first row")
        return Found("; ".join(said), " ".join(found.notices))

    def _time_zone(self) -> Found:
        name = self._book.properties.time_zone
        today = self._clock().astimezone(zone(name)).date()
        return Found(f"{name}, where it is {today} now; change it in File > Settings")

    def _room(self) -> Found:
        used = self._book.cells
        full = used >= _NEARLY_FULL * MOST_CELLS
        hint = "Delete empty rows and columns of big tabs; empty cells count, too." if full else ""
        return Found(f"{max(MOST_CELLS - used, 0):,} of {MOST_CELLS:,} cells are left", hint)

    def _waiting(self) -> Found:
        return waiting(self._outbox / self._access.id)

    def _last_run(self) -> Found:
        days: list[date] = [line.date for kind in Kind for line in self._seen.grids[kind].lines]
        today = self._clock().astimezone(zone(self._book.properties.time_zone)).date()
        return last_run(max(days, default=None), today, f"{many(len(self._book.markers), 'commit')} remembered")
