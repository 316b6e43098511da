"""One folder, several writers, and writers that end in the middle: nothing twice, nothing lost."""

import multiprocessing
import subprocess
import sys
from datetime import UTC
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from sheetsync.errors import ConflictError
from sheetsync.model import Mark
from sheetsync.sheets import Change
from sheetsync.sheets.folder import FolderSheet
from tests.sheets.contract import DAY, NOW, account_row, column, commit, post_row
from tests.sheets.folder_desk import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def write_all(path: Path, handles: list[str], start: Barrier) -> None:
    sheet = FolderSheet(path, clock=lambda: NOW, timezone=UTC)
    state = sheet.read()
    start.wait()
    for handle in handles:
        row = account_row(handle, id=f"id of {handle}")
        while not row.keys <= state.taken.keys():
            try:
                state = sheet.commit(Change((row, post_row(handle))), state)
            except ConflictError:
                state = sheet.read()


def test_two_processes_write_every_row_once(folder: Folder) -> None:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(2)
    halves = [[f"h{at}" for at in range(12)], [f"h{at}" for at in range(17, 5, -1)]]
    writers = [spawn.Process(target=write_all, args=(folder.path, handles, start)) for handles in halves]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    expected = sorted(f"h{at}" for at in range(18))
    assert sorted(column(folder.table("History"), "account")) == expected
    assert sorted(column(folder.table("Posts"), "post")) == expected
    assert not folder.waiting()


WRITER = """
import os, resource, signal, sys
from datetime import UTC, date, datetime
from pathlib import Path
from sheetsync.errors import SheetError
from sheetsync.model import Account, Kind, Mark, Row, Status
from sheetsync.sheets import Change
from sheetsync.sheets.folder import FolderSheet

now = datetime(2026, 11, 23, 12, tzinfo=UTC)
sheet = FolderSheet(Path(sys.argv[1]), clock=lambda: now, timezone=UTC)
state = sheet.read()
exec(sys.argv[2])
account = Account("tiktok", Kind.ACCOUNT, "nike", "https://www.tiktok.com/@nike")
post = Account("tiktok", Kind.POST, "nike", "https://www.tiktok.com/@nike/video/p7", "p7")
rows = (Row(state.day, account, Status.OK, {"followers": 7, "region": "US"}), Row(state.day, post, Status.OK, {}))
try:
    sheet.commit(Change(rows, tuple((entry, Mark("ok", "", state.day)) for entry in state.entries)), state)
except SheetError as error:
    sys.exit(print(error, file=sys.stderr) or error.exit_code)
"""

KILL = """
steps = iter(range({steps}))

def deadly(call):
    def counted(*args, **more):
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **more)
    return counted

for name in ("replace", "fsync", "unlink"):
    setattr(os, name, deadly(getattr(os, name)))
"""


def run(program: str, path: Path, before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program, path, before], capture_output=True, text=True, check=False)  # noqa: S603 - ours


def test_a_writer_killed_at_any_step_leaves_all_or_nothing(tmp_path: Path) -> None:
    seen = set()
    for steps in range(100):
        path = tmp_path / str(steps)
        path.mkdir()
        folder = Folder(path)
        commit(folder.open(), account_row("adidas"), post_row("p6"))
        ended = run(WRITER, path, KILL.format(steps=steps))
        assert ended.returncode in {0, -9}, ended.stderr
        seen.add(written(folder))
        again = run(WRITER, path, "")
        assert again.returncode in {0, 4}, again.stderr
        assert written(folder) == "all"
        if ended.returncode == 0:
            break
    assert steps >= 12
    assert seen == {"all", "nothing"}


def written(folder: Folder) -> str:
    """How much of the writer's change is there once the next run has read the folder."""
    state = folder.open().read()
    rows = (column(folder.table("History"), "account"), column(folder.table("Posts"), "post"))
    marks = {entry.mark for entry in state.entries}
    assert not folder.waiting()
    if rows == (["adidas", "nike"], ["p6", "p7"]):
        assert marks == {Mark("ok", "", DAY)}
        return "all"
    assert rows == (["adidas"], ["p6"])
    assert marks == {Mark()}
    return "nothing"


def test_rows_of_a_killed_writer_are_not_fetched_again(folder: Folder) -> None:
    ended = run(WRITER, folder.path, KILL.format(steps=3))
    assert ended.returncode == -9
    assert not folder.file("History").exists()
    assert account_row().key in folder.open().read().taken


def test_nothing_is_lost_when_the_disk_is_full(folder: Folder) -> None:
    commit(folder.open(), *(account_row(f"handle{at}") for at in range(200)))
    before = folder.file("History").read_bytes()
    ended = run(WRITER, folder.path, "resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))")
    assert ended.returncode == 4, ended.stderr
    assert "File too large" in ended.stderr
    assert folder.file("History").read_bytes() == before
    assert folder.open().read().taken.keys() > account_row().keys
    assert not folder.waiting()
    assert not list(folder.path.glob("*.tmp")) + list(folder.path.glob(".*.tmp"))


def test_a_disk_that_takes_not_even_the_outbox_is_told(folder: Folder) -> None:
    folder.open().read()
    tables = {tab: folder.table(tab) for tab in ("Accounts", "History")}
    ended = run(WRITER, folder.path, "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))")
    assert ended.returncode == 4
    assert not folder.waiting()
    assert {tab: folder.table(tab) for tab in ("Accounts", "History")} == tables
