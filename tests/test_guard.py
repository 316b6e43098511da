import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetsync.errors import AccountError
from sheetsync.guard import GuardedBackend, checked_url, is_public, refuse_unless_public
from sheetsync.model import Status

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450::1"]
NOT_PUBLIC = [
    *("0.0.0.0", "10.0.0.1", "127.0.0.1", "127.255.0.9", "169.254.169.254", "172.16.0.1", "172.31.255.255"),  # noqa: S104
    *("192.168.1.1", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8", "2001:db8::1", "3fff::1", "100::1"),
    *("2002:7f00:1::", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b::127.0.0.1"),
    *("64:ff9b::a00:1", "64:ff9b:1::1", "5f00::1", "4000::1"),
]
SPELLINGS = [
    *("127.0.0.1", "localhost", "LOCALHOST.", "app.localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "2130706433"),  # noqa: S104
    *("0x7f.1", "0x7f000001", "127.1", "0177.0.0.1", "017700000001", "169.254.169.254", "fd00:ec2::254"),
    *("64:ff9b::7f00:1", "10.0.0.1", "100.64.0.1", "224.0.0.1", "127.0.0.1.", "0xA9FEA9FE", "134744072"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [*NOT_PUBLIC, "", "www.tiktok.com", "0177.0.0.1", "127.1", "2130706433"])
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_an_ipv4_address_inside_another_is_judged_by_itself() -> None:
    assert is_public("::ffff:8.8.8.8")
    assert is_public("64:ff9b::8.8.8.8")


def test_names_may_begin_with_a_number() -> None:
    refuse_unless_public("9gag.com")
    refuse_unless_public("0xide.example")


class Inner(httpcore.AsyncNetworkBackend):
    """Writes down what would be connected to."""

    def __init__(self, dead: Iterable[str] = ()) -> None:
        self.dead = set(dead)
        self.tried: list[tuple[str, float | None]] = []

    async def connect_tcp(self, host: str, *args: Any) -> httpcore.AsyncNetworkStream:
        self.tried.append((host, args[1]))
        if host in self.dead:
            raise httpcore.ConnectTimeout
        return httpcore.AsyncMockStream([])


def answering(*addresses: str) -> Callable[[str, int], Any]:
    async def resolver(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return resolver


def connect(backend: GuardedBackend, host: str, **options: Any) -> None:
    asyncio.run(backend.connect_tcp(host, 80, **options))


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_spelling_of_a_private_address_is_refused_before_any_connection(host: str) -> None:
    inner = Inner()
    with pytest.raises(AccountError, match="private address, which sheetsync never visits") as caught:
        connect(GuardedBackend(inner=inner), host)
    assert caught.value.status is Status.UNREACHABLE
    assert inner.tried == []


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_with_one_private_address_among_public_ones_is_refused(address: str) -> None:
    inner = Inner()
    with pytest.raises(AccountError):
        connect(GuardedBackend(inner=inner, resolver=answering("8.8.8.8", address)), "www.tiktok.com")
    assert inner.tried == []


def test_a_name_is_resolved_once_and_the_judged_address_is_connected_to() -> None:
    answers = [["8.8.8.8"], ["127.0.0.1"]]

    async def rebinding(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    inner = Inner()
    connect(GuardedBackend(inner=inner, resolver=rebinding), "rebind.example")
    assert [host for host, _ in inner.tried] == ["8.8.8.8"]
    assert answers == [["127.0.0.1"]]


def test_only_the_host_and_port_that_the_user_named_may_be_private() -> None:
    inner = Inner()
    backend = GuardedBackend([("intranet.example", 80)], inner, answering("10.0.0.1"))
    connect(backend, "intranet.example")
    with pytest.raises(AccountError):
        connect(backend, "other.example")
    with pytest.raises(AccountError):
        asyncio.run(backend.connect_tcp("intranet.example", 8080))
    assert [host for host, _ in inner.tried] == ["10.0.0.1"]


def test_the_next_address_is_tried_in_the_time_that_is_left() -> None:
    inner = Inner(dead=["8.8.8.8"])
    connect(GuardedBackend(inner=inner, resolver=answering("8.8.8.8", "1.1.1.1")), "x.example", timeout=10)
    (first, first_share), (second, second_share) = inner.tried
    assert (first, second) == ("8.8.8.8", "1.1.1.1")
    assert first_share == pytest.approx(5, abs=0.5)
    assert second_share == pytest.approx(10, abs=0.5)


def test_a_name_without_address_is_a_connection_error() -> None:
    async def nothing(_host: str, _port: int) -> list[str]:
        raise OSError

    with pytest.raises(httpcore.ConnectError, match=r"no address for the name gone\.example"):
        connect(GuardedBackend(inner=Inner(), resolver=nothing), "gone.example")
    with pytest.raises(httpcore.ConnectError):
        connect(GuardedBackend(inner=Inner(), resolver=answering()), "gone.example")
    with pytest.raises(httpcore.ConnectError):
        connect(GuardedBackend(inner=Inner()), "a" * 70 + ".example")


def test_a_resolver_that_never_answers_times_out() -> None:
    async def silent(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(httpcore.ConnectTimeout):
        connect(GuardedBackend(inner=Inner(), resolver=silent), "slow.example", timeout=0.01)


def test_socket_files_are_refused() -> None:
    with pytest.raises(AccountError):
        asyncio.run(GuardedBackend(inner=Inner()).connect_unix_socket("/run/docker.sock"))


HOSTS = frozenset({"www.tiktok.com", "TikTok.com.", "пример.рф"})


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://www.tiktok.com/@a?x=1", "https://www.tiktok.com/@a?x=1"),
        ("HTTPS://WWW.TikTok.com:443/@a", "https://www.tiktok.com/@a"),
        ("http://tiktok.com./@a", "http://tiktok.com/@a"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
    ],
)
def test_addresses_on_the_platforms_hosts(text: str, read: str) -> None:
    assert str(checked_url(text, HOSTS)) == read


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "www.tiktok.com/@a",
            "//www.tiktok.com/@a",
            "ftp://www.tiktok.com/",
            "file:///etc/passwd",
            "javascript:1",
        ),
        *("https://user@www.tiktok.com/", "https://u:p@www.tiktok.com/", "https://www.tiktok.com:8443/"),
        *("http://www.tiktok.com:443/", "https://evil.example/", "https://www.tiktok.com.evil.example/"),
        *("https://evilwww.tiktok.com/", "https://www.tiktok.com\\@evil.example/", "http://[::1", "https:///@a"),
        *(
            "https://\uff37\uff37\uff37.tiktok.com/",
            "https://www.tiktok.com\r\nHost: x/",
            "https://%77ww.tiktok.com/",
            "https://...",
        ),
        *("https://a:99999999/", "http://127.0.0.1/", "https://" + "a." * 200 + "com/", "https://www.tiktok.com:0/"),
    ],
)
def test_addresses_that_are_not(text: str) -> None:
    with pytest.raises(AccountError) as caught:
        checked_url(text, HOSTS)
    assert caught.value.status is Status.UNREACHABLE


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(AccountError) as caught:
        checked_url("https://me:hunter2@www.tiktok.com/", HOSTS)
    assert "hunter2" not in str(caught.value)


@given(st.text() | st.text("htps:/@[]%.\\#?127x", max_size=30).map("https://".__add__))
def test_whatever_the_text_nothing_but_an_account_error(text: str) -> None:
    try:
        checked_url(text, None)
    except AccountError:
        return
