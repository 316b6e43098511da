from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sheetsync.config import FILE, Config, load_config
from sheetsync.errors import ConfigError

EMPTY: dict[str, str] = {}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / FILE


def problem(file: Path, text: str | bytes) -> ConfigError:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load_config(file, EMPTY)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_every_setting_is_read(file: Path) -> None:
    file.write_text(
        'sheet = "numbers"\nplatform = "tiktok"\nplatforms = "mine"\ntimezone = "Europe/Brussels"\nrobots = "obey"\n'
        '[fetch]\nconcurrency = 4\npage_seconds = 10\nconnect_to = { "www.tiktok.com" = "http://127.0.0.1:8000" }\n'
    )
    config = load_config(file, EMPTY)
    assert (config.sheet, config.platforms, config.robots) == ("numbers", "mine", "obey")
    assert config.zone() == ZoneInfo("Europe/Brussels")
    assert (config.fetch.concurrency, config.fetch.page_seconds) == (4, 10.0)
    assert config.fetch.connect_to == {"www.tiktok.com": "http://127.0.0.1:8000"}


def test_what_is_not_set_has_its_default(file: Path) -> None:
    file.write_text("")
    assert load_config(file, EMPTY) == Config()
    assert Config().zone() is None


@pytest.mark.parametrize(
    ("text", "where", "meant"),
    [
        ("shet = 'x'", "shet", "sheet"),
        ("platfrom = 'x'", "platfrom", "platform"),
        ("time_zone = 'x'", "time_zone", "timezone"),
        ("[fetch]\nconcurency = 3", "$.fetch", "concurrency"),
        ("[fetch]\npage_second = 3", "$.fetch", "page_seconds"),
        ("[fecth]\nconcurrency = 3", "fecth", "fetch"),
    ],
)
def test_an_unknown_setting_is_an_error_with_the_likely_one(file: Path, text: str, where: str, meant: str) -> None:
    error = problem(file, text)
    assert where in str(error)
    assert error.hint == f"Did you mean `{meant}`?"


def test_an_unknown_setting_like_no_other_gets_the_list(file: Path) -> None:
    hint = problem(file, "zzzzzz = 1").hint
    assert hint.startswith("Known settings: accounts, attempts, ")
    assert "timezone" in hint


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sheet = 7", "Expected `str`, got `int` - at `$.sheet`"),
        ("robots = 'sometimes'", "Invalid enum value 'sometimes' - at `$.robots`"),
        ("fetch = 3", "Expected `object`, got `int` - at `$.fetch`"),
        ("[fetch]\nconcurrency = 0", "at `$.fetch.concurrency`"),
        ("[fetch]\nconcurrency = 1.5", "at `$.fetch.concurrency`"),
        ("[fetch]\nconcurrency = '4'", "at `$.fetch.concurrency`"),
        ("[fetch]\npage_seconds = 0", "at `$.fetch.page_seconds`"),
        ("[fetch]\nretry_after_most = -1", "at `$.fetch.retry_after_most`"),
        ("[fetch]\nconnect_to = { a = 1 }", "Expected `str`, got `int`"),
    ],
)
def test_a_wrong_value_is_an_error_that_says_where(file: Path, text: str, sentence: str) -> None:
    assert sentence in str(problem(file, text))


@pytest.mark.parametrize(
    "text",
    ["sheet = ", "sheet", "[fetch", 'a = 1\na = "x"', b'sheet = "\xff"', "a = " + "[" * 5000, "a = " + "9" * 5000],
    ids=lambda text: str(text)[:12],
)
def test_what_is_not_toml_is_an_error_that_says_why(file: Path, text: str | bytes) -> None:
    error = problem(file, text)
    assert f"{file} is not TOML: " in str(error)
    assert error.hint == "Mend the line that is named."


@pytest.mark.parametrize(
    "zone", ["Europe/Brussel", "CEST summer", "/etc/passwd", "../../etc/passwd", "Europe", "x" * 300]
)
def test_a_time_zone_that_does_not_exist_is_an_error_with_an_example(file: Path, zone: str) -> None:
    error = problem(file, f'timezone = "{zone}"')
    assert "timezone names no time zone" in str(error)
    assert 'timezone = "Europe/Brussels"' in error.hint


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no file") as caught:
        load_config(tmp_path / "nowhere.toml", EMPTY)
    assert caught.value.hint == "Check --config."
    with pytest.raises(ConfigError, match="There is no file"):
        load_config(tmp_path, EMPTY)


def test_the_file_in_the_working_directory_is_read_when_it_is_there(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    assert load_config(None, EMPTY) == Config()
    file.write_text('sheet = "here"')
    assert load_config(None, EMPTY).sheet == "here"


def test_the_environment_wins_over_the_file(file: Path) -> None:
    file.write_text('sheet = "from the file"\nrobots = "obey"')
    config = load_config(file, {"SHEETSYNC_SHEET": "from the environment"})
    assert (config.sheet, config.robots) == ("from the environment", "obey")


def test_an_empty_variable_is_none(file: Path) -> None:
    file.write_text('sheet = "from the file"')
    assert load_config(file, {"SHEETSYNC_SHEET": ""}).sheet == "from the file"
