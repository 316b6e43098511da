import asyncio
import gzip
import random
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync.connect import LeasedTransport
from sheetsync.errors import AccountError
from sheetsync.fetch import Fetcher
from sheetsync.model import Page, Status
from sheetsync.pace import Limits, Manners
from tests.site import Site, always, reply, run_timeless, serve

HOST = "www.tiktok.com"
URL = f"https://{HOST}/@a"
HOSTS = frozenset({HOST, "tiktok.com", "vm.tiktok.com"})
MANNERS = Manners(HOSTS)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

ASKED = httpx.Request("GET", URL)

Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every random delay is the middle one."""
    monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)


class Visits:
    """A mock site on a clock of its own; writes down when each page was asked for, and how many were under way."""

    def __init__(self, handler: Handler, seconds: float = 0) -> None:
        self.asked: list[tuple[float, str]] = []
        self.requests: list[httpx.Request] = []
        self.most = 0
        self._handler = handler
        self._seconds = seconds
        self._under_way = 0

    @property
    def times(self) -> list[float]:
        return [round(when, 6) for when, _ in self.asked]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((asyncio.get_running_loop().time(), str(request.url)))
        self.requests.append(request)
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        await asyncio.sleep(self._seconds)
        self._under_way -= 1
        return self._handler(request)


def ok(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=b"<html>", headers={"Content-Type": "Text/HTML; charset=UTF-8"})


def answers(*responses: httpx.Response | Exception) -> Handler:
    """Answer with one after the other, then with the last again and again."""
    left = list(responses)

    def handler(_request: httpx.Request) -> httpx.Response:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handler


def fetcher(handler: Any, limits: Limits | None = None, **options: Any) -> Fetcher:
    options.setdefault("clock", lambda: NOW)
    return Fetcher(httpx.MockTransport(handler), limits=limits or Limits(), user_agent="sheetsync/1", **options)


def fetch_one(handler: Any, url: str = URL, manners: Manners = MANNERS, **options: Any) -> Page:
    async def main() -> Page:
        async with fetcher(handler, **options) as visitor:
            return await visitor.fetch(url, manners)

    return run_timeless(main())


def fails(handler: Any, match: str, url: str = URL, manners: Manners = MANNERS, **options: Any) -> AccountError:
    with pytest.raises(AccountError, match=match) as caught:
        fetch_one(handler, url, manners, **options)
    return caught.value


def redirects(*locations: str) -> Handler:
    """Redirect to one after the other, then give a page."""
    return answers(*(httpx.Response(302, headers={"Location": location}) for location in locations), ok(ASKED))


# --- One page


def test_a_page() -> None:
    page = fetch_one(ok, f"{URL}?lang=en")
    assert page == Page(f"{URL}?lang=en", 200, "text/html; charset=utf-8", b"<html>", NOW)


def test_what_is_asked_and_that_the_platform_has_the_last_word() -> None:
    visits = Visits(ok)
    fetch_one(visits, manners=Manners(HOSTS, http2=True, headers={"accept": "application/json", "X-App": "1"}))
    request = visits.requests[0]
    assert (request.method, request.extensions["http2"]) == ("GET", True)
    assert dict(request.headers) == {
        "host": HOST,
        "user-agent": "sheetsync/1",
        "accept": "application/json",
        "accept-language": "en-US,en;q=0.9",
        "accept-encoding": "gzip, deflate",
        "x-app": "1",
    }


@pytest.mark.parametrize("status", [204, 304, 400, 403, 404, 410, 451, 501])
def test_any_other_status_is_a_page_for_the_reader_to_name(status: int) -> None:
    visits = Visits(answers(httpx.Response(status, content=b"x")))
    assert fetch_one(visits).http_status == status
    assert len(visits.asked) == 1


def test_requests_are_counted() -> None:
    async def main() -> int:
        async with fetcher(redirects(URL)) as visitor:
            await visitor.fetch(URL, MANNERS)
            return visitor.requests

    assert run_timeless(main()) == 2


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://www.tiktok.com/", "https://u:p@www.tiktok.com/", "https://x.example/"]
)
def test_an_address_that_may_not_be_visited_is_not(url: str) -> None:
    visits = Visits(ok)
    assert fails(visits, ".", url).status is Status.UNREACHABLE
    assert not visits.asked


@given(st.text())
def test_whatever_the_address_nothing_but_an_account_error(url: str) -> None:
    async def main() -> None:
        with pytest.raises(AccountError):
            await fetcher(ok).fetch(url, MANNERS)

    run_timeless(main())


def test_any_public_host_where_the_platform_names_none() -> None:
    assert fetch_one(ok, "https://anything.example/x", Manners(None)).http_status == 200


# --- Pace


def visit_all(visits: Visits, urls: list[str], manners: Manners, **options: Any) -> None:
    async def main() -> None:
        async with fetcher(visits, **options) as visitor:
            await asyncio.gather(*(visitor.fetch(url, manners) for url in urls))

    run_timeless(main())


def test_pages_of_one_host_start_one_delay_apart_and_in_order() -> None:
    visits = Visits(ok)
    urls = [f"https://{HOST}/{number}" for number in range(5)]
    visit_all(visits, urls, Manners(HOSTS, delay=2.0))
    assert visits.times == [0, 2, 4, 6, 8]
    assert [url for _, url in visits.asked] == urls


def test_the_delay_is_jittered(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([(0.75, 1.25, 0.75), (0.75, 1.25, 1.25), (0.75, 1.25, 1.0)])

    def uniform(low: float, high: float) -> float:
        expected_low, expected_high, value = next(drawn)
        assert (low, high) == (expected_low, expected_high)
        return value

    monkeypatch.setattr(random, "uniform", uniform)
    visits = Visits(ok)
    visit_all(visits, [URL] * 3, Manners(HOSTS, delay=4.0))
    assert visits.times == [0, 3, 8]


def test_no_more_pages_of_one_host_under_way_than_it_likes() -> None:
    visits = Visits(ok, seconds=10)
    visit_all(visits, [URL] * 6, Manners(HOSTS, concurrency=3, delay=1.0))
    assert visits.most == 3
    assert visits.times == [0, 1, 2, 10, 11, 12]


def test_hosts_do_not_wait_for_each_other() -> None:
    visits = Visits(ok)
    hosts = frozenset(f"h{number}.example" for number in range(10))
    visit_all(visits, [f"https://{host}/{page}" for page in range(3) for host in hosts], Manners(hosts, delay=5.0))
    assert visits.times == [0] * 10 + [5] * 10 + [10] * 10


def test_no_more_pages_under_way_than_places_over_all_hosts() -> None:
    visits = Visits(ok, seconds=10)
    hosts = frozenset(f"h{number}.example" for number in range(9))
    visit_all(visits, [f"https://{host}/" for host in hosts], Manners(hosts), limits=Limits(concurrency=3))
    assert visits.most == 3
    assert visits.times == [0] * 3 + [10] * 3 + [20] * 3


def test_a_host_that_waits_holds_no_place() -> None:
    visits = Visits(ok)
    slow = [f"https://{HOST}/{number}" for number in range(4)]
    quick = [f"https://h{number}.example/" for number in range(4)]
    hosts = frozenset({HOST, *(f"h{number}.example" for number in range(4))})
    visit_all(visits, slow + quick, Manners(hosts, concurrency=4, delay=100.0), limits=Limits(concurrency=1))
    assert visits.times == [0] * 5 + [100, 200, 300]


def test_an_unpaced_host_knows_only_the_places() -> None:
    visits = Visits(ok, seconds=1)
    visit_all(visits, [URL] * 20, MANNERS, limits=Limits(concurrency=10), unpaced=frozenset({HOST.upper()}))
    assert visits.times == [0] * 10 + [1] * 10


def test_how_many_visits_are_worth_beginning() -> None:
    visitor = fetcher(ok, unpaced=frozenset({"own.example"}))
    assert visitor.at_once(Manners(frozenset({HOST}), concurrency=3)) == 3
    assert visitor.at_once(Manners(HOSTS, concurrency=3)) == 9
    assert visitor.at_once(Manners(HOSTS, concurrency=30)) == 16
    assert visitor.at_once(Manners(None)) == 16
    assert visitor.at_once(Manners(frozenset({"own.example"}))) == 16


def test_the_wait_is_what_was_handed_in() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    visits = Visits(ok)
    visit_all(visits, [URL] * 4, Manners(HOSTS, delay=1.0), sleep=sleep)
    assert waited == [1, 2, 3]
    assert visits.times == [0, 0, 0, 0]


# --- Trouble that passes


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_fails_for_a_moment_is_tried_again(status: int) -> None:
    visits = Visits(answers(httpx.Response(status), httpx.Response(status), ok(ASKED)))
    assert fetch_one(visits).http_status == 200
    assert visits.times == [0, 1.5, 4]


@pytest.mark.parametrize("status", [429, 503])
def test_what_goes_on_failing_is_a_page_for_the_reader_to_name(status: int) -> None:
    visits = Visits(answers(httpx.Response(status, content=b"busy")))
    page = fetch_one(visits)
    assert (page.http_status, page.body) == (status, b"busy")
    assert len(visits.asked) == 3


ERRORS = [
    (httpx.ConnectError("nobody there"), r"www\.tiktok\.com could not be reached \(nobody there\)"),
    (httpx.ConnectTimeout(""), r"www\.tiktok\.com did not answer in time"),
    (httpx.ReadError("reset"), r"the answer of www\.tiktok\.com broke off \(reset\)"),
    (httpx.RemoteProtocolError("bad"), r"the answer of www\.tiktok\.com broke off \(bad\)"),
    (httpx.ProxyError("502"), r"the proxy did not lead to www\.tiktok\.com \(502\)"),
]


@pytest.mark.parametrize(("error", "sentence"), ERRORS)
def test_no_answer_is_tried_again_and_then_said(error: Exception, sentence: str) -> None:
    visits = Visits(answers(error))
    assert fails(visits, sentence).status is Status.UNREACHABLE
    assert len(visits.asked) == 3
    visits = Visits(answers(error, ok(ASKED)))
    assert fetch_one(visits).http_status == 200


@pytest.mark.parametrize(
    ("header", "second"),
    [
        ("7", 7),
        ("60", 60),
        ("0", 1),  # the host's own delay
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 12:00:30 -0000", 30),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 1),
        ("soon", 1.5),
        ("-5", 1.5),
        ("", 1.5),
    ],
)
def test_a_wait_that_is_asked_for_is_waited(header: str, second: float) -> None:
    visits = Visits(answers(httpx.Response(429, headers={"Retry-After": header}), ok(ASKED)))
    assert fetch_one(visits).http_status == 200
    assert visits.times == [0, second]


def test_while_one_waits_the_whole_host_is_left_alone_and_others_are_not() -> None:
    visits = Visits(
        lambda request: httpx.Response(429, headers={"Retry-After": "30"}) if len(visits.asked) == 1 else ok(request)
    )
    urls = [URL, f"https://{HOST}/@b", "https://tiktok.com/@c"]
    visit_all(visits, urls, Manners(HOSTS, delay=1.0), limits=Limits(concurrency=1))
    assert [(round(when), url.rpartition("@")[2]) for when, url in visits.asked][:2] == [(0, "a"), (0, "c")]
    assert visits.times == [0, 0, 30, 31]


@pytest.mark.parametrize("header", ["61", "Mon, 23 Nov 2026 13:00:00 GMT", "9" * 400])
def test_a_wait_that_is_too_long_is_given_up_at_once_for_all_of_the_host(header: str) -> None:
    async def main() -> None:
        async with fetcher(visits) as visitor:
            for _ in range(2):
                with pytest.raises(AccountError, match=r"www\.tiktok\.com asked not to be visited for") as caught:
                    await visitor.fetch(URL, MANNERS)
                assert caught.value.status is Status.BLOCKED
            assert (await visitor.fetch("https://tiktok.com/", MANNERS)).http_status == 429

    visits = Visits(lambda request: httpx.Response(429, headers=asking(request)))

    def asking(request: httpx.Request) -> dict[str, str]:
        return {"Retry-After": header} if request.url.host == HOST else {}

    run_timeless(main())
    assert [url for _, url in visits.asked].count(URL) == 1


def test_a_long_delay_of_our_own_is_not_a_wait_that_was_asked_for() -> None:
    visits = Visits(ok)
    visit_all(visits, [URL] * 3, Manners(HOSTS, delay=600.0))
    assert visits.times == [0, 600, 1200]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_no_retry_after_is_too_strange(header: str) -> None:
    wait = fetcher(ok)._retry_after(httpx.Headers({"Retry-After": header}))
    assert wait is None or wait >= 0


# --- Refusals


def test_after_refusals_in_a_row_a_host_is_left_alone() -> None:
    async def visit(visitor: Fetcher, url: str) -> str:
        try:
            await visitor.fetch(url, MANNERS)
        except AccountError as error:
            return f"{error.status}: {error}"
        visitor.refused(HOST.upper() if HOST in url else url)
        return "asked"

    async def main() -> list[str]:
        async with fetcher(visits) as visitor:
            return await asyncio.gather(*(visit(visitor, URL) for _ in range(9)), visit(visitor, "https://tiktok.com/"))

    visits = Visits(ok)
    sentence = "blocked: www.tiktok.com refused 5 visits in a row; the rest of its accounts are not visited in this run"
    assert run_timeless(main()) == ["asked"] * 5 + [sentence] * 4 + ["asked"]
    assert len(visits.asked) == 6


def test_a_welcome_begins_the_count_anew() -> None:
    async def main() -> None:
        async with fetcher(ok) as visitor:
            for _ in range(4):
                visitor.refused(URL)
            visitor.welcomed(HOST)
            for _ in range(4):
                visitor.refused(HOST)
            await visitor.fetch(URL, MANNERS)
            visitor.refused(HOST)
            with pytest.raises(AccountError, match="in a row"):
                await visitor.fetch(URL, MANNERS)

    run_timeless(main())


# --- Redirects


def test_five_redirects_are_followed_and_six_are_not() -> None:
    steps = [f"https://{HOST}/{number}" for number in range(6)]
    assert fetch_one(redirects(*steps[:5])).url == steps[4]
    assert fails(redirects(*steps), "more than 5 redirects").status is Status.UNREACHABLE


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/@b", f"https://{HOST}/@b"),
        ("b?x=1", f"https://{HOST}/b?x=1"),
        ("//tiktok.com/@b", "https://tiktok.com/@b"),
        ("https://TIKTOK.com:443/@b", "https://tiktok.com/@b"),
        ("http://vm.tiktok.com./@b", "http://vm.tiktok.com/@b"),
    ],
)
def test_redirects_within_the_platform(location: str, url: str) -> None:
    assert fetch_one(redirects(location)).url == url


@pytest.mark.parametrize(
    "location",
    [
        *(
            "https://evil.example/",
            "//evil.example/@a",
            "http://169.254.169.254/",
            "http://127.0.0.1:8000/",
            "file:///",
        ),
        *(
            "https://www.tiktok.com:22/",
            "https://me@www.tiktok.com/",
            "http://[::1",
            "javascript:alert(1)",
            "http://:0",
        ),
    ],
)
def test_redirects_elsewhere_are_not_followed(location: str) -> None:
    visits = Visits(redirects(location))
    assert fails(visits, ".").status is Status.UNREACHABLE
    assert len(visits.asked) == 1


def test_a_redirect_without_address_is_a_page() -> None:
    assert fetch_one(answers(httpx.Response(302))).http_status == 302


def test_each_hop_waits_for_the_turn_of_its_host() -> None:
    visits = Visits(redirects(f"https://{HOST}/1", "https://tiktok.com/2", f"https://{HOST}/3"))
    fetch_one(visits, manners=Manners(HOSTS, delay=10.0))
    assert visits.times == [0, 10, 10, 20]


def test_no_cookie_is_kept() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert "cookie" not in request.headers
        if request.url.path == "/2":
            return ok(request)
        return httpx.Response(302, headers={"Set-Cookie": "id=1; Path=/", "Location": "/2"})

    async def main() -> None:
        async with fetcher(handler) as visitor:
            await visitor.fetch(URL, MANNERS)
            await visitor.fetch(URL, MANNERS)

    run_timeless(main())


# --- Bounds


class Stream(httpx.AsyncByteStream):
    """A body in pieces; knows how many bytes were taken and whether it was closed."""

    def __init__(self, pieces: Iterator[bytes], seconds: float = 0) -> None:
        self.pieces = pieces
        self.seconds = seconds
        self.taken = 0
        self.closed = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.taken += len(piece)
            await asyncio.sleep(self.seconds)
            yield piece

    async def aclose(self) -> None:
        self.closed += 1


def bomb() -> Iterator[bytes]:
    """A gzip stream of 1 GB of zeros, in small pieces."""
    squeeze = zlib.compressobj(9, wbits=31)
    for _ in range(1000):
        yield squeeze.compress(bytes(1_000_000)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    yield squeeze.flush()


def endless() -> Iterator[bytes]:
    while True:
        yield bytes(100_000)


@pytest.mark.parametrize(
    ("pieces", "encoding", "most"),
    [(bomb, "gzip", 20_000), (endless, "", 10_200_000), (endless, "identity", 10_200_000)],
)
def test_a_body_that_is_too_large_stops_early(pieces: Callable[[], Iterator[bytes]], encoding: str, most: int) -> None:
    stream = Stream(pieces())
    visits = Visits(answers(httpx.Response(200, headers={"Content-Encoding": encoding}, stream=stream)))
    assert fails(visits, "the page is larger than 10 MB").status is Status.UNREACHABLE
    assert stream.taken <= most
    assert stream.closed == 1
    assert len(visits.asked) == 1


def test_a_compressed_page_is_read() -> None:
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Stream(iter([gzip.compress(b"hi")])))
    assert fetch_one(answers(response)).body == b"hi"


def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    stream = Stream(iter([b"x"]))
    visits = Visits(answers(httpx.Response(200, headers={"Content-Encoding": "br"}, stream=stream)))
    fails(visits, "the page came as 'br', which nobody asked for")
    assert (stream.taken, stream.closed) == (0, 1)


def test_a_compressed_page_that_is_cut_short_is_asked_for_again() -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        raw = gzip.compress(b"whole")[: len(visits.asked) * 10]
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Stream(iter([raw])))

    visits = Visits(handler)
    assert fetch_one(visits).body == b"whole"
    assert len(visits.asked) == 3


def test_the_time_for_a_page_is_bounded_and_waiting_for_a_turn_not_counted() -> None:
    drips = Visits(lambda _: httpx.Response(200, stream=Stream(iter([b"x"] * 1000), seconds=1)))
    assert fails(drips, r"www\.tiktok\.com did not answer in time").status is Status.UNREACHABLE
    assert drips.times == [0, 31.5, 64]
    patient = Visits(ok, seconds=29)
    visit_all(patient, [URL] * 5, Manners(HOSTS, concurrency=1, delay=100.0))
    assert patient.times == [0, 100, 200, 300, 400]


def test_the_time_for_a_page_includes_its_redirects() -> None:
    visits = Visits(redirects(*[URL] * 5), seconds=7)
    fails(visits, "did not answer in time", limits=Limits(attempts=1))
    assert visits.times == [0, 7, 14, 21, 28]


def test_the_time_for_a_run_is_bounded() -> None:
    async def main() -> None:
        async with fetcher(visits, Limits(run_seconds=100)) as visitor:
            results = await asyncio.gather(*(visitor.fetch(URL, manners) for _ in range(5)), return_exceptions=True)
            assert [isinstance(result, Page) for result in results] == [True, True, True, False, False]
            with pytest.raises(AccountError, match="the run's time was up") as caught:
                await visitor.fetch("https://tiktok.com/", MANNERS)
            assert caught.value.status is Status.UNREACHABLE
            assert str(results[3]) == "the run's time was up"

    manners = Manners(HOSTS, delay=40.0)
    visits = Visits(ok)
    run_timeless(main())
    assert visits.times == [0, 40, 80]


# --- robots.txt


def site_with_robots(robots: httpx.Response | Exception) -> Visits:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/robots.txt":
            return ok(request)
        if isinstance(robots, Exception):
            raise robots
        return robots

    return Visits(handler)


RULES = b"User-agent: *\nDisallow: /@*/private\n\nUser-agent: sheetsync\nDisallow: /@no\n"


def test_robots_is_asked_once_per_host_and_heeded() -> None:
    async def main() -> None:
        async with fetcher(visits, robots=True) as visitor:
            await asyncio.gather(*(visitor.fetch(url, MANNERS) for url in (URL, URL, "https://tiktok.com/@a/private")))
            with pytest.raises(
                AccountError, match=r"robots.txt of www.tiktok.com asks not to visit this page"
            ) as caught:
                await visitor.fetch(f"https://{HOST}/@no", MANNERS)
            assert caught.value.status is Status.BLOCKED

    visits = site_with_robots(httpx.Response(200, content=RULES))
    run_timeless(main())
    urls = [url for _, url in visits.asked]
    assert urls.count(f"https://{HOST}/robots.txt") == urls.count("https://tiktok.com/robots.txt") == 1
    assert len(urls) == 5


def test_robots_is_not_asked_unless_wanted() -> None:
    visits = site_with_robots(httpx.Response(200, content=b"User-agent: *\nDisallow: /"))
    assert fetch_one(visits).http_status == 200
    assert len(visits.asked) == 1


def test_no_robots_allows_everything() -> None:
    visits = site_with_robots(httpx.Response(404, content=b"User-agent: *\nDisallow: /"))
    assert fetch_one(visits, robots=True).http_status == 200


@pytest.mark.parametrize("robots", [httpx.Response(503), httpx.ConnectError("nobody there")])
def test_unreadable_robots_allow_nothing(robots: httpx.Response | Exception) -> None:
    error = fails(site_with_robots(robots), r"robots\.txt of www\.tiktok\.com could not be read", robots=True)
    assert error.status is Status.UNREACHABLE


def test_robots_of_the_page_redirected_to_are_heeded_too() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(200, content=b"User-agent: *\nDisallow: /secret")
        return httpx.Response(302, headers={"Location": "https://tiktok.com/secret"})

    fails(handler, "asks not to visit this page", robots=True)


# --- Short links


def resolve(handler: Any, url: str, known: Callable[[str], bool], **options: Any) -> str:
    async def main() -> str:
        async with fetcher(handler, **options) as visitor:
            return await visitor.resolve(url, MANNERS, known)

    return run_timeless(main())


SHORT = "https://vm.tiktok.com/ZMabc/"


def test_a_short_link_is_followed_to_an_account_that_is_not_visited() -> None:
    visits = Visits(redirects("https://tiktok.com/t/1", f"{URL}?_r=1", "https://evil.example/"))
    assert resolve(visits, SHORT, lambda url: "/@" in url) == f"{URL}?_r=1"
    assert [url for _, url in visits.asked] == [SHORT, "https://tiktok.com/t/1"]


def test_what_is_known_already_is_not_visited() -> None:
    visits = Visits(ok)
    assert resolve(visits, URL, lambda _: True) == URL
    assert not visits.asked


@pytest.mark.parametrize(
    ("handler", "status", "sentence"),
    [
        (ok, Status.NOT_UNDERSTOOD, r"the link ends at https://vm.tiktok.com/ZMabc/"),
        (answers(httpx.Response(404)), Status.NOT_UNDERSTOOD, "the link ends at"),
        (answers(httpx.Response(403)), Status.UNREACHABLE, "HTTP 403"),
        (answers(httpx.Response(429)), Status.UNREACHABLE, "HTTP 429"),
        (redirects("https://evil.example/"), Status.UNREACHABLE, "evil.example is not one of the platform's own hosts"),
        (redirects(*["/again"] * 9), Status.UNREACHABLE, "more than 5 redirects"),
        (answers(httpx.ConnectError("x")), Status.UNREACHABLE, "could not be reached"),
    ],
)
def test_a_short_link_that_leads_nowhere(handler: Handler, status: Status, sentence: str) -> None:
    with pytest.raises(AccountError, match=sentence) as caught:
        resolve(handler, SHORT, lambda _: False)
    assert caught.value.status is status


# --- Over real connections


def over_loopback(answer: Any, check: Callable[[Fetcher, Site], Any], **options: Any) -> None:
    async def main() -> None:
        async with serve(answer) as site:
            transport = LeasedTransport(proxy="", connect_to={HOST: site.origin})
            limits = Limits(**options)
            unpaced = frozenset({HOST})
            async with Fetcher(transport, limits=limits, user_agent="sheetsync/1", unpaced=unpaced) as visitor:
                await check(visitor, site)

    asyncio.run(main())


def test_a_real_page_over_one_connection_with_its_own_host_header() -> None:
    async def check(visitor: Fetcher, site: Site) -> None:
        for _ in range(10):
            page = await visitor.fetch(URL, MANNERS)
            assert (page.url, page.body) == (URL, b"<html>" * 1000)
            assert datetime.now(UTC) - page.observed_at < timedelta(minutes=1)
        assert site.connections == 1
        assert all(f"Host: {HOST}\r\n" in head for head in site.requests)

    over_loopback(always(reply(gzip.compress(b"<html>" * 1000), "Content-Encoding: gzip")), check)


def test_a_real_redirect_keeps_its_connection() -> None:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        moved = reply(b"moved", "Location: /2", status="301 Moved")
        writer.write(reply(b"two") if head.startswith("GET /2 ") else moved)

    async def check(visitor: Fetcher, site: Site) -> None:
        assert (await visitor.fetch(URL, MANNERS)).url == f"https://{HOST}/2"
        assert (site.connections, site.paths) == (1, ["/@a", "/2"])

    over_loopback(answer, check)


def test_a_real_endless_body_is_cut_off() -> None:
    async def answer(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
            await writer.drain()

    async def check(visitor: Fetcher, site: Site) -> None:
        with pytest.raises(AccountError, match="larger than 10 MB"):
            await visitor.fetch(URL, MANNERS)
        assert len(site.requests) == 1

    over_loopback(answer, check)


def test_a_real_body_of_50_mb_is_cut_off() -> None:
    async def check(visitor: Fetcher, site: Site) -> None:
        with pytest.raises(AccountError, match="larger than 10 MB"):
            await visitor.fetch(URL, MANNERS)
        assert len(site.requests) == 1

    over_loopback(always(reply(bytes(50_000_000))), check)


def test_a_real_body_that_is_cut_short_is_an_error() -> None:
    async def answer(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(b"x" * 100)[:-1])
        writer.close()

    async def check(visitor: Fetcher, _site: Site) -> None:
        with pytest.raises(AccountError, match="broke off"):
            await visitor.fetch(URL, MANNERS)

    over_loopback(answer, check, attempts=1)


def test_a_real_server_that_says_nothing_is_left() -> None:
    async def check(visitor: Fetcher, _site: Site) -> None:
        with pytest.raises(AccountError, match="did not answer in time"):
            await visitor.fetch(URL, MANNERS)

    over_loopback(always(b""), check, attempts=1, page_seconds=0.05)


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/latest/", "http://metadata.example/", "http://2130706433/"]
)
def test_a_real_redirect_to_a_private_address_is_not_followed(location: str) -> None:
    resolved: list[str] = []

    async def resolver(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return [host] if host == "127.0.0.1" else ["10.0.0.7"]

    async def main() -> None:
        async with serve(always(reply(b"", f"Location: {location}", status="302 Found"))) as site:
            transport = LeasedTransport(proxy="", connect_to={HOST: site.origin}, resolver=resolver)
            async with Fetcher(transport, limits=Limits(), user_agent="x") as visitor:
                with pytest.raises(AccountError, match="private address, which sheetsync never visits") as caught:
                    await visitor.fetch(URL, Manners(None))
                assert caught.value.status is Status.UNREACHABLE
                assert visitor.requests == 2

    asyncio.run(main())
    assert resolved in (["127.0.0.1"], ["127.0.0.1", "metadata.example"])
