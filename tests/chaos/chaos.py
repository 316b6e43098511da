"""Days on end in which everything goes wrong: ``make chaos``, or ``python -m tests.chaos.chaos --minutes 60 --seed 7``.

A spreadsheet on the double of Google, a site that lies and breaks, two computers that write at the same moment and are
killed, a network that loses answers, and people who edit. At the end, `verify` must find nothing, every number in
History must be one that the site showed on that day, and a calm run must leave each account with its row of the day.

What is not tried: a request that arrives late, after people have moved columns. It was made for the columns as they
were, and Google offers nothing to make it fail.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import stamina

from sheetsync.errors import SheetsyncError
from sheetsync.model import Report
from sheetsync.run import Options
from sheetsync.sample_site import serve as serve_pages
from sheetsync.shard import WHOLE, Shard
from sheetsync.sheets.whole import open_whole
from sheetsync.verify import Flaw, verify
from tests.chaos.site import ChaoticSite, Shown
from tests.commands import COMMAND, environment
from tests.google_double import Google, faults, serve
from tests.sheets.contract import NOW, column
from tests.sheets.google_desk import Spreadsheet, typed
from tests.trips import make_a_trip

FIRST_DAY = date(2026, 11, 22)
KILLED = "killed/.sheetsync"
"""The computer on which the installed command runs, and is killed."""
MACHINES = ("one", "two", f"{KILLED}/outbox")


class Chaos:
    """A town in which it happens.

    Args:
        google: The double.
        folder: Where outboxes are.
        seed: Decides what happens; what two computers do at the same moment, and when a killed one dies, it does not.
        kills: The share of happenings that are a kill; each takes a second.

    Attributes:
        tally: How often what happened.
    """

    def __init__(self, google: Google, folder: Path, seed: int, kills: float = 0.1) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - nothing is secret
        self.google = google
        self.desk = Spreadsheet(google, folder, typed(8))
        self.site = ChaoticSite(self.chance)
        self.kills = kills
        self.day = FIRST_DAY
        self.typed = 8
        self.tally: Counter[str] = Counter()
        self.happenings: tuple[Callable[[], None], ...] = (
            self.run_in_a_bad_network,
            self.run_in_a_bad_network,
            self.run_while_another_runs,
            self.run_in_two_parts,
            self.run_while_people_edit,
            self.people_edit,
            self.people_edit,
            self.late_requests_arrive,
        )

    def live(self) -> None:
        """One day, from the first happening to a run in peace that most days end with."""
        self.site.today = self.day
        self.site.trouble = self.chance.choice([0.0, 0.1, 0.5, 0.9])
        self.site.all_gone = self.chance.random() < 0.05
        for _ in range(self.chance.randint(2, 5)):
            happening = self.killed if self.chance.random() < self.kills else self.chance.choice(self.happenings)
            self.tally[happening.__name__] += 1
            happening()
            self.calm()
        if self.chance.random() < 0.8:
            self.run_in_peace()
        self.day += timedelta(days=1)
        self.tally["days"] += 1

    def calm(self) -> None:
        self.google.faults.clear()
        self.google.hooks.clear()
        self.google.settle()
        self.site.on_visit = None

    def trip(self, machine: str, part: Shard = WHOLE) -> Report | None:
        """A whole run in this process; None when it ended with an error, as the network is bad enough."""
        options = Options(day=self.day, shard=part)
        with suppress(SheetsyncError):
            return make_a_trip(self.desk.open(machine=machine), self.site, options)
        return None

    def somewhere(self) -> str:
        return self.chance.choice(MACHINES)

    def run_in_peace(self) -> None:
        self.site.trouble, self.site.all_gone = 0.0, False
        self.calm()
        self.trip(self.somewhere())

    def run_in_a_bad_network(self) -> None:
        fault, number = self.chance.choice(faults.ALL), self.chance.randint(1, 6)
        self.tally[f"Google: {fault.name}"] += 1
        if self.chance.random() < 0.3:
            self.google.between(number, lambda: self.google.faults.every(fault))
        else:
            self.google.faults.at(number, fault)
        self.trip(self.somewhere())

    def run_while_another_runs(self) -> None:
        def another() -> None:
            self.google.hooks.clear()
            self.trip(self.somewhere())

        self.google.between(self.chance.randint(1, 5), another)
        self.trip(self.somewhere())

    def run_in_two_parts(self) -> None:
        def the_other_part() -> None:
            self.google.hooks.clear()
            self.trip(self.somewhere(), Shard(2, 2))

        self.google.between(self.chance.randint(1, 5), the_other_part)
        self.trip(self.somewhere(), Shard(1, 2))

    def run_while_people_edit(self) -> None:
        edit = self.chance.choice([self._type_a_handle_below, self._sort_history])
        self.google.between(self.chance.randint(1, 5), edit)
        self.trip(self.somewhere())

    def killed(self) -> None:
        """The installed command, killed at a visit or at a call of Google's, which was carried out or not."""
        moment = self.chance.randint(1, 5)
        running: list[subprocess.Popen[bytes]] = []

        def kill() -> None:
            for process in running:
                process.kill()

        if self.chance.random() < 0.4:
            self.site.kill_at(moment * 2, kill)
        else:
            self.google.between(moment, kill)
            if self.chance.random() < 0.5:
                self.google.faults.at(moment, faults.cut_before())
        folder = self.desk.folder / KILLED.partition("/")[0]
        folder.mkdir(exist_ok=True)
        with serve_pages(self.site.answer) as origin:
            variables = environment(f"www.tiktok.com={origin}") | self.desk.environment
            command = [*COMMAND, "run", "--sheet", self.desk.id, "--date", self.day.isoformat()]
            with subprocess.Popen(command, env=variables, cwd=folder, stdout=-3, stderr=-3) as process:  # noqa: S603
                running.append(process)
                process.wait(timeout=120)
        self.tally["of these really killed"] += process.returncode < 0

    def late_requests_arrive(self) -> None:
        self.tally["late requests"] += len(self.google.release_zombies())

    def people_edit(self) -> None:
        edits = (
            self._type_a_handle,
            self._type_a_handle_below,
            self._type_again,
            self._type_nonsense,
            self._delete_a_handle,
            self._sort_accounts,
            self._sort_history,
            self._add_a_column,
            self._rename_a_header,
            self._delete_a_row_of_today,
            self._forget_markers,
        )
        edit = self.chance.choice(edits)
        self.tally[edit.__name__.strip("_")] += 1
        edit()

    def _type_a_handle(self) -> None:
        self.desk.people.insert_rows("Accounts", self.chance.randint(2, 5), [[f"h{self.typed}"]])
        self.typed += 1

    def _type_a_handle_below(self) -> None:
        self.desk.people.insert_rows("Accounts", len(self.desk.table("Accounts")) + 1, [[f"@H{self.typed}"]])
        self.typed += 1

    def _type_again(self) -> None:
        handle = f"https://www.tiktok.com/@h{self.chance.randrange(self.typed)}?lang=nl"
        self.desk.people.insert_rows("Accounts", 2, [[handle]])

    def _type_nonsense(self) -> None:
        nonsense = self.chance.choice(["not a handle at all", "#REF!", "http://169.254.169.254/", "::error::x", "=1+"])
        self.desk.people.insert_rows("Accounts", 3, [[nonsense if nonsense[0] != "=" else "=1+1"]])

    def _delete_a_handle(self) -> None:
        lines = len(self.desk.table("Accounts"))
        if lines > 6:
            self.desk.people.delete_rows("Accounts", self.chance.randint(2, lines))

    def _sort_accounts(self) -> None:
        self.desk.people.sort("Accounts", "account", descending=self.chance.random() < 0.5)

    def _sort_history(self) -> None:
        if self.desk.table("History"):
            header = self.chance.choice(["account", "date"])
            self.desk.people.sort("History", header, descending=self.chance.random() < 0.5)

    def _add_a_column(self) -> None:
        if (table := self.desk.table("History")) and len(table[0]) < 30:
            self.late_requests_arrive()  # they were made for the columns as they are
            self.desk.people.insert_column("History", self.chance.randint(1, 5), f"mine {len(table[0])}")

    def _rename_a_header(self) -> None:
        if (table := self.desk.table("History")) and "following" in table[0] and len(table[0]) < 30:
            self.late_requests_arrive()
            self.desk.people.rename_header("History", "following", f"was following {len(table[0])}")

    def _delete_a_row_of_today(self) -> None:
        table = self.desk.table("History")
        if table and (lines := [n for n, day in enumerate(column(table, "date"), 2) if day == self.day.isoformat()]):
            self.desk.people.delete_rows("History", self.chance.choice(lines))

    def _forget_markers(self) -> None:
        self.late_requests_arrive()
        self.desk.people.forget_metadata()

    def prove(self) -> str:
        """Let the dust settle, and look at everything.

        Returns:
            What was found, in a line.

        Raises:
            AssertionError: Something is not as it must be.
        """
        self.site.today = self.day
        for machine in MACHINES:
            self.run_in_peace()
            self.trip(machine)
            assert self.desk.waiting(machine) == [], f"{machine} still has something to write"
        self.late_requests_arrive()
        for _ in range(2):  # what is strange at first sight is believed at the second
            self.trip("one")
        sheet = open_whole(self.desk.id, clock=lambda: NOW, environment=self.desk.environment)
        verdict = verify(sheet.stored())
        wrong = [finding for finding in verdict.findings if finding.kind is not Flaw.HOLE]
        assert not wrong, wrong
        rows = [(stored.day, *_shown(stored.cells)) for stored in sheet.stored()]
        assert len(rows) == len({(day, handle) for day, handle, _ in rows}), "an account has two rows of one day"
        untrue = [row for row in rows if not _is_true(row, self.site)]
        assert not untrue, untrue
        today = {handle for day, handle, _ in rows if day == self.day}
        missing = self.followed() - today
        assert not missing, f"without a row after a calm run: {missing}"
        table = self.desk.table("Accounts")
        marks = dict(zip(column(table, "account"), column(table, "last row"), strict=True))
        unmarked = {text for text, last in marks.items() if _handle(text) and last != self.day.isoformat()}
        assert not unmarked, f"without the mark of a calm run: {unmarked}"
        return f"{len(rows):,} rows, none twice, each as the site showed it that day; verify finds nothing"

    def followed(self) -> set[str]:
        """The handles that people have typed, in one spelling."""
        cells = column(self.desk.table("Accounts"), "account")
        return {handle for cell in cells if (handle := _handle(cell))}


def _handle(text: str) -> str:
    """The handle that people meant; empty when it is none of the site's."""
    plain = text.partition("?")[0].removeprefix("https://www.tiktok.com/").lstrip("@").lower()
    return plain if plain[:1] == "h" and plain[1:].isdigit() else ""


def _shown(cells: object) -> tuple[str, Shown]:
    assert isinstance(cells, dict)
    return str(cells["account"]), (str(cells["status"]), cells.get("followers"))


def _is_true(row: tuple[date | None, str, Shown], site: ChaoticSite) -> bool:
    day, handle, shown = row
    return day is not None and shown in site.shown[day, handle]


def live_for(seed: int, kills: float, *, days: int = 1, seconds: float = 0) -> str:
    """Live so many days, and more while time is left, then prove that all is well; what happened, in lines."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, serve() as google, stamina.set_testing(True, attempts=2, cap=True):
        chaos = Chaos(google, Path(folder), seed, kills)
        while chaos.tally["days"] < days or time.monotonic() - started < seconds:
            chaos.live()
        found = chaos.prove()
    happened = ", ".join(f"{name} {count:,}" for name, count in sorted(chaos.tally.items()))
    troubles = ", ".join(f"{name} {count:,}" for name, count in sorted(chaos.site.troubles.items()))
    return f"happened: {happened}\nthe site: {troubles}\nseed {seed}: {found}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Days on end in which everything goes wrong.")
    parser.add_argument("--minutes", type=float, default=2, help="how long it goes on")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what happens")
    parser.add_argument("--kills", type=float, default=0.1, help="the share of happenings that are a kill")
    asked = parser.parse_args()
    sys.stdout.write(f"seed {asked.seed}\n")
    sys.stdout.flush()
    sys.stdout.write(live_for(asked.seed, asked.kills, seconds=asked.minutes * 60) + "\n")


if __name__ == "__main__":
    main()
