"""What a run has found so far: what becomes a row, what is held back, and the commits to the sheet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sheetsync.errors import ConflictError
from sheetsync.metrics import engagement_rate
from sheetsync.model import Account, Entry, Failure, Kind, Mark, Page, Profile, Report, Row, RowKey, Status, Value
from sheetsync.sheets import Change, Sheet, SheetState
from sheetsync.suspect import doubt, doubt_gone, gone_at_once, seen_before

_TRIES = 5
"""How often a commit is made again because somebody else wrote first."""


@dataclass(frozen=True, slots=True)
class Visit:
    """How the visit to one account ended.

    Attributes:
        account: Who.
        entries: The cells that name the account.
        profile: What was read.
        page: The page it was read from; None when there was none.
        via: How a short link led here, for the detail beside the entry.
    """

    account: Account
    entries: tuple[Entry, ...]
    profile: Profile
    page: Page | None = None
    via: str = ""


class Ledger:
    """Gathers what visits found, and commits it in batches.

    Rows that say ``not found`` wait until the run's end, because many of them at once are not to be believed.

    Args:
        sheet: Where rows go.
        state: The sheet as it was read.
        dry_run: Whether nothing is written.
        parts: How many runs share the accounts, and so may write at the same moment.
    """

    def __init__(self, sheet: Sheet, state: SheetState, *, dry_run: bool, parts: int = 1) -> None:
        self._sheet = sheet
        self._state = state
        self._dry_run = dry_run
        self._parts = parts
        self._taken = set(state.taken)
        self._rows: list[tuple[int, Row]] = []
        self._marks: list[tuple[Entry, Mark]] = []
        self._gone: list[tuple[Visit, Row]] = []
        self._outcomes: dict[str, list[Status]] = {}
        self._appended: list[Row] = []
        self._present: list[Account] = []
        self._failures: list[Failure] = []
        self._before: dict[RowKey, Row] = {}
        self._notices = dict.fromkeys(sheet.notices)

    def is_present(self, account: Account, entries: Sequence[Entry]) -> bool:
        """Whether the account has its row of the day; then its entries get their mark, and it is not visited."""
        key = RowKey(self._state.day, account.platform, account.kind, account.name)
        if key not in self._taken:
            return False
        self._present.append(account)
        status = self._state.taken.get(key, Status.OK)
        for entry in entries:
            if entry.mark.status != status or entry.mark.last_row != self._state.day:
                self._mark(entry, Mark(status, "", self._state.day))
        return True

    def fail(self, failures: Iterable[Failure]) -> None:
        """Take note of entries that have no row today."""
        for failure in failures:
            self._failures.append(failure)
            self._mark(failure.entry, Mark(failure.status, failure.detail, failure.entry.mark.last_row))

    def take(self, visit: Visit) -> tuple[Status, str]:
        """Decide what becomes of a visit; returns the status and detail it has for now.

        Raises:
            SheetError: A batch was full and could not be committed.
        """
        profile = visit.profile
        row = self._row(visit)
        before = self._latest(row)
        if visit.account.kind is Kind.ACCOUNT and not (before and before.status is Status.NOT_FOUND):
            self._outcomes.setdefault(visit.account.platform, []).append(profile.status)
        if not profile.status.is_fact:
            return self._trouble(visit, profile.status, profile.detail)
        if row.keys & self._taken:
            self._note_present(visit)
            return profile.status, profile.detail
        if profile.status is Status.NOT_FOUND:
            self._gone.append((visit, row))
            return profile.status, profile.detail
        return self._weigh(visit, row, doubt(row, before))

    def close(self) -> Report:
        """Judge what was held, commit the rest, and report.

        Raises:
            SheetError: The last batch could not be committed.
        """
        strange = gone_at_once(self._outcomes, self._parts)
        for visit, row in self._gone:
            self._weigh(visit, row, doubt_gone() if visit.account.platform in strange else "")
        self._gone = []
        self._commit()
        return Report(
            date=self._state.day,
            appended=tuple(self._appended),
            present=tuple(self._present),
            failures=tuple(self._failures),
            before=self._before,
            notices=tuple(self._notices),
            dry_run=self._dry_run,
        )

    def _weigh(self, visit: Visit, row: Row, reason: str) -> tuple[Status, str]:
        if reason and not any(seen_before(reason, entry.mark) for entry in visit.entries):
            return self._trouble(visit, Status.SUSPECT, reason)
        if reason:
            row = replace(row, note="; ".join(filter(None, [row.note, "seen twice before it was believed"])))
        self._taken |= row.keys
        self._rows.append((visit.entries[0].line, row))
        if before := self._latest(row):
            self._before[row.key] = before
        for entry in visit.entries:
            detail = visit.profile.detail if row.status is not Status.OK else visit.via
            self._mark(entry, Mark(row.status, detail, row.date))
        if len(self._rows) >= self._sheet.batch:
            self._commit()
        return row.status, visit.profile.detail

    def _trouble(self, visit: Visit, status: Status, detail: str) -> tuple[Status, str]:
        self.fail(Failure(entry, status, detail) for entry in visit.entries)
        return status, detail

    def _note_present(self, visit: Visit) -> None:
        """The account turned out to have its row already, under another handle."""
        self._present.append(visit.account)
        for entry in visit.entries:
            self._mark(entry, Mark(visit.profile.status, "has its row of the day already", self._state.day))

    def _mark(self, entry: Entry, mark: Mark) -> None:
        if entry.line and entry.mark != mark:
            self._marks.append((entry, mark))

    def _latest(self, row: Row) -> Row | None:
        """The newest row before this one: by stable id, which survives a rename, else by name."""
        for key in sorted(row.keys, key=lambda key: not key.name.startswith("id:")):
            if found := self._state.latest.get((key.platform, key.kind, key.name)):
                return found
        return None

    def _row(self, visit: Visit) -> Row:
        account, profile = visit.account, visit.profile
        values: dict[str, Value] = dict(profile.values)
        if account.kind is Kind.POST:
            account = replace(account, handle=str(values.pop("author", "") or account.handle))
            if (rate := engagement_rate(values)) is not None:
                values["engagement rate"] = rate
        observed_at = visit.page.observed_at if visit.page else None
        row = Row(self._state.day, account, profile.status, values, observed_at)
        notes = [f"rounded: {', '.join(sorted(profile.rounded))}"] if profile.rounded else []
        before = self._latest(row)
        if before and account.kind is Kind.ACCOUNT and before.account.handle != account.handle:
            notes.append(f"renamed from {before.account.handle}")
        return replace(row, note="; ".join(notes))

    def _commit(self) -> None:
        """Write what has gathered; when somebody else wrote first, read again and write what is still missing."""
        rows = [row for _, row in sorted(self._rows, key=lambda numbered: numbered[0])]  # as people have them
        marks = self._marks
        self._rows, self._marks = [], []
        if self._dry_run:
            self._appended += rows
            return
        for _ in range(_TRIES * self._parts):  # each conflict is another part's success
            try:
                if change := Change(tuple(rows), tuple(marks)):
                    self._state = self._sheet.commit(change, self._state)
                    self._notices.update(dict.fromkeys(self._sheet.notices))
            except ConflictError:
                self._state = self._sheet.read(self._state.day)
                self._taken |= self._state.taken.keys()
                self._present += [row.account for row in rows if row.keys & self._state.taken.keys()]
                rows = [row for row in rows if not row.keys & self._state.taken.keys()]
            else:
                self._appended += rows
                return
        raise ConflictError(
            f"Others kept writing to {self._sheet.name} at the same moment; {len(rows)} rows were not written.",
            "Run sheetsync again: it visits only the accounts that have no row yet.",
        )
