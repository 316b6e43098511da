"""Real exchanges with Google, recorded by others: read, and replayed against the double.

They are not part of this repository: looked for beside the checkout. A replay sends each recorded request of the Sheets
API, with the ids that the double gave out in the place of Google's, and tells where the answers differ.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.google_double.service import Google

FOLDER = Path(
    os.environ.get("SHEETSYNC_RECORDINGS") or Path(__file__).parents[3] / "shared" / "google-sheets-recordings"
)
IDS = {"sheetId", "namedRangeId", "protectedRangeId", "spreadsheetId", "chartId", "tableId"}
NOT_COMPARED = {"spreadsheetUrl", "commentUpdateState", "users"}
HOST = "sheets.googleapis.com"


@dataclass(frozen=True)
class Exchange:
    verb: str
    target: str
    body: str | None
    status: int
    reply: Any

    @property
    def spreadsheet_id(self) -> str:
        return self.target.split("/spreadsheets/")[1].split("?")[0].split("/")[0].split(":")[0]


def cassettes(folder: Path = FOLDER) -> list[Path]:
    return sorted(folder.glob("gspread-cassettes/*.json"))


def exchanges(cassette: Path) -> Iterator[Exchange]:
    """What one cassette says to and hears from the Sheets API, in order."""
    for one in json.loads(cassette.read_text("utf-8"))["interactions"]:
        asked, answered = one["request"], one["response"]
        split = urlsplit(asked["uri"])
        if split.netloc == HOST:
            target = f"{split.path}?{split.query}" if split.query else split.path
            reply = json.loads(answered["body"]["string"])
            yield Exchange(asked["method"], target, asked["body"], answered["status"]["code"], reply)


@dataclass
class Replay:
    google: Google
    ids: dict[str, str] = field(default_factory=dict)
    """Google's ids, and the double's in their place."""
    differences: list[str] = field(default_factory=list)

    def play(self, cassette: Path) -> int:
        """Send all of a cassette; answers how many exchanges that were."""
        count = 0
        for count, exchange in enumerate(exchanges(cassette), start=1):
            if exchange.spreadsheet_id not in self.ids:
                self._open(exchange)
            answer = requests.request(
                exchange.verb,
                self.google.origin + self._ours(exchange.target),
                data=None if exchange.body is None else self._ours(exchange.body).encode(),
                timeout=10,
            )
            self._learn(exchange.reply, answer.json())
            self._compare(f"{count} {exchange.verb} {exchange.target[49:]}", exchange.reply, answer.json())
        return count

    def _open(self, exchange: Exchange) -> None:
        """A spreadsheet as it was when the recording first met it."""
        properties = exchange.reply.get("properties", {})
        if exchange.status != 200:
            self.ids[exchange.spreadsheet_id] = exchange.spreadsheet_id
            if exchange.status == 403:
                self.ids[exchange.spreadsheet_id] = self.google.new_spreadsheet()
                self.google.share(self.ids[exchange.spreadsheet_id], "none")
            return
        self.ids[exchange.spreadsheet_id] = self.google.new_spreadsheet(
            properties.get("title", ""),
            locale=properties.get("locale", "en_US"),
            timezone=properties.get("timeZone", "Etc/GMT"),
        )

    def _ours(self, text: str) -> str:
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return text

    def _learn(self, theirs: Any, ours: Any) -> None:
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for name in theirs.keys() & ours.keys():
                if name in IDS and theirs[name] != 0:
                    self.ids[str(theirs[name])] = str(ours[name])
                self._learn(theirs[name], ours[name])
        elif isinstance(theirs, list) and isinstance(ours, list):
            for one, other in zip(theirs, ours, strict=False):
                self._learn(one, other)

    def _compare(self, where: str, theirs: Any, ours: Any) -> None:
        wanted, got = self._bare(json.loads(self._ours(json.dumps(theirs)))), self._bare(ours)
        if wanted != got:
            self.differences += [f"{where}: {difference}" for difference in different(wanted, got)]

    def _bare(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._bare(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {name: self._bare(item) for name, item in value.items() if name not in NOT_COMPARED}


def different(theirs: Any, ours: Any, path: str = "") -> Iterator[str]:
    """Each place where two replies are not the same."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted(theirs.keys() | ours.keys()):
            yield from different(theirs.get(name), ours.get(name), f"{path}.{name}")
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from different(one, other, f"{path}[{index}]")
    elif theirs != ours:
        yield f"{path} was {json.dumps(theirs)}, is {json.dumps(ours)}"


def pieces(folder: Path = FOLDER) -> Iterator[Exchange]:
    """The exchanges of the other collection, without their bodies: its YAML is read only as far as that needs."""
    for file in sorted(folder.glob("p5-google-restapi-exchanges/*.yaml")):
        for document in file.read_text("utf-8").split("\n---\n"):
            asked = re.search(r"^request: (\w+) (/v4/spreadsheets/\S+)$", document, re.MULTILINE)
            reply = re.search(r"^  code: (\d+)\n  content: \|\n((?:    .*\n)+)", document, re.MULTILINE)
            if asked and reply:
                yield Exchange(asked[1], asked[2], None, int(reply[1]), json.loads(reply[2]))
