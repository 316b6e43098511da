"""Which addresses may be visited at all.

Visited are public addresses, and those that the user named. A handle in a shared sheet, or a redirect, must not make
the machine that runs sheetsync knock at its own network. So a name is resolved once, every address it has is judged,
and the connection goes to the very address that was judged: a name that changes its mind in between (DNS rebinding)
gains nothing.
"""

import asyncio
import functools
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore
import httpx

from sheetsync.errors import AccountError
from sheetsync.model import Status

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Finds the numeric addresses of a host; raises OSError when there are none."""

_LEAST_TRY = 2.0  # seconds for one of several addresses; what Go's net.Dialer gives

# Not `is_global`: the standard library's tables differ between patch releases, and count multicast as global.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(block)
    for block in (
        # https://www.iana.org/assignments/iana-ipv4-special-registry (and RFC 5771: multicast)
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # https://www.iana.org/assignments/iana-ipv6-special-registry, inside 2000::/3 (Teredo and 6to4 too)
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
_UNICAST_V6 = ipaddress.ip_network("2000::/3")  # all that IANA has given out for the public Internet
_WRAPPED_V4 = (
    ipaddress.ip_network("::ffff:0:0/96"),  # IPv4-mapped, RFC 4291
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64, RFC 6052: how an IPv6-only network reaches every IPv4 site
)


def checked_url(text: str, hosts: frozenset[str] | None) -> httpx.URL:
    """Read an address that is about to be visited.

    Args:
        text: The address: absolute, http or https, without credentials, on the scheme's own port.
        hosts: The only hosts it may be on; None for any.

    Raises:
        AccountError: When it is anything else.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise AccountError(Status.UNREACHABLE, f"{text[:200]!r} is not an address that can be visited") from error
    if url.scheme not in ("http", "https") or not url.host or len(host_key(url)) > _HOST_LENGTH:
        raise AccountError(Status.UNREACHABLE, f"{text[:200]!r} is not the address of a web page")
    if url.userinfo:
        raise AccountError(Status.UNREACHABLE, f"the address on {url.host} holds a user name or a password")
    if url.port not in (None, 80 if url.scheme == "http" else 443):
        raise AccountError(Status.UNREACHABLE, f"{url.host}:{url.port} is not where public web pages are served")
    if hosts is not None and host_key(url) not in _host_keys(hosts):
        raise AccountError(Status.UNREACHABLE, f"{url.host} is not one of the platform's own hosts: not visited")
    return url.copy_with(host=host_key(url), port=None) if url.host.endswith(".") or url.port else url


_HOST_LENGTH = 253  # RFC 1035


def host_key(url: httpx.URL) -> str:
    """Spell a URL's host in the one way hosts are compared: ASCII (IDNA), lower case, no dot at the end."""
    return url.raw_host.decode("ascii").rstrip(".")


def host_of(address: str) -> str:
    """Spell a host, or the one that an address is on, as hosts are compared."""
    return host_key(httpx.URL(address if "://" in address else f"https://{address}"))


@functools.lru_cache
def _host_keys(hosts: frozenset[str]) -> frozenset[str]:
    return frozenset(host_key(httpx.URL(f"https://{host}")) for host in hosts)


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the public Internet.

    Private, shared (CGNAT), loopback, link-local (cloud metadata among them), multicast, reserved and documentation
    addresses do not; nor do the retired tunnels 6to4 and Teredo. An IPv4 address inside an IPv4-mapped or NAT64 one is
    judged by itself. Whatever is not an address in its canonical spelling is not public.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None:
            return False
        if any(parsed in block for block in _WRAPPED_V4):
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF)))
        if parsed not in _UNICAST_V6:
            return False
    return not any(parsed in block for block in _NOT_PUBLIC)


def refuse_unless_public(host: str) -> None:
    """Refuse a host whose very spelling shows that it is not public, without resolving it.

    Args:
        host: A name or an address, as in a URL but without brackets.

    Raises:
        AccountError: For ``localhost``, an address that is not public, and a number that is no canonical address
            (``2130706433``, ``0x7f.1``, ``0177.0.0.1``): systems disagree about what those mean.
    """
    name = host.rstrip(".").lower()
    is_local = name == "localhost" or name.endswith(".localhost")
    if is_local or ((":" in name or _ends_in_number(name)) and not is_public(name)):
        raise _refusal(host)


def _ends_in_number(name: str) -> bool:
    """Tell whether a host is meant as an IPv4 address: https://url.spec.whatwg.org/#ends-in-a-number-checker."""
    last = name.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _refusal(host: str) -> AccountError:
    return AccountError(
        Status.UNREACHABLE,
        f"{host} leads to a private address, which sheetsync never visits",
        hint="Check the address. To try sheetsync against a server of your own, name it with connect-to.",
    )


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system for a host's addresses, in the order it would try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to public addresses, and to what the user named.

    Args:
        allow: Hosts with their port that may have any address, because the user named them: a proxy, a server to try
            things against.
        inner: What opens the sockets; httpcore's own by default.
        resolver: Finds a host's addresses; the system's by default.
    """

    def __init__(
        self,
        allow: Iterable[tuple[str, int]] = (),
        inner: httpcore.AsyncNetworkBackend | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        self._allow = frozenset(allow)
        self._inner = inner or httpcore.AnyIOBackend()
        self._resolver = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers.

        Raises:
            AccountError: When any address of the host is not public. No connection was tried.
            httpcore.ConnectError: When the host has no address, or none that answers.
            httpcore.ConnectTimeout: When that took longer than ``timeout`` seconds.
        """
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        addresses = await self._addresses(host, port, timeout)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for left in range(len(addresses), 0, -1):
            share = None if deadline is None else _share(deadline - loop.time(), left)
            try:
                return await self._inner.connect_tcp(addresses[-left], port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int, seconds: float | None) -> list[str]:
        """Resolve a host and judge every address it has."""
        allowed = (host, port) in self._allow
        if not allowed:
            refuse_unless_public(host)
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._resolver(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"the address of {host} was not found in time") from error
        except (OSError, UnicodeError) as error:  # UnicodeError: Python's own check of a name's length
            raise httpcore.ConnectError(f"there is no address for the name {host}") from error
        if not allowed and not all(map(is_public, addresses)):
            raise _refusal(host)
        return addresses

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a socket file is never a public page."""
        del timeout, socket_options
        raise _refusal(path)

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks for between its own tries."""
        await self._inner.sleep(seconds)


def _share(seconds: float, tries: int) -> float:
    """Divide what is left of a time limit, so that one dead address leaves time for the next."""
    return max(0.0, min(seconds, max(seconds / tries, _LEAST_TRY)))
