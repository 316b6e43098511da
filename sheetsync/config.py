"""``sheetsync.toml``, read and checked. Flags win over the environment, the environment over the file."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from sheetsync.errors import ConfigError

FILE = "sheetsync.toml"
"""Read from the working directory when it is there and ``--config`` names no other."""

_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Count = Annotated[int, msgspec.Meta(ge=1)]


class FetchConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How pages are visited.

    Attributes:
        concurrency: Pages in flight at once, over all hosts.
        page_seconds: How long one page may take, redirects included.
        run_seconds: How long a whole run may take.
        attempts: How often a page is asked for when the network or the platform fails.
        retry_after_most: Seconds that a platform may ask to wait before its account is given up for this run.
        body_bytes: The most that a page may weigh, decompressed.
        refusals: After so many refusals in a row from one host, the rest of its accounts are not visited.
        user_agent: What sheetsync calls itself; empty for its own name.
        proxy: http://, https:// or socks5:// address; empty for the one in the environment.
        connect_to: Hosts whose requests go to another origin: mirrors, recording proxies, tests.
    """

    concurrency: _Count = 16
    page_seconds: _Positive = 30.0
    run_seconds: _Positive = 7200.0
    attempts: _Count = 3
    retry_after_most: Annotated[float, msgspec.Meta(ge=0)] = 60.0
    body_bytes: _Count = 10_000_000
    refusals: _Count = 5
    user_agent: str = ""
    proxy: str = ""
    connect_to: dict[str, str] = {}


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of one sheet.

    Attributes:
        sheet: The spreadsheet's URL or id, or a folder.
        accounts: Where people type in a spreadsheet, as in ``Influencers!B``; empty for the tab ``Accounts``.
        platform: The platform that a handle without a platform belongs to.
        platforms: A folder with platform files of one's own.
        timezone: The time zone that decides which day it is in a folder sheet; empty for this machine's.
        robots: Whether robots.txt is obeyed. ``ignore``, because a person named these pages, as with IMPORTXML.
        fetch: How pages are visited.
    """

    sheet: str = ""
    accounts: str = ""
    platform: str = "tiktok"
    platforms: str = ""
    timezone: str = ""
    robots: Literal["obey", "ignore"] = "ignore"
    fetch: FetchConfig = FetchConfig()

    def zone(self) -> ZoneInfo | None:
        """The time zone that is set; None when none is."""
        return ZoneInfo(self.timezone) if self.timezone else None


def load_config(path: Path | None, environment: Mapping[str, str]) -> Config:
    """Read the settings.

    Args:
        path: The file; None for ``sheetsync.toml`` in the working directory, if it is there.
        environment: ``SHEETSYNC_SHEET`` wins over the file's ``sheet``.

    Raises:
        ConfigError: There is no such file, or something in it is wrong.
    """
    if path is not None and not path.is_file():
        raise ConfigError(f"There is no file {path}.", "Check --config.")
    file = path or Path(FILE)
    config = _parse(file) if file.is_file() else Config()
    sheet = environment.get("SHEETSYNC_SHEET", "")
    return msgspec.structs.replace(config, sheet=sheet) if sheet else config


def _parse(file: Path) -> Config:
    try:
        given = tomllib.loads(file.read_bytes().decode())
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", "Check the file's permissions.") from error
    except (ValueError, RecursionError) as error:  # tomllib's own, of bytes, of numbers without end, of depth
        raise ConfigError(f"{file} is not TOML: {error}.", "Mend the line that is named.") from error
    try:
        config = msgspec.convert(given, Config)
        config.zone()
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}.", _did_you_mean(str(error))) from error
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"{file}: timezone names no time zone.", 'Write it as in timezone = "Europe/Brussels".'
        ) from error
    return config


def _did_you_mean(message: str) -> str:
    unknown = re.search(r"unknown field `([^`]*)`", message)
    known = sorted({*Config.__struct_encode_fields__, *FetchConfig.__struct_encode_fields__})
    close = difflib.get_close_matches(unknown[1], known, n=1) if unknown else []
    if not unknown:
        return "docs/sheet.md says what each setting holds."
    return f"Did you mean `{close[0]}`?" if close else f"Known settings: {', '.join(known)}."
