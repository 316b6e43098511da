"""Google as a program meets it: who calls, what is allowed, what is done, what goes wrong."""

import base64
import hashlib
import itertools
import json
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Condition, Event, RLock

from tests.google_double import resource
from tests.google_double.book import Access, Book, Unproved
from tests.google_double.cells import Value
from tests.google_double.errors import (
    SPREADSHEETS_SCOPE,
    ApiError,
    JsonObject,
    api_disabled,
    office_file,
    plain,
    quota_exceeded,
    scope_insufficient,
)
from tests.google_double.faults import Answer, Fault, Faults
from tests.google_double.oauth import Tokens
from tests.google_double.people import People
from tests.google_double.routes import Request, carry_out
from tests.google_double.tab import row_of

PER_MINUTE = 60


@dataclass
class Call:
    """One call of the Sheets API as it came in, and what became of it."""

    number: int
    verb: str
    path: str
    method: str
    """The method's name in the API, without ``spreadsheets.``: ``batchUpdate``, ``values.batchGet``."""
    kinds: tuple[str, ...]
    body_size: int
    request: Request
    status: int | None = None
    """What was decided; the caller may have seen something else, or nothing."""
    applied: bool = False
    """Whether it was carried out with success (a read too)."""
    fault: str = ""


@dataclass
class Zombie:
    """A request whose caller is long gone and which has not been carried out yet."""

    call: Call
    release: Callable[[], Answer]


@dataclass
class Google:
    """The state of the double, and the handles to it. Safe to use while calls are running."""

    origin: str = ""
    tokens: Tokens = field(default_factory=Tokens)
    unproved: Unproved = field(default_factory=Unproved)
    calls: list[Call] = field(default_factory=list)
    hooks: list[Callable[[Call], None]] = field(default_factory=list)
    """Called before each call is looked at, outside any lock: the place for people who edit between two calls."""
    zombies: list[Zombie] = field(default_factory=list)
    api_enabled: bool = True
    quota: bool = False
    """Whether 60 reads and 60 writes a minute are all that a user gets."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, for the quota."""
    crashes: list[BaseException] = field(default_factory=list)
    """Mistakes of the double itself, and things it does not model; `serve` raises them at its end."""

    def __post_init__(self) -> None:
        self.lock = RLock()
        self.closing = Event()
        self.faults = Faults(lambda: len(self.calls))
        self._books: dict[str, Book] = {}
        self._numbers = itertools.count(1)
        self._idle = Condition()
        self._busy = 0
        self._used: dict[str, deque[float]] = {"Read": deque(), "Write": deque()}

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``, for SHEETS_EMULATOR_HOST."""
        return self.origin.removeprefix("http://")

    def credentials(self) -> JsonObject:
        """The content of a credentials file whose robot may call."""
        return self.tokens.credentials(self.origin)

    def new_spreadsheet(
        self,
        title: str = "Untitled spreadsheet",
        tabs: Mapping[str, Sequence[Sequence[Value]]] | None = None,
        locale: str = "en_US",
        timezone: str = "Etc/GMT",
    ) -> str:
        """A spreadsheet that a person made and shared with the robot; answers its id.

        Tabs are given as rows of plain values; the first gets the id 0, as in the real thing, and a grid of 1000 rows
        and 26 columns unless its rows need more.
        """
        number = hashlib.sha256(f"spreadsheet {next(self._numbers)}".encode()).digest()
        book = Book(
            id="1" + base64.urlsafe_b64encode(number).decode().rstrip("="),
            properties=resource.new_properties(title, locale, timezone),
            editor=self.tokens.email,
            unproved=self.unproved,
        )
        for name, rows in (tabs or {"Sheet1": []}).items():
            first = {} if book.tabs else {"sheetId": 0}
            size = {"rowCount": max(1000, len(rows)), "columnCount": max(26, *map(len, rows), 0)}
            book.add_tab({"title": name, "gridProperties": size, **first}).rows = [row_of(row) for row in rows]
        with self.lock:
            self._books[book.id] = book
        return book.id

    def book(self, spreadsheet_id: str) -> Book:
        """The state now. Another object takes its place with each write through the API."""
        return self._books[spreadsheet_id]

    def people(self, spreadsheet_id: str) -> People:
        return People(lambda: self._books[spreadsheet_id], self.lock)

    def share(self, spreadsheet_id: str, access: Access) -> None:
        """Make the robot an editor, a viewer, or nobody."""
        self._books[spreadsheet_id].access = access

    def forget_calls(self) -> None:
        with self.lock:
            self.calls.clear()
            self.faults.clear()

    def between(self, number: int, edit: Callable[[], object]) -> None:
        """Let people do something just before the `number`-th call from now."""
        wanted = len(self.calls) + number

        def hook(call: Call) -> None:
            if call.number == wanted:
                edit()

        self.hooks.append(hook)

    def release_zombies(self) -> list[int]:
        """Carry out what was kept aside, in order; answers the status of each."""
        waiting, self.zombies = self.zombies, []
        return [zombie.release().status for zombie in waiting]

    def settle(self) -> None:
        """Wait until no call is being answered any more, also those whose callers have given up."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0)

    # What the server calls.

    def token(self, body: bytes) -> Answer:
        with self.lock:
            code, answer = self.tokens.answer(body)
        return Answer(code, json.dumps(answer).encode())

    def answer(self, request: Request) -> Answer | None:
        """The reply to a call of the Sheets API; None: close the connection."""
        with self._idle:
            self._busy += 1
        try:
            return self._answered(request)
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def _answered(self, request: Request) -> Answer | None:
        call = self._noted(request)
        for hook in list(self.hooks):
            hook(call)
        fault = self.faults.take(call)
        if fault is None:
            return self._done(request, call)
        call.fault = fault.name
        return self._under(fault, request, call)

    def _noted(self, request: Request) -> Call:
        with self.lock:
            method = request.method.removeprefix("spreadsheets.")
            path = request.target.partition("?")[0]
            number = len(self.calls) + 1
            call = Call(number, request.verb, path, method, request.kinds, len(request.body), request)
            self.calls.append(call)
            return call

    def _under(self, fault: Fault, request: Request, call: Call) -> Answer | None:
        if fault.late:
            with self.lock:
                self.zombies.append(Zombie(call, lambda: self._done(request, call)))
            return None
        if fault.wait is not None and not fault.applies_first:
            self._stand_still(fault.wait)
        true = self._done(request, call) if fault.applies else None
        if fault.wait is not None and fault.applies_first:
            self._stand_still(fault.wait)
        return fault.bend(true) if fault.bend and true else fault.answer

    def _stand_still(self, until: Event) -> None:
        while not until.wait(0.05) and not self.closing.is_set():
            pass

    def _done(self, request: Request, call: Call) -> Answer:
        with self.lock:
            try:
                reply, code = self._carried_out(request), 200
            except ApiError as error:
                reply, code = error.body(), error.code
            except Exception as error:  # noqa: BLE001 - told at the end of `serve`, whatever it is
                self.crashes.append(error)
                reply, code = {"error": {"code": 501, "message": f"{type(error).__name__}: {error}"}}, 501
            call.status, call.applied = code, code == 200
            return Answer(code, json.dumps(reply, indent=2, ensure_ascii=False).encode() + b"\n")

    def _carried_out(self, request: Request) -> JsonObject:
        self._admit(request)
        request.check()
        book = self._opened(request)
        changed, reply = carry_out(request, book)
        self._books[book.id] = changed
        return reply

    def _admit(self, request: Request) -> None:
        scope = self.tokens.may(request.authorization)
        if scope is None:
            raise plain(401)
        if scope and SPREADSHEETS_SCOPE not in scope.split():
            raise scope_insufficient(request.method.rpartition(".")[2])
        if not self.api_enabled:
            raise api_disabled()
        if self.quota:
            self._count("Write" if request.writes else "Read")

    def _count(self, kind: str) -> None:
        used, now = self._used[kind], self.clock()
        while used and used[0] <= now - 60:
            used.popleft()
        if len(used) >= PER_MINUTE:
            raise quota_exceeded(kind)
        used.append(now)

    def _opened(self, request: Request) -> Book:
        book = self._books.get(request.spreadsheet_id)
        if book is None:
            raise plain(404)
        if book.access == "none" or (book.access == "viewer" and request.writes):
            raise plain(403)
        if book.office:
            raise office_file()
        return book
