"""The whole trip, into a real folder; only the network is in memory."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from sheetsync.model import Status
from sheetsync.sample_site import POST, POST_PATH, account_page, counts, post_counts
from tests.trips import NOON, Site, cells, on_day, travel, type_in

TODAY = NOON.date()


def test_every_handle_becomes_one_dated_row_with_the_numbers_of_its_page(tmp_path: Path) -> None:
    sheet = type_in(tmp_path, ["@bakery.lotte", "museum_of_maps"])
    travel(sheet, Site(on_day(3)))
    rows = {row["account"]: row for row in cells(tmp_path, "History")}
    for handle in ("bakery.lotte", "museum_of_maps"):
        assert rows[handle]["date"] == "2026-11-22"
        assert {name: int(rows[handle][name]) for name in counts(handle, 3)} == counts(handle, 3)


def test_a_second_run_of_the_day_visits_nobody_and_writes_nothing(tmp_path: Path) -> None:
    sheet = type_in(tmp_path, ["@bakery.lotte", "@juf.nele"])
    travel(sheet, Site(on_day(0)))
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    again = Site(on_day(0))
    report = travel(sheet, again)
    assert again.asked == []
    assert (report.appended, len(report.present)) == ((), 2)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")} == before


def test_two_cells_naming_one_account_are_one_visit_and_one_row_and_both_are_answered(tmp_path: Path) -> None:
    site = Site(on_day(0))
    travel(type_in(tmp_path, ["@juf.nele", "https://www.tiktok.com/@JUF.nele?lang=nl"]), site)
    assert site.asked == ["/@juf.nele"]
    assert len(cells(tmp_path, "History")) == 1
    assert [(row["status"], row["last row"]) for row in cells(tmp_path, "Accounts")] == [("ok", "2026-11-22")] * 2


def test_a_video_becomes_a_row_in_posts_with_its_engagement_rate(tmp_path: Path) -> None:
    travel(type_in(tmp_path, [f"tiktok.com{POST_PATH}"]), Site(on_day(5)))
    (row,) = cells(tmp_path, "Posts")
    shown = post_counts(5)
    assert (row["account"], row["post"].removeprefix("'")) == POST
    assert int(row["views"]) == shown["views"]
    assert float(row["engagement rate"]) == pytest.approx(
        (shown["likes"] + shown["comments"]) / shown["views"], abs=5e-5
    )
    assert cells(tmp_path, "History") == []


def test_trouble_writes_no_row_and_the_next_run_fills_the_hole(tmp_path: Path) -> None:
    sheet = type_in(tmp_path, ["@bakery.lotte", "@behind_the_wall"])
    report = travel(sheet, Site(on_day(0)))
    assert [failure.status for failure in report.failures] == [Status.BLOCKED]
    assert cells(tmp_path, "Accounts")[1]["status"] == "blocked"
    opened = Site(lambda _: (200, account_page("behind_the_wall", 5_000)))
    report = travel(sheet, opened)
    assert [row.account.handle for row in report.appended] == ["behind_the_wall"]
    assert [row["status"] for row in cells(tmp_path, "Accounts")] == ["ok", "ok"]


def test_a_side_route_that_has_nothing_does_not_make_a_blocked_account_not_found(tmp_path: Path) -> None:
    wall = on_day(0)("/@behind_the_wall")
    site = Site(lambda path: (404, "nothing here") if path.startswith("/embed/") else wall)
    report = travel(type_in(tmp_path, ["@juf.nele"]), site)
    assert site.asked == ["/@juf.nele", "/embed/@juf.nele"]
    assert [failure.status for failure in report.failures] == [Status.BLOCKED]
    assert cells(tmp_path, "History") == []


def test_facts_are_rows_private_with_the_counts_it_shows(tmp_path: Path) -> None:
    travel(type_in(tmp_path, ["@quiet.garden", "@pop.up.shop"]), Site(on_day(20)))
    private, gone = cells(tmp_path, "History")
    assert (private["status"], private["followers"], private["posts"]) == (
        "private",
        str(counts("quiet.garden", 20)["followers"]),
        "",
    )
    assert (gone["status"], gone["followers"]) == ("not found", "")


def test_a_sudden_zero_is_held_back_and_believed_when_a_later_run_sees_it_again(tmp_path: Path) -> None:
    sheet = type_in(tmp_path, ["@slow_cyclist"])
    travel(sheet, Site(on_day(19)), day=TODAY - timedelta(days=1))
    first = travel(sheet, Site(on_day(20)))
    assert [failure.status for failure in first.failures] == [Status.SUSPECT]
    assert len(cells(tmp_path, "History")) == 1
    second = travel(sheet, Site(on_day(20)))
    assert [row.values["followers"] for row in second.appended] == [0]
    assert "seen twice" in cells(tmp_path, "History")[-1]["note"]


def test_most_accounts_gone_at_once_are_not_believed_at_first_sight(tmp_path: Path) -> None:
    handles = ["@bakery.lotte", "@juf.nele", "@museum_of_maps", "@volley_gent"]
    sheet = type_in(tmp_path, handles)
    travel(sheet, Site(on_day(0)), day=TODAY - timedelta(days=1))
    nobody = Site(lambda _: on_day(0)("/@nobody_here"))
    first = travel(sheet, nobody)
    assert [failure.status for failure in first.failures] == [Status.SUSPECT] * 4
    assert len(cells(tmp_path, "History")) == 4
    second = travel(sheet, nobody)
    assert [row.status for row in second.appended] == [Status.NOT_FOUND] * 4


def test_one_account_gone_among_others_is_a_fact_at_once(tmp_path: Path) -> None:
    sheet = type_in(tmp_path, ["@bakery.lotte", "@juf.nele", "@museum_of_maps", "@pop.up.shop"])
    report = travel(sheet, Site(on_day(20)))
    assert [row.account.handle for row in report.appended if row.status is Status.NOT_FOUND] == ["pop.up.shop"]


def test_a_renamed_account_keeps_its_series_and_takes_one_row_a_day(tmp_path: Path) -> None:
    travel(type_in(tmp_path, ["@juf.nele"]), Site(on_day(0)), day=TODAY - timedelta(days=1))
    renamed = Site(lambda _: (200, on_day(1)("/@juf.nele")[1].replace('"juf.nele"', '"meester.nele"')))
    report = travel(type_in(tmp_path, ["@meester.nele"]), renamed)
    assert [row.note for row in report.appended] == ["renamed from juf.nele"]
    assert [row.values["followers"] for row in report.before.values()] == [counts("juf.nele", 0)["followers"]]
    again = travel(type_in(tmp_path, ["@juf.nele"]), Site(on_day(1)))
    assert (again.appended, len(again.present)) == ((), 1)
    assert len(cells(tmp_path, "History")) == 2


def test_a_short_link_is_followed_once_and_remembered_in_the_sheet(tmp_path: Path) -> None:
    def answer(path: str) -> tuple[int, str]:
        return (302, "https://www.tiktok.com/@juf.nele?_r=1") if path.startswith("/ZM") else on_day(0)(path)

    sheet, site = type_in(tmp_path, ["vm.tiktok.com/ZMabc/"]), Site(answer)
    travel(sheet, site)
    assert site.asked == ["/ZMabc/", "/@juf.nele"]
    assert (
        cells(tmp_path, "Accounts")[0]["detail"]
        == "https://vm.tiktok.com/ZMabc/ leads to https://www.tiktok.com/@juf.nele"
    )
    again = Site(answer)
    travel(sheet, again)
    assert again.asked == []


def test_handles_on_the_command_line_limit_the_run_and_need_not_stand_in_the_sheet(tmp_path: Path) -> None:
    site = Site(on_day(0))
    sheet = type_in(tmp_path, ["@bakery.lotte", "@juf.nele"])
    report = travel(sheet, site, only=("JUF.NELE", "@volley_gent"))
    assert sorted(row.account.handle for row in report.appended) == ["juf.nele", "volley_gent"]
    assert [row["status"] or "" for row in cells(tmp_path, "Accounts")] == ["", "ok"]


def test_a_dry_run_reads_and_writes_nothing(tmp_path: Path) -> None:
    sheet = type_in(tmp_path, ["@bakery.lotte", "#REF!"])
    before = (tmp_path / "Accounts.csv").read_bytes()
    report = travel(sheet, Site(on_day(0)), dry_run=True)
    assert len(report.appended) == 1
    assert (tmp_path / "Accounts.csv").read_bytes() == before
    assert not (tmp_path / "History.csv").exists()


def test_a_formula_for_a_name_is_neutral_in_the_file_and_itself_when_read_back(tmp_path: Path) -> None:
    sheet = type_in(tmp_path, ["@evil.formula"])
    travel(sheet, Site(on_day(0)))
    text = (tmp_path / "History.csv").read_text(encoding="utf-8")
    assert "'=IMPORTXML" in text
    assert ",=IMPORTXML" not in text
    assert ',"=IMPORTXML' not in text
    (latest,) = {row.values["name"] for row in sheet.read(TODAY + timedelta(days=1)).latest.values()}
    assert str(latest).startswith("=IMPORTXML")


def test_a_host_that_refuses_five_times_in_a_row_is_left_alone(tmp_path: Path) -> None:
    site = Site(lambda _: on_day(0)("/@behind_the_wall"))
    report = travel(type_in(tmp_path, [f"@somebody{n}" for n in range(60)]), site)
    assert {failure.status for failure in report.failures} == {Status.BLOCKED}
    assert len(report.failures) == 60
    assert any("in a row" in failure.detail for failure in report.failures)
    assert len(set(site.asked)) < 60


def test_an_empty_sheet_is_nothing_to_do(tmp_path: Path) -> None:
    report = travel(type_in(tmp_path, ["", "  ", "\u200b"]), Site(on_day(0)))
    assert (report.appended, report.present, report.failures) == ((), (), ())


@pytest.mark.parametrize("day", [date(2026, 11, 20), date(2027, 1, 1)])
def test_rows_are_dated_as_asked(tmp_path: Path, day: date) -> None:
    travel(type_in(tmp_path, ["@bakery.lotte"]), Site(on_day(0)), day=day)
    assert [row["date"] for row in cells(tmp_path, "History")] == [day.isoformat()]
