"""The site: TikTok-shaped pages over TLS on loopback, each after a latency, compressed before anybody asks.

``server.py ACCOUNTS AUTHORITY LATENCY...`` writes the certificate authority to the file AUTHORITY, prints an origin by
latency as JSON, serves until its standard input ends, and prints what that took of the processor.
"""

import asyncio
import gzip
import json
import ssl
import sys
import time
from functools import partial
from pathlib import Path

import trustme
from pages import handle, page

_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Site:
    """Every answer, ready to be sent.

    Attributes:
        served: How many pages were asked for.
    """

    def __init__(self, accounts: int) -> None:
        self.served = 0
        self._answers = {f"/@{handle(number)}".encode(): _answer(page(number)) for number in range(accounts)}

    def answer(self, path: bytes) -> bytes:
        """Head and body for a path."""
        self.served += 1
        return self._answers.get(path, _MISSING)


def _answer(body: bytes) -> bytes:
    packed = gzip.compress(body, 6)
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    )
    return head.encode() + packed


class Connection(asyncio.Protocol):
    """Answers one GET after the other on a connection that stays open."""

    def __init__(self, site: Site, seconds: float) -> None:
        self._site = site
        self._seconds = seconds
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer when a request is whole."""
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for request in requests:
            answer = self._site.answer(request.split(b" ", 2)[1])
            asyncio.get_running_loop().call_later(self._seconds, self._send, answer)

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _identity(authority: Path) -> ssl.SSLContext:
    """A certificate for the host that is visited, and for loopback; HTTP/1.1 for everybody."""
    maker = trustme.CA()
    maker.cert_pem.write_to_path(authority)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    maker.issue_cert("www.tiktok.com", "localhost", "127.0.0.1").configure_cert(context)
    return context


async def serve(accounts: int, authority: Path, latencies: list[int]) -> None:
    """Serve until standard input ends.

    Args:
        accounts: How many people there are.
        authority: The file to write the certificate authority to.
        latencies: In milliseconds; one port for each.
    """
    site, context, loop = Site(accounts), _identity(authority), asyncio.get_running_loop()
    origins = {}
    for latency in latencies:
        make = partial(Connection, site, latency / 1000)
        server = await loop.create_server(make, "127.0.0.1", 0, ssl=context, backlog=256)
        origins[latency] = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(json.dumps(origins), flush=True)
    began = time.process_time()
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({"served": site.served, "seconds": time.process_time() - began}), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), [int(text) for text in sys.argv[3:]]))
