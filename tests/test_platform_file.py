from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sheetsync.errors import ConfigError
from sheetsync.model import Kind, Status
from sheetsync.platform import Platform
from sheetsync.platform_file import load_platform, load_platforms

GOOD = """
name = "Somewhere"
hosts = ["Somewhere.example"]
pace = { concurrency = 3, delay = 0.5 }

[account]
handle = '[a-z.-]{2,20}'
paths = ["/@{handle}", "/p.php?id={handle}"]
url = "https://somewhere.example/@{handle}"
json.page = { xpath = "//script" }

[[account.routes]]
url = "https://somewhere.example/@{handle}"

[account.fields.followers]
kind = "count"
required = true
from = [{ in = "page", json = '"webapp.user-detail".fans' }, { xpath = "//b[re:test(., '^[0-9]+$')]" }]

[[account.signs]]
status = "private"
body = 'is private'
unless = "followers"
hides = ["followers"]
"""


def load(text: str) -> Platform:
    return load_platform("somewhere", "somewhere.toml", text.encode())


def problem(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert "somewhere.toml" in str(caught.value)
    assert caught.value.hint
    return caught.value


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


def test_a_good_file_says_where_a_profile_is_and_what_to_read_there() -> None:
    platform = load(GOOD)
    recipe = platform.recipes[Kind.ACCOUNT]
    assert (platform.key, platform.title, set(platform.hosts)) == ("somewhere", "Somewhere", {"somewhere.example"})
    assert (platform.concurrency, platform.delay, platform.http2) == (3, 0.5, False)
    assert list(platform.recipes) == [Kind.ACCOUNT]
    assert [(field.name, field.required, len(field.ways)) for field in recipe.fields] == [("followers", True, 2)]
    assert [(sign.status, sign.unless, set(sign.hides)) for sign in recipe.signs] == [
        (Status.PRIVATE, "followers", {"followers"})
    ]
    assert recipe.paths[0].fullmatch("/@mara.x")
    assert recipe.paths[1].fullmatch("/p.php?id=mara")
    assert not recipe.paths[1].fullmatch("/pxphp?id=mara")


@pytest.mark.parametrize(
    ("old", "new", "where", "meant"),
    [
        ("hosts =", "host =", "host", "hosts"),
        ("concurrency", "concurency", "$.pace", "concurrency"),
        ("handle =", "handel =", "$.account", "handle"),
        ("[[account.routes]]", "[[account.route]]", "$.account", "routes"),
        ("required =", "require =", "$.account.fields", "required"),
        ("kind =", "knd =", "$.account.fields", "kind"),
        ('xpath = "//b', 'xpth = "//b', "$.account.fields", "xpath"),
        ("json = '", "jsn = '", "$.account.fields", "json"),
        ("unless =", "unles =", "$.account.signs", "unless"),
        ("hides =", "hide =", "$.account.signs", "hides"),
        ("[account.fields.followers]", "[account.field.followers]", "$.account", "fields"),
        ("[account]", "[acount]", "acount", "account"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_an_error_with_the_likely_one(old: str, new: str, where: str, meant: str) -> None:
    error = problem(GOOD.replace(old, new))
    assert where in str(error)
    assert error.hint == f"Did you mean `{meant}`?"


def test_an_unknown_key_like_no_other_gets_the_manual() -> None:
    assert problem(changed("hosts =", "zzzzzz =")).hint == "docs/platforms.md explains every key."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "is not TOML"),
        ('name = "x"\nname = "y"', "is not TOML"),
        (changed("//b[re:test(., '^[0-9]+$')]", "//b[["), "account.fields.followers: '//b[[' is not an XPath"),
        (changed("//b[re:test(., '^[0-9]+$')]", "//no:b/@"), "account.fields.followers: '//no:b/@' is not an XPath"),
        (changed("//b[re:test(., '^[0-9]+$')]", "//no:b"), "account.fields.followers: '//no:b' is not an XPath"),
        (changed("//b[re:test(., '^[0-9]+$')]", "text(//b)"), "'text(//b)' is not an XPath"),
        (changed("//b[re:test(., '^[0-9]+$')]", "matches('a', 'b')"), "is not an XPath"),
        (changed("//script", "//script["), "account.json.page: '//script[' is not an XPath"),
        (changed('"webapp.user-detail".fans', "webapp.user-detail.fans"), "account.fields.followers: 'webapp.user-det"),
        (changed("is private", "is (private"), "account.signs[0]: 'is (private' is not a regular expression"),
        (changed("[a-z.-]{2,20}", "[a-z"), "account.handle: '[a-z' is not a regular expression"),
        (changed('{ in = "page", json', '{ xpath = "//b", json'), "account.fields.followers: a way is either"),
        (changed("{ in = \"page\", json = '\"webapp.user-detail\".fans' }", '{ in = "page" }'), "a way is either"),
        (changed("body =", "xpath = '//a'\njson = 'b'\nbody ="), "account.signs[0]: a way is either"),
        (changed('in = "page"', 'in = "pgae"'), "in = \"pgae\" names no JSON document; there are ['body', 'page']"),
        (changed("body =", "in = 'nowhere'\njson = 'b'\nbody ="), 'in = "nowhere" names no JSON document'),
        (changed('unless = "followers"', 'unless = "follower"'), "account.signs names the field 'follower'"),
        (changed('hides = ["followers"]', 'hides = ["posts"]'), "account.signs names the field 'posts'"),
        (changed("[account]\n", "same = [{ json = 'a', xpath = '//a' }]\n[account]\n"), "unknown field `same`"),
        (changed("[account]\n", "[account]\nsame = [{ json = 'a', xpath = '//a' }]\n"), "account.same: a way is"),
        ('name = "x"\nhosts = ["x.example"]', "neither an [account] nor a [post] table"),
        (changed('hosts = ["Somewhere.example"]', "hosts = []"), "$.hosts"),
        (changed('hosts = ["Somewhere.example"]', ""), "missing required field `hosts`"),
        (changed("concurrency = 3", "concurrency = 0"), "$.pace.concurrency"),
        (changed("delay = 0.5", "delay = -1"), "$.pace.delay"),
        (changed("delay = 0.5", 'delay = "slow"'), "$.pace.delay"),
        (changed('kind = "count"', 'kind = "number"'), "Invalid enum value 'number' - at `$.account.fields[...].kind`"),
        (changed('status = "private"', 'status = "hidden"'), "Invalid enum value 'hidden' - at `$.account.signs[0]"),
        (changed("required = true", 'required = "yes"'), "Expected `bool`, got `str`"),
        (changed('url = "https://somewhere.example/@{handle}"\njson', "json"), "missing required field `url`"),
        (changed('[[account.routes]]\nurl = "https://somewhere.example/@{handle}"', ""), "missing required field"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_sentence_that_names_the_file_and_the_key(text: str, sentence: str) -> None:
    error = problem(text)
    assert sentence in str(error)
    assert "\n" not in str(error)


def test_a_field_without_a_way_is_an_error() -> None:
    ways = GOOD[GOOD.index("from = [") : GOOD.index("[[account.signs]]")]
    assert "$.account.fields" in str(problem(changed(ways, "from = []\n")))


def test_bytes_that_are_not_utf8_are_not_toml() -> None:
    with pytest.raises(ConfigError, match="is not TOML"):
        load_platform("x", "x.toml", b'name = "\xff"')


def test_a_posts_addresses_use_the_grammar_of_its_accounts_handles() -> None:
    post = "\n[post]\npost = '\\d+'\npaths = ['/@{handle}/{post}']\nurl = 'https://x.example/{post}'\n"
    post += "routes = [{ url = 'https://x.example/{post}' }]\n"
    post += "fields.views = { kind = 'count', from = [{ xpath = '//b' }] }\n"
    path = load(GOOD + post).recipes[Kind.POST].paths[0]
    match = path.fullmatch("/@mara/12")
    assert match
    assert match.groupdict() == {"handle": "mara", "post": "12"}
    assert not path.fullmatch("/@m4ra/12")


# The folder is the list.


def test_every_file_in_the_folder_is_a_platform_and_nothing_else_is() -> None:
    folder = Path(str(load_platforms()["tiktok"].source)).parent
    assert set(load_platforms()) == {file.stem for file in folder.glob("*.toml")}


def test_a_users_file_is_added_to_the_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "somewhere.toml").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("not a platform file")
    platforms: Mapping[str, Platform] = load_platforms(tmp_path)
    assert set(platforms) == {*load_platforms(), "somewhere"}
    assert platforms["somewhere"].source == str(tmp_path / "somewhere.toml")


def test_a_users_file_wins_over_the_built_in_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "tiktok.toml").write_text(GOOD)
    platforms = load_platforms(tmp_path)
    assert platforms["tiktok"].title == "Somewhere"
    assert platforms.at("www.tiktok.com") is None
    assert set(platforms) == set(load_platforms())


def test_a_wrong_file_in_a_users_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[account")
    with pytest.raises(ConfigError, match=r"mine\.toml is not TOML"):
        load_platforms(tmp_path)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no folder") as caught:
        load_platforms(tmp_path / "nowhere")
    assert "--platforms" in caught.value.hint


def test_a_platform_is_found_by_key_by_title_and_by_host(tmp_path: Path) -> None:
    (tmp_path / "here.toml").write_text(GOOD)
    platforms = load_platforms(tmp_path)
    assert platforms.named(" HERE ") is platforms.named("somewhere") is platforms.at("somewhere.example")
    assert platforms.named("here")
    assert platforms.named("elsewhere") is None
    assert platforms.at("elsewhere.example") is None


def test_a_script_is_found_by_its_id_and_no_other_element_is() -> None:
    documents = load_platforms(None)["tiktok"].recipes[Kind.ACCOUNT].documents
    page = "<div id='SIGI_STATE'>{}</div><script id='other'>{}</script><script id='sigi-persisted-data'>{}</script>"
    found: Any = documents["sigi"].xpath
    assert [one.get("id") for one in found(etree.HTML(page))] == ["sigi-persisted-data"]
