"""Reading alone: the same values from the same pages in memory, by sheetsync and by hand.

``reading.py PAGES ROUNDS`` prints JSON: for each reader its seconds of processor time a page, one figure a round.
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import lxml.html
from bs4 import BeautifulSoup
from pages import handle, page, truth
from values import SCRIPT, values

from sheetsync.extract import extract
from sheetsync.model import Account, Kind, Page
from sheetsync.platform_file import load_platforms

_RECIPE = load_platforms(None)["tiktok"].recipes[Kind.ACCOUNT]
_NOW = datetime.now(UTC)


def by_sheetsync(number: int, body: bytes) -> dict[str, object]:
    """As ``sheetsync run`` does: signs, whose page it is, every field by the first of its ways that holds."""
    url = f"https://www.tiktok.com/@{handle(number)}"
    account = Account("tiktok", Kind.ACCOUNT, handle(number), url)
    profile = extract(Page(url, 200, "text/html; charset=utf-8", body, _NOW), account, _RECIPE)
    return {"account": account.handle, **profile.values}


def by_lxml(_: int, body: bytes) -> dict[str, object]:
    """The plain loop: lxml, one XPath, json."""
    return values(lxml.html.fromstring(body).xpath(f'//script[@id="{SCRIPT}"]/text()')[0])


def by_soup(_: int, body: bytes) -> dict[str, object]:
    """BeautifulSoup on top of lxml, json."""
    return values(BeautifulSoup(body, "lxml").find("script", id=SCRIPT).string)


READERS: dict[str, Callable[[int, bytes], dict[str, object]]] = {
    "sheetsync": by_sheetsync,
    "lxml.html and json": by_lxml,
    "BeautifulSoup(lxml) and json": by_soup,
}


def main(count: int, rounds: int) -> None:
    """Check that every reader reads every page right, then time them, one after the other in each round."""
    bodies = [page(number) for number in range(count)]
    for name, read in READERS.items():
        for number, body in enumerate(bodies):
            if read(number, body) != {"account": handle(number), **truth(number)}:
                raise SystemExit(f"{name} misread page {number}")
    seconds: dict[str, list[float]] = {name: [] for name in READERS}
    for _ in range(rounds):
        for name, read in READERS.items():
            seconds[name].append(_time(read, bodies))
    print(json.dumps(seconds))


def _time(read: Callable[[int, bytes], dict[str, object]], bodies: list[bytes]) -> float:
    gc.collect()
    began = time.process_time()
    for number, body in enumerate(bodies):
        read(number, body)
    return (time.process_time() - began) / len(bodies)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
