"""The same as a Scrapy spider, with Scrapy's own selectors and CSV feed.

``scrapy_spider.py ORIGIN AT_ONCE``, in a folder with Accounts.csv. As by default, Scrapy checks no certificate.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import TextResponse
from values import SCRIPT, values


class Profiles(scrapy.Spider):
    """Reads every profile into one item."""

    name = "profiles"

    def parse(self, response: TextResponse) -> Iterator[dict[str, object]]:
        """The one item of a page."""
        yield values(response.xpath(f'//script[@id="{SCRIPT}"]/text()').get())


def main(origin: str, at_once: int) -> None:
    """Read every account of Accounts.csv into History.csv."""
    with Path("Accounts.csv").open(encoding="utf-8", newline="") as accounts:
        urls = [f"{origin}/@{account['account']}" for account in csv.DictReader(accounts)]
    settings = {
        "CONCURRENT_REQUESTS": at_once,
        "CONCURRENT_REQUESTS_PER_DOMAIN": at_once,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
        "FEEDS": {"History.csv": {"format": "csv"}},
    }
    process = CrawlerProcess(settings)
    process.crawl(Profiles, start_urls=urls)
    process.start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
