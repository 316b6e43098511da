"""Everything sheetsync raises.

The number is the exit code of the command::

    SheetsyncError               1
    ├── ConfigError              2  a setting, a platform file or a command line is wrong
    ├── CredentialsError         3  no key, or a key that does not open the sheet
    ├── SheetError               4  the sheet answered no
    │   ├── SheetUnavailableError 4  no answer: what was to be written waits in the outbox
    │   └── ConflictError        4  somebody else wrote first; nothing of ours was written
    └── AccountError             5  one account has no row today; never stops the others
"""

import unicodedata
from typing import ClassVar

from sheetsync.model import Status


def printable(text: str) -> str:
    """Text of others as it may go to a terminal: without control characters, escape sequences, halves of characters."""
    return "".join("\ufffd" if unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\t" else one for one in text)


class SheetsyncError(Exception):
    """Anything a user can cause or should know: one clear sentence, and the next thing to do.

    Attributes:
        hint: What to do next, as a sentence; empty when the message says it all.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(printable(message))
        self.hint = hint


class ConfigError(SheetsyncError):
    """A setting, a platform file or a command line is wrong."""

    exit_code = 2


class CredentialsError(SheetsyncError):
    """There is no key, or it does not open the sheet."""

    exit_code = 3


class SheetError(SheetsyncError):
    """The sheet is not what it should be, or answered no. Nothing was written."""

    exit_code = 4


class SheetUnavailableError(SheetError):
    """The sheet gave no answer. What was to be written waits in the outbox for the next run."""


class ConflictError(SheetError):
    """Somebody else wrote to the sheet since it was read. Nothing of ours was written; read again."""


class AccountError(SheetsyncError):
    """One account has no row today, and why. It never stops the others.

    Attributes:
        status: Which kind of trouble, as it is shown beside the handle.
    """

    exit_code = 5

    def __init__(self, status: Status, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
