"""Parts of the accounts: every account in exactly one, and runs of all parts at once give one row each."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync.errors import ConfigError, ConflictError
from sheetsync.identify import ShortLink, account_of, identify
from sheetsync.model import Account, Entry, Kind, Row, Status
from sheetsync.platform_file import load_platforms
from sheetsync.run import Options
from sheetsync.sample_site import account_page, page
from sheetsync.sample_site import serve as serve_pages
from sheetsync.shard import WHOLE, Shard, parse_shard, shard_of
from sheetsync.sheets import Change, SheetState
from sheetsync.sheets.folder import FolderSheet
from tests import google_double
from tests.commands import COMMAND
from tests.test_google_run import DAY, Place
from tests.trips import NOON, Site, cells, on_day, travel, type_in

PLATFORMS = load_platforms()
COUNTS = st.integers(1, 40)
SLURM = {"SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "4"}
HANDLES = st.from_regex(r"[a-z][a-z0-9_.]{0,20}[a-z0-9]", fullmatch=True)


def parts(count: int) -> list[Shard]:
    return [Shard(index, count) for index in range(1, count + 1)]


def owners(account: Account, count: int) -> list[int]:
    return [part.index for part in parts(count) if part.has(account)]


@given(st.text(), st.sampled_from(Kind), st.text(), COUNTS)
def test_every_account_is_in_exactly_one_part(platform: str, kind: Kind, name: str, count: int) -> None:
    account = Account(platform, kind, name, "", post=name)
    assert len(owners(account, count)) == 1


@given(HANDLES, COUNTS, st.data())
def test_every_spelling_of_an_account_is_in_the_same_part(handle: str, count: int, data: st.DataObject) -> None:
    spelled = data.draw(st.sampled_from([handle, handle.upper(), handle.title()]))
    written = data.draw(
        st.sampled_from(
            [
                spelled,
                f"@{spelled}",
                f" \u200b@{spelled}\u200e ",
                f"tiktok: {spelled}",
                f"https://www.tiktok.com/@{spelled}?lang=nl&_t=1",
                f"HTTP://TikTok.com/@{spelled}/",
            ]
        )
    )
    found = identify(Entry(line=2, text=written), PLATFORMS, "tiktok")
    assert not isinstance(found, ShortLink)
    assert owners(found, count) == owners(account_of(PLATFORMS["tiktok"], Kind.ACCOUNT, handle), count)


@given(st.text(), st.text(), COUNTS)
def test_text_that_names_nothing_has_exactly_one_part_that_answers_for_it(platform: str, text: str, count: int) -> None:
    assert [part.has_entry(Entry(2, text, platform)) for part in parts(count)].count(True) == 1


def test_the_split_is_the_same_on_every_machine_and_in_every_version() -> None:
    """It must never move by itself: two machines would both leave an account out."""
    names = ["bakery.lotte", "museum_of_maps", "juf.nele", "volley_gent", "slow_cyclist", "日本語", "ÉCOLE"]
    found = [owners(Account("tiktok", Kind.ACCOUNT, name, ""), 4)[0] for name in names]
    assert found == [2, 1, 3, 4, 2, 1, 3]


def test_the_parts_are_about_equally_large() -> None:
    accounts = [Account("tiktok", Kind.ACCOUNT, f"somebody_{number}", "") for number in range(8000)]
    sizes = [sum(part.has(account) for account in accounts) for part in parts(8)]
    assert sum(sizes) == 8000
    assert all(850 < size < 1150 for size in sizes)


@pytest.mark.parametrize(
    ("environment", "part"),
    [
        ({}, WHOLE),
        ({"SHEETSYNC_SHARD": " "}, WHOLE),
        ({"SHEETSYNC_SHARD": "2/4"}, Shard(2, 4)),
        ({"SHEETSYNC_SHARD": " 4 / 4 ", "JOB_COMPLETION_INDEX": "0"}, Shard(4, 4)),
        ({"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "3"}, Shard(1, 3)),
        ({"JOB_COMPLETION_INDEX": "2", "JOB_COMPLETIONS": "3", "SLURM_ARRAY_TASK_ID": "9"}, Shard(3, 3)),
        ({"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "5"}, Shard(1, 5)),
        (SLURM | {"SLURM_ARRAY_TASK_ID": "1"}, Shard(1, 4)),
        (SLURM | {"SLURM_ARRAY_TASK_ID": "4", "SLURM_ARRAY_TASK_STEP": "1"}, Shard(4, 4)),
        (SLURM | {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_STEP": "3", "SLURM_ARRAY_TASK_MAX": "10"}, Shard(3, 4)),
    ],
)
def test_the_environment_names_the_part(environment: Mapping[str, str], part: Shard) -> None:
    assert shard_of(environment) == part


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SHEETSYNC_SHARD": "0/4"}, "0/4 is no part"),
        ({"SHEETSYNC_SHARD": "5/4"}, "5/4 is no part"),
        ({"SHEETSYNC_SHARD": "1/0"}, "1/0 is no part"),
        ({"SHEETSYNC_SHARD": "-1/4"}, "no part"),
        ({"SHEETSYNC_SHARD": "2"}, "no part"),
        ({"SHEETSYNC_SHARD": "²/4"}, "no part"),
        ({"JOB_COMPLETION_INDEX": "0"}, "how many parts"),
        ({"JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "3"}, "JOB_COMPLETION_INDEX=3 with JOB_COMPLETIONS=3"),
        ({"JOB_COMPLETION_INDEX": "x", "JOB_COMPLETIONS": "3"}, "JOB_COMPLETION_INDEX is “x”"),
        ({"SLURM_ARRAY_TASK_ID": "1"}, "SLURM_ARRAY_TASK_COUNT is “”"),
        (SLURM | {"SLURM_ARRAY_TASK_ID": "4", "SLURM_ARRAY_TASK_MAX": "9"}, "not evenly spaced"),
        (
            SLURM | {"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_STEP": "3", "SLURM_ARRAY_TASK_MAX": "10"},
            "not evenly spaced",
        ),
    ],
)
def test_no_such_part_is_a_sentence_with_the_next_step(environment: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence.replace("(", r"\(")) as raised:
        shard_of(environment)
    assert "SHARD" in raised.value.hint.upper()


@given(st.text(max_size=30))
def test_any_text_is_a_part_or_a_sentence(text: str) -> None:
    try:
        part = parse_shard(text)
    except ConfigError:
        return
    assert 1 <= part.index <= part.count


def sharded(folder: Path, site: Site, index: int, count: int) -> Any:
    sheet = FolderSheet(folder, clock=lambda: NOON, timezone=UTC)
    return travel(sheet, site, options=Options(shard=Shard(index, count)))


def test_the_parts_of_a_run_visit_each_account_once_and_one_tells_of_what_names_none(tmp_path: Path) -> None:
    handles = [f"somebody_{number}" for number in range(30)]
    type_in(tmp_path, [*handles, "not a handle at all", *map(str.upper, handles[:5])])
    site = Site(lambda path: (200, account_page(path.removeprefix("/@"), 1000)))
    reports = [sharded(tmp_path, site, index, 3) for index in (1, 2, 3)]
    assert sorted(site.asked) == sorted(f"/@{handle}" for handle in handles)
    assert sorted(row["account"] for row in cells(tmp_path, "History")) == sorted(handles)
    assert [failure.entry.text for report in reports for failure in report.failures] == ["not a handle at all"]
    assert {row["status"] for row in cells(tmp_path, "Accounts")} == {"ok", "not understood"}
    sizes = [len(report.appended) for report in reports]
    assert all(sizes)
    assert [report.part for report in reports] == [
        f"part {index} of 3, with {size} of 30 accounts" for index, size in zip((1, 2, 3), sizes, strict=True)
    ]


def test_a_short_link_that_fails_for_one_part_alone_is_told_but_not_marked(tmp_path: Path) -> None:
    """The part whose account it is may have written its row a moment ago; its mark must stay."""
    link = "https://vm.tiktok.com/ZMabc/"
    type_in(tmp_path, [link])
    teller = next(index for index in (1, 2) if Shard(index, 2).has_entry(Entry(2, link)))
    broken = Site(lambda _path: (500, "broken"))
    other = sharded(tmp_path, broken, 3 - teller, 2)
    assert [failure.status for failure in other.failures] == [Status.UNREACHABLE]
    assert [row.get("status", "") for row in cells(tmp_path, "Accounts")] == [""]
    sharded(tmp_path, broken, teller, 2)
    assert [row["status"] for row in cells(tmp_path, "Accounts")] == ["unreachable"]


def test_a_platform_that_hides_its_accounts_is_noticed_by_parts_that_see_few_of_them(tmp_path: Path) -> None:
    """Three accounts in three parts: none sees three of them gone at once, and none writes that they are."""
    handles = ["bakery.lotte", "museum_of_maps", "juf.nele", "volley_gent", "slow_cyclist", "quiet.garden"]
    type_in(tmp_path, handles)
    gone = Site(lambda _path: page("/@nobody.of.this.name", 3))
    held = [failure for index in range(1, 7) for failure in sharded(tmp_path, gone, index, 6).failures]
    assert {failure.status for failure in held} == {Status.SUSPECT}
    assert len(held) == len(handles)
    assert cells(tmp_path, "History") == []
    assert sum(len(sharded(tmp_path, gone, index, 6).appended) for index in range(1, 7)) == len(handles)


class Busy(FolderSheet):
    """A folder in which another run writes just before each of the first commits."""

    others = 0

    def commit(self, change: Change, state: SheetState) -> SheetState:
        if self.others:
            self.others -= 1
            rival = FolderSheet(self._folder, clock=lambda: NOON, timezone=UTC)
            account = Account("tiktok", Kind.ACCOUNT, f"rival_{self.others}", "https://www.tiktok.com/@rival")
            rival.commit(Change((Row(state.day, account, Status.OK, {"followers": 1}),)), rival.read())
        return super().commit(change, state)


@pytest.mark.parametrize(("count", "written"), [(1, False), (4, True)])
def test_a_part_tries_again_as_often_as_others_may_have_written(tmp_path: Path, count: int, written: bool) -> None:  # noqa: FBT001
    type_in(tmp_path, ["bakery.lotte"])
    (part,) = [one for one in parts(count) if one.has(account_of(PLATFORMS["tiktok"], Kind.ACCOUNT, "bakery.lotte"))]
    sheet = Busy(tmp_path, clock=lambda: NOON, timezone=UTC)
    sheet.others = 12
    if written:
        assert len(travel(sheet, Site(on_day(0)), options=Options(shard=part)).appended) == 1
    else:
        with pytest.raises(ConflictError):
            travel(sheet, Site(on_day(0)), options=Options(shard=part))


async def _all_at_once(place: Place, origin: str, sheet: str, count: int, *, apart: bool) -> list[dict[str, Any]]:
    """Every part in a process of its own, all at the same time; what each says it has done."""

    async def one(index: int) -> dict[str, Any]:
        variables = place.variables(origin, SHEETSYNC_SHARD=f"{index}/{count}")
        command = [*COMMAND, "run", "--sheet", sheet, "--date", DAY, "--json"]
        folder = place.folder / (f"machine {index}" if apart else "machine")
        folder.mkdir(exist_ok=True)
        run = await asyncio.create_subprocess_exec(*command, env=variables, cwd=folder, stdout=PIPE, stderr=PIPE)
        out, errors = await run.communicate()
        assert run.returncode == 0, errors.decode()
        found: dict[str, Any] = json.loads(out)
        return found

    return await asyncio.gather(*(one(index) for index in range(1, count + 1)))


@pytest.mark.parametrize("apart", [True, False], ids=["machines", "one machine"])
@pytest.mark.parametrize("where", ["a folder", "a spreadsheet"])
def test_parts_side_by_side_give_one_row_each(tmp_path: Path, where: str, apart: bool) -> None:  # noqa: FBT001
    with google_double.serve() as google:
        place = Place(google, tmp_path, 60)
        type_in(tmp_path / "ours", place.handles)
        sheet = place.id if where == "a spreadsheet" else str(tmp_path / "ours")
        with serve_pages(place.answer) as origin:
            reports = asyncio.run(_all_at_once(place, origin, sheet, 4, apart=apart))
        rows = place.rows() if where == "a spreadsheet" else _followers(tmp_path / "ours")
    assert rows == place.expected()
    assert sorted(place.visited) == sorted(f"/@{handle}" for handle in place.handles)
    done = [len(report["appended"]) for report in reports]
    if where == "a folder" or apart:
        assert sum(done) == 60
        assert all(done)
    else:  # runs of one machine share an outbox: one may write what another has just put there
        assert sum(done) + sum(len(report["present"]) for report in reports) == 60


def _followers(folder: Path) -> dict[str, int]:
    rows = cells(folder, "History")
    assert len(rows) == len({row["account"] for row in rows})
    assert {date.fromisoformat(row["date"]) for row in rows} == {date.fromisoformat(DAY)}
    return {row["account"]: int(row["followers"]) for row in rows}
