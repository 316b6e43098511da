import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetsync.metrics import engagement_rate
from sheetsync.model import Value


def test_the_sum_of_the_2019_post_is_five_percent() -> None:
    assert engagement_rate({"likes": 8832, "comments": 120, "views": 174_000}) == 0.0514


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        ({"likes": 1, "comments": 1, "views": 4}, 0.5),
        ({"likes": 1, "comments": 0, "views": 3}, 0.3333),
        ({"likes": 0, "comments": 0, "views": 9}, 0.0),
        ({"likes": 9, "comments": 9, "views": 9}, 2.0),
        ({"likes": 9, "comments": 9, "views": 0}, None),
        ({"likes": 9, "comments": 9}, None),
        ({"likes": 9, "views": 9}, None),
        ({"comments": 9, "views": 9}, None),
        ({"likes": "9", "comments": 9, "views": 9}, None),
        ({"likes": 9, "comments": 9, "views": 9.5}, None),
        ({}, None),
    ],
)
def test_a_rate_is_known_when_all_three_numbers_are(values: dict[str, Value], rate: float | None) -> None:
    assert engagement_rate(values) == rate


@settings(deadline=None)
@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_rate_is_off_by_no_more_than_its_fourth_decimal(likes: int, comments: int, views: int) -> None:
    rate = engagement_rate({"likes": likes, "comments": comments, "views": views})
    assert rate is not None
    assert abs(rate * views - (likes + comments)) <= 0.000_051 * views + 1e-9 * (likes + comments)
