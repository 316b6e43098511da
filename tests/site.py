"""Servers on loopback, and an event loop whose time costs nothing."""

import asyncio
import selectors
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Site:
    """What a server was asked; `requests` holds the heads, `connections` counts."""

    origin: str = ""
    connections: int = 0
    requests: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [head.split(" ")[1] for head in self.requests]

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])


Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


def reply(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


def always(raw: bytes) -> Answer:
    async def answer(_head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return answer


async def abort(writer: asyncio.StreamWriter) -> None:
    """Close a connection without waiting for what the other side thinks of it."""
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def serve(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    """Serve HTTP/1.1 on loopback; `answer` is given the head of each request and writes raw bytes."""
    site = Site()
    writers = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        site.connections += 1
        writers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                site.requests.append(head)
                await answer(head, writer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    scheme = "https" if context else "http"
    site.origin = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield site
    finally:
        server.close()
        for writer in writers:
            await abort(writer)


class _NoWaiting(selectors.DefaultSelector):
    """Instead of waiting for the next timer, moves the loop's time to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            self.now += timeout
            timeout = 0
        return super().select(timeout)


class _TimelessLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._no_waiting = _NoWaiting()
        super().__init__(self._no_waiting)

    def time(self) -> float:
        return self._no_waiting.now


def run_timeless(main: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, but every wait ends at once and the loop's time goes on as if it had been waited."""
    with asyncio.Runner(loop_factory=_TimelessLoop) as runner:
        return runner.run(main)
