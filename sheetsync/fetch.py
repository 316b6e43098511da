"""Public pages, asked for the way a considerate visitor would: few at once, spaced out, bounded, and no when told no.

The way of one page: its URL is checked, robots.txt asked (when wanted), the host's turn awaited, the page read within
bounds, redirects stepped by hand with the same checks at every hop, and what fails for a moment tried again later.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Self, TypeVar

import httpx
import stamina
from protego import Protego

from sheetsync.body import Body
from sheetsync.errors import AccountError
from sheetsync.guard import checked_url, host_key, host_of
from sheetsync.model import Page, Status
from sheetsync.pace import Host, Limits, Manners, Pace, now

# stamina logs every retry as a warning; where nobody set up logging, Python would print that on the terminal.
logging.getLogger("stamina").addHandler(logging.NullHandler())

T = TypeVar("T")

_BUSY = frozenset({429, 500, 502, 503, 504})  # worth another try, later
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_ASIDE = 65_536  # bytes of a redirect's body that are read to keep its connection


class _BusyError(Exception):
    """The host answered that it cannot serve the page now.

    Attributes:
        page: What it answered.
        wait: The seconds it asked to wait; None when it did not say.
    """

    def __init__(self, page: Page, wait: float | None) -> None:
        super().__init__(f"HTTP {page.http_status}")
        self.page = page
        self.wait = wait


class _NoAnswerError(Exception):
    """There was no answer, or not all of it; says so in a sentence."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Visit:
    """One try at a page, over all its hops: with which manners, how many seconds are left, and who asks."""

    manners: Manners
    seconds: float
    robots: bool


class Fetcher:
    """Asks for public pages. An async context manager; leaving it closes the transport.

    Args:
        transport: What sends the requests: ``LeasedTransport``, or ``httpx.MockTransport`` in tests.
        limits: What a visit and the run may cost. The run begins on entering.
        user_agent: Who we say we are.
        unpaced: Hosts without delay, and without a limit of their own to what is under way: the user's own servers.
        robots: Whether robots.txt is asked, once per host, and heeded.
        clock: The time in UTC, for what a page notes and for a ``Retry-After`` date.
        sleep: How to wait for a host's next turn, in seconds.

    Attributes:
        requests: What was asked for so far: redirects, further tries and robots.txt included.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        limits: Limits,
        user_agent: str,
        unpaced: frozenset[str] = frozenset(),
        robots: bool = False,
        clock: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.requests = 0
        self._transport = transport
        self._limits = limits
        self._user_agent = user_agent
        self._robots = robots
        self._clock = clock
        self._pace = Pace(limits, frozenset(map(host_of, unpaced)), sleep)
        self._ends: float | None = None

    async def __aenter__(self) -> Self:
        self._ends = now() + self._limits.run_seconds
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.aclose()

    async def fetch(self, url: str, manners: Manners) -> Page:
        """Read one page, whatever its HTTP status.

        Raises:
            AccountError: ``unreachable`` when there is no page within bounds, ``blocked`` when the host, by its answers
                or its robots.txt, does not want to be visited.
        """
        try:
            return await self._patiently(lambda: self._page(url, manners, robots=self._robots))
        except _BusyError as busy:
            return busy.page

    async def resolve(self, url: str, manners: Manners, known: Callable[[str], bool]) -> str:
        """Follow a short link to the first address that ``known`` accepts, without visiting that one.

        Raises:
            AccountError: ``not understood`` when the link ends elsewhere; otherwise as for ``fetch``.
        """
        try:
            return await self._patiently(lambda: self._target(url, manners, known))
        except _BusyError as busy:
            raise _dead_end(busy.page) from busy

    def at_once(self, manners: Manners) -> int:
        """How many visits with these manners it is worth to begin at once: more would only wait for their turn."""
        return self._pace.at_once(manners)

    def refused(self, host: str) -> None:
        """Note that a page was a refusal: a captcha, a bot wall. After too many in a row its host is left alone.

        Args:
            host: The host, or an address on it.
        """
        self._pace.refusals[host_of(host)] += 1

    def welcomed(self, host: str) -> None:
        """Note that a host, or the one that an address is on, served a page as it should."""
        self._pace.refusals[host_of(host)] = 0

    async def _patiently(self, visit: Callable[[], Awaitable[T]]) -> T:
        """Try a visit a few times, while the run lasts. Between tries it holds no place."""
        if self._ends is None:
            self._ends = now() + self._limits.run_seconds
        if now() >= self._ends:
            raise _time_up()
        tries = stamina.retry_context(
            on=_wait_before_retry, attempts=self._limits.attempts, timeout=None, wait_initial=1, wait_max=30
        )
        try:
            async with asyncio.timeout_at(self._ends):
                async for attempt in tries:
                    with attempt:
                        return await visit()
        except TimeoutError as error:
            raise _time_up() from error
        except _NoAnswerError as error:
            raise AccountError(Status.UNREACHABLE, str(error)) from error
        raise AssertionError  # the last try returned or raised

    async def _page(self, url: str, manners: Manners, *, robots: bool) -> Page:
        visit = _Visit(manners, self._limits.page_seconds, robots)
        for _ in range(self._limits.redirects + 1):
            answer = await self._hop(url, visit)
            if isinstance(answer, Page):
                return answer
            url = answer
        raise self._too_many_redirects(url)

    async def _target(self, url: str, manners: Manners, known: Callable[[str], bool]) -> str:
        visit = _Visit(manners, self._limits.page_seconds, self._robots)
        for _ in range(self._limits.redirects + 1):
            if known(url):
                return url
            answer = await self._hop(url, visit)
            if isinstance(answer, Page):
                raise _dead_end(answer)
            url = answer
        raise self._too_many_redirects(url)

    async def _hop(self, address: str, visit: _Visit) -> Page | str:
        """Make one request in its turn; return the page, or the address that it redirects to."""
        url = checked_url(address, visit.manners.hosts)
        host = self._pace.host(host_key(url), visit.manners)
        self._pace.check_welcome(host)
        if visit.robots:
            await self._heed_robots(url, host, visit.manners)
        async with self._pace.turn(host):
            return await self._ask(url, host, visit)

    async def _ask(self, url: httpx.URL, host: Host, visit: _Visit) -> Page | str:
        """Make one request in the time that is left for the page."""
        began = now()
        try:
            async with asyncio.timeout(visit.seconds):
                return await self._exchange(self._request(url, visit.manners))
        except (TimeoutError, httpx.RequestError) as error:
            raise _NoAnswerError(_why_no_answer(host.name, error)) from error
        except _BusyError as busy:
            host.pause(busy.wait or 0)
            self._pace.check_welcome(host)
            raise
        finally:
            visit.seconds -= now() - began

    def _request(self, url: httpx.URL, manners: Manners) -> httpx.Request:
        headers = httpx.Headers(
            {
                "User-Agent": self._user_agent,
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "Accept-Language": "en-US,en;q=0.9",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        headers.update(manners.headers)
        timeout = {"connect": self._limits.page_seconds / 3, "read": None, "write": None, "pool": None}
        return httpx.Request("GET", url, headers=headers, extensions={"timeout": timeout, "http2": manners.http2})

    async def _exchange(self, request: httpx.Request) -> Page | str:
        self.requests += 1
        response = await self._transport.handle_async_request(request)
        try:
            location = response.headers.get("location")
            if response.status_code in _MOVED and location:
                await _skim(response)
                return _joined(request.url, location)
            body = await self._body(response)
        finally:
            await response.aclose()
        content_type = response.headers.get("content-type", "").lower()
        page = Page(str(request.url), response.status_code, content_type, body, self._clock())
        if page.http_status in _BUSY:
            raise _BusyError(page, self._retry_after(response.headers))
        return page

    async def _body(self, response: httpx.Response) -> bytes:
        body = Body(response.headers.get("content-encoding", ""), self._limits.body_bytes)
        async for piece in _pieces(response):
            body.add(piece)
        return body.finish()

    def _retry_after(self, headers: httpx.Headers) -> float | None:
        """Read the seconds to wait from seconds or an HTTP date (RFC 9110, 10.2.3); None when there is neither."""
        text = headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            return None
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (aware - self._clock()).total_seconds())

    async def _heed_robots(self, url: httpx.URL, host: Host, manners: Manners) -> None:
        async with host.robots_lock:
            if host.robots is None:
                host.robots = await self._read_robots(url, manners)
        if isinstance(host.robots, str):
            raise AccountError(Status.UNREACHABLE, f"robots.txt of {host.name} could not be read: {host.robots}")
        if not host.robots.can_fetch(str(url), self._user_agent):
            raise AccountError(Status.BLOCKED, f"robots.txt of {host.name} asks not to visit this page")

    async def _read_robots(self, url: httpx.URL, manners: Manners) -> Protego | str:
        """Ask for robots.txt; as RFC 9309, 2.3.1 has it, none there allows everything, none readable nothing."""
        address = str(url.copy_with(raw_path=b"/robots.txt", fragment=None))
        try:
            page = await self._patiently(lambda: self._page(address, manners, robots=False))
        except _BusyError as busy:
            page = busy.page
        except AccountError as error:
            return str(error)
        if page.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return f"HTTP {page.http_status}"
        found = page.http_status < HTTPStatus.BAD_REQUEST
        return Protego.parse(page.body.decode(errors="replace") if found else "")

    def _too_many_redirects(self, url: str) -> AccountError:
        return AccountError(
            Status.UNREACHABLE, f"more than {self._limits.redirects} redirects; the last led to {url[:200]}"
        )


def _wait_before_retry(error: Exception) -> bool | float:
    """Tell stamina whether to try again: no, after its own growing wait, or after so many seconds."""
    if isinstance(error, _BusyError):
        return True if error.wait is None else error.wait
    return isinstance(error, _NoAnswerError)


def _time_up() -> AccountError:
    return AccountError(Status.UNREACHABLE, "the run's time was up", hint="The next run visits what is left.")


def _dead_end(page: Page) -> AccountError:
    if page.http_status < HTTPStatus.BAD_REQUEST or page.http_status in _GONE:
        return AccountError(Status.NOT_UNDERSTOOD, f"the link ends at {page.url[:200]}, which is no account or post")
    return AccountError(Status.UNREACHABLE, f"the link could not be followed: {page.url[:200]} HTTP {page.http_status}")


def _why_no_answer(host: str, error: Exception) -> str:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"{host} did not answer in time"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy did not lead to {host} ({error})"
    if isinstance(error, httpx.ConnectError):
        return f"{host} could not be reached ({error})"
    return f"the answer of {host} broke off ({error})"


def _joined(url: httpx.URL, location: str) -> str:
    try:
        return str(url.join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise AccountError(Status.UNREACHABLE, f"{url.host} redirects to something that is no address") from error


async def _skim(response: httpx.Response) -> None:
    """Read a body that nobody needs, so that its connection can be used again; a long one is not worth it."""
    size = 0
    async for piece in _pieces(response):
        size += len(piece)
        if size > _ASIDE:
            return


def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """Iterate over the body as sent: not ``aiter_raw``, which a mock's answer has already spent."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("the transport is not asynchronous")
    return aiter(response.stream)
