"""The docs know every command, option, setting, status, error and key; and what they show is so."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec
import pytest

from sheetsync import errors
from sheetsync.cli import main
from sheetsync.commands import COMMANDS
from sheetsync.config import Config, FetchConfig
from sheetsync.model import Kind, Status
from sheetsync.platform import FieldKind
from sheetsync.platform_file import _RecipeSpec, _SignSpec, load_platform, load_platforms
from sheetsync.sheets.layout import ACCOUNTS_COLUMNS, own_columns

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
ALL = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
SHEET = (ROOT / "docs" / "sheet.md").read_text(encoding="utf-8")
PLATFORMS = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")


def commands() -> Mapping[str, click.Command]:
    context = click.Context(main)
    found = {name: main.get_command(context, name) for name in main.list_commands(context)}
    return {name: command for name, command in found.items() if command}


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_is_in_the_docs_and_has_help_with_an_example(name: str) -> None:
    assert f"sheetsync {name}" in ALL
    command = commands()[name]
    assert command.help
    assert f"sheetsync {name}" in (command.epilog or "")


@pytest.mark.parametrize(
    "option", ["--sheet", "--config", "--platforms", "--date", "--dry-run", "--json", "--fail-on", "--shard"]
)
def test_every_option_of_run_is_in_the_docs(option: str) -> None:
    assert option in ALL
    assert any(option in parameter.opts for parameter in commands()["run"].params)


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_list_of_commands_says_what_their_help_says(name: str) -> None:
    assert COMMANDS[name].help.rstrip(".") == commands()[name].get_short_help_str(80).rstrip(".")


def test_every_module_of_a_command_is_in_the_list() -> None:
    modules = {path.stem for path in (ROOT / "sheetsync" / "commands").glob("*.py")} - {"__init__"}
    assert {place.module for place in COMMANDS.values()} == modules


def test_every_setting_is_explained() -> None:
    names = set(Config.__struct_fields__) - {"fetch"} | {f"fetch.{name}" for name in FetchConfig.__struct_fields__}
    assert {name for name in names if f"| `{name}` |" not in SHEET} == set()


def test_every_status_is_explained() -> None:
    assert {status for status in Status if f"`{status}`" not in SHEET} == set()


def test_every_column_is_named() -> None:
    columns = {*ACCOUNTS_COLUMNS, *own_columns(Kind.ACCOUNT), *own_columns(Kind.POST)}
    assert {column for column in columns if f"`{column}`" not in SHEET} == set()


def test_every_key_of_a_platform_file_is_explained() -> None:
    keys = {*_RecipeSpec.__struct_encode_fields__, *_SignSpec.__struct_encode_fields__, *FieldKind}
    assert {key for key in keys if not re.search(rf"\b{key}\b", PLATFORMS)} == set()


def test_the_platform_file_in_the_docs_is_one() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PLATFORMS, re.DOTALL)
    platform = load_platform("example", "docs", block.split("[post]")[0].encode())
    assert platform.title == "Example"


def test_the_settings_in_the_readme_are_settings() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    assert msgspec.convert(tomllib.loads(block), Config).zone() is not None


def test_every_field_of_a_platform_is_in_the_table() -> None:
    for platform in load_platforms().values():
        for recipe in platform.recipes.values():
            start = f"| {platform.title} | {recipe.kind}s"
            (line,) = [line for line in PLATFORMS.splitlines() if line.startswith(start)]
            assert {field.name for field in recipe.fields if not re.search(rf"\b{field.name}\b", line)} == set()


def test_the_error_tree_is_as_drawn() -> None:
    drawn = dict(re.findall(r"(\w+Error)\s+(\d)", errors.__doc__ or ""))
    real = {
        name: str(found.exit_code)
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, errors.SheetsyncError)
    }
    assert drawn == real


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_nothing_tells_people_to_install_the_package_of_the_same_name() -> None:
    assert not re.search(r"pip install sheetsync(?!-profiles)", ALL)
