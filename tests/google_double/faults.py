"""What can go wrong between a program and Google, and on which call it is to go wrong.

The one question that matters for a write is whether it was carried out although no good answer came; every fault says
so in `applies`. A status of 5xx comes in both kinds: Google says nothing about the outcome with it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from tests.google_double.errors import html, plain, quota_exceeded

JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"


@dataclass(frozen=True)
class Answer:
    """A reply on the wire. `cut` bytes are sent of it, if given, and then the connection is closed."""

    status: int
    body: bytes
    content_type: str = JSON
    cut: int | None = None


@dataclass(frozen=True)
class Fault:
    name: str
    applies: bool
    """Whether Google carries the request out."""
    answer: Answer | None = None
    """What is answered instead of the truth; None: the connection is closed without a word."""
    bend: Callable[[Answer], Answer] | None = None
    """What is done to the true answer, where that is sent."""
    late: bool = False
    """The request is kept aside, and carried out when the test lets the zombies go."""
    wait: Event | None = None
    """The call stands still until this is set: before it is carried out, or after when `applies_first`."""
    applies_first: bool = False


def error_answer(code: int) -> Answer:
    error = quota_exceeded() if code == 429 else plain(code)
    return Answer(code, json.dumps(error.body(), indent=2).encode())


def reply_lost() -> Fault:
    """Carried out; the connection is closed before the first byte of the reply."""
    return Fault("reply lost", applies=True)


def cut_before() -> Fault:
    """The connection is closed and nothing is carried out."""
    return Fault("cut before", applies=False)


def status(code: int, *, applied: bool = False) -> Fault:
    return Fault(f"{code} applied" if applied else f"{code}", applied, error_answer(code))


def html_status(code: int, *, applied: bool = False) -> Fault:
    """An error page of a front end instead of JSON."""
    name = f"{code} as HTML" + (" applied" if applied else "")
    return Fault(name, applied, Answer(code, html(code).encode(), HTML))


def truncated_json() -> Fault:
    """A whole reply by its headers, whose JSON stops in the middle."""
    return Fault("truncated JSON", applies=True, bend=lambda answer: replace(answer, body=_half(answer)))


def reply_cut_off() -> Fault:
    """Carried out; the connection is closed in the middle of the body."""
    return Fault("reply cut off", applies=True, bend=lambda answer: replace(answer, cut=len(_half(answer))))


def zombie() -> Fault:
    """The connection is closed at once, and the request is carried out later, when nobody waits for it any more."""
    return Fault("zombie", applies=False, late=True)


def delayed(until: Event, *, applied_first: bool = False) -> Fault:
    """The answer waits for an event; the request itself is carried out before or after that."""
    return Fault("delayed", applies=True, wait=until, bend=lambda answer: answer, applies_first=applied_first)


def _half(answer: Answer) -> bytes:
    return answer.body[: len(answer.body) // 2]


ALL: tuple[Fault, ...] = (
    reply_lost(),
    cut_before(),
    *(status(code) for code in (401, 403, 404, 408, 429, 500, 502, 503, 504)),
    *(status(code, applied=True) for code in (408, 500, 502, 503, 504)),
    *(html_status(code) for code in (500, 502, 503)),
    *(html_status(code, applied=True) for code in (500, 502, 503)),
    truncated_json(),
    reply_cut_off(),
    zombie(),
)
"""Every fault that needs nothing from the test, for the n-th call, for all n."""


@dataclass
class Faults:
    """Which call meets which fault. Calls of the Sheets API are counted from 1, from when the fault is set."""

    count: Callable[[], int]
    planned: dict[int, Fault] = field(default_factory=dict)
    picked: list[tuple[Callable[[Any], bool], Fault]] = field(default_factory=list)
    persistent: Fault | None = None

    def at(self, number: int, fault: Fault) -> None:
        """The `number`-th call from now; 1 is the next."""
        self.planned[self.count() + number] = fault

    def next(self, fault: Fault) -> None:
        self.at(1, fault)

    def when(self, wanted: Callable[[Any], bool], fault: Fault) -> None:
        """The first call that `wanted` says yes to; it is given the Call."""
        self.picked.append((wanted, fault))

    def every(self, fault: Fault | None) -> None:
        """Every call from now on; None ends it."""
        self.persistent = fault

    def clear(self) -> None:
        self.planned.clear()
        self.picked.clear()
        self.persistent = None

    def take(self, call: Any) -> Fault | None:
        for pair in self.picked:
            if pair[0](call):
                self.picked.remove(pair)
                return pair[1]
        return self.planned.pop(call.number, self.persistent)
