"""Whatever happens in whatever order: in the end there is one row for each account and day."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import stamina
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sheetsync.errors import SheetsyncError
from tests.google_double import Fault, faults, serve
from tests.sheets.contract import DAY, column
from tests.sheets.google_desk import Spreadsheet, run, typed

MACHINES = st.sampled_from(["one", "two"])


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


class Year(RuleBasedStateMachine):
    """A spreadsheet, two computers that write to it, people who use it, and a bad network."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.desk = Spreadsheet(self.stack.enter_context(serve()), Path(folder), typed(3))
        self.day = DAY
        self.typed = 3

    def calm(self) -> None:
        self.desk.google.faults.clear()
        self.desk.google.hooks.clear()

    @rule(machine=MACHINES, fault=st.sampled_from(faults.ALL), number=st.integers(1, 6), stays=st.booleans())
    def run_in_a_bad_network(self, machine: str, fault: Fault, number: int, stays: bool) -> None:  # noqa: FBT001
        if stays:
            self.desk.google.between(number, lambda: self.desk.google.faults.every(fault))
        else:
            self.desk.google.faults.at(number, fault)
        with suppress(SheetsyncError):
            run(self.desk.open(machine=machine), self.day)
        self.calm()

    @rule(machine=MACHINES)
    def run_in_peace(self, machine: str) -> None:
        run(self.desk.open(machine=machine), self.day)

    @rule(machine=MACHINES, other=MACHINES)
    def run_while_another_runs(self, machine: str, other: str) -> None:
        def another() -> None:
            self.calm()
            with suppress(SheetsyncError):
                run(self.desk.open(machine=other), self.day)

        self.desk.google.between(3, another)
        with suppress(SheetsyncError):
            run(self.desk.open(machine=machine), self.day)
        self.calm()

    @rule()
    def sleep(self) -> None:
        self.day += timedelta(days=1)

    @rule()
    def late_requests_arrive(self) -> None:
        self.desk.google.release_zombies()

    @rule(line=st.integers(2, 4))
    def type_a_handle(self, line: int) -> None:
        self.desk.people.insert_rows("Accounts", line, [[f"h{self.typed}"]])
        self.typed += 1

    @rule()
    def delete_a_handle(self) -> None:
        if len(self.desk.table("Accounts")) > 2:
            self.desk.people.delete_rows("Accounts", 2)

    @rule(descending=st.booleans())
    def sort_accounts(self, descending: bool) -> None:  # noqa: FBT001
        self.desk.people.sort("Accounts", "account", descending=descending)

    @precondition(lambda self: self.desk.table("History"))
    @rule(header=st.sampled_from(["account", "date"]), descending=st.booleans())
    def sort_history(self, header: str, descending: bool) -> None:  # noqa: FBT001
        self.desk.people.sort("History", header, descending=descending)

    @precondition(lambda self: self.desk.table("History"))
    @rule(place=st.integers(1, 5))
    def add_a_column(self, place: int) -> None:
        self.late_requests_arrive()  # they were made for the columns as they are
        self.desk.people.insert_column("History", place, "mine")

    @precondition(lambda self: self.desk.table("History"))
    @rule()
    def rename_a_header(self) -> None:
        self.late_requests_arrive()
        if "followers" in self.desk.table("History")[0]:
            self.desk.people.rename_header("History", "followers", "renamed")

    @precondition(lambda self: not self.desk.google.zombies)
    @rule()
    def forget_markers(self) -> None:
        self.desk.people.forget_metadata()

    @invariant()
    def no_row_stands_there_twice(self) -> None:
        rows = self.rows()
        assert len(rows) == len(set(rows))

    def rows(self) -> list[tuple[str, str]]:
        table = self.desk.table("History")
        return list(zip(column(table, "date"), column(table, "account"), strict=True)) if table else []

    def teardown(self) -> None:
        with self.stack:
            for machine in ("one", "two"):
                run(self.desk.open(machine=machine), self.day)
                assert self.desk.waiting(machine) == []
            self.late_requests_arrive()
            run(self.desk.open(), self.day)
            self.no_row_stands_there_twice()
            accounts = self.desk.table("Accounts")
            marks = zip(column(accounts, "account"), column(accounts, "last row"), strict=True)
            last_row = {handle: last for handle, last in marks if handle}
            assert {(self.day.isoformat(), handle) for handle in last_row} <= set(self.rows())
            assert set(last_row.values()) <= {self.day.isoformat()}


TestYear = Year.TestCase
TestYear.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
