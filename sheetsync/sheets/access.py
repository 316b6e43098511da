"""What a key can do with a Google spreadsheet, found out without changing anything.

A run finds out by itself; this is for those who ask first, and want to know how far they came: to the network, to a
token, to the Sheets API, to the spreadsheet, to the right to write.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from http import HTTPStatus

import msgspec

from sheetsync.errors import CredentialsError, SheetsyncError, SheetUnavailableError
from sheetsync.sheets import layout, seen, spreadsheet
from sheetsync.sheets.answers import Refusal
from sheetsync.sheets.credentials import EMULATOR_VARIABLE, Key, find_key
from sheetsync.sheets.scratch import Scratch
from sheetsync.sheets.seen import Seen
from sheetsync.sheets.spreadsheet import FIELDS, Spreadsheet
from sheetsync.sheets.wire import Patience, RefusedError, Wire

BRIEF = Patience(attempts=2, connect=10.0, read=60.0, most=2.0)
"""For a person who sits there and waits for the answer."""
_HIGHEST = 2**31 - 1
_KINDS = (
    ("google.oauth2.service_account", "the key of a service account"),
    ("google.oauth2.credentials", "the login of a person"),
    ("google.auth.compute_engine", "the account of this machine"),
    ("google.auth.impersonated", "a service account that is impersonated"),
    ("google.auth", "the identity of a workload, without a key"),
)


class Stop(IntEnum):
    """Where the way to a spreadsheet can end, in the order in which it is gone."""

    NETWORK = 1
    TOKEN = 2
    API = 3
    SHEET = 4


def stop(error: SheetsyncError) -> Stop:
    """Where on the way this went wrong."""
    if isinstance(error, SheetUnavailableError):
        return Stop.NETWORK
    refusal = getattr(error.__cause__, "refusal", None)
    if not isinstance(refusal, Refusal):  # no answer of the Sheets API: it was never asked
        return Stop.TOKEN if isinstance(error, CredentialsError) else Stop.SHEET
    if refusal.status == HTTPStatus.UNAUTHORIZED or "authentication scopes" in refusal.message:
        return Stop.TOKEN
    if refusal.reason == "SERVICE_DISABLED" or "has not been used in project" in refusal.message:
        return Stop.API
    return Stop.SHEET


class Access:
    """The way to one spreadsheet.

    Args:
        target: The spreadsheet's link or id.
        accounts: Where people type, as in ``Influencers!B``; empty for the tab ``Accounts``.
        environment: Has the credentials; see ``find_key``.
        clock: Tells the time, with its time zone.
        patience: How long Google is waited for.

    Raises:
        SheetError: The target is no spreadsheet, or ``accounts`` no place in one.
    """

    def __init__(
        self,
        target: str,
        *,
        accounts: str,
        environment: Mapping[str, str],
        clock: Callable[[], datetime],
        patience: Patience = BRIEF,
    ) -> None:
        self._target = spreadsheet.find_target(target)
        self._place = spreadsheet.find_place(accounts or layout.ACCOUNTS)
        self._environment = environment
        self._clock = clock
        self._patience = patience

    @property
    def id(self) -> str:
        """Of the spreadsheet."""
        return self._target.id

    @cached_property
    def key(self) -> Key:
        """The credentials.

        Raises:
            CredentialsError: There are none, or they are not what they should be.
        """
        return find_key(self._environment)

    @property
    def is_emulated(self) -> bool:
        """Whether something stands in for Google."""
        return bool(self._environment.get(EMULATOR_VARIABLE))

    @property
    def kind(self) -> str:
        """What kind of credentials they are, in words."""
        module = type(self.key.credentials).__module__
        return next((words for prefix, words in _KINDS if module.startswith(prefix)), "credentials")

    @cached_property
    def _wire(self) -> Wire:
        return self.wire(self._patience)

    def wire(self, patience: Patience) -> Wire:
        """A line to the spreadsheet of its own, as a second writer has one."""
        emulator = self._environment.get(EMULATOR_VARIABLE, "")
        return Wire(self.id, self.key, emulator=emulator, clock=self._clock, patience=patience)

    def open(self) -> Spreadsheet:
        """Read the spreadsheet without its cells.

        Raises:
            SheetsyncError: It cannot be had; ``stop`` tells where the way ended.
        """
        book = Spreadsheet.read(self._wire.spreadsheet(FIELDS))
        self._wire.tabs = book.titles
        return book

    def refuse_reader(self, book: Spreadsheet) -> None:
        """Make sure that the spreadsheet is shared for writing, and not for reading only.

        Nothing that can be read tells it. So Google is asked to write no cells into a tab that does not exist: it
        refuses that to everybody, but for another reason to those who may only read. That it looks at the right
        before it looks for the tab is how it answers elsewhere, and not written down for this request.

        Raises:
            CredentialsError: It is shared for reading only.
            SheetError: Google refused for a reason that tells nothing.
            SheetUnavailableError: No answer.
        """
        there = {tab.id for tab in book.sheets}
        nowhere = next(number for number in range(_HIGHEST, 0, -1) if number not in there)
        start = {"sheetId": nowhere, "rowIndex": 0, "columnIndex": 0}
        nothing = {"updateCells": {"start": start, "rows": [], "fields": "note"}}
        try:
            self._wire.update(msgspec.json.encode({"requests": [nothing]}))
        except RefusedError as refused:
            if "No grid with id" not in refused.said:
                raise refused.error from refused
        except CredentialsError as error:
            who = self.key.email or "your Google account"
            raise CredentialsError(str(error), f"Share it with {who} as Editor, not as Viewer.") from error

    def scratch(self) -> Scratch:
        """A scratch tab in it, not made yet."""
        return Scratch(self.wire)

    def look(self, book: Spreadsheet) -> Seen:
        """Read the cells that a run would read, and refuse what would stop it.

        Raises:
            SheetError: Something in the spreadsheet is not as it must be; the message says what to mend.
            SheetUnavailableError: No answer.
        """
        return seen.look(book, seen.find_place(book, self._target, self._place), self._wire.values)
