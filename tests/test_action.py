"""action.yml, its steps executed in order as GitHub's runner does, on the double of Google."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from sheetsync.sample_site import account_page, serve
from tests import google_double
from tests.commands import environment
from tests.google_double import Google, faults

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@dataclass
class Runner:
    """Does what GitHub's runner does with a composite action: expressions, environment files, caches.

    Attributes:
        home: The user's checkout, where steps run.
        temp: RUNNER_TEMP; kept between jobs here, so that the libraries are installed once.
        caches: By key, what was saved; the newest last.
    """

    home: Path
    temp: Path
    caches: dict[str, Path]
    number: int
    environment: Mapping[str, str]
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: bool = False
    log: str = ""

    @property
    def summary(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.home.parent.glob("summary-*")))

    def job(self, **inputs: str) -> None:
        """Execute all steps."""
        known = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()}
        assert inputs.keys() <= known.keys()
        given = known | inputs
        for number, step in enumerate(ACTION["runs"]["steps"]):
            if self.failed and step.get("if") != "always()":
                continue
            with_ = {name: self.filled(text, given) for name, text in step.get("with", {}).items()}
            name = step.get("id", str(number))
            self.outputs[name] = self.used(step["uses"], with_) if "uses" in step else self.ran(name, step, given)

    def filled(self, text: object, inputs: Mapping[str, str]) -> str:
        """Text with its expressions evaluated; one that this runner does not know fails the test."""
        known = {f"inputs.{name}": value for name, value in inputs.items()}
        known |= {"runner.temp": str(self.temp), "runner.os": "Linux", "runner.arch": "X64"}
        known |= {"github.run_id": str(self.number), "github.run_attempt": "1"}
        for step, outputs in self.outputs.items():
            known |= {f"steps.{step}.outputs.{name}": value for name, value in outputs.items()}
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: known[found[1]], str(text))

    def used(self, action: str, with_: Mapping[str, str]) -> dict[str, str]:
        name = action.partition("@")[0]
        if name == "actions/setup-python":
            return {"python-path": sys.executable}
        if name == "actions/cache/restore":
            prefix = with_["restore-keys"]
            newest = [saved for key, saved in self.caches.items() if key.startswith(prefix)][-1:]
            for saved in newest:
                shutil.copytree(saved, self.home / with_["path"])
        elif name == "actions/cache/save":
            saved = self.home.parent / f"cache-{len(self.caches)}"
            shutil.copytree(self.home / with_["path"], saved)
            self.caches[with_["key"]] = saved
        else:
            assert name == "actions/cache"
        return {}

    def ran(self, name: str, step: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
        assert step["shell"] == "bash"
        files = {kind: self.home.parent / f"{kind}-{self.number}-{name}" for kind in ("summary", "output")}
        variables = {key: self.filled(text, inputs) for key, text in step["env"].items()}
        variables |= {"GITHUB_ACTIONS": "true", "GITHUB_ACTION_PATH": str(ROOT), "RUNNER_TEMP": str(self.temp)}
        variables |= {"GITHUB_STEP_SUMMARY": str(files["summary"]), "GITHUB_OUTPUT": str(files["output"])}
        script = self.home.parent / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        ended = subprocess.run(  # noqa: S603 - the flags of GitHub's own bash
            [shutil.which("bash") or "bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            env={**self.environment, **variables},
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        self.failed = ended.returncode != 0
        self.log += ended.stdout + ended.stderr
        text = files["output"].read_text(encoding="utf-8") if files["output"].exists() else ""
        return dict(line.split("=", 1) for line in text.splitlines())


@dataclass
class Repository:
    """A repository whose workflow uses the action; each job starts in an empty checkout."""

    folder: Path
    temp: Path
    environment: Mapping[str, str]
    caches: dict[str, Path] = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)
    jobs: int = 0

    def run(self, **inputs: str) -> Runner:
        self.jobs += 1
        home = self.folder / str(self.jobs) / "checkout"
        home.mkdir(parents=True)
        runner = Runner(home, self.temp, self.caches, self.jobs, self.environment)
        runner.job(**inputs)
        return runner


@pytest.fixture(scope="module")
def temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runner")


@pytest.fixture
def google() -> Iterator[Google]:
    with google_double.serve() as running:
        yield running


@pytest.fixture
def repository(google: Google, tmp_path: Path, temp: Path) -> Iterator[Repository]:
    visited: list[str] = []

    def answer(path: str) -> tuple[int, str]:
        visited.append(path)
        return 200, account_page(path.removeprefix("/@"), 1234)

    with serve(answer) as origin:
        named = environment(f"www.tiktok.com={origin}") | {"SHEETS_EMULATOR_HOST": google.host}
        yield Repository(tmp_path, temp, {**named, "HOME": os.environ["HOME"]}, visited=visited)


def sheet_of(google: Google, *handles: str) -> str:
    return google.new_spreadsheet("Ours", {"Accounts": [["account"], *([handle] for handle in handles)]})


def test_rows_are_there_and_told(google: Google, repository: Repository) -> None:
    sheet = sheet_of(google, "@one", "@two")
    job = repository.run(sheet=sheet)
    assert not job.failed, job.log
    assert google.people(sheet).column("History", "account") == ["one", "two"]
    assert (job.outputs["run"]["appended"], job.outputs["run"]["failed"]) == ("2", "0")
    assert len(json.loads(job.outputs["run"]["report-json"])["appended"]) == 2
    assert "2 rows written" in job.summary
    again = repository.run(sheet=sheet)
    assert (again.failed, again.outputs["run"]["appended"]) == (False, "0")
    assert len(google.people(sheet).column("History", "account")) == 2


@pytest.mark.parametrize(("fail_on", "fails"), [("none", False), ("all", False), ("any", True)])
def test_one_that_is_no_account_fails_the_step_only_when_asked(
    google: Google, repository: Repository, fail_on: str, *, fails: bool
) -> None:
    sheet = sheet_of(google, "@one", "#REF!")
    job = repository.run(sheet=sheet, **{"fail-on": fail_on})
    assert job.failed is fails, job.log
    assert google.people(sheet).column("History", "account") == ["one"]
    assert (job.outputs["run"]["appended"], job.outputs["run"]["failed"]) == ("1", "1")
    assert "::warning title=#REF!%3A not understood::" in job.log
    assert "### Without a row today" in job.summary


def test_a_dry_run_writes_nothing(google: Google, repository: Repository) -> None:
    sheet = sheet_of(google, "@one")
    job = repository.run(sheet=sheet, **{"dry-run": "true"})
    assert not job.failed, job.log
    assert "1 row would be written" in job.summary
    assert [call.kinds for call in google.calls if call.method == "batchUpdate"] == []


def test_a_dead_api_costs_nothing_but_time(google: Google, repository: Repository) -> None:
    sheet = sheet_of(google, "@one", "@two")
    google.hooks.append(lambda call: google.faults.every(faults.status(403)) if call.method == "batchUpdate" else None)
    google.faults.when(lambda call: call.method == "batchUpdate", faults.status(403))
    dead = repository.run(sheet=sheet)
    assert dead.failed
    assert "::error title=sheetsync::" in dead.log
    assert "The run was stopped" in dead.summary
    assert (dead.outputs["run"]["appended"], len(repository.visited)) == ("0", 2)
    google.hooks.clear()
    google.faults.clear()
    alive = repository.run(sheet=sheet)
    assert not alive.failed, alive.log
    assert google.people(sheet).column("History", "account") == ["one", "two"]
    assert len(repository.visited) == 2
    *_, newest = repository.caches.values()
    assert not list(newest.rglob("*.json"))  # else rows that people took out later would return from an old cache


def test_a_bad_secret_fails_with_a_sentence_and_shows_nothing_of_it(google: Google, repository: Repository) -> None:
    secret = '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----SECRETSECRET"}'  # noqa: S105 - opens nothing
    job = repository.run(sheet=sheet_of(google, "@one"), credentials=secret)
    assert job.failed
    assert "::error title=sheetsync::The key in SHEETSYNC_CREDENTIALS lacks" in job.log
    assert "The run was stopped" in job.summary
    assert "SECRETSECRET" not in job.log + job.summary + json.dumps(job.outputs)


def test_no_input_reaches_a_shell_as_text() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert [script for script in scripts if "${{" in script] == []
    used = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert [action for action in used if not re.search(r"@[0-9a-f]{40}$", action)] == []
