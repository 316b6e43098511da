import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sheetsync.errors import AccountError
from sheetsync.identify import ShortLink, account_of, clean, identify, identify_url
from sheetsync.model import Account, Entry, Kind, Status
from sheetsync.platform import Platforms
from sheetsync.platform_file import load_platform
from tests.pairs import built_in

OTHER = b"""
name = "Other Place"
hosts = ["other.example"]
[account]
handle = '[a-z]{2,20}'
paths = ["/u/{handle}", "/profile?id={handle}"]
url = "https://other.example/u/{handle}"
routes = [{ url = "https://other.example/u/{handle}" }]
[account.fields.followers]
kind = "count"
from = [{ xpath = "//b" }]
"""
PLATFORMS = Platforms([*built_in().values(), load_platform("other", "other.toml", OTHER)])
POST = "7300000000000000010"


def read(text: str, platform: str = "") -> Account | ShortLink:
    return identify(Entry(2, text, platform), PLATFORMS, "tiktok")


def refusal(text: str, platform: str = "") -> str:
    with pytest.raises(AccountError) as caught:
        read(text, platform)
    assert caught.value.status is Status.NOT_UNDERSTOOD
    return str(caught.value)


def mara() -> Account:
    return Account("tiktok", Kind.ACCOUNT, "mara.example", "https://www.tiktok.com/@mara.example")


@pytest.mark.parametrize(
    "text",
    [
        "@mara.example",
        "mara.example",
        "@Mara.Example",
        "MARA.EXAMPLE",
        "  @mara.example\t\n",
        "@ mara.example",
        "\u00a0@mara.example\u00a0",
        "\u3000mara.example",
        "\u200b@mara.example",
        "@\u200dmara.example",
        "\u2066@mara.example\u2069",
        "\u202a@mara.example\u202c",
        "\u200e@mara.example\u200f",
        "\ufeff@mara.example",
        "mara\u00ad.example",
        "\uff20mara.example",
        "\ufe6bmara.example",
        "\uff20\uff4d\uff41\uff52\uff41.example",
        "tiktok:mara.example",
        "TikTok/mara.example",
        "TIKTOK : @mara.example",
        "tiktok: @Mara.Example",
        "tiktok.com/@mara.example",
        "www.tiktok.com/@mara.example",
        "m.tiktok.com/@mara.example",
        "TikTok.com/@Mara.Example",
        "//www.tiktok.com/@mara.example",
        "http://tiktok.com/@mara.example",
        "https://tiktok.com/@mara.example",
        "https://www.tiktok.com/@mara.example",
        "HTTPS://WWW.TIKTOK.COM/@MARA.EXAMPLE",
        "https://www.tiktok.com./@mara.example",
        "https://www.tiktok.com:443/@mara.example",
        "http://www.tiktok.com:80/@mara.example",
        "https://www.tiktok.com/@mara.example/",
        "https://www.tiktok.com/@mara.example//",
        "https://www.tiktok.com/@mara.example?lang=en",
        "https://www.tiktok.com/@mara.example?_t=8abc&_r=1&is_from_webapp=1#top",
        "https://www.tiktok.com/@mara.example#",
        "https://www.tiktok.com/%40mara.example",
        "https://www.tiktok.com/@mara.example/live",
        "https://www.tiktok.com/@mara.example/live?enter_from=search",
        "https://www.tiktok.com/embed/@mara.example",
        "https://m.tiktok.com/@mara.example?_r=1",
        "\u200bhttps://www.tiktok.com/@mara.example\u00a0",
        "https://www.tiktok.com/\uff20mara.example",
    ],
)
def test_every_way_to_write_a_handle_is_the_same_account(text: str) -> None:
    assert read(text) == mara()


@pytest.mark.parametrize(
    "text",
    [
        f"https://www.tiktok.com/@mara.example/video/{POST}",
        f"https://www.tiktok.com/@Mara.Example/video/{POST}?is_from_webapp=1&sender_device=pc#comments",
        f"https://www.tiktok.com/@mara.example/photo/{POST}",
        f"tiktok.com/@mara.example/video/{POST}/",
        f"m.tiktok.com/@mara.example/video/{POST}",
    ],
)
def test_the_address_of_a_video_or_a_photo_is_a_post_of_its_author(text: str) -> None:
    url = f"https://www.tiktok.com/@mara.example/video/{POST}"
    assert read(text) == Account("tiktok", Kind.POST, "mara.example", url, POST)


@pytest.mark.parametrize(
    "text",
    [
        f"https://m.tiktok.com/v/{POST}.html",
        f"https://m.tiktok.com/v/{POST}.html?u_code=0&preview_pb=0",
        f"https://m.tiktok.com/v/{POST}",
        f"https://www.tiktok.com/embed/v2/{POST}",
        f"https://www.tiktok.com/embed/{POST}?lang=en",
        f"https://www.tiktok.com/player/v1/{POST}",
        f"https://www.tiktok.com/share/video/{POST}",
        f"https://www.tiktok.com/video/{POST}",
        f"https://www.tiktok.com/@/video/{POST}",
    ],
)
def test_the_address_of_a_post_need_not_say_whose_it_is(text: str) -> None:
    found = read(text)
    assert isinstance(found, Account)
    assert (found.kind, found.handle, found.post, found.name) == (Kind.POST, "", POST, POST)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://vm.tiktok.com/ZMexample1/", "https://vm.tiktok.com/ZMexample1/"),
        ("vm.tiktok.com/ZMexample1", "https://vm.tiktok.com/ZMexample1/"),
        ("http://vt.tiktok.com/ZSexample2?k=1", "https://vt.tiktok.com/ZSexample2/"),
        ("https://www.tiktok.com/t/ZTexample3/", "https://www.tiktok.com/t/ZTexample3/"),
        ("tiktok.com/t/ZTexample3", "https://tiktok.com/t/ZTexample3/"),
        ("m.tiktok.com/t/ZTexample3#x", "https://m.tiktok.com/t/ZTexample3/"),
    ],
)
def test_a_short_link_keeps_its_spelling_until_it_was_followed(text: str, url: str) -> None:
    assert read(text) == ShortLink("tiktok", url)


@pytest.mark.parametrize("platform", ["other", "OTHER", "Other Place", " other place ", "\u200bOther Place\u00a0"])
def test_the_platform_column_says_whose_handle_it_is(platform: str) -> None:
    assert read("@someone", platform) == Account("other", Kind.ACCOUNT, "someone", "https://other.example/u/someone")


@pytest.mark.parametrize("text", ["other:someone", "Other Place: someone", "https://other.example/u/someone"])
def test_what_the_cell_itself_says_wins_over_the_platform_column(text: str) -> None:
    found = read(text, "tiktok")
    assert (found.platform, found.url) == ("other", "https://other.example/u/someone")


def test_an_id_in_the_query_of_an_address_is_found_when_the_platform_file_says_so() -> None:
    assert read("https://other.example/profile?id=someone").url == "https://other.example/u/someone"


def test_a_name_with_a_dot_is_a_handle_but_a_known_host_is_not() -> None:
    assert read("some.body") == account_of(PLATFORMS["tiktok"], Kind.ACCOUNT, "some.body")
    assert "not of an account" in refusal("other.example")
    assert "not of an account" in refusal("tiktok.com")


@pytest.mark.parametrize(
    ("platform", "sentence"),
    [
        ("Tictok", "'Tictok' in the platform column is not a platform that sheetsync knows; did you mean TikTok?"),
        ("othr place", "did you mean Other Place?"),
        ("MySpace", "known are: Bluesky, GitHub, Other Place, Snapchat, Telegram, TikTok"),
        ("#N/A", "known are: Bluesky, GitHub, Other Place, Snapchat, Telegram, TikTok"),
    ],
)
def test_an_unknown_platform_gets_the_likeliest_name_or_all_of_them(platform: str, sentence: str) -> None:
    assert sentence in refusal("@mara.example", platform)


EXAMPLE = "write a handle such as @tiktok, or an address such as https://www.tiktok.com/@tiktok"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("@mara.example @otto_example", "more than one handle in the cell; give each its own row"),
        ("mara.example, otto_example", "more than one handle in the cell; give each its own row"),
        ("@mara\n@otto\n@pim", "more than one handle in the cell; give each its own row"),
        ("our new ambassador from Ghent", f"is not a TikTok handle or address; {EXAMPLE}"),
        ("4815162342", f"'4815162342' is not a TikTok handle or address; {EXAMPLE}"),
        ("@4815162342", EXAMPLE),
        ("x", EXAMPLE),
        ("@", EXAMPLE),
        (".mara", EXAMPLE),
        ("mara.", EXAMPLE),
        ("mara-example", EXAMPLE),
        ("a" * 25, EXAMPLE),
        ("mara@example.org", EXAMPLE),
        ("mailto:mara@example.org", EXAMPLE),
        ("m\u00e4r\u00e4", EXAMPLE),
        ("\u043c\u0430\u0440\u0430", EXAMPLE),
        ("\U0001f600", EXAMPLE),
        ('=IMPORTXML("https://www.tiktok.com/@mara.example"; "//strong")', EXAMPLE),
        ("javascript:alert(1)", EXAMPLE),
        ("tiktok:javascript:alert(1)", EXAMPLE),
        ("\ud800", EXAMPLE),
        ("mara\udfffexample", EXAMPLE),
        ("mara\0example", EXAMPLE),
        ("tiktok.com", EXAMPLE),
        ("https://www.tiktok.com", EXAMPLE),
        ("https://www.tiktok.com/", EXAMPLE),
        ("https://www.tiktok.com/discover", EXAMPLE),
        ("https://www.tiktok.com/tag/gardening", EXAMPLE),
        ("https://www.tiktok.com/@mara.example/playlist/x", EXAMPLE),
        ("https://www.tiktok.com/@mara/example", EXAMPLE),
        ("https://www.tiktok.com/@mara.example/video/12", EXAMPLE),
        ("https://www.tiktok.com/@4815162342", EXAMPLE),
        ("https://www.tiktok.com/@", EXAMPLE),
        ("https://vm.tiktok.com/", EXAMPLE),
        ("https://vm.tiktok.com/a/b", EXAMPLE),
        ("https://www.tiktok.com/@mara.example%2F..%2Fadmin", EXAMPLE),
    ],
)
def test_what_is_not_understood_gets_a_sentence_that_shows_what_would_be(text: str, sentence: str) -> None:
    assert sentence in refusal(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "https://instagram.example/mara",
            "instagram.example is not a platform that sheetsync knows (Bluesky, GitHub, Other Place, Snapchat, ",
        ),
        ("https://tiktok.com.evil.example/@mara", "tiktok.com.evil.example is not a platform"),
        ("https://eviltiktok.com/@mara", "eviltiktok.com is not a platform"),
        ("example.org/@mara", "example.org is not a platform"),
        ("https://127.0.0.1/@mara", "127.0.0.1 is not a platform"),
        ("https:///@mara", "is not a platform"),
        ("ftp://www.tiktok.com/@mara", "is not the address of a public page"),
        ("file:///etc/passwd", "is not the address of a public page"),
        ("javascript://www.tiktok.com/@mara", "is not the address of a public page"),
        ("https://user@www.tiktok.com/@mara", "with a user name in it is not that of a public page"),
        ("https://user:secret@www.tiktok.com/@mara", "with a user name in it is not that of a public page"),
        ("https://www.tiktok.com:8080/@mara", "is not the address of a public page"),
        ("www.tiktok.com:22/@mara", "is not the address of a public page"),
        ("https://www.tiktok.com:99999/@mara", "is not a web address"),
        ("https://www.tiktok.com:port/@mara", "is not a web address"),
        ("https://[::1/@mara", "is not a web address"),
    ],
)
def test_an_address_elsewhere_is_refused_before_anybody_goes_there(text: str, sentence: str) -> None:
    assert sentence in refusal(text)
    assert "secret" not in refusal(text)


@pytest.mark.parametrize(
    "text", ["#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#ERROR!", "#SPILL!", " #ref! "]
)
def test_a_spreadsheet_error_is_named_for_what_it_is(text: str) -> None:
    assert refusal(text) == f"the cell shows the spreadsheet error {text.strip()}, not a handle"


def test_a_long_text_is_refused_without_being_repeated() -> None:
    assert refusal("mara " * 1000) == "the cell holds a long text, not a handle"


def test_a_refusal_quotes_no_more_than_a_glance_of_the_cell() -> None:
    assert len(refusal("not a handle " * 100)) < 250


def test_a_refusal_is_one_line() -> None:
    assert "\n" not in refusal("first line\nsecond line\nthird line")


def test_unseen_marks_are_taken_off() -> None:
    assert clean("\u2066\u200b \uff20name\u00a0\u2069") == "@name"


def test_the_address_after_a_redirect_is_read_the_same_way() -> None:
    assert identify_url("https://www.tiktok.com/@Mara.Example?_r=1&u_code=x", PLATFORMS) == mara()


def test_case_is_kept_where_the_platform_tells_cases_apart() -> None:
    handle = account_of(PLATFORMS["other"], Kind.ACCOUNT, "SomeOne").handle
    assert handle == "SomeOne"


PIECES = "https:// http: // www. tiktok.com vm.tiktok.com other.example / @ mara . : 443 ? # % %2F %00 [ ] t/"
ADDRESS_PARTS = st.sampled_from(
    [*PIECES.split(), "/video/", "embed/v2/", POST, " ", "\n", "\u200b", "\uff20", "\ud800"]
)
ANYTHING = st.text(st.characters(), max_size=60) | st.lists(ADDRESS_PARTS, max_size=10).map("".join)


@settings(deadline=None)
@given(ANYTHING, st.sampled_from(["", "tiktok", "other"]) | ANYTHING)
@example("https://www.tiktok.com/%ff%fe@mara", "")
@example("\ufdfa" * 200, "")
def test_any_text_is_an_account_a_short_link_or_a_refusal(text: str, platform: str) -> None:
    refusals: list[AccountError] = []
    try:
        found = read(text, platform)
    except AccountError as error:
        refusals.append(error)
    else:
        assert found.platform in PLATFORMS
        assert found.url.startswith("https://")
    assert all(error.status is Status.NOT_UNDERSTOOD and str(error) for error in refusals)


@settings(deadline=None)
@given(ANYTHING | st.from_regex(r"@?[A-Za-z0-9_.]{2,24}", fullmatch=True))
@example("https://www.tiktok.com/@mara.example/video/" + POST)
@example("https://vm.tiktok.com/ZMexample1/")
@example("https://m.tiktok.com/v/" + POST)
def test_what_was_understood_is_understood_again_as_the_same(text: str) -> None:
    try:
        found = read(text)
    except AccountError:
        return
    assert identify_url(found.url, PLATFORMS) == found
    assert read(found.url) == found


@settings(deadline=None)
@given(st.from_regex(r"[a-z_][a-z0-9_.]{0,22}[a-z0-9_]", fullmatch=True))
def test_every_handle_that_the_grammar_allows_is_its_own_account(handle: str) -> None:
    found = read("@" + handle)
    assert isinstance(found, Account)
    assert (found.handle, found.url) == (handle, f"https://www.tiktok.com/@{handle}")
    assert read(found.url.upper()) == found
