"""Looking after whole sheets: settings become sheets, which are verified and repaired."""

from collections.abc import Mapping

from sheetsync.config import Config
from sheetsync.errors import ConfigError
from sheetsync.identify import ShortLink, identify
from sheetsync.model import Account, Entry, Kind
from sheetsync.sheets.whole import Stored, WholeSheet, open_whole
from sheetsync.trip import known_platforms, utc_now
from sheetsync.verify import Verdict, verify


def whole_sheet(settings: Config, environment: Mapping[str, str]) -> WholeSheet:
    """The sheet that the settings name.

    Raises:
        ConfigError: They name none.
        SheetError: It cannot be one.
    """
    if not settings.sheet:
        raise ConfigError(
            "No sheet is named.", 'Say --sheet TARGET, set SHEETSYNC_SHEET, or write sheet = "…" in sheetsync.toml.'
        )
    return named_sheet(settings.sheet, settings, environment)


def named_sheet(name: str, settings: Config, environment: Mapping[str, str]) -> WholeSheet:
    """The sheet of this name, with everything else as the settings say.

    Raises:
        SheetError: It cannot be one.
    """
    where = settings.accounts
    return open_whole(name, clock=utc_now, timezone=settings.zone(), accounts=where, environment=environment)


def examine(sheet: WholeSheet) -> Verdict:
    """What is wrong in a whole sheet. Nothing is written.

    Raises:
        SheetError: It cannot be read.
    """
    return verify(sheet.stored())


def repair(sheet: WholeSheet, verdict: Verdict) -> int:
    """Take the doubles out that ``examine`` found in the same sheet.

    Returns:
        How many lines were taken out.

    Raises:
        ConflictError: The sheet was changed in the meantime. Nothing was taken out.
        SheetError: It cannot be written.
    """
    if verdict.surplus:
        sheet.erase(verdict.surplus)
    return len(verdict.surplus)


def named_account(text: str, settings: Config) -> Account:
    """The account that a person named.

    Raises:
        AccountError: The text names none.
        ConfigError: It names a post, or is a short link, which is not followed here; or the settings are wrong.
    """
    found = identify(Entry(line=0, text=text), known_platforms(settings), settings.platform)
    if isinstance(found, ShortLink) or found.kind is Kind.POST:
        raise ConfigError(f"{found.url} is no account.", "Name the account itself, as in @name.")
    return found


def lines_of(sheet: WholeSheet, account: Account) -> list[Stored]:
    """Every line of History and Posts about an account, those under another handle with its stable id among them.

    Raises:
        SheetError: The sheet cannot be read.
    """
    handle = account.handle.casefold()

    def is_named(one: Stored) -> bool:
        return str(one.cells.get("account", "")).casefold() == handle

    stored = [one for one in sheet.stored() if one.cells.get("platform") == account.platform]
    ids = {one.key.stable_id for one in stored if one.key and is_named(one)} - {""}
    return [one for one in stored if is_named(one) or (one.key and one.key.stable_id in ids)]
