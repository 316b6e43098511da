"""The whole trip into a Google spreadsheet: the installed command, a site on loopback and the double of Google."""

import asyncio
import json
import random
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner

from sheetsync.cli import main
from sheetsync.sample_site import account_page, serve
from tests import google_double
from tests.commands import COMMAND, environment
from tests.google_double import Google, faults, oauth

DAY = "2026-11-22"


class Place:
    """A spreadsheet with handles, a site that shows their pages, and the command that brings the two together."""

    def __init__(self, google: Google, folder: Path, accounts: int) -> None:
        self.google = google
        self.folder = folder
        self.handles = [f"somebody_{number}" for number in range(accounts)]
        typed = [["account", "our notes"], *([handle, f"about {handle}"] for handle in self.handles)]
        self.id = google.new_spreadsheet("Ours", {"Accounts": typed}, locale="nl_BE", timezone="Europe/Brussels")
        self.visited: list[str] = []
        self.on_visit: Callable[[], object] = lambda: None

    async def reached(self, visits: int) -> None:
        """Wait until so many pages were asked for."""
        loop, enough = asyncio.get_running_loop(), asyncio.Event()
        self.on_visit = lambda: len(self.visited) >= visits and loop.call_soon_threadsafe(enough.set)
        self.on_visit()
        await enough.wait()

    def answer(self, path: str) -> tuple[int, str]:
        self.visited.append(path)
        self.on_visit()
        handle = path.removeprefix("/@")
        return 200, account_page(handle, 1000 + int(handle.rpartition("_")[2]))

    def command(self, *more: str) -> list[str]:
        return [*COMMAND, "run", "--sheet", self.id, "--date", DAY, *more]

    def variables(self, origin: str, **more: str) -> dict[str, str]:
        return environment(f"www.tiktok.com={origin}") | {"SHEETS_EMULATOR_HOST": self.google.host} | more

    def run(self, origin: str, *more: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - our own command
            self.command(*more),
            env=self.variables(origin, **variables),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def rows(self) -> dict[str, int]:
        people = self.google.people(self.id)
        accounts = people.column("History", "account")
        assert len(accounts) == len(set(accounts)), "an account has two rows"
        return dict(zip(accounts, people.column("History", "followers"), strict=True))

    def expected(self) -> dict[str, int]:
        return {handle: 1000 + number for number, handle in enumerate(self.handles)}


@pytest.fixture
def google() -> Iterator[Google]:
    with google_double.serve() as running:
        yield running


def test_500_accounts_take_four_calls_and_nothing_to_do_takes_two(google: Google, tmp_path: Path) -> None:
    place = Place(google, tmp_path, 500)
    with serve(place.answer) as origin:
        first = place.run(origin, "--json")
        assert first.returncode == 0, first.stderr
        assert len(json.loads(first.stdout)["appended"]) == 500
        assert len(google.calls) <= 4, [call.method for call in google.calls]
        assert place.rows() == place.expected()
        people = google.people(place.id)
        assert people.column("Accounts", "status") == ["ok"] * 500
        assert people.column("Accounts", "our notes") == [f"about {handle}" for handle in place.handles]
        before = len(google.calls)
        place.visited.clear()
        second = place.run(origin, "--json")
        assert (json.loads(second.stdout)["appended"], place.visited) == ([], [])
        assert len(google.calls) - before <= 2


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments_beside_another_run_and_run_to_the_end(
    google: Google, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - any moment will do
    place = Place(google, tmp_path, 40)

    async def kill_one_of_two(origin: str, after: int) -> None:
        runs = [
            await asyncio.create_subprocess_exec(
                *place.command(), env=place.variables(origin), cwd=tmp_path, stdout=-3, stderr=-3
            )
            for _ in range(2)
        ]
        ended = asyncio.gather(*(run.wait() for run in runs))
        reached = asyncio.create_task(place.reached(after))
        either: set[asyncio.Future[Any]] = {reached, ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        if runs[0].returncode is None:
            runs[0].kill()
        await ended
        place.on_visit = lambda: None

    with serve(place.answer) as origin:
        asyncio.run(kill_one_of_two(origin, chance.randint(1, 85)))
        last = place.run(origin)
        assert last.returncode == 0, last.stderr
    assert place.rows() == place.expected()
    assert google.people(place.id).column("Accounts", "status") == ["ok"] * 40


def test_a_failing_run_tells_no_secret(google: Google, tmp_path: Path) -> None:
    place = Place(google, tmp_path, 1)
    mangled = {"type": "service_account", "client_email": "robot@example.iam.gserviceaccount.com", "token_uri": "x"}
    key = json.dumps(mangled | {"private_key": "-----BEGIN PRIVATE KEY-----SECRETSECRET"})
    with serve(place.answer) as origin:
        ended = place.run(origin, SHEETSYNC_CREDENTIALS=key)
    assert ended.returncode == 3
    assert "Traceback" not in ended.stderr
    files = [path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()]
    assert not [text for text in [ended.stdout, ended.stderr, *files] if "SECRET" in text]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("debug", [[], ["--debug"]])
@pytest.mark.parametrize("trouble", ["viewer", "outage", "not accepted", "revoked", "reply lost"])
def test_a_run_that_fails_after_it_has_a_token_tells_no_secret(
    google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, debug: list[str]
) -> None:
    place = Place(google, tmp_path, 2)
    tokens, asked = google.tokens, list[bytes]()
    tokens.required = True
    grant = tokens.answer

    def overheard(body: bytes) -> tuple[int, Any]:
        asked.append(body)
        return grant(body)

    monkeypatch.setattr(tokens, "answer", overheard)
    broken = {"outage": faults.status(503), "not accepted": faults.status(401), "reply lost": faults.reply_lost()}
    if trouble in broken:
        google.between(3, lambda: google.faults.every(broken[trouble]))
    elif trouble == "viewer":
        google.share(place.id, "viewer")
    else:
        tokens.always = oauth.WRONG_KEY
    key = google.credentials()
    with serve(place.answer) as origin:
        variables = {"SHEETSYNC_CREDENTIALS": json.dumps(key), "SHEETSYNC_CONNECT_TO": f"www.tiktok.com={origin}"}
        env = variables | {"SHEETSYNC_PACE": "0", "SHEETS_EMULATOR_HOST": google.host}
        ended = CliRunner().invoke(main, [*debug, "run", "--sheet", place.id, "--date", DAY], env=env)
    assert ended.exit_code
    told = "".join(traceback.format_exception(ended.exception)) if ended.exception else ""
    files = [path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()]
    if trouble != "revoked":
        assert any('"rows"' in text for text in files), "what waits is what a secret would stand in"
    sent = [part for body in asked for part in parse_qs(body.decode())["assertion"]]
    assert sent
    secrets = [*tokens.known, *sent, *sent[0].split("."), *key["private_key"].splitlines()[1:-1]]
    everything = "\n".join([ended.output, told, *files])
    assert not [secret for secret in secrets if len(secret) > 10 and secret in everything]


def test_help_loads_nothing_of_google() -> None:
    program = (
        "import sys, sheetsync.trip; print([n for n in ('gspread', 'google.auth', 'requests') if n in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert ended.stdout.strip() == "[]"
