"""What GitHub Actions is told: a summary that fits, annotations that cannot be forged, outputs."""

import json
from datetime import date
from pathlib import Path

import pytest

from sheetsync.errors import SheetError
from sheetsync.job_summary import ANNOTATIONS, SUMMARY_BYTES, annotations, as_markdown, outputs, tell, tell_trouble
from sheetsync.model import Account, Entry, Failure, Kind, Report, Row, Status

DAY = date(2026, 11, 22)


def row(name: str, followers: int, note: str = "") -> Row:
    account = Account("tiktok", Kind.ACCOUNT, name, f"https://www.tiktok.com/@{name}")
    return Row(DAY, account, Status.OK, {"followers": followers}, note=note)


def failure(text: str, detail: str = "a captcha", status: Status = Status.BLOCKED) -> Failure:
    return Failure(Entry(line=2, text=text), status, detail)


REPORT = Report(DAY, (row("one", 1200, "rounded: followers"), row("two", 5)), failures=(failure("@three"),))


def test_the_outcome_comes_first_then_trouble_then_the_accounts() -> None:
    report = Report(DAY, REPORT.appended, (), REPORT.failures, before={row("two", 0).key: row("two", 9)})
    assert as_markdown(report) == (
        "## 2026\\-11\\-22\\: 2 rows written, 1 entry without a row today\\.\n\n"
        "### Without a row today\n\n| entry | status | why |\n|---|---|---|\n"
        "| \\@three | blocked | a captcha |\n\n"
        "<details><summary>2 accounts with a new row</summary>\n\n"
        "| account | platform | status | followers / views | change |\n|---|---|---|---:|---:|\n"
        "| \\@one | tiktok | ok | about 1,200 |  |\n"
        "| \\@two | tiktok | ok | 5 | -4 |\n\n</details>\n"
    )


@pytest.mark.parametrize("text", ["@a", "ö" * 400])
def test_the_summary_keeps_to_its_size_and_says_what_it_leaves_out(text: str) -> None:
    rows = tuple(row(f"somebody_{number}", number) for number in range(40_000))
    report = Report(DAY, rows, failures=tuple(failure(f"{text}{number}", text) for number in range(2_000)))
    found = as_markdown(report)
    assert len(found.encode()) <= SUMMARY_BYTES
    assert "40,000 rows written" in found.splitlines()[0].replace("\\", "")
    assert "for which there is no room here" in found


@pytest.mark.parametrize("most", [0, 300, 500, 800, 1_200])
def test_a_small_room_never_hides_that_there_is_more(most: int) -> None:
    report = Report(DAY, tuple(row(f"n{number}", number) for number in range(50)))
    found = as_markdown(report, most)
    shown = sum(line.startswith("| \\@n") for line in found.splitlines())
    (rest,) = [int(line.split()[2]) for line in found.splitlines() if line.startswith("…")]
    assert shown + rest == 50


def test_what_people_type_is_no_markup() -> None:
    evil = "a | b <img src=x> [link](https://evil.example) @everyone\n# big"
    found = as_markdown(Report(DAY, failures=(failure(evil, evil),)))
    (line,) = [line for line in found.splitlines() if "blocked" in line]
    assert "<img" not in line.replace("\\<", "")
    assert line.replace("\\|", "").count("|") == 4
    assert "](" not in line
    assert "\\@everyone" in line


def test_there_are_at_most_ten_annotations_and_the_last_counts_the_rest() -> None:
    report = Report(DAY, failures=tuple(failure(f"@n{number}") for number in range(40)))
    found = annotations(report)
    assert len(found) == ANNOTATIONS
    assert found[0] == "::error title=@n0%3A blocked::a captcha"
    assert "31 more entries" in found[-1]
    assert len(annotations(Report(DAY, failures=report.failures[:10]))) == 10


def test_nothing_that_was_typed_begins_a_workflow_command() -> None:
    (found,) = annotations(Report(DAY, failures=(failure("x\n::add-mask::a,b", "50%\r\n::stop-commands::t"),)))
    assert "\n" not in found
    assert "\r" not in found
    assert found.startswith("::error title=x%0A%3A%3Aadd-mask%3A%3Aa%2Cb%3A blocked::50%25")


def test_suspect_and_not_understood_are_warnings() -> None:
    failures = (failure("@a", status=Status.SUSPECT), failure("@b", status=Status.NOT_UNDERSTOOD))
    assert [one.split()[0] for one in annotations(Report(DAY, failures=failures))] == ["::warning", "::warning"]


def test_outputs_are_one_line_each_whatever_was_typed() -> None:
    lines = outputs(Report(DAY, REPORT.appended, failures=(failure("a\nb\u2028c\x85failed=0"),))).split("\n")
    assert (lines[:2], lines[3]) == (["appended=2", "failed=1"], "")
    name, _, value = lines[2].partition("=")
    assert name == "report-json"
    assert json.loads(value)["failures"][0]["entry"] == "a\nb\u2028c\x85failed=0"


def test_outside_of_a_runner_nothing_is_told() -> None:
    assert tell(REPORT, {}) == ()
    assert tell_trouble(SheetError("No."), {}) == ()


def test_trouble_that_stops_a_run_is_told_with_its_hint(tmp_path: Path) -> None:
    told = {"GITHUB_ACTIONS": "true"}
    told |= {f"GITHUB_{name}": str(tmp_path / name) for name in ("STEP_SUMMARY", "OUTPUT")}
    (command,) = tell_trouble(SheetError("Google gave no answer.", "The next run tries again."), told)
    assert command == "::error title=sheetsync::Google gave no answer. The next run tries again."
    assert (tmp_path / "OUTPUT").read_text(encoding="utf-8") == "appended=0\nfailed=0\n"
    assert "Google gave no answer" in (tmp_path / "STEP_SUMMARY").read_text(encoding="utf-8")
