"""Pairs of a page and what it says, found under platforms/; their format is told in platforms/test_pairs.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from sheetsync.extract import extract
from sheetsync.identify import account_of
from sheetsync.model import Account, Kind, Page, Profile, Status
from sheetsync.platform import Platform, Platforms, Recipe
from sheetsync.platform_file import load_platforms

FOLDER = Path(__file__).parent / "platforms"
SEEN_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Who(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    handle: str
    post: str = ""


class Expected(msgspec.Struct, forbid_unknown_fields=True):
    status: Status
    values: dict[str, Any]
    rounded: list[str]
    detail: str = ""


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in NAME.json."""

    url: str
    http_status: int
    content_type: str
    account: Who
    expected: Expected


@dataclass(frozen=True)
class Pair:
    platform: Platform
    file: Path
    said: Said
    body: bytes

    @property
    def expected(self) -> Expected:
        return self.said.expected

    @property
    def recipe(self) -> Recipe:
        return self.platform.recipes[self.said.account.kind]

    @property
    def account(self) -> Account:
        who = self.said.account
        return account_of(self.platform, who.kind, who.handle, who.post)

    def page(self, body: bytes | None = None) -> Page:
        said = self.said
        return Page(said.url, said.http_status, said.content_type, self.body if body is None else body, SEEN_AT)

    def profile(self, body: bytes | None = None) -> Profile:
        return extract(self.page(body), self.account, self.recipe)

    def __str__(self) -> str:
        return f"{self.platform.key}/{self.file.stem}"


@cache
def built_in() -> Platforms:
    return load_platforms()


def pages_beside(file: Path) -> list[Path]:
    return [other for other in file.parent.glob(f"{file.stem}.*") if other != file]


@cache
def all_pairs() -> tuple[Pair, ...]:
    return tuple(_pairs())


def pair(name: str) -> Pair:
    """The pair that ``platform/name`` names."""
    return next(one for one in all_pairs() if str(one) == name)


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON has them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _pairs() -> Iterator[Pair]:
    for file in sorted(FOLDER.glob("*/*.json")):
        said = msgspec.json.decode(file.read_bytes(), type=Said)
        for page in pages_beside(file):
            yield Pair(built_in()[file.parent.name], file, said, page.read_bytes())
