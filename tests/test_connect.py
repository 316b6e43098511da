import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import h2.config
import h2.connection
import h2.events
import httpcore
import httpx
import pytest
import trustme

from sheetsync.connect import LeasedTransport, parse_connect_to
from sheetsync.errors import AccountError, ConfigError
from tests.site import abort, always, reply, serve

HOST = "www.tiktok.com"
PROXY_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD")


@pytest.fixture(autouse=True)
def no_proxy_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def get(transport: LeasedTransport, url: str, **extensions: Any) -> httpx.Response:
    """Ask for a page and read it to the end."""
    request = httpx.Request("GET", url, extensions=extensions)
    response = await transport.handle_async_request(request)
    await response.aread()
    await response.aclose()
    return response


async def never_resolved(host: str, _port: int) -> list[str]:
    raise AssertionError(host)


def test_requests_for_a_named_host_go_elsewhere_with_their_own_host_header() -> None:
    async def main() -> None:
        async with (
            serve(always(reply(b"hello", "X-Test: 1", status="418 Teapot"))) as site,
            LeasedTransport(connect_to={HOST: site.origin}) as transport,
        ):
            response = await get(transport, f"https://{HOST}/@a?lang=en#top")
            assert (response.status_code, response.content, response.headers["x-test"]) == (418, b"hello", "1")
            assert site.requests[0].splitlines()[:2] == ["GET /@a?lang=en HTTP/1.1", f"Host: {HOST}"]

    asyncio.run(main())


def test_a_private_address_stays_refused_though_a_host_is_looked_for_there() -> None:
    async def main() -> None:
        async with (
            serve(always(reply())) as site,
            LeasedTransport(connect_to={HOST: site.origin}) as transport,
        ):
            await get(transport, f"http://{HOST}/")
            for url in (site.origin, f"http://localhost:{site.port}", f"http://2130706433:{site.port}"):
                with pytest.raises(AccountError, match="private address"):
                    await get(transport, url)
            assert site.connections == 1

    asyncio.run(main())


def test_a_name_with_a_private_address_is_refused() -> None:
    async def private(_host: str, _port: int) -> list[str]:
        return ["10.0.0.1"]

    async def main() -> None:
        async with LeasedTransport(resolver=private) as transport:
            with pytest.raises(AccountError, match=r"intranet\.example leads to a private address"):
                await get(transport, "https://intranet.example/")

    asyncio.run(main())


def test_one_connection_serves_requests_one_after_the_other() -> None:
    async def main() -> None:
        async with (
            serve(always(reply(b"x" * 100_000))) as site,
            LeasedTransport(connect_to={HOST: site.origin}) as transport,
        ):
            for _ in range(20):
                await get(transport, f"http://{HOST}/")
            assert (site.connections, len(site.requests)) == (1, 20)

    asyncio.run(main())


def test_idle_connections_beyond_the_bound_are_closed() -> None:
    async def main() -> None:
        names = [f"h{number}.example" for number in range(6)]
        async with serve(always(reply(b"x"))) as site:
            async with LeasedTransport(connect_to=dict.fromkeys(names, site.origin), idle=4) as transport:
                for name in names:
                    await get(transport, f"http://{name}/")
                assert len(transport._pools) == len(transport._free) == 4
                await get(transport, f"http://{names[-1]}/")
                assert site.connections == 6
                await get(transport, f"http://{names[0]}/")
                assert site.connections == 7
            assert not transport._pools

    asyncio.run(main())


def test_as_many_connections_as_requests_under_way() -> None:
    async def main() -> None:
        met = asyncio.Barrier(30)

        async def meet(_head: str, writer: asyncio.StreamWriter) -> None:
            await met.wait()
            writer.write(reply(b"x"))

        async with serve(meet) as site, LeasedTransport(connect_to={HOST: site.origin}) as transport:
            for _ in range(2):
                await asyncio.gather(*(get(transport, f"http://{HOST}/") for _ in range(30)))
            assert site.connections == 30

    asyncio.run(main())


BROKEN = [
    (b"", httpx.RemoteProtocolError),
    (b"SSH-2.0-OpenSSH_9.6\r\n", httpx.RemoteProtocolError),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", httpx.RemoteProtocolError),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", httpx.RemoteProtocolError),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", httpx.RemoteProtocolError),
]


@pytest.mark.parametrize(("raw", "error"), BROKEN)
def test_a_broken_connection_is_an_httpx_error_and_thrown_away(raw: bytes, error: type[Exception]) -> None:
    async def once_broken(_head: str, writer: asyncio.StreamWriter) -> None:
        if seen:
            writer.write(reply(b"well again"))
            return
        seen.append(1)
        writer.write(raw)
        writer.close()

    async def main() -> None:
        async with serve(once_broken) as site, LeasedTransport(connect_to={HOST: site.origin}) as transport:
            with pytest.raises(error):
                await get(transport, f"http://{HOST}/")
            assert not transport._free
            assert (await get(transport, f"http://{HOST}/")).content == b"well again"
            assert site.connections == 2

    seen: list[int] = []
    asyncio.run(main())


def test_a_body_that_is_not_read_to_the_end_takes_its_connection_along() -> None:
    async def main() -> None:
        async with (
            serve(always(reply(b"x" * 1_000_000))) as site,
            LeasedTransport(connect_to={HOST: site.origin}) as transport,
        ):
            response = await transport.handle_async_request(httpx.Request("GET", f"http://{HOST}/"))
            await response.aclose()
            await response.aclose()
            assert not transport._pools

    asyncio.run(main())


def test_a_cancelled_request_leaves_nothing_behind() -> None:
    async def main() -> None:
        asked = asyncio.Event()

        async def silent(_head: str, _writer: asyncio.StreamWriter) -> None:
            asked.set()
            await asyncio.sleep(3600)

        async with serve(silent) as site, LeasedTransport(connect_to={HOST: site.origin}) as transport:
            visit = asyncio.create_task(get(transport, f"http://{HOST}/"))
            await asked.wait()
            visit.cancel()
            with pytest.raises(asyncio.CancelledError):
                await visit
            assert not transport._pools

    asyncio.run(main())


def test_nobody_listening_is_a_connect_error() -> None:
    async def main() -> None:
        async with serve(always(b"")) as site:
            origin = site.origin
        async with LeasedTransport(connect_to={HOST: origin}) as transport:
            with pytest.raises(httpx.ConnectError):
                await get(transport, f"http://{HOST}/")

    asyncio.run(main())


def test_silence_is_a_timeout() -> None:
    async def main() -> None:
        async with serve(always(b"")) as site, LeasedTransport(connect_to={HOST: site.origin}) as transport:
            with pytest.raises(httpx.ReadTimeout):
                await get(transport, f"http://{HOST}/", timeout={"read": 0.01})

    asyncio.run(main())


class Bomb(httpcore.AsyncNetworkBackend):
    """A backend whose errors are nobody's."""

    async def connect_tcp(self, *_: Any) -> httpcore.AsyncNetworkStream:
        raise KeyError("stream 7")


def test_foreign_errors_become_httpx_errors() -> None:
    async def public(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"]

    async def main() -> None:
        async with LeasedTransport(backend=Bomb(), resolver=public) as transport:
            with pytest.raises(httpx.NetworkError):
                await get(transport, "http://x.example/")

    asyncio.run(main())


# --- TLS and HTTP/2


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_the_certificate_must_be_for_the_original_host(authority: trustme.CA) -> None:
    async def main() -> None:
        server = server_context(authority, HOST)
        seen: list[str] = []
        server.sni_callback = lambda _socket, name, _context: seen.append(name)
        async with serve(always(reply(b"safe")), server) as site:
            where = dict.fromkeys((HOST, "evil.example"), site.origin)
            async with LeasedTransport(connect_to=where, ssl_context=client_context(authority)) as transport:
                assert (await get(transport, f"https://{HOST}/")).content == b"safe"
                with pytest.raises(httpx.ConnectError):
                    await get(transport, "https://evil.example/")
        assert seen == [HOST, "evil.example"]

    asyncio.run(main())


def test_certificates_are_those_of_ssl_cert_file(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))

    async def main() -> None:
        async with serve(always(reply(b"safe")), server_context(authority, HOST)) as site:
            async with LeasedTransport(connect_to={HOST: site.origin}) as transport:
                with pytest.raises(httpx.ConnectError):
                    await get(transport, f"https://{HOST}/")
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
            async with LeasedTransport(connect_to={HOST: site.origin}) as transport:
                assert (await get(transport, f"https://{HOST}/")).content == b"safe"

    asyncio.run(main())


@asynccontextmanager
async def serve_http2(context: ssl.SSLContext) -> AsyncIterator[tuple[str, list[dict[bytes, bytes]]]]:
    """Serve HTTP/2 on loopback; gives the origin and the headers of each request."""
    seen: list[dict[bytes, bytes]] = []
    writers: list[asyncio.StreamWriter] = []
    context.set_alpn_protocols(["h2", "http/1.1"])

    def react(connection: h2.connection.H2Connection, events: Iterable[h2.events.Event]) -> None:
        for event in events:
            if isinstance(event, h2.events.RequestReceived):
                assert event.stream_id is not None
                seen.append(dict(event.headers or []))
                connection.send_headers(event.stream_id, [(":status", "200")])
                connection.send_data(event.stream_id, b"two", end_stream=True)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        while data := await reader.read(65_536):
            react(connection, connection.receive_data(data))
            writer.write(connection.data_to_send())
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
    for writer in writers:
        await abort(writer)


def test_http2_where_it_is_asked_for(authority: trustme.CA) -> None:
    async def main() -> None:
        async with (
            serve_http2(server_context(authority, HOST)) as (origin, seen),
            LeasedTransport(connect_to={HOST: origin}, ssl_context=client_context(authority)) as transport,
        ):
            for _ in range(3):
                response = await get(transport, f"https://{HOST}/@a", http2=True)
                assert (response.http_version, response.content) == ("HTTP/2", b"two")
            assert [headers[b":authority"] for headers in seen] == [HOST.encode()] * 3
            assert len(transport._pools) == 1

    asyncio.run(main())


def test_http2_and_http1_share_the_context_and_not_the_connection(authority: trustme.CA) -> None:
    async def main() -> None:
        server = server_context(authority, HOST)
        server.set_alpn_protocols(["http/1.1"])
        async with (
            serve(always(reply(b"one")), server) as site,
            LeasedTransport(connect_to={HOST: site.origin}, ssl_context=client_context(authority)) as transport,
        ):
            for http2 in (True, False):
                assert (await get(transport, f"https://{HOST}/", http2=http2)).http_version == "HTTP/1.1"
            assert site.connections == 2

    asyncio.run(main())


# --- Proxies


def test_an_http_page_through_a_proxy() -> None:
    async def main() -> None:
        async with serve(always(reply(b"by proxy"))) as proxy:
            address = proxy.origin.replace("http://", "http://me:s%40fe@")
            async with LeasedTransport(proxy=address, resolver=only_numbers) as transport:
                assert (await get(transport, f"http://{HOST}/@a?x=1")).content == b"by proxy"
                assert (await get(transport, f"http://{HOST}/@b")).content == b"by proxy"
        first, second = proxy.requests
        assert first.startswith(f"GET http://{HOST}/@a?x=1 HTTP/1.1\r\n")
        assert second.startswith(f"GET http://{HOST}/@b HTTP/1.1\r\n")
        assert "Proxy-Authorization: Basic bWU6c0BmZQ==" in first
        assert f"Host: {HOST}" in first
        assert proxy.connections == 1

    asyncio.run(main())


async def only_numbers(host: str, _port: int) -> list[str]:
    assert host == "127.0.0.1", "a proxy resolves the names"
    return [host]


def test_an_https_page_through_a_tunnel(authority: trustme.CA) -> None:
    async def main() -> None:
        async with serve(always(reply(b"through")), server_context(authority, HOST)) as site:

            async def tunnel(_head: str, writer: asyncio.StreamWriter) -> None:
                writer.write(b"HTTP/1.1 502 Not today\r\nContent-Length: 0\r\n\r\n")

            async with (
                serve(tunnel) as proxy,
                LeasedTransport(proxy=proxy.origin, ssl_context=client_context(authority)) as transport,
            ):
                with pytest.raises(httpx.ProxyError, match="502 Not today"):
                    await get(transport, f"https://{HOST}/")
                assert proxy.requests[0].startswith(f"CONNECT {HOST}:443 HTTP/1.1\r\n")
            async with (
                forwarding(site.port) as (port, asked),
                LeasedTransport(proxy=f"http://127.0.0.1:{port}", ssl_context=client_context(authority)) as transport,
            ):
                assert (await get(transport, f"https://{HOST}/")).content == b"through"
                assert asked[0].startswith(b"CONNECT")

    asyncio.run(main())


def test_an_https_page_through_socks5(authority: trustme.CA) -> None:
    async def main() -> None:
        async with (
            serve(always(reply(b"socks")), server_context(authority, HOST)) as site,
            forwarding(site.port) as (port, asked),
            LeasedTransport(proxy=f"socks5://127.0.0.1:{port}", ssl_context=client_context(authority)) as transport,
        ):
            assert (await get(transport, f"https://{HOST}/")).content == b"socks"
            assert HOST.encode() in asked[1]

    asyncio.run(main())


@asynccontextmanager
async def forwarding(port: int) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A proxy for one connection, HTTP CONNECT or SOCKS5, that leads to a port on loopback wherever it is asked to."""
    asked: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(1000))
        if asked[0].startswith(b"CONNECT"):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            writer.write(b"\x05\x00")
            asked.append(await reader.read(1000))
            writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
        there = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, there[1]))
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked
    for writer in writers:
        await abort(writer)


def test_behind_a_proxy_too_private_addresses_are_not_asked_for() -> None:
    async def main() -> None:
        async with serve(always(reply())) as proxy, LeasedTransport(proxy=proxy.origin) as transport:
            for host in ("169.254.169.254", "localhost", "2130706433", "[::1]"):
                with pytest.raises(AccountError):
                    await get(transport, f"http://{host}/")
        assert proxy.connections == 0

    asyncio.run(main())


def test_a_host_looked_for_elsewhere_is_never_asked_of_a_proxy() -> None:
    async def main() -> None:
        async with (
            serve(always(reply(b"here"))) as site,
            serve(always(reply(b"proxy"))) as proxy,
            LeasedTransport(proxy=proxy.origin, connect_to={HOST: site.origin}) as transport,
        ):
            assert (await get(transport, f"http://{HOST}/")).content == b"here"
            assert (await get(transport, "http://other.example/")).content == b"proxy"

    asyncio.run(main())


def test_the_proxy_of_the_environment_and_its_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with serve(always(reply(b"env"))) as proxy, serve(always(reply(b"set"))) as other:
            monkeypatch.setenv("http_proxy", proxy.origin.removeprefix("http://"))
            monkeypatch.setenv("no_proxy", "tiktok.com")
            async with LeasedTransport(resolver=never) as transport:
                assert (await get(transport, "http://x.example/")).content == b"env"
                with pytest.raises(httpx.ConnectError):
                    await get(transport, f"http://{HOST}/")
            async with LeasedTransport(proxy=other.origin) as transport:
                assert (await get(transport, f"http://{HOST}/")).content == b"set"
            async with LeasedTransport(proxy="", resolver=never) as transport:
                with pytest.raises(httpx.ConnectError):
                    await get(transport, "http://x.example/")

    async def never(host: str, _port: int) -> list[str]:
        if host == "127.0.0.1":
            return [host]
        raise OSError

    asyncio.run(main())


@pytest.mark.parametrize("proxy", ["socks4://p:1", "ftp://p", "http://", "http://me:secret@p:port", "::"])
def test_a_proxy_that_is_none(proxy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        LeasedTransport(proxy=proxy)
    assert "secret" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        (" www.tiktok.com = http://127.0.0.1:8000 ,", {HOST: "http://127.0.0.1:8000"}),
        ("WWW.TikTok.com.=https://[::1]:8443/", {HOST: "https://[::1]:8443"}),
        ("a.example=http://h,b.example=http://h", {"a.example": "http://h", "b.example": "http://h"}),
        ("пример.рф=http://h", {"xn--e1afmkfd.xn--p1ai": "http://h"}),
    ],
)
def test_connect_to_is_read(text: str, pairs: dict[str, str]) -> None:
    assert parse_connect_to(text) == pairs
    LeasedTransport(connect_to=pairs)


@pytest.mark.parametrize(
    "text",
    [
        *(HOST, f"{HOST}=", "=http://h", f"{HOST}=h:8000", f"{HOST}=ftp://h", f"{HOST}=http://h/path"),
        *(
            f"{HOST}=http://u:p@h",
            f"{HOST}=http://h?q",
            f"{HOST}=http://h#f",
            f"{HOST}=http://h:65536",
            f"{HOST}=http://h:0",
        ),
        *(f"https://{HOST}=http://h", f"{HOST}:443=http://h", f"{HOST}/x=http://h", "a b=http://h"),
        *(f"{HOST}=http://h,{HOST}.=http://h",),
    ],
)
def test_connect_to_that_is_nonsense(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_connect_to(text)


def test_connect_to_is_checked_when_given_directly_too() -> None:
    with pytest.raises(ConfigError):
        LeasedTransport(connect_to={HOST: "nowhere"})
