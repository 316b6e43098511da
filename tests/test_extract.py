import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheetsync.extract import LONGEST_SEARCHED, LONGEST_TEXT, extract
from sheetsync.identify import account_of
from sheetsync.model import Kind, Page, Profile, Status
from sheetsync.platform_file import load_platform
from tests.pairs import Pair, all_pairs, pair, plain

SMALL = """
name = "Somewhere"
hosts = ["somewhere.example"]
[account]
url = "https://somewhere.example/{handle}"
routes = [{ url = "https://somewhere.example/{handle}" }]
json = { data = { xpath = "//script[@id='data']" } }
same = [{ in = "data", json = "who" }, { json = "who" }]
[account.fields.followers]
kind = "count"
required = true
from = [
  { in = "data", json = "followers", rounded_from = 10_000 },
  { json = "followers" },
  { xpath = "//b[@id='followers']" },
  { xpath = "//b[@id='english']", locale = "en" },
  { xpath = "//meta[@name='d']/@content", regex = '([\\d.,]+[KMB]?) followers' },
  { xpath = "//meta[@name='e']/@content", regex = '\\d+$' },
]
[account.fields.posts]
kind = "count"
from = [{ in = "data", json = "posts" }]
[account.fields.bio]
kind = "text"
from = [{ in = "data", json = "bio" }, { xpath = "//p[@id='bio']" }]
[account.fields.site]
kind = "url"
from = [{ in = "data", json = "site" }]
[account.fields.since]
kind = "date"
from = [{ in = "data", json = "since" }]
[account.fields.checked]
kind = "flag"
from = [{ in = "data", json = "checked" }]
"""


def read(body: str | bytes, *, extra: str = "", **changes: Any) -> Profile:
    platform = load_platform("small", "small.toml", (SMALL + extra).encode())
    recipe = platform.recipes[Kind.ACCOUNT]
    handle = changes.pop("handle", "mara")
    about: dict[str, Any] = {
        "url": "https://somewhere.example/mara",
        "http_status": 200,
        "content_type": "text/html; charset=utf-8",
    }
    raw = body.encode() if isinstance(body, str) else body
    page = Page(**(about | changes), body=raw, observed_at=datetime(2026, 1, 1, tzinfo=UTC))
    return extract(page, account_of(platform, Kind.ACCOUNT, handle), recipe)


def data(**values: object) -> str:
    return f'<html><body><script id="data">{json.dumps({"followers": 7} | values)}</script></body></html>'


def bold(text: str, lang: str = "", key: str = "followers") -> str:
    return f'<html lang="{lang}"><body><b id="{key}">{text}</b></body></html>'


# Which number it is.


def test_the_first_way_that_finds_a_count_gives_it() -> None:
    both = data(followers=3).replace("</body>", '<b id="followers">4</b></body>')
    assert read(both).values["followers"] == 3
    assert read(both).ways["followers"] == "followers"
    assert read(both.replace("3", '"many"')).values["followers"] == 4
    assert read(both.replace("3", "null")).ways["followers"] == "//b[@id='followers']"


@pytest.mark.parametrize(
    ("found", "count"),
    [(0, 0), ("0", 0), (48213, 48213), ("48213", 48213), ("48,213", 48213), (12.0, 12), (" 9 ", 9), (2**53, 2**53)],
)
def test_a_count_in_json_may_be_a_number_or_a_text(found: object, count: int) -> None:
    assert read(data(followers=found)).values["followers"] == count


@pytest.mark.parametrize(
    "found",
    [
        -1,
        -1794967296,
        "-5",
        True,
        False,
        None,
        "",
        " ",
        "many",
        1.5,
        math.inf,
        math.nan,
        [],
        {},
        [7],
        {"count": 7},
        "1 2",
        "7 of 9",
        "9" * 65,
        "1.2.3",
        "0x10",
        "1e3",
        "NaN",
    ],
)
def test_what_is_not_one_whole_count_is_no_number_at_all(found: object) -> None:
    profile = read(data(followers=found))
    assert profile.status is Status.LAYOUT_CHANGED
    assert profile.detail == "followers could not be found on the page"
    assert "followers" not in profile.values


@pytest.mark.parametrize(
    ("count", "shown_as"), [(9_999, "exact"), (10_000, "rounded"), ("10000", "rounded"), ("9K", "rounded")]
)
def test_a_count_is_rounded_when_it_is_abbreviated_or_from_where_the_platform_rounds(
    count: object, shown_as: str
) -> None:
    assert read(data(followers=count)).rounded == ({"followers"} if shown_as == "rounded" else set())


@pytest.mark.parametrize(
    ("text", "lang", "count"),
    [
        ("1,234", "en", 1234),
        ("1,234", "", 1234),
        ("1.234", "de", 1234),
        ("1.234", "en", None),
        ("12,3 mln.", "pl", 12_300_000),
        ("12,3 mln.", "en", None),
        ("1,2 Mio.", "de-DE", 1_200_000),
        ("3,4 B", "tr", 3400),
        ("3.4B", "en", 3_400_000_000),
        ("1.2\u4e07", "zh-CN", 12_000),
        ("1.2\u4e07", "en", None),
        ("4 613", "fr", 4613),
    ],
)
def test_the_language_of_the_page_decides_what_its_text_means(text: str, lang: str, count: int | None) -> None:
    assert read(bold(text, lang)).values.get("followers") == count


def test_a_way_may_know_its_language_better_than_the_page() -> None:
    assert read(bold("1.2M", "de", key="english")).values["followers"] == 1_200_000
    assert read(bold("1,234", "de", key="english")).values["followers"] == 1234


def test_the_language_of_xml_is_known_too() -> None:
    feed = '<?xml version="1.0"?><feed xml:lang="de"><b id="followers">1.234</b></feed>'
    assert read(feed, content_type="application/xml").values["followers"] == 1234


@pytest.mark.parametrize(
    ("meta", "count"),
    [
        ('<meta name="d" content="4,613 followers, 12 following">', 4613),
        ('<meta name="d" content="1.2M FOLLOWERS">', 1_200_000),
        ('<meta name="d" content="no number">', None),
        ('<meta name="e" content="since 2019: 52">', 52),
        ('<meta name="e" content="52 or so">', None),
    ],
)
def test_a_regex_cuts_the_count_out_of_a_sentence(meta: str, count: int | None) -> None:
    assert read(f"<html><head>{meta}</head><body>x</body></html>").values.get("followers") == count


@pytest.mark.parametrize(("before", "count"), [(3_980, 52), (4_000, None)])
def test_a_regex_looks_into_no_text_that_may_keep_it_busy(before: int, count: int | None) -> None:
    meta = f'<meta name="d" content="{"x" * before} 52 followers">'
    assert read(f"<html><head>{meta}</head><body>x</body></html>").values.get("followers") == count


@pytest.mark.parametrize("before", range(LONGEST_SEARCHED - 20, LONGEST_SEARCHED + 2))
def test_no_text_is_cut_within_a_number(before: int) -> None:
    meta = f'<meta name="e" content="{"x" * before}since 2019: 48213">'
    profile = read(f"<html><head>{meta}</head><body>x</body></html>")
    fits = before + len("since 2019: 48213") <= LONGEST_SEARCHED
    assert profile.values.get("followers") == (48213 if fits else None)
    assert profile.status is (Status.OK if fits else Status.LAYOUT_CHANGED)


def test_json_may_be_the_whole_answer() -> None:
    profile = read('{"followers": 12, "who": "mara"}', content_type="application/json")
    assert (profile.status, profile.values["followers"]) == (Status.OK, 12)


def test_json_with_raw_line_breaks_in_its_texts_is_still_read() -> None:
    raw = '<script id="data">{"followers": 12, "bio": "one\ntwo"}</script>'
    assert read(raw).values == {"followers": 12, "bio": "one\ntwo"}


# Other values.


@pytest.mark.parametrize(
    ("found", "day"),
    [
        (1751328000, date(2025, 7, 1)),
        ("1751328000", date(2025, 7, 1)),
        (1751327999.5, date(2025, 6, 30)),
        ("2025-07-01", date(2025, 7, 1)),
        ("2025-07-01T23:59:59Z", date(2025, 7, 1)),
        (0, None),
        ("0", None),
        (-5, None),
        (10**30, None),
        ("9" * 400, None),
        ("yesterday", None),
        ([], None),
    ],
)
def test_a_date_is_a_day_or_nothing(found: object, day: date | None) -> None:
    assert read(data(since=found)).values.get("since") == day


@pytest.mark.parametrize(
    ("found", "flag"),
    [(True, True), (False, False), ("true", True), ("False", False), (1, True), (0, False), ("yes", None), ([], None)],
)
def test_a_flag_is_true_or_false_or_nothing(found: object, flag: bool | None) -> None:  # noqa: FBT001
    assert read(data(checked=found)).values.get("checked") is flag


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ("  hello\n", "hello"),
        ("a\0b", "ab"),
        (42, "42"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("", None),
        ("  ", None),
        (True, None),
        (1.5, None),
        (["a"], None),
    ],
)
def test_a_text_is_trimmed_and_otherwise_left_alone(found: object, text: str | None) -> None:
    assert read(data(bio=found)).values.get("bio") == text


def test_a_text_never_outgrows_a_cell() -> None:
    bio = read(data(bio="x" * (LONGEST_TEXT + 1))).values["bio"]
    assert len(str(bio)) == LONGEST_TEXT < 50_000


@pytest.mark.parametrize(
    ("found", "url"),
    [
        ("https://mara.example/a?b=c", "https://mara.example/a?b=c"),
        ("mara.example/shop", "mara.example/shop"),
        ("javascript:alert(1)", None),
        ("DATA:text/html,x", None),
        ("see mara.example", None),
    ],
)
def test_a_link_leads_to_a_web_page_or_is_left_out(found: str, url: str | None) -> None:
    assert read(data(site=found)).values.get("site") == url


# What kind of page it is.


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *((code, Status.BLOCKED) for code in (401, 403, 429, 451, 999)),
        *((code, Status.UNREACHABLE) for code in (400, 404, 418, 500, 503)),
        *((code, Status.OK) for code in (200, 203, 206)),
    ],
)
def test_a_refusal_is_not_read_even_when_it_looks_like_a_page(code: int, status: Status) -> None:
    profile = read(data(), http_status=code)
    assert profile.status is status
    assert profile.values == ({"followers": 7} if status is Status.OK else {})
    assert str(code) in profile.detail or status is Status.OK


@pytest.mark.parametrize("body", ["", "  \r\n\t", "\0\0"])
def test_an_empty_answer_is_unreachable(body: str) -> None:
    assert read(body) == Profile(Status.UNREACHABLE, "the platform sent an empty answer")


@pytest.mark.parametrize(
    ("who", "handle", "status"),
    [
        ("mara", "mara", Status.OK),
        ("Mara", "mara", Status.OK),
        ("mara", "MARA", Status.OK),
        (4711, "4711", Status.OK),
        (None, "mara", Status.OK),
        ("", "mara", Status.OK),
        (True, "mara", Status.OK),
        ("otto", "mara", Status.LAYOUT_CHANGED),
        ("maraa", "mara", Status.LAYOUT_CHANGED),
        (4712, "4711", Status.LAYOUT_CHANGED),
    ],
)
def test_a_page_that_speaks_of_somebody_else_gives_nothing(who: object, handle: str, status: Status) -> None:
    profile = read(data(who=who), handle=handle)
    assert profile.status is status
    assert profile.values == ({"followers": 7} if status is Status.OK else {})


def test_without_a_required_count_the_other_counts_are_not_to_be_trusted_either() -> None:
    profile = read(data(followers=None, posts=3, checked=True, bio="hello"))
    assert profile.status is Status.LAYOUT_CHANGED
    assert profile.values == {"bio": "hello"}


def test_all_required_fields_that_are_missing_are_named() -> None:
    second = '[account.fields.views]\nkind = "count"\nrequired = true\nfrom = [{ in = "data", json = "views" }]\n'
    assert read(data(followers=None), extra=second).detail == "followers and views could not be found on the page"


@dataclass(frozen=True)
class Case:
    sign: str
    page: str
    holds: bool
    about: tuple[tuple[str, object], ...] = ()


@pytest.mark.parametrize(
    "case",
    [
        Case("http = [404]", data(), holds=True, about=(("http_status", 404),)),
        Case("http = [404]", data(), holds=False),
        Case("url = '/login'", data(), holds=True, about=(("url", "https://somewhere.example/LOGIN?next=x"),)),
        Case("url = '/login'", data(bio="/login"), holds=False),
        Case("body = '(?i)please wait'", data(bio="Please Wait"), holds=True),
        Case("body = '(?i)please wait'", data(), holds=False),
        Case("body = '(?i)please wait'\nunder = 500", data(bio="please wait"), holds=True),
        Case("body = '(?i)please wait'\nunder = 500", data(bio="please wait" + 500 * "."), holds=False),
        Case("under = 10", data(), holds=False),
        Case("body = 'J\u00fcrgen'", '<b id="followers">7</b>J\u00fcrgen', holds=True),
        Case("in = 'data'\njson = 'code'", data(code=1), holds=True),
        Case("in = 'data'\njson = 'code'", data(code=0), holds=False),
        Case("in = 'data'\njson = 'code'", data(code=""), holds=False),
        Case("in = 'data'\njson = 'code'", data(), holds=False),
        Case("in = 'data'\njson = 'code'\nequals = [5, 'gone']", data(code=5), holds=True),
        Case("in = 'data'\njson = 'code'\nequals = [5, 'gone']", data(code="gone"), holds=True),
        Case("in = 'data'\njson = 'code'\nequals = [5, 'gone']", data(code="5"), holds=False),
        Case("in = 'data'\njson = 'code'\nequals = [1]", data(code=True), holds=False),
        Case("in = 'data'\njson = 'code'\nequals = [true]", data(code=1), holds=False),
        Case("in = 'data'\njson = 'code'\nequals = [false]", data(code=False), holds=True),
        Case("in = 'data'\njson = 'code'\nequals = [0]", data(), holds=False),
        Case("xpath = \"//h1[. = 'Gone']\"", data() + "<h1>Gone</h1>", holds=True),
        Case("xpath = \"//h1[. = 'Gone']\"", data(), holds=False),
        Case("xpath = 'count(//h1) > 1'", data() + "<h1>a</h1><h1>b</h1>", holds=True),
        Case("xpath = 'count(//h1) > 1'", data() + "<h1>a</h1>", holds=False),
        Case("in = 'data'\njson = 'code'\nunless = 'posts'", data(code=1), holds=True),
        Case("in = 'data'\njson = 'code'\nunless = 'posts'", data(code=1, posts=0), holds=True),
        Case("in = 'data'\njson = 'code'\nunless = 'posts'", data(code=1, posts=2), holds=False),
        Case("http = [200]\nbody = 'x'\nurl = 'nowhere'", data(bio="x"), holds=False),
    ],
    ids=str,
)
def test_a_sign_holds_when_all_its_conditions_do(case: Case) -> None:
    sign = f'[[account.signs]]\nstatus = "blocked"\ndetail = "the sign"\n{case.sign}\n'
    profile = read(case.page, extra=sign, **dict(case.about))
    expected = Profile(Status.BLOCKED, "the sign") if case.holds else {"followers": 7}
    assert (profile if case.holds else {"followers": profile.values["followers"]}) == expected


def test_the_first_sign_that_holds_decides() -> None:
    signs = "".join(f'[[account.signs]]\nstatus = "{status}"\nbody = "x"\n' for status in ("not found", "blocked"))
    assert read(data(bio="x"), extra=signs).status is Status.NOT_FOUND


def test_a_late_sign_is_looked_at_only_when_a_required_field_is_missing() -> None:
    late = '[[account.signs]]\nstatus = "blocked"\ndetail = "behind a login"\nlate = true\nbody = "log in"\n'
    assert read(data(bio="log in"), extra=late).status is Status.OK
    assert read(data(bio="log in", followers=None, posts=3), extra=late) == Profile(Status.BLOCKED, "behind a login")


def test_a_private_account_keeps_its_counts_but_those_that_mean_nothing() -> None:
    private = "in = 'data'\njson = 'secret'\nhides = ['posts']\n"
    extra = f'[[account.signs]]\nstatus = "private"\ndetail = "private"\n{private}'
    profile = read(data(secret=True, posts=0), extra=extra)
    assert (profile.status, profile.detail, profile.values) == (Status.PRIVATE, "private", {"followers": 7})
    assert read(data(secret=True, followers=None), extra=extra).status is Status.PRIVATE
    assert read(data(secret=True, who="otto"), extra=extra).status is Status.LAYOUT_CHANGED
    assert read(data(secret=True), extra=extra, http_status=503).status is Status.UNREACHABLE


def test_somebody_who_writes_about_a_bot_wall_is_not_taken_for_one() -> None:
    real = pair("tiktok/account-universal-statsv2")
    wordy = real.body.replace(b"Seeds", b"Please wait... SlardarWAF " + b"Seeds " * 700)
    assert real.profile(wordy).status is Status.OK


# Pages that are broken, and pages that are meant to break.

COUNT = '<b id="followers">46</b>'


@pytest.mark.parametrize(
    "page",
    [
        COUNT + "<div>" * 100_000,
        "<div>" * 100_000 + COUNT,
        "<b>" * 100_000 + COUNT,
        COUNT + "<p>" + "x " * 5_000_000,
        "<p>" + "x " * 5_500_000 + COUNT,
        '<script id="data">' + "x " * 5_500_000 + "</script>" + COUNT,
        '<script id="data">{"followers": ' + "[" * 100_000 + "</script>" + COUNT,
        '<script id="data">{"bio": ' + "[" * 100_000 + "]" * 100_000 + "}</script>" + COUNT,
        '<script id="data">{"followers": ' + "9" * 5_000 + "}</script>" + COUNT,
        "&" * 100_000 + COUNT,
        "<!--" * 50_000 + COUNT,
        "<" * 100_000 + COUNT,
    ],
    ids=lambda page: page[:40],
)
def test_depth_and_length_are_survived_with_the_number_or_without_any(page: str) -> None:
    assert read(page).values.get("followers") in (46, None)


@pytest.mark.parametrize("page", ["<p " + 'a="" ' * 100_000, "<p " + "".join(f"a{n} " for n in range(100_000)) + ">"])
def test_a_tag_with_a_hundred_thousand_attributes_is_not_parsed(page: str) -> None:
    profile = read(COUNT + page)
    assert profile.status is Status.UNREACHABLE
    assert "one tag of the page is" in profile.detail
    assert profile.values == {}


@pytest.mark.parametrize("content_type", ["text/xml", "text/html", "application/json", "image/png", ""])
@pytest.mark.parametrize(
    "body",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)),
        b"%PDF-1.7\n" + bytes(range(256)) * 4,
        b"PK\x03\x04" + bytes(range(255, -1, -1)) * 4,
        b"\x1f\x8b\x08\0" + b"\xff" * 200,
        b"just a sentence, 46 followers",
        b"{", b"[]", b"null", b"46", b'"46"', b"{}", b'{"followers"', b"\xff\xfe", b"\xff\xfe<\0", b"<", b"<!DOCTYPE",
    ],
)  # fmt: skip
def test_what_is_not_a_page_at_all_gives_a_status_and_no_number(body: bytes, content_type: str) -> None:
    profile = read(body, content_type=content_type)
    assert not profile.status.is_fact
    assert profile.values == {}


@pytest.mark.parametrize("declared", ['<!ENTITY n "12">', '<!ENTITY n SYSTEM "file:///etc/hostname">'])
@pytest.mark.parametrize("content_type", ["text/xml", "text/html"])
def test_an_entity_is_never_part_of_a_number(declared: str, content_type: str) -> None:
    xml = f'<?xml version="1.0"?><!DOCTYPE r [{declared}]><r><b id="followers">&n;34</b></r>'
    assert "followers" not in read(xml, content_type=content_type).values


def test_an_xpath_that_fails_on_a_page_is_a_changed_layout() -> None:
    field = '[account.fields.likes]\nkind = "count"\nfrom = [{ xpath = "//i[nofunction(.)]" }]\n'
    assert read(data(), extra=field).status is Status.OK
    profile = read(data() + "<i>7</i>", extra=field)
    assert profile == Profile(Status.LAYOUT_CHANGED, "the page could not be read (XPathEvalError)")


def numbers(body: bytes) -> set[str]:
    """The digits that matter of every number in a text, with its tags and without them."""
    texts = [body, re.sub(rb"<[^>]*>", b"", body), re.sub(rb"(?<=\d) (?=\d{3})", b"", body)]
    found = (run for text in texts for run in re.findall(rb"\d[\d.,]*", text.replace(b"\0", b"")))
    return {re.sub(rb"[.,]", b"", run).strip(b"0").decode() for run in found}


def made_up(profile: Profile, body: bytes) -> dict[str, object]:
    counts = {name: value for name, value in profile.values.items() if type(value) is int}
    return {name: value for name, value in counts.items() if str(value).strip("0") not in numbers(body)}


@pytest.mark.parametrize("one", all_pairs(), ids=str)
def test_a_page_cut_short_anywhere_gives_no_number_that_is_not_on_it(one: Pair) -> None:
    for end in range(0, len(one.body), 50):
        assert made_up(one.profile(one.body[:end]), one.body[:end]) == {}, end


@pytest.mark.parametrize("one", [one for one in all_pairs() if b'type="application/json"' in one.body], ids=str)
def test_json_cut_short_gives_no_number_at_all(one: Pair) -> None:
    whole = one.body.rindex(b"}") + 1
    for end in range(0, whole, 50):
        assert one.profile(one.body[:end]).values == {}, end
    assert plain(dict(one.profile(one.body[:whole]).values)) == one.expected.values


@dataclass(frozen=True)
class Damage:
    what: str
    where: float
    length: int
    byte: int

    def done_to(self, body: bytes) -> bytes:
        start = int(self.where * len(body))
        piece = body[start : start + self.length]
        changes: dict[str, Callable[[], bytes]] = {
            "delete": lambda: b"",
            "double": lambda: piece * 2,
            "flip": lambda: bytes([piece[0] ^ self.byte]) + piece[1:] if piece else b"",
            "swap": lambda: piece[::-1],
        }
        return body[:start] + changes[self.what]() + body[start + self.length :]


DAMAGE = st.builds(
    Damage,
    st.sampled_from(["delete", "double", "flip", "swap"]),
    st.floats(0, 1),
    st.integers(0, 400),
    st.integers(1, 255),
)


@settings(max_examples=500, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(all_pairs()), st.lists(DAMAGE, min_size=1, max_size=6))
def test_a_damaged_page_never_raises_and_never_gives_a_number_that_is_not_on_it(
    one: Pair, damages: list[Damage]
) -> None:
    body = one.body
    for damage in damages:
        body = damage.done_to(body)
    profile = one.profile(body)
    assert made_up(profile, body) == {}
    assert profile.status.is_fact or made_up(profile, b"") == {}


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(all_pairs()),
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
)
def test_whatever_bytes_come_there_is_a_profile(one: Pair, body: bytes) -> None:
    assert isinstance(one.profile(body), Profile)


def test_the_check_for_invented_numbers_would_notice_one() -> None:
    assert made_up(Profile(Status.OK, values={"followers": 48213, "posts": 0}), b"48,213 x 0") == {}
    assert made_up(Profile(Status.OK, values={"followers": 48214, "posts": 0}), b"48,213") == {
        "followers": 48214,
        "posts": 0,
    }
