import gzip
import random
import zlib
from collections.abc import Iterator

import httpx
import pytest

from sheetsync import body as bodies
from sheetsync.body import Body
from sheetsync.errors import AccountError

TEXT = bytes(random.Random(1).choices(range(20), k=200_000))  # noqa: S311 - not a secret


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


ENCODED = [
    ("", TEXT),
    ("identity", TEXT),
    ("gzip", gzip.compress(TEXT)),
    ("X-GZip ", gzip.compress(TEXT)),
    ("gzip", gzip.compress(TEXT[:7]) + gzip.compress(b"") + gzip.compress(TEXT[7:])),
    ("gzip", gzip.compress(TEXT) + b"\0" * 50),
    ("deflate", zlib.compress(TEXT)),
    ("deflate", raw_deflate(TEXT)),
    ("deflate", zlib.compress(TEXT) + b"rest"),
]


@pytest.fixture(params=["isal", "zlib"])
def inflater(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "zlib":
        monkeypatch.setattr(bodies, "_new_inflater", zlib.decompressobj)
        monkeypatch.setattr(bodies, "_INFLATE_ERRORS", (zlib.error,))
    else:
        pytest.importorskip("isal")


def bomb() -> Iterator[bytes]:
    """A gzip stream of 1 GB of zeros, in small pieces."""
    squeeze = zlib.compressobj(9, wbits=31)
    for _ in range(1000):
        yield squeeze.compress(bytes(1_000_000)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    yield squeeze.flush()


def swallow(body: Body, eaten: list[int]) -> None:
    for piece in bomb():
        eaten.append(len(piece))
        body.add(piece)


def read(encoding: str, raw: bytes, step: int = 65_536, most: int = 10_000_000) -> bytes:
    body = Body(encoding, most)
    for start in range(0, len(raw), step):
        body.add(raw[start : start + step])
    return body.finish()


@pytest.mark.usefixtures("inflater")
@pytest.mark.parametrize("step", [1, 2, 1000, 1_000_000])
@pytest.mark.parametrize(("encoding", "raw"), ENCODED)
def test_bodies_are_decompressed_however_they_are_cut(encoding: str, raw: bytes, step: int) -> None:
    assert read(encoding, raw, step, most=len(raw) + len(TEXT)) == TEXT


@pytest.mark.usefixtures("inflater")
@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
def test_no_body_is_no_body(encoding: str) -> None:
    assert read(encoding, b"") == b""


@pytest.mark.usefixtures("inflater")
@pytest.mark.parametrize(("encoding", "raw"), ENCODED)
def test_a_body_may_be_exactly_as_large_as_allowed(encoding: str, raw: bytes) -> None:
    assert read(encoding, raw, most=max(len(TEXT), len(raw))) == TEXT
    with pytest.raises(AccountError, match="larger than"):
        read(encoding, raw, most=len(TEXT) - 1)


@pytest.mark.usefixtures("inflater")
@pytest.mark.parametrize("raw", [gzip.compress(TEXT)[:-1], gzip.compress(TEXT)[:5000], b"\x1f", b"\x1f\x8b"])
def test_a_body_that_is_cut_short_is_no_answer(raw: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="cut short"):
        read("gzip", raw)


@pytest.mark.usefixtures("inflater")
@pytest.mark.parametrize("raw", [b"<html>", gzip.compress(TEXT)[:-8] + b"\0" * 8])
def test_a_damaged_body_is_no_answer(raw: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match=r"damaged|cut short"):
        read("gzip", raw)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "aes128gcm"])
def test_other_encodings_are_refused_with_a_sentence(encoding: str) -> None:
    with pytest.raises(AccountError, match=f"the page came as '{encoding}', which nobody asked for"):
        Body(encoding, 10)


@pytest.mark.usefixtures("inflater")
def test_a_bomb_stops_early() -> None:
    body = Body("gzip", 10_000_000)
    eaten: list[int] = []
    with pytest.raises(AccountError, match="larger than 10 MB"):
        swallow(body, eaten)
    assert sum(eaten) < 20_000
    assert sum(map(len, body._pieces)) <= 10_000_000


@pytest.mark.usefixtures("inflater")
def test_a_body_of_empty_members_stops_early() -> None:
    with pytest.raises(AccountError):
        read("gzip", gzip.compress(b"") * 101)
