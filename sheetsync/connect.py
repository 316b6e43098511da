"""Connections: leased one by one, through the guard, the user's proxy or to a server the user named instead.

httpcore's pool looks at every connection for every request, so its cost per request grows with the square of what is in
flight (https://github.com/encode/httpcore/pull/1035). Here a pool never holds more than one connection, and a request
takes a free pool from a list: the cost stays the same at 10 and at 200 in flight.
"""

import functools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from sheetsync.errors import ConfigError, SheetsyncError
from sheetsync.guard import GuardedBackend, Resolver, host_key, refuse_unless_public, resolve

_KEEP_ALIVE = 30.0  # seconds; servers seldom keep an idle connection longer
_PORTS = 65_536
_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}

_ERRORS: dict[type, type[httpx.TransportError]] = {
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.WriteError: httpx.WriteError,
    httpcore.WriteTimeout: httpx.WriteTimeout,
}


def parse_connect_to(text: str) -> dict[str, str]:
    """Read which hosts are to be looked for elsewhere.

    Args:
        text: ``host=origin`` pairs with commas between them: ``www.tiktok.com=http://127.0.0.1:8000``.

    Returns:
        Origins by host name; empty for an empty text.

    Raises:
        ConfigError: When a pair is not a host name and an http(s) origin, or a host is there twice.
    """
    pairs: dict[str, str] = {}
    for pair in filter(None, map(str.strip, text.split(","))):
        name, _, origin = pair.partition("=")
        host = _host_name(name.strip())
        if host in pairs:
            raise ConfigError(f"connect-to names {host} twice")
        pairs[host] = str(_origin(origin.strip()))
    return pairs


def _host_name(text: str) -> str:
    url = _bare_url(f"https://{text}")
    if url is None or ":" in text:
        raise ConfigError(f"connect-to: {text!r} is not a host name", hint=_CONNECT_TO_HINT)
    return host_key(url)


def _origin(text: str) -> httpx.URL:
    url = _bare_url(text)
    if url is None or url.scheme not in ("http", "https"):
        raise ConfigError(f"connect-to: {text!r} is not an origin", hint=_CONNECT_TO_HINT)
    return url


_CONNECT_TO_HINT = "Write it like www.tiktok.com=http://127.0.0.1:8000."


def _bare_url(text: str) -> httpx.URL | None:
    """Read a URL that says where to connect and nothing more; None when it is something else."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None
    is_host = url.host and "%" not in url.host and (url.port is None or 0 < url.port < _PORTS)
    is_bare = not url.userinfo and url.raw_path == b"/" and not url.fragment
    return url.copy_with(raw_path=b"") if is_host and is_bare else None


class _Route(NamedTuple):
    """What a connection can be used again for.

    Attributes:
        scheme: ``http`` or ``https``; scheme, host and port are the page's own, or what the user named instead.
        host: In ASCII.
        port: None for the scheme's own.
        http2: Whether HTTP/2 is offered.
        proxied: Whether it goes through the proxy for its scheme.
        stands_for: The host that the user had looked for here; empty when that is the host itself.
    """

    scheme: str
    host: str
    port: int | None
    http2: bool
    proxied: bool = False
    stands_for: str = ""


class LeasedTransport(httpx.AsyncBaseTransport):
    """Sends requests over guarded connections; takes the place of ``httpx.AsyncHTTPTransport`` or a mock.

    A request may ask for HTTP/2 with ``extensions={"http2": True}``. How many requests are under way at once is for the
    caller to limit. Errors are httpx's ``TransportError``s, and AccountError where the guard refuses.

    Args:
        proxy: ``http://``, ``https://`` or ``socks5://`` proxy for everything, whose own address may be private. None
            for what ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (or the system's settings) say,
            empty for none. A proxy resolves names itself, so behind one only the spelling of a host is judged.
        connect_to: Origins by host name. What is meant for such a host goes to that origin, directly, with the Host
            header (and the name in the certificate) of the host. Nothing else may reach a private address.
        idle: How many idle connections are kept, over all hosts.
        ssl_context: How certificates are verified; by default as httpx does it, honouring ``SSL_CERT_FILE``.
        backend: What opens the sockets; httpcore's own by default.
        resolver: Finds a host's addresses; the system's by default.

    Raises:
        ConfigError: When the proxy or an origin of ``connect_to`` is not one.
    """

    def __init__(
        self,
        *,
        proxy: str | None = None,
        connect_to: Mapping[str, str] | None = None,
        idle: int = 64,
        ssl_context: ssl.SSLContext | None = None,
        backend: httpcore.AsyncNetworkBackend | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        self._proxies = _proxies(proxy)
        self._may_bypass = proxy is None
        self._elsewhere = {_host_name(host): _origin(origin) for host, origin in (connect_to or {}).items()}
        self._idle = idle
        self._given_ssl_context = ssl_context
        self._backend = backend
        self._resolver = resolver
        self._pools: set[httpcore.AsyncConnectionPool] = set()
        self._free: dict[httpcore.AsyncConnectionPool, _Route] = {}  # the longest idle first
        self._free_by_route: dict[_Route, list[httpcore.AsyncConnectionPool]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return the answer, its body still to be read. Close it to give the connection back.

        Raises:
            AccountError: When the host is not public.
            httpx.TransportError: When there is no answer.
        """
        route = self._route(request)
        if route.proxied:
            refuse_unless_public(route.host)
        pool = self._lease(route)
        try:
            with _httpx_errors():
                response = await pool.handle_async_request(_to_httpcore(request, route))
        except BaseException:
            await self._discard(pool)
            raise
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_LeasedStream(response, functools.partial(self._give_back, route, pool)),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        self._free.clear()
        self._free_by_route.clear()
        for pool in list(self._pools):
            await self._discard(pool)

    def _route(self, request: httpx.Request) -> _Route:
        url, http2 = request.url, bool(request.extensions.get("http2"))
        host = host_key(url)
        if origin := self._elsewhere.get(host):
            return _Route(origin.scheme, host_key(origin), origin.port, http2, stands_for=host)
        return _Route(url.scheme, host, url.port, http2, proxied=self._is_proxied(url))

    def _is_proxied(self, url: httpx.URL) -> bool:
        return url.scheme in self._proxies and not (self._may_bypass and proxy_bypass(url.host))

    def _lease(self, route: _Route) -> httpcore.AsyncConnectionPool:
        """Take a free connection for a route, or the place for a new one."""
        if free := self._free_by_route.get(route):
            pool = free.pop()
            del self._free[pool]
            return pool
        pool = self._new_pool(route)
        self._pools.add(pool)
        return pool

    async def _give_back(self, route: _Route, pool: httpcore.AsyncConnectionPool, whole: bool) -> None:  # noqa: FBT001
        """Keep a connection for the next request if its answer was read to the end and it is still open."""
        if not (whole and pool.connections and pool in self._pools):
            await self._discard(pool)
            return
        self._free[pool] = route
        self._free_by_route.setdefault(route, []).append(pool)
        if len(self._free) > self._idle:
            await self._discard_oldest()

    async def _discard_oldest(self) -> None:
        pool = next(iter(self._free))
        free = self._free_by_route[self._free.pop(pool)]
        free.remove(pool)
        await self._discard(pool)

    async def _discard(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pools.discard(pool)
        with _httpx_errors():
            await pool.aclose()

    def _new_pool(self, route: _Route) -> httpcore.AsyncConnectionPool:
        if route.proxied:
            return self._proxy_pool(self._proxies[route.scheme], http2=route.http2)
        allow = [(route.host, route.port or _DEFAULT_PORTS[route.scheme])] if route.stands_for else []
        return httpcore.AsyncConnectionPool(
            ssl_context=self._ssl_context if route.scheme == "https" else None,
            network_backend=GuardedBackend(allow, self._backend, self._resolver),
            max_connections=1,
            keepalive_expiry=_KEEP_ALIVE,
            http2=route.http2,
        )

    def _proxy_pool(self, proxy: httpx.URL, *, http2: bool) -> httpcore.AsyncConnectionPool:
        port = proxy.port or _DEFAULT_PORTS[proxy.scheme]
        address = httpcore.URL(scheme=proxy.raw_scheme, host=proxy.raw_host, port=port, target=b"/")
        backend = GuardedBackend([(host_key(proxy), port)], self._backend, self._resolver)
        auth = (proxy.username, proxy.password) if proxy.userinfo else None
        if proxy.scheme.startswith("socks5"):
            return httpcore.AsyncSOCKSProxy(
                address, auth, self._ssl_context, 1, keepalive_expiry=_KEEP_ALIVE, http2=http2, network_backend=backend
            )
        return httpcore.AsyncHTTPProxy(
            address,
            auth,
            ssl_context=self._ssl_context,
            proxy_ssl_context=self._ssl_context if proxy.scheme == "https" else None,
            max_connections=1,
            keepalive_expiry=_KEEP_ALIVE,
            http2=http2,
            network_backend=backend,
        )

    @functools.cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        """One for all: reading the certificate authorities is dear."""
        return self._given_ssl_context or httpx.create_ssl_context()


class _LeasedStream(httpx.AsyncByteStream):
    """The body of an answer; gives the connection back when it is closed, once."""

    def __init__(self, response: httpcore.Response, give_back: Callable[[bool], Awaitable[None]]) -> None:
        self._response = response
        self._give_back = give_back
        self._whole = False
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors():
            async for piece in self._response.aiter_stream():
                yield piece
        self._whole = True

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            with _httpx_errors():
                await self._response.aclose()
        finally:
            await self._give_back(self._whole)


def _to_httpcore(request: httpx.Request, route: _Route) -> httpcore.Request:
    extensions = dict(request.extensions)
    if route.stands_for:
        extensions["sni_hostname"] = route.stands_for
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=route.scheme.encode(), host=route.host.encode(), port=route.port, target=request.url.raw_path
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=extensions,
    )


@contextmanager
def _httpx_errors() -> Iterator[None]:
    """Turn what goes wrong underneath into httpx's errors."""
    try:
        yield
    except SheetsyncError:
        raise
    except Exception as error:
        # h2, socksio and ssl let errors of their own through; whatever a server does must stay an error of that visit.
        kind = next((_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS), httpx.NetworkError)
        raise kind(str(error) or type(error).__name__) from error


def _proxies(setting: str | None) -> dict[str, httpx.URL]:
    """Find the proxy for each scheme: as set, or else as the environment (or the system) says."""
    named = getproxies() if setting is None else {"all": setting}
    found = {scheme: named.get(scheme) or named.get("all") for scheme in ("http", "https")}
    return {scheme: _proxy_url(text) for scheme, text in found.items() if text}


def _proxy_url(text: str) -> httpx.URL:
    """Read a proxy's address; ``proxy.example:3128`` without a scheme is an HTTP proxy, as curl understands it."""
    with_scheme = text if "://" in text else f"http://{text}"
    try:
        url = httpx.URL(with_scheme)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL()
    if url.scheme not in _DEFAULT_PORTS or not url.host:  # the text may hold a password: it is not shown
        raise ConfigError(
            "the proxy is not an address like http://proxy.example:3128",
            hint="Set proxy (or HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) to an http://, https:// or socks5:// address.",
        )
    return url
