"""The first five minutes: from a link or a folder to a sheet in which only handles are missing.

Nothing that is there is changed, and nothing is done twice: whoever starts again goes on where it ended.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from sheetsync.config import FILE, Config, load_config
from sheetsync.errors import ConfigError, CredentialsError, SheetError, SheetsyncError, printable
from sheetsync.model import Account, Entry, Profile
from sheetsync.sheets import is_spreadsheet, layout
from sheetsync.sheets.access import BRIEF, Access, Stop, stop
from sheetsync.sheets.accounts_file import AccountsFile
from sheetsync.sheets.fresh_google import FreshGoogle
from sheetsync.trip import look

EXAMPLES = ("@tiktok", "@bbc", "@duolingo")
"""Handles for whoever has none at hand."""

WAIT = 600
"""Seconds that the spreadsheet's owner has to share it: longer than anybody needs to find the Share button."""

_PAUSE = 5  # seconds between two looks: a fifth of what Google allows in a minute
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Talk:
    """How to speak with the person.

    Attributes:
        ask: Asks for a line of text.
        agree: Asks a question that is answered by yes or no.
        tell: Says something, a line.
        is_anybody_there: Whether questions are answered; without a terminal they would wait for ever.
    """

    ask: Callable[[str], str]
    agree: Callable[[str], bool]
    tell: Callable[[str], None]
    is_anybody_there: bool = True


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said beforehand, so that it need not be asked.

    Attributes:
        examples: Whether example handles are typed into an empty sheet; None to ask.
        visit: Whether one account is visited for a first look; None to ask.
        yes: Ask nothing: what is offered and not declined is wanted.
        wait: Seconds to wait until the spreadsheet is shared.
        file: The settings file that is to name the sheet.
    """

    examples: bool | None = None
    visit: bool | None = None
    yes: bool = False
    wait: int = WAIT
    file: Path = Path(FILE)


@dataclass(frozen=True, slots=True)
class World:
    """What is outside.

    Attributes:
        environment: Has the credentials, and where platforms and Google are when not at home.
        clock: Tells the time, with its time zone.
        sleep: Lets so many seconds pass.
    """

    environment: Mapping[str, str]
    clock: Callable[[], datetime]
    sleep: Callable[[float], object]


class _Place(Protocol):
    """A sheet that is being set up."""

    def prepare(self) -> Sequence[str]: ...

    def entries(self) -> Sequence[Entry]: ...

    def type_in(self, texts: Sequence[str]) -> bool: ...


def take_first_steps(settings: Config, wishes: Wishes, talk: Talk, world: World) -> None:
    """Set a sheet up, and tell what comes next.

    Args:
        settings: As they are now; ``sheet`` may be empty, and is asked for then.
        wishes: What need not be asked.
        talk: How to ask and tell the rest.
        world: What is outside.

    Raises:
        ConfigError: A question has no answer, or the settings file cannot be written.
        CredentialsError: There are no credentials, or they do not open the spreadsheet.
        SheetError: The sheet is not what it should be, or cannot be made.
    """
    _refuse_to_hang(settings, wishes, talk)
    target = settings.sheet or talk.ask("The link of your Google spreadsheet, or a name for a folder").strip()
    settings = msgspec.structs.replace(settings, sheet=_checked(target))
    place = _place(settings, wishes, talk, world)
    for said in place.prepare() or ("everything is there already",):
        talk.tell(f"Sheet: {said}.")
    entries = _with_handles(place, wishes, talk)
    _first_look(settings, entries, wishes, talk, world)
    is_named = _write_down(target, wishes.file, talk)
    talk.tell(_next(entries, target, wishes.file, is_named=is_named))


def known_settings(file: Path, environment: Mapping[str, str]) -> Config:
    """The settings so far: those of the file, if it is there already, and of the environment.

    Raises:
        ConfigError: Something in the file is wrong.
    """
    if file.exists():
        return load_config(file, environment)
    return Config(sheet=environment.get("SHEETSYNC_SHEET", ""))


def _refuse_to_hang(settings: Config, wishes: Wishes, talk: Talk) -> None:
    """Where nobody can answer, name the flags that answer, before anything is done."""
    lacking = [] if settings.sheet else ["--sheet TARGET"]
    if not wishes.yes:
        lacking += ["--examples or --no-examples"] if wishes.examples is None else []
        lacking += ["--try or --no-try"] if wishes.visit is None else []
    if lacking and (wishes.yes or not talk.is_anybody_there):
        more = "" if wishes.yes else " --yes says yes to all that is offered."
        raise ConfigError("There is a question, and nobody to answer it.", f"Say {', '.join(lacking)}.{more}")


def _checked(target: str) -> str:
    if not target:
        raise ConfigError("No sheet is named.", "Say --sheet with the link of a Google spreadsheet, or a folder.")
    if "://" in target and not is_spreadsheet(target):
        raise SheetError(
            f"{target} is not the link of a Google spreadsheet.",
            "Copy it from the browser: https://docs.google.com/spreadsheets/d/…/edit",
        )
    return target


def _place(settings: Config, wishes: Wishes, talk: Talk, world: World) -> _Place:
    if is_spreadsheet(settings.sheet):
        return _InGoogle(settings, wishes, talk, world)
    return _InFolder(settings)


class _InFolder:
    def __init__(self, settings: Config) -> None:
        self._file = AccountsFile(Path(settings.sheet))

    def prepare(self) -> Sequence[str]:
        return self._file.prepare()

    def entries(self) -> Sequence[Entry]:
        return self._file.entries

    def type_in(self, texts: Sequence[str]) -> bool:
        return self._file.type_in(texts)


class _InGoogle:
    def __init__(self, settings: Config, wishes: Wishes, talk: Talk, world: World) -> None:
        where = settings.accounts or layout.ACCOUNTS
        outside, clock = world.environment, world.clock
        self._access = Access(settings.sheet, accounts=where, environment=outside, clock=clock)
        self._sheet = FreshGoogle(settings.sheet, accounts=where, environment=outside, clock=clock, patience=BRIEF)
        self._wait = wishes.wait
        self._tell = talk.tell
        self._sleep = world.sleep

    def prepare(self) -> Sequence[str]:
        """Wait for the person to share the spreadsheet, and make what is missing in it."""
        email = self._access.key.email
        self._tell(f"Credentials: {self._access.kind}{f', {email}' if email else ''}.")
        told = ""
        for _ in range(self._wait // _PAUSE):
            try:
                return self._done()
            except CredentialsError as error:
                if stop(error) is not Stop.SHEET:
                    raise
                told = self._explain(str(error), told)
            self._sleep(_PAUSE)
        try:
            return self._done()
        except CredentialsError as error:
            if stop(error) is not Stop.SHEET:
                raise
            raise CredentialsError(
                f"{error}{self._waited}", f"{self._advice} Then run `sheetsync init` again."
            ) from error

    def _done(self) -> Sequence[str]:
        done = self._sheet.prepare()
        self._tell(f"Sheet: “{printable(self._sheet.name)}” is open to these credentials.")
        return done

    @property
    def _who(self) -> str:
        return self._access.key.email or "the Google account that is logged in here"

    @property
    def _advice(self) -> str:
        return f"Open it in the browser, choose Share, and add {self._who} as Editor."

    @property
    def _waited(self) -> str:
        minutes, seconds = divmod(self._wait, _MINUTE)
        spent = [f"{minutes} min"] * bool(minutes) + [f"{seconds} s"] * bool(seconds)
        return f" Nothing changed that in {' '.join(spent)}." if spent else ""

    def _explain(self, said: str, told: str) -> str:
        """Say what is missing, once."""
        if said != told:
            self._tell(said)
            self._tell("Open it in the browser, choose Share, and add this address as Editor:")
            self._tell(f"\n    {self._who}\n")
            self._tell("Waiting until that is done. Ctrl-C stops; nothing has been changed.")
        return said

    def entries(self) -> Sequence[Entry]:
        return self._sheet.entries()

    def type_in(self, texts: Sequence[str]) -> bool:
        return self._sheet.type_in(texts)


def _with_handles(place: _Place, wishes: Wishes, talk: Talk) -> Sequence[Entry]:
    """Type handles where there are none; what stands there afterwards."""
    entries = place.entries()
    if entries:
        talk.tell(f"Handles: {len(entries):,} {'is' if len(entries) == 1 else 'are'} there already.")
        return entries
    question = f"Nobody has typed a handle yet. Type {', '.join(EXAMPLES)} as examples?"
    if not _is_wanted(wishes.examples, question, wishes, talk):
        return entries
    if not place.type_in(EXAMPLES):
        talk.tell("Handles: none were typed, because something else stands below the headers.")
        return entries
    talk.tell(f"Handles: typed {', '.join(EXAMPLES)}. Write your own over them whenever you like.")
    return place.entries()


def _is_wanted(wish: bool | None, question: str, wishes: Wishes, talk: Talk) -> bool:  # noqa: FBT001 - None is to ask
    return (wishes.yes or talk.agree(question)) if wish is None else wish


def _first_look(settings: Config, entries: Sequence[Entry], wishes: Wishes, talk: Talk, world: World) -> None:
    """Visit one account, so that the person sees a number; that it fails is no reason to stop."""
    if not entries:
        return
    text = printable(entries[0].text.strip())
    if not _is_wanted(wishes.visit, f"Visit {text} now, to see what comes of it?", wishes, talk):
        return
    platform = entries[0].platform.strip().casefold() or settings.platform
    try:
        for account, profile in look(msgspec.structs.replace(settings, platform=platform), [text], world.environment):
            talk.tell(f"First look: {_seen(account, profile)}")
    except SheetsyncError as error:
        talk.tell(f"First look: {text} could not be visited: {error} {printable(error.hint)}".strip())


def _seen(account: Account, profile: Profile) -> str:
    counts = [f"{value:,} {name}" for name, value in profile.values.items() if type(value) is int]
    more = f" ({profile.detail})" if profile.detail else ""
    return printable(f"{account.url}: {', '.join([f'{profile.status}{more}', *counts])}")


def _write_down(target: str, file: Path, talk: Talk) -> bool:
    """Name the sheet in a settings file of its own, where there is none.

    Returns:
        Whether the file names the sheet.

    Raises:
        ConfigError: It cannot be written.
    """
    line = f"sheet = {json.dumps(target, ensure_ascii=False)}"
    try:
        with file.open("x", encoding="utf-8") as made:
            made.write(f"{line}\n")
    except FileExistsError:
        is_named = load_config(file, {}).sheet == target
        also = (
            "names this sheet already"
            if is_named
            else f"is yours and stays as it is; this line names the sheet: {line}"
        )
        talk.tell(f"Settings: {file} {also}.")
        return is_named
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror or error}.", f"Write into it: {line}") from error
    talk.tell(f"Settings: {file} now names this sheet.")
    return True


def _next(entries: Sequence[Entry], target: str, file: Path, *, is_named: bool) -> str:
    named = f" --config {file}" if file != Path(FILE) else ""
    option = named if is_named else f" --sheet {json.dumps(target, ensure_ascii=False)}"
    run = f"`sheetsync run{option}` writes today's rows."
    start = "" if entries else "type your handles below the header “account”. Then "
    return f"Next: {start}{run} If anything is wrong, `sheetsync doctor{option}` says what."
