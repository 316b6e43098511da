"""Looking after whole sheets: settings become sheets, which are verified and repaired."""

from collections.abc import Mapping

from sheetsync.config import Config
from sheetsync.errors import ConfigError
from sheetsync.sheets.whole import WholeSheet, open_whole
from sheetsync.trip import utc_now
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
