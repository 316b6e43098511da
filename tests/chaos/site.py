"""The sample site on bad days: it shows numbers that move, lies, refuses and breaks, and remembers what it showed."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date

import httpx

from sheetsync.model import Status
from sheetsync.sample_site import account_page, page

Shown = tuple[str, int | None]
"""The status of an account as a page shows it, and its followers, where it shows any."""

GONE = page("/@nobody.of.this.name", 0)[1]
WALL = page("/@behind_the_wall", 0)[1]
PRIVATE = 7
"""Every seventh account is private, so that a status beside the wrong handle shows."""


class ChaoticSite:
    """A site whose answers are true, as far as they can be read; what can be read is remembered.

    Args:
        chance: Decides.

    Attributes:
        today: The day that it is there.
        trouble: The share of its answers that are not what a visitor hopes for.
        shown: By day and handle, everything that was readable on its pages.
        troubles: How often it did what.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.today = date.min
        self.trouble = 0.0
        self.all_gone = False
        self.shown: defaultdict[tuple[date, str], set[Shown]] = defaultdict(set)
        self.troubles: Counter[str] = Counter()
        self.on_visit: Callable[[], None] | None = None
        self._visits = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The answer to a visitor in this process."""
        path = request.url.path
        if path.startswith("/@") and self.chance.random() < self.trouble:
            name, answer = self.chance.choice(TROUBLES)
            self.troubles[name] += 1
            return answer(self, path.removeprefix("/@"))
        status, text = self.answer(path)
        return httpx.Response(status, html=text)

    def answer(self, path: str) -> tuple[int, str]:
        """The honest answer."""
        if self.on_visit:
            self.on_visit()
        if not path.startswith("/@"):
            return 400, "<title>Bad request</title>"
        handle = path.removeprefix("/@")
        return 200, self.gone(handle) if self.all_gone else self.account(handle)

    def kill_at(self, visit: int, kill: Callable[[], None]) -> None:
        """Do so when a page is asked for, so many visits from now."""
        left = iter(range(visit))
        self.on_visit = lambda: kill() if next(left, None) is None else None

    def gone(self, handle: str) -> str:
        self.shown[self.today, handle].add((Status.NOT_FOUND, None))
        return GONE

    def account(self, handle: str, *, share: int = 1) -> str:
        """A page whose number is another at every visit; a share of it where the site lies."""
        self._visits += 1
        followers = (100_000 + 100 * self.today.toordinal() % 10_000 + self._visits % 100) // share
        text = account_page(handle, followers)
        status = Status.OK
        if int(handle.removeprefix("h")) % PRIVATE == 0:
            status = Status.PRIVATE
            text = text.replace('"privateAccount": false', '"privateAccount": true')
            text = text.replace('"statusCode": 0', '"statusCode": 10222')
        self.shown[self.today, handle].add((status, followers))
        return text


Trouble = Callable[[ChaoticSite, str], httpx.Response]


def _always(status: int, text: str = "", **headers: str) -> Trouble:
    return lambda _site, _handle: httpx.Response(status, html=text, headers=headers)


def _no_connection(_site: ChaoticSite, _handle: str) -> httpx.Response:
    raise httpx.ConnectError("nobody is there")


def _cut(site: ChaoticSite, handle: str) -> httpx.Response:
    text = site.account(handle)
    return httpx.Response(200, html=text[: site.chance.randrange(len(text))])


def _noise(site: ChaoticSite, _handle: str) -> httpx.Response:
    return httpx.Response(200, content=site.chance.randbytes(500), headers={"content-type": "text/html"})


def _somebody_else(_site: ChaoticSite, _handle: str) -> httpx.Response:
    return httpx.Response(200, html=account_page("somebody.else", 66_666_666))


def _lie(site: ChaoticSite, handle: str) -> httpx.Response:
    return httpx.Response(200, html=site.account(handle, share=50))


def _no_page(site: ChaoticSite, handle: str) -> httpx.Response:
    site.gone(handle)
    return httpx.Response(404)


def _gone(site: ChaoticSite, handle: str) -> httpx.Response:
    return httpx.Response(200, html=site.gone(handle))


TROUBLES: tuple[tuple[str, Trouble], ...] = (
    ("500", _always(500, "broken")),
    ("503", _always(503, "busy")),
    ("403", _always(403, "no")),
    ("429", _always(429, "slow down", **{"retry-after": "86400"})),
    ("404 without a word", _no_page),
    ("empty", _always(200)),
    ("bot wall", _always(200, WALL)),
    ("redirect to a private address", _always(302, location="http://169.254.169.254/latest")),
    ("redirect elsewhere", _always(302, location="https://evil.example/")),
    ("no connection", _no_connection),
    ("page cut off", _cut),
    ("noise", _noise),
    ("somebody else's page", _somebody_else),
    ("a fiftieth of the number", _lie),
    ("gone for a moment", _gone),
)
