from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync.model import Value
from sheetsync.sheets.spelling import as_date, as_moment, guard, is_day_first, spell, understand, unguard

TEXTS = st.text() | st.text(st.sampled_from("'=+-@\uff1d \t\r\n01.,/:eE%TZtruefals\u2019\xa0"))
VALUES = (
    TEXTS.filter(bool)
    | st.booleans()
    | st.dates()
    | st.integers(-(10**90), 10**90)
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(TEXTS)
def test_any_text_comes_back(text: str) -> None:
    assert unguard(guard(text)) == text


@given(TEXTS)
def test_people_who_typed_the_apostrophe_keep_their_cell(cell: str) -> None:
    assert guard(unguard(cell)) in {cell, f"'{cell}"}


@given(TEXTS)
def test_no_guarded_text_begins_as_a_formula(text: str) -> None:
    assert guard(text).lstrip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
    assert guard(text)[:1] not in tuple("\t\r\n")


@given(value=VALUES, decimal=st.sampled_from(".,"), day_first=st.sampled_from([True, False, None]))
def test_any_value_comes_back_in_its_type(value: Value, decimal: str, *, day_first: bool | None) -> None:
    found = understand(spell(value, decimal), decimal, day_first=day_first)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("nike", "nike"),
        ("@nike", "'@nike"),
        ("'@nike", "''@nike"),
        ("it's", "it's"),
        ("'quoted'", "'quoted'"),
        ("6781206617314018309", "'6781206617314018309"),
        ("100 %", "'100 %"),
        ("100 ways", "100 ways"),
    ],
)
def test_only_what_a_spreadsheet_would_touch_is_guarded(text: str, cell: str) -> None:
    assert guard(text) == cell


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1,234,567", ".", 1_234_567),
        ("1.234.567", ",", 1_234_567),
        ("1\u202f234\u202f567", ",", 1_234_567),
        ("0,0534", ",", 0.0534),
        ("0,0534", ".", 0.0534),
        ("0.053", ",", 0.053),
        ("1,234", ",", 1.234),
        ("1.234", ".", 1.234),
        ("1,23E+11", ",", 1.23e11),
        (" 12 ", ".", 12),
        ("007", ".", "007"),
        ("1/2/2026", ".", "1/2/2026"),
        ("2026-13-01", ".", "2026-13-01"),
        ("9" * 5000, ".", "9" * 5000),
        ("fal\u017fe", ".", "fal\u017fe"),
    ],
)
def test_cells_that_people_saved_are_understood(cell: str, decimal: str, value: Value) -> None:
    assert understand(cell, decimal) == value


@pytest.mark.parametrize(
    ("cell", "day_first"),
    [
        ("2026-11-03", None),
        ("2026/11/03", None),
        ("2026.11.3", False),
        ("3/11/2026", True),
        ("03.11.2026", True),
        ("03-11-2026", True),
        ("11/3/2026", False),
    ],
)
def test_dates_of_all_countries(cell: str, day_first: bool | None) -> None:  # noqa: FBT001 - a parameter of the test
    assert as_date(cell, day_first=day_first) == date(2026, 11, 3)


@pytest.mark.parametrize(
    "cell", ["", "yesterday", "20261103", "2026-W45-2", "3/11/26", "31/02/2026", "3/11-2026", "45000"]
)
def test_no_date_is_guessed(cell: str) -> None:
    assert as_date(cell, day_first=True) is None


def test_a_moment_needs_its_zone() -> None:
    assert as_moment("2026-11-23T05:17:09Z") == datetime(2026, 11, 23, 5, 17, 9, tzinfo=UTC)
    assert as_moment("2026-11-23T07:17:09+02:00") == datetime(2026, 11, 23, 5, 17, 9, tzinfo=UTC)
    assert as_moment("2026-11-23T05:17:09") is None
    assert as_moment("lately") is None


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["01/02/2026", "13/02/2026"], True),
        (["01/02/2026", "02/13/2026"], False),
        (["01/13/2026", "13/01/2026"], None),
        (["01/01/2026"], True),
        (["30/01/2026", "01/02/2026"], True),
        (["01/11/2026", "02/11/2026", "01/12/2026"], True),
        (["01/12/2026", "02/01/2026", "03/05/2026"], False),
        (["03/05/2026", "02/01/2026", "01/12/2026"], False),
        (["2026-10-30", "2026-11-03", "04/11/2026"], True),
        (["01/12/2026", "02/01/2026"], None),
        (["01/02/2026"], None),
        (["01.02.2026"], True),
    ],
)
def test_a_column_of_dates_decides_as_a_whole(cells: list[str], *, expected: bool | None) -> None:
    assert is_day_first([(cell, "") for cell in cells], default=None) is expected


@pytest.mark.parametrize(("moment", "expected"), [("2026-02-01T09:00:00Z", True), ("2026-01-01T23:00:00Z", False)])
def test_the_moment_decides_between_two_readings(moment: str, *, expected: bool) -> None:
    assert is_day_first([("01/02/2026", moment)], default=None) is expected


def test_what_nothing_decides_is_left_to_the_default() -> None:
    assert is_day_first([("01/02/2026", "")], default=True)
