"""The double on a loopback socket: HTTP/1.1 with connections kept open, every reply in one piece."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from typing import Any

from tests.google_double.faults import Answer
from tests.google_double.routes import Request
from tests.google_double.service import Google


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = False
    google: Google

    def __init__(self, google: Google) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.google = google
        self.open: set[socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - callers that hang up are no news
        return

    def hang_up(self) -> None:
        """Close every connection, so that the threads that read from them come to an end."""
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        google = self.server.google
        if self.path == "/token":
            self._send(google.token(body))
            return
        answer = google.answer(Request(self.command, self.path, body, self.headers.get("Authorization")))
        if answer is None:
            self._close()
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the names that the base class looks for

    def _close(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(SHUT_RDWR)

    def _send(self, answer: Answer) -> None:
        head = (
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
            f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n"
            f"Date: {self.date_time_string()}\r\nServer: ESF\r\nVary: X-Origin\r\n\r\n"
        ).encode("ascii")
        self.wfile.write(head + answer.body[: answer.cut])
        if answer.cut is not None:
            self._close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ARG002 - as in the base class
        return


@contextmanager
def serve(google: Google | None = None) -> Iterator[Google]:
    """A Google on loopback for the length of a ``with``; what the double could not do is raised at its end."""
    google = google or Google()
    server = _Server(google)
    google.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="google-double")
    thread.start()
    try:
        yield google
    finally:
        google.closing.set()
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()
    if google.crashes:
        raise google.crashes[0]
