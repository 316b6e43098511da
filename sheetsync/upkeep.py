"""Looking after whole sheets: settings become sheets, which are verified, repaired and copied."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from sheetsync.config import Config
from sheetsync.errors import ConfigError
from sheetsync.sheets import is_spreadsheet
from sheetsync.sheets.spreadsheet import find_target
from sheetsync.sheets.whole import WholeSheet, open_whole
from sheetsync.transfer import Copied, copy
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
    where = settings.accounts
    return open_whole(settings.sheet, clock=utc_now, timezone=settings.zone(), accounts=where, environment=environment)


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


def copy_rows(
    source: str,
    target: str,
    settings: Config,
    environment: Mapping[str, str],
    watch: Callable[[int], None],
) -> Copied:
    """Bring the rows of one sheet to another, each once; see ``transfer.copy``.

    Args:
        source: A folder, or a spreadsheet's link or id.
        target: The same.
        settings: Everything but the sheet.
        environment: Has the credentials.
        watch: Told now and then how many rows have been written.

    Raises:
        ConfigError: Both are the same sheet.
        SheetError: One of the two cannot be read, or the target not written.
    """
    if _identity(source) == _identity(target):
        raise ConfigError("Both are the same sheet.", "Say `sheetsync copy FROM TO`, with two different sheets.")
    first, second = (
        whole_sheet(msgspec.structs.replace(settings, sheet=name), environment) for name in (source, target)
    )
    return copy(first, second, watch)


def _identity(name: str) -> str:
    return find_target(name).id if is_spreadsheet(name) else str(Path(name).resolve())
