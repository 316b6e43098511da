"""Whose turn it is: each host at its own pace, many hosts at once, and none that said no."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from protego import Protego

from sheetsync.errors import AccountError
from sheetsync.guard import host_of
from sheetsync.model import Status


@dataclass(frozen=True, slots=True)
class Manners:
    """How one platform wants to be visited.

    Attributes:
        hosts: The only hosts that are contacted, at every hop; None for any public host.
        concurrency: Pages under way at once, per host.
        delay: Seconds between the starts of two visits to a host, on average: each is between 75 % and 125 % of it.
        http2: Whether HTTP/2 is offered.
        headers: Request headers that win over ours.
    """

    hosts: frozenset[str] | None
    concurrency: int = 2
    delay: float = 1.0
    http2: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a visit and a run may cost.

    Attributes:
        concurrency: Pages under way at once, over all hosts.
        page_seconds: For one try at a page, its redirects included, waiting for its turn not.
        run_seconds: For all pages together.
        attempts: Tries at a page that answers 429 or 5xx, or does not answer.
        retry_after_most: Seconds of ``Retry-After`` we are ready to wait; asked for more, we give up at once.
        body_bytes: Of a page, decompressed.
        redirects: From the address asked for to the page.
        refusals: In a row from one host, until the rest of its pages is left alone.
    """

    concurrency: int = 16
    page_seconds: float = 30
    run_seconds: float = 3600
    attempts: int = 3
    retry_after_most: float = 60
    body_bytes: int = 10_000_000
    redirects: int = 5
    refusals: int = 5


class Host:
    """The pace of one host. Times are the event loop's, in seconds.

    Attributes:
        name: As hosts are compared.
        slots: One for every page that may be under way.
        gate: Held by the one page that is about to start.
        next_start: When our own pace lets the next page start.
        paused_until: When the host wants to be visited again.
        robots: Its robots.txt, or why it could not be read; None before it was asked for.
        robots_lock: Held while it is asked for.
    """

    def __init__(self, name: str, concurrency: int, delay: float) -> None:
        self.name = name
        self.slots = asyncio.Semaphore(concurrency)
        self.gate = asyncio.Lock()
        self.next_start = 0.0
        self.paused_until = 0.0
        self.robots: Protego | str | None = None
        self.robots_lock = asyncio.Lock()
        self._delay = delay

    @property
    def due(self) -> float:
        """When the next page may start."""
        return max(self.next_start, self.paused_until)

    def start(self, due: float) -> None:
        """Note that the page that was due then has started."""
        delay = self._delay * random.uniform(0.75, 1.25)  # noqa: S311 - not a secret
        self.next_start = max(due, now()) + delay

    def pause(self, seconds: float) -> None:
        """Note that the host asked for some time without visits."""
        self.paused_until = max(self.paused_until, now() + seconds)


class Pace:
    """The pace of a run: whose turn it is, over all hosts.

    Args:
        limits: How many pages may be under way, and what a host may ask for before it is left alone.
        unpaced: Hosts that need no pace.
        sleep: How to wait, in seconds.

    Attributes:
        refusals: In a row, by host.
    """

    def __init__(self, limits: Limits, unpaced: frozenset[str], sleep: Callable[[float], Awaitable[None]]) -> None:
        self.refusals: Counter[str] = Counter()
        self._limits = limits
        self._unpaced = unpaced
        self._sleep = sleep
        self._places = asyncio.Semaphore(limits.concurrency)
        self._hosts: dict[str, Host] = {}

    def host(self, name: str, manners: Manners) -> Host:
        """The pace of a host, as it was first asked for."""
        if name not in self._hosts:
            unpaced = name in self._unpaced
            concurrency = self._limits.concurrency if unpaced else manners.concurrency
            self._hosts[name] = Host(name, concurrency, 0 if unpaced else manners.delay)
        return self._hosts[name]

    def at_once(self, manners: Manners) -> int:
        """How many pages could be under way with these manners."""
        most = self._limits.concurrency
        if manners.hosts is None or any(host_of(host) in self._unpaced for host in manners.hosts):
            return most
        return min(most, manners.concurrency * len(manners.hosts))

    def check_welcome(self, host: Host) -> None:
        """Raise AccountError when a host does not want to be visited any more."""
        if self.refusals[host.name] >= self._limits.refusals:
            raise AccountError(
                Status.BLOCKED,
                f"{host.name} refused {self._limits.refusals} visits in a row; "
                "the rest of its accounts are not visited in this run",
            )
        if (wait := host.paused_until - now()) > self._limits.retry_after_most:
            raise AccountError(Status.BLOCKED, f"{host.name} asked not to be visited for {wait:.0f} seconds")

    @asynccontextmanager
    async def turn(self, host: Host) -> AsyncIterator[None]:
        """Wait until a host may be visited, then for a place among all; hold both."""
        async with host.slots:
            await self._take_place(host)
            try:
                yield
            finally:
                self._places.release()

    async def _take_place(self, host: Host) -> None:
        """Take one of the places when the host is due; while it is not, others have the place."""
        async with host.gate:
            while True:
                self.check_welcome(host)
                due = host.due
                if (wait := due - now()) > 0:
                    await self._sleep(wait)
                await self._places.acquire()
                if host.due == due and self.refusals[host.name] < self._limits.refusals:
                    break
                self._places.release()
            host.start(due)


def now() -> float:
    """The event loop's clock, in seconds; a frozen wall clock does not stop it."""
    return asyncio.get_running_loop().time()
