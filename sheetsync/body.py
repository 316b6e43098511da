"""How much of a page may come in: a body is bounded while it is decompressed, so that a bomb stops early."""

import zlib
from collections.abc import Callable
from typing import Any, cast

import httpx

from sheetsync.errors import AccountError
from sheetsync.model import Status

try:
    from isal import isal_zlib
except ImportError:  # the extra `speed` is not installed
    _new_inflater: Callable[[int], Any] = zlib.decompressobj
    _INFLATE_ERRORS: tuple[type[Exception], ...] = (zlib.error,)
else:
    _new_inflater = isal_zlib.decompressobj
    _INFLATE_ERRORS = (zlib.error, cast("type[Exception]", isal_zlib.error))  # its stub says "an exception"

_GZIP_MEMBERS = 100  # in one body; each costs time even when it holds nothing
_GZIP_MAGIC = b"\x1f\x8b"


class Body:
    """A body as it comes in: decompressed piece by piece, and bounded however well it was compressed.

    Args:
        encoding: The Content-Encoding: gzip, deflate (with or without its zlib header), identity or empty.
        most: The bytes it may have, both as sent and decompressed.

    Raises:
        AccountError: When the encoding is another one.
    """

    def __init__(self, encoding: str, most: int) -> None:
        self._encoding = encoding.strip().lower().removeprefix("x-")
        self._most = most
        self._received = 0
        self._size = 0
        self._pieces: list[bytes] = []
        self._held = b""
        self._inflater: Any = None
        self._members = 0
        self._ended = False
        if self._encoding not in ("", "identity", "gzip", "deflate"):
            raise AccountError(Status.UNREACHABLE, f"the page came as {encoding[:50]!r}, which nobody asked for")

    def add(self, piece: bytes) -> None:
        """Take the next bytes from the wire.

        Raises:
            AccountError: When there are more than allowed, sent or decompressed.
            httpx.RemoteProtocolError: When they cannot be decompressed.
        """
        self._received += len(piece)
        if self._received > self._most:
            raise self._too_large()
        if self._encoding in ("", "identity"):
            self._pieces.append(piece)
        elif not self._ended:
            self._inflate(self._held + piece)

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            httpx.RemoteProtocolError: When the compressed data stop before their end.
        """
        unfinished = self._held if self._inflater is None else not self._inflater.eof
        if unfinished:
            raise httpx.RemoteProtocolError("the compressed page was cut short")
        return b"".join(self._pieces)

    def _inflate(self, data: bytes) -> None:
        self._held = b""
        while data:
            if self._inflater is None or self._inflater.eof:
                if len(data) < len(_GZIP_MAGIC):
                    self._held = data
                    return
                self._ended = not self._open(data)
            data = b"" if self._ended else self._inflate_some(data)

    def _open(self, data: bytes) -> bool:
        """Begin with the first or a further gzip member; what follows the last is padding, as gzip itself sees it."""
        if self._inflater is not None and (self._encoding == "deflate" or not data.startswith(_GZIP_MAGIC)):
            return False
        self._members += 1
        if self._members > _GZIP_MEMBERS:
            raise self._too_large()
        self._inflater = _new_inflater(31 if self._encoding == "gzip" else _deflate_bits(data))
        return True

    def _inflate_some(self, data: bytes) -> bytes:
        """Decompress up to the bound; return what lies after the end of a member."""
        try:
            piece = self._inflater.decompress(data, self._most - self._size + 1)
        except _INFLATE_ERRORS as error:
            raise httpx.RemoteProtocolError(f"the compressed page is damaged: {error}") from error
        self._size += len(piece)
        if self._size > self._most:
            raise self._too_large()
        self._pieces.append(piece)
        return bytes(self._inflater.unused_data) if self._inflater.eof else b""

    def _too_large(self) -> AccountError:
        return AccountError(Status.UNREACHABLE, f"the page is larger than {self._most / 1e6:g} MB")


def _deflate_bits(data: bytes) -> int:
    """Tell zlib's header (RFC 1950) from the bare deflate (RFC 1951) that some servers send instead."""
    has_header = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
