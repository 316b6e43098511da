"""The nouns: an Entry names an Account, whose Page gives a Profile, which becomes a Row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

Value = str | int | float | bool | date
"""What a field of a page can hold. A field without a value is absent, never None."""


class Kind(StrEnum):
    """What is followed: somebody's account, or a single post of theirs."""

    ACCOUNT = "account"
    POST = "post"


class Status(StrEnum):
    """How a visit ended. The first three are facts about the account and become rows; the rest is trouble of ours."""

    OK = "ok"
    NOT_FOUND = "not found"
    PRIVATE = "private"
    BLOCKED = "blocked"
    LAYOUT_CHANGED = "layout changed"
    SUSPECT = "suspect"
    UNREACHABLE = "unreachable"
    NOT_UNDERSTOOD = "not understood"

    @property
    def is_fact(self) -> bool:
        """Whether this is known about the account itself, and so worth a row."""
        return self in (Status.OK, Status.NOT_FOUND, Status.PRIVATE)


@dataclass(frozen=True, slots=True)
class Mark:
    """What sheetsync writes beside an entry.

    Attributes:
        status: A Status, or whatever stands in the cell; empty when nothing was written yet.
        detail: A sentence for the person who typed the handle.
        last_row: The date of the account's newest row.
    """

    status: str = ""
    detail: str = ""
    last_row: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person typed in one cell of the account column.

    Attributes:
        line: The cell's row as the spreadsheet counts it, header included: the first entry is usually 2.
        text: The cell, untouched.
        platform: The cell of the platform column in the same row; empty when there is none.
        mark: What stands beside it now.
    """

    line: int
    text: str
    platform: str = ""
    mark: Mark = field(default_factory=Mark)


@dataclass(frozen=True, slots=True)
class Account:
    """Who is followed, in one spelling.

    Attributes:
        platform: The platform's key: the name of its file without ``.toml``.
        kind: An account, or a single post.
        handle: The handle as the platform spells it, without ``@``; may be empty for a post.
        post: The post's id; empty for an account.
        url: The public page, as a person would open it.
    """

    platform: str
    kind: Kind
    handle: str
    url: str
    post: str = ""

    @property
    def name(self) -> str:
        """What tells it apart from others of its platform and kind."""
        return self.post if self.kind is Kind.POST else self.handle


@dataclass(frozen=True, slots=True)
class Page:
    """What the platform answered.

    Attributes:
        url: The address after redirects.
        http_status: The HTTP status code.
        content_type: The Content-Type header, in lower case; empty when there was none.
        body: The body, decompressed.
        observed_at: When the answer came, in UTC.
    """

    url: str
    http_status: int
    content_type: str
    body: bytes
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """What a page says about an account.

    Attributes:
        status: How the page is to be understood.
        detail: Why, in a sentence, when the status is not ``ok``.
        values: What was read, by field name; only what was really there.
        rounded: The counts that the platform had rounded before it showed them.
        ways: By field name, which way of the platform file found it, for people who look (``sheetsync try``).
    """

    status: Status
    detail: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    rounded: frozenset[str] = frozenset()
    ways: Mapping[str, str] = field(default_factory=dict)


class RowKey(NamedTuple):
    """May stand in the sheet once.

    Attributes:
        date: The day, in the sheet's time zone.
        platform: The platform's key.
        kind: Account or post.
        name: The handle, the post's id, or ``id:`` followed by the account's stable id.
    """

    date: date
    platform: str
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One account on one day, as it stands in History (accounts) or Posts (posts).

    Attributes:
        date: The day, in the sheet's time zone.
        account: Who.
        status: A fact: ``ok``, ``not found`` or ``private``.
        values: The fields by name, among them ``id``, the account's stable id, where the platform has one.
        observed_at: When the page was seen, in UTC; None when a row in the sheet does not say.
        note: What a reader of the number should know: which counts are rounded, an earlier handle.
    """

    date: date
    account: Account
    status: Status
    values: Mapping[str, Value]
    observed_at: datetime | None = None
    note: str = ""

    @property
    def key(self) -> RowKey:
        """The key by handle (or by the post's id)."""
        return RowKey(self.date, self.account.platform, self.account.kind, self.account.name)

    @property
    def keys(self) -> frozenset[RowKey]:
        """Every key that this row takes: by name, and by stable id where there is one."""
        stable_id = self.values.get("id")
        if self.account.kind is Kind.POST or not stable_id:
            return frozenset({self.key})
        return frozenset({self.key, self.key._replace(name=f"id:{stable_id}")})


@dataclass(frozen=True, slots=True)
class Failure:
    """An entry that has no row today, and why."""

    entry: Entry
    status: Status
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """How a run ended.

    Attributes:
        date: The day the rows are dated.
        appended: Rows written now.
        present: Accounts whose row of the day was there already.
        failures: Entries without a row, and why.
        before: By the key of an appended row, the account's row before it.
        dry_run: Whether the rows were only read, and not written.
        interrupted: Whether the run was stopped before all accounts were visited.
        notices: What the sheet's owner should know, a sentence each.
        created: The sheet, when this run has only just made it, with an example.
        part: Which part of the accounts the run was given, in words; empty for all of them.
    """

    date: date
    appended: tuple[Row, ...] = ()
    present: tuple[Account, ...] = ()
    failures: tuple[Failure, ...] = ()
    before: Mapping[RowKey, Row] = field(default_factory=dict)
    dry_run: bool = False
    interrupted: bool = False
    notices: tuple[str, ...] = ()
    created: str = ""
    part: str = ""
