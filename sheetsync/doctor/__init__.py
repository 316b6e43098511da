"""Everything a run needs, looked at one by one, and nothing written unless a write test is asked for.

for check in examine(lambda: load_config(None, os.environ), os.environ, clock=utc_now):
    print(check.name, check.ok, check.detail, check.hint)
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sheetsync.config import Config
from sheetsync.doctor.checks import Check, Found, Step, go_through
from sheetsync.doctor.folder import FolderChecks
from sheetsync.doctor.google import GoogleChecks
from sheetsync.doctor.proof import Ask
from sheetsync.doctor.words import many
from sheetsync.errors import AccountError, ConfigError
from sheetsync.identify import account_of, identify
from sheetsync.model import Entry, Kind, Status
from sheetsync.platform import Platform, Platforms
from sheetsync.sheets import is_spreadsheet
from sheetsync.trip import known_platforms, look

__all__ = ["Check", "as_json", "examine", "exit_code", "lines"]

_SHOWN = 3  # entries that are named; the others are counted
_SIGNS = {True: ("✓", "ok", "green"), False: ("✗", "failed", "red"), None: ("-", "skipped", "yellow")}


def examine(
    load: Callable[[], Config],
    environment: Mapping[str, str],
    *,
    clock: Callable[[], datetime],
    live: bool = False,
    write_test: Ask | None = None,
) -> Generator[Check, None, None]:
    """Look at everything that a run needs.

    Args:
        load: Gives the settings, or raises what is wrong with them.
        environment: Has the credentials, and where platforms and Google are when not at home.
        clock: Tells the time, with its time zone.
        live: Whether the sample account of each platform file is visited.
        write_test: Asks whether things may be tried on a scratch tab, and raises when not; None for no such test.
            Whoever breaks off must close the generator, so that the tab is removed.

    Yields:
        A check for each thing, as soon as it was looked at.
    """
    found: list[Config] = []
    known: list[Platforms] = []
    first = (
        Step("settings", lambda: _settings(load, found)),
        Step("platforms", lambda: _platforms(found[0], known), ("settings",)),
    )
    done = []
    for check in go_through(first):
        done.append(check)
        yield check
    if not found:
        steps = (Step(name, lambda: Found(""), ("settings",)) for name in ("sheet", "entries"))
        yield from go_through(steps, done)
        return
    settings = found[0]
    is_google = is_spreadsheet(settings.sheet)
    sheet = GoogleChecks(settings, environment, clock) if is_google else FolderChecks(settings, clock)
    for check in go_through(_further(sheet, settings, known, environment, live=live), done):
        done.append(check)
        yield check
    if write_test:
        yield from sheet.prove(write_test, done)


def _further(
    sheet: GoogleChecks | FolderChecks,
    settings: Config,
    known: Sequence[Platforms],
    environment: Mapping[str, str],
    *,
    live: bool,
) -> Iterator[Step]:
    """What can be looked at only when it is known which sheet is meant."""
    yield from sheet.steps
    needed = ("platforms", "tabs and headers")
    yield Step("entries", lambda: _entries(sheet.entries(), known[0], settings.platform), needed)
    if live and known:
        yield from _samples(settings, known[0], environment)


def _settings(load: Callable[[], Config], found: list[Config]) -> Found:
    settings = load()
    if not settings.sheet:
        raise ConfigError(
            "No sheet is named.",
            "Say --sheet with a spreadsheet's link or a folder, or let `sheetsync init` ask for it and remember it.",
        )
    found.append(settings)
    return Found(f"sheet = {settings.sheet}")


def _platforms(settings: Config, known: list[Platforms]) -> Found:
    platforms = known_platforms(settings)
    known.append(platforms)
    return Found(f"{', '.join(platforms)}; a bare handle belongs to {settings.platform}")


def _entries(entries: Iterable[Entry], platforms: Platforms, default: str) -> Found:
    total, odd = 0, []
    for entry in entries:
        total += 1
        try:
            identify(entry, platforms, default)
        except AccountError as error:
            odd.append(f"Line {entry.line}: {error}.")
    if not total:
        return Found("nobody has typed a handle yet", "Type handles into the account column.")
    more = [f"And {len(odd) - _SHOWN:,} more."] if len(odd) > _SHOWN else []
    said = f"{many(total, 'entry', 'entries')}, {len(odd):,} of them not understood" if odd else f"{total:,} understood"
    return Found(said, " ".join(odd[:_SHOWN] + more))


def _samples(settings: Config, platforms: Platforms, environment: Mapping[str, str]) -> Iterator[Step]:
    for key, platform in platforms.items():
        for kind, recipe in platform.recipes.items():
            if kind is Kind.ACCOUNT and recipe.sample:
                yield Step(f"live: {key}", _visit(settings, platform, recipe.sample, environment))


def _visit(settings: Config, platform: Platform, sample: str, environment: Mapping[str, str]) -> Callable[[], Found]:
    def visit() -> Found:
        url = account_of(platform, Kind.ACCOUNT, sample).url
        _, profile = next(iter(look(settings, [f"{platform.key}: {sample}"], environment)))
        if profile.status is not Status.OK:
            said = f"{url} {profile.status}" + (f": {profile.detail}" if profile.detail else "")
            raise AccountError(
                profile.status,
                f"{said}.",
                f"Look at it in a browser, and with `sheetsync try {url}`; see also docs/platforms.md.",
            )
        return Found(f"{url} {profile.status}, {many(len(profile.values), 'field')}")

    return visit


def exit_code(checks: Iterable[Check]) -> int:
    """0 when all is well, else that of the first error."""
    return next((check.exit_code for check in checks if check.exit_code), 0)


def as_json(checks: Iterable[Check]) -> str:
    """A list of ``{"name", "ok", "detail", "hint"}``; ``ok`` is null for what was skipped.

    The checks of a write test have ``relies_on``, too: what Google must do, where ``detail`` says what it did.
    """
    listed = []
    for one in checks:
        said: dict[str, str | bool | None] = {"name": one.name, "ok": one.ok, "detail": one.detail, "hint": one.hint}
        listed.append(said | ({"relies_on": one.relies} if one.relies else {}))
    return json.dumps(listed, ensure_ascii=False, indent=1)


def lines(check: Check, encoding: str = "utf-8") -> Iterator[tuple[str, str]]:
    """A check for people.

    Args:
        check: What was found.
        encoding: Of where it goes: a sign that it does not have is left to the word beside it.

    Yields:
        Texts and their colours (empty for none): the sign with its word, the rest of the line, what sheetsync relies
        on if that was tried, and the hint.
    """
    sign, word, colour = _SIGNS[check.ok]
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        sign = "*"
    yield f"{sign} {word:<8}", colour
    yield f"{check.name}: {check.detail}\n", ""
    if check.relies:
        yield f"          sheetsync relies on: {check.relies}\n", ""
    if check.hint:
        yield f"          {check.hint}\n", ""
