"""Real pages, recorded by others, with the numbers that stand on them: looked for beside the checkout.

They belong to the platforms and their users, so they are not part of this repository; without them these tests skip.
``python tests/recordings.py [FOLDER]`` prints the table: recording, field, expected, got.
"""

import os
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sheetsync.extract import extract
from sheetsync.identify import account_of
from sheetsync.model import Kind, Page, Profile
from sheetsync.platform_file import load_platforms

FOLDER = Path(os.environ.get("SHEETSYNC_PAGES") or Path(__file__).parents[2] / "shared" / "pages")
FIELDS = {
    "videos": "posts",
    "plays": "views",
    "author_followers": "author followers",
    "author_likes": "author likes",
    "author_name": "author name",
}
"""What the manifest calls a field, where it is not what we call it."""
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Recording:
    file: str
    kind: Kind
    trouble: bool
    expected: dict[str, Any]
    page: Page
    handle: str
    post: str

    def profile(self) -> Profile:
        platform = load_platforms()["tiktok"]
        return extract(self.page, account_of(platform, self.kind, self.handle, self.post), platform.recipes[self.kind])


def recordings(platform: str, folder: Path = FOLDER) -> Iterator[Recording]:
    manifest = folder / "MANIFEST.toml"
    if not manifest.exists():
        return
    for entry in tomllib.loads(manifest.read_text())["page"]:
        if entry["platform"] == platform and entry["genuine"]:
            yield _recording(entry, (folder / entry["file"]).read_bytes())


def _recording(entry: dict[str, Any], body: bytes) -> Recording:
    expected = entry["expected"]
    if entry["capture"] == "script-json":  # the content of the one script that the page carries
        body = b'<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json">' + body + b"</script>"
    kind = Kind.POST if entry["file"].split("/")[1].startswith(("video", "oembed")) else Kind.ACCOUNT
    url = entry.get("final_url", "https://www.tiktok.com/")
    content_type = "application/json" if "oembed" in entry["file"] else "text/html; charset=utf-8"
    return Recording(
        file=entry["file"],
        kind=kind,
        trouble=entry["kind"] in ("blocked", "notfound"),
        expected=expected,
        page=Page(url, entry.get("http_status", 200), content_type, body, FIRST_DAY),
        handle=expected.get("handle", "somebody"),
        post=expected.get("video_id", "1234567890"),
    )


def compared(recording: Recording) -> Iterator[tuple[str, object, object]]:
    """(field, expected, got) for everything the manifest expects of our fields."""
    profile = recording.profile()
    fields = {field.name for field in load_platforms()["tiktok"].recipes[recording.kind].fields}
    for name, expected in recording.expected.items():
        if name == "handle" and recording.kind is Kind.POST:
            yield "author", expected, profile.values.get("author")
        elif (field := FIELDS.get(name, name)) in fields:
            yield field, expected, profile.values.get(field)


def main(folder: Path) -> None:
    for recording in recordings("tiktok", folder):
        profile = recording.profile()
        sys.stdout.write(f"{recording.file}: {profile.status} {profile.detail}\n")
        for field, expected, got in () if recording.trouble else compared(recording):
            verdict = "same" if got == expected else "DIFFERS"
            how = "rounded" if field in profile.rounded else ""
            sys.stdout.write(f"    {field:17} {expected!r:32} {got!r:32} {verdict:8} {how}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
