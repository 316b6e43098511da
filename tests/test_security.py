"""What docs/security.md promises: each test that it names exists, and what is true of the repository as a whole."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sheetsync.platform_file import load_platforms

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TABLES = re.findall(r"^\| what they could try \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
ROWS = [line for table in TABLES for line in table.splitlines()]
PACKAGE = sorted((ROOT / "sheetsync").rglob("*.py"))
WORKFLOWS = [ROOT / "action.yml", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
LOCKS = [
    ROOT / "requirements.lock",
    ROOT / "requirements-dev.lock",
    *(ROOT / name / "requirements.lock" for name in ("bench", "tests/fuzz")),
]


def every_test() -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").rglob("*.py")]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, functions)}


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 50
    assert len(ROWS) > 30
    assert named - every_test() == set()


@pytest.mark.parametrize("row", ROWS)
def test_every_threat_has_a_test_or_says_that_there_is_none(row: str) -> None:
    assert re.search(r"`test_\w+`", row) or "nothing in this repository can show it" in row


FORBIDDEN_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "breakpoint",
    "system",
    "popen",
    "import_module",
    "startfile",
}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "subprocess", "code", "codeop", "runpy", "ctypes", "xmlrpc", "pty"}


FROM_OUR_TABLE = "import_module(f'sheetsync.commands.{place.module}')"
"""Where the commands are, in the table of the same file."""


def runs_code(tree: ast.AST) -> Iterator[str]:
    """Whatever could run what was read: builtins and modules made for it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.partition(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in FORBIDDEN_MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            ours = called in {"re.compile", "jmespath.compile"} or ast.unparse(node) == FROM_OUR_TABLE
            if called.rpartition(".")[2] in FORBIDDEN_CALLS and not ours:
                yield called


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_in_the_package_runs_code_that_was_read(path: Path) -> None:
    assert list(runs_code(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("text", ["eval('1')", "import subprocess", "from pickle import loads", "os.system('x')"])
def test_what_runs_code_would_be_noticed(text: str) -> None:
    assert list(runs_code(ast.parse(text)))


def test_every_built_in_file_visits_over_https() -> None:
    recipes = [recipe for platform in load_platforms().values() for recipe in platform.recipes.values()]
    addresses = [address for recipe in recipes for address in (recipe.url, *recipe.routes)]
    assert addresses
    assert [address for address in addresses if not address.startswith("https://")] == []


_WORST = """
import json, sys
from sheetsync.platform_file import load_platforms
words = [*" 1a_.-/@", "1 ", " 1", "a.", "/@a", "/@", '"code":', '"code": ', "a/", "?a=", "\\n"]
tried = 0
for platform in load_platforms().values():
    for recipe in platform.recipes.values():
        ways = [way for field in recipe.fields for way in field.ways]
        ways += [*recipe.same, *(sign.way for sign in recipe.signs if sign.way)]
        searched = {way.regex for way in ways} | {sign.url for sign in recipe.signs}
        matched = {recipe.name, *recipe.paths, *platform.short}
        bodies = {sign.body for sign in recipe.signs} - {None}
        for word in words:
            text = (word * 200_000)[:200_000]
            for worst in (text, text + "!", "1" + text + "!", "/@a" + text + "!"):
                tried += len([pattern.search(worst) for pattern in searched - {None}])
                tried += len([pattern.fullmatch(worst) for pattern in matched])
                tried += len([pattern.search(worst.encode()) for pattern in bodies])
print(json.dumps(tried))
"""


def test_no_regex_of_a_built_in_file_goes_back_and_back() -> None:
    """Each reads texts fifty times as long as any it is given. A pattern that goes back and back takes hours for it."""
    ended = subprocess.run([sys.executable, "-c", _WORST], capture_output=True, text=True, check=True, timeout=120)  # noqa: S603
    assert json.loads(ended.stdout) > 1000


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_library_is_locked_by_hash_and_by_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    assert [
        line for line in lines if not re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+.* --hash=sha256:[0-9a-f]{64}", line)
    ] == []
    assert "://" not in text
    assert "--index" not in text


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from workflow.get("runs", {}).get("steps", [])
    for job in workflow.get("jobs", {}).values():
        yield from job.get("steps", [])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_named_by_its_commit(path: Path) -> None:
    used = [step["uses"] for step in steps(yaml.safe_load(path.read_text(encoding="utf-8"))) if "uses" in step]
    assert used
    assert [one for one in used if one != "./" and not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one)] == []


@pytest.mark.parametrize("path", WORKFLOWS[1:], ids=lambda path: path.name)
def test_no_workflow_may_more_than_it_says(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in workflow[True]  # YAML reads the key `on` as true
    for job in workflow["jobs"].values():
        allowed = job["permissions"].items() if "permissions" in job else ()
        assert {(name, access) for name, access in allowed} <= {("contents", "read"), ("id-token", "write")}
