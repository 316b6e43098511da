"""Real pages of the platforms beside TikTok, where recordings are at hand: the number that stands on each, or none.

TikTok's have a test of their own, because its shapes are many.
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sheetsync.extract import extract
from sheetsync.identify import account_of
from sheetsync.model import Kind, Page, Profile
from sheetsync.platform_file import load_platforms
from tests.recordings import FOLDER

PLATFORMS = ("telegram", "snapchat", "github", "bluesky")
PREVIEW = "telegram/channel-s-"  # the address that sheetsync does not ask for


def entries() -> Iterator[dict[str, Any]]:
    manifest = FOLDER / "MANIFEST.toml"
    if manifest.exists():
        yield from (one for one in tomllib.loads(manifest.read_text())["page"] if one["platform"] in PLATFORMS)


def profile_of(entry: dict[str, Any]) -> Profile:
    platform = load_platforms()[entry["platform"]]
    kind = "application/json" if entry["file"].endswith(".json") else "text/html; charset=utf-8"
    status = entry.get("http_status", 404 if entry["kind"] == "notfound" else 200)
    body = (FOLDER / entry["file"]).read_bytes()
    page = Page(f"https://{platform.key}.example/", status, kind, body, datetime(2026, 1, 1, tzinfo=UTC))
    account = account_of(platform, Kind.ACCOUNT, entry.get("expected", {}).get("handle", "somebody"), "")
    return extract(page, account, platform.recipes[Kind.ACCOUNT])


def followers(entry: dict[str, Any]) -> int | None:
    """What the recording's manifest says that the page asked for by sheetsync shows."""
    asked = entry["genuine"] and entry["platform"] != "bluesky" and not entry["file"].startswith(PREVIEW)
    expected = entry.get("expected", {})
    return (expected.get("followers") or expected.get("subscribers")) if asked else None


@pytest.mark.skipif(not (FOLDER / "MANIFEST.toml").exists(), reason="the recordings are not part of this repository")
@pytest.mark.parametrize("entry", list(entries()), ids=lambda entry: str(entry["file"]))
def test_a_recording_gives_its_number_or_none(entry: dict[str, Any]) -> None:
    assert profile_of(entry).values.get("followers") == followers(entry)
