"""Measures sheetsync beside what people would use instead, and prints Markdown.

Everything is compared within one run: in each round every client does the same job on the same pages, one after the
other, and a ratio is the median over the rounds of the ratios inside them. A client's cost is the processor time (user
and system) and the peak memory of its process; wrong or missing numbers end the benchmark.
"""

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from statistics import median

from pages import handle, page, truth

HERE = Path(__file__).resolve().parent
CLIENTS = HERE.parent / ".cache" / "bench" / "bin"
LATENCIES = (0, 100)
COUNTS = ("followers", "following", "likes", "posts")
PACKAGES = ("sheetsync-profiles", "httpx", "lxml", "isal", "requests", "beautifulsoup4", "Scrapy")


@dataclass(frozen=True)
class Client:
    """One way to do the job.

    Attributes:
        name: In the table.
        at_once: Pages in flight.
        command: What to run in the sheet's folder; ``ORIGIN`` in it stands for the site.
        rival: At which number at once Scrapy is what it is compared with.
    """

    name: str
    at_once: int
    command: tuple[str, ...]
    rival: int


def _sheetsync(at_once: int) -> Client:
    command = (str(CLIENTS / "sheetsync"), "run", "--sheet", ".", "--config", f"{at_once}.toml")
    return Client("sheetsync", at_once, command, at_once)


def _scrapy(at_once: int) -> Client:
    command = (str(CLIENTS / "python"), str(HERE / "scrapy_spider.py"), "ORIGIN", str(at_once))
    return Client("Scrapy", at_once, command, at_once)


def _simple() -> Client:
    command = (str(CLIENTS / "python"), str(HERE / "simple_script.py"), "ORIGIN")
    return Client("requests and BeautifulSoup", 1, command, 16)


ALL_CLIENTS = (_sheetsync(16), _sheetsync(64), _scrapy(16), _scrapy(64), _simple())


@dataclass(frozen=True)
class Cost:
    """What one job took: seconds on the clock, seconds of processor time, MiB at the peak."""

    wall: float
    cpu: float
    peak: float


@dataclass
class Site:
    """The running server.

    Attributes:
        origins: By latency in milliseconds.
        authority: The file with the certificate authority to trust.
        most: How many pages a second it could have served at most; known when it has stopped.
    """

    origins: dict[int, str]
    authority: Path
    most: float = field(default=0)


@contextmanager
def site(accounts: int, folder: Path) -> Iterator[Site]:
    """Let the site be there, in a process of its own, while the context lasts."""
    authority = folder / "authority.pem"
    command = [sys.executable, str(HERE / "server.py"), str(accounts), str(authority), *map(str, LATENCIES)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        origins = json.loads(process.stdout.readline())
        running = Site({int(latency): origin for latency, origin in origins.items()}, authority)
        try:
            yield running
        finally:
            spent = json.loads(process.communicate()[0])
            running.most = spent["served"] / spent["seconds"]


def do_job(client: Client, latency: int, running: Site, accounts: int) -> Cost:
    """Let a client do the whole job in a new folder, and check what it wrote.

    Raises:
        SystemExit: It failed, or a number is wrong or missing.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = "".join(f"{handle(number)}\n" for number in range(accounts))
        (folder / "Accounts.csv").write_text(f"account\n{names}", encoding="utf-8")
        (folder / f"{client.at_once}.toml").write_text(f"[fetch]\nconcurrency = {client.at_once}\n", encoding="utf-8")
        origin = running.origins[latency]
        command = [origin if word == "ORIGIN" else word for word in client.command]
        cost = measure(command, folder, _environment(origin, running.authority))
        check(folder / "History.csv", accounts, client.name)
        return cost


def _environment(origin: str, authority: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | {
        "SHEETSYNC_CONNECT_TO": f"www.tiktok.com={origin}",
        "SHEETSYNC_PACE": "0",
        "SSL_CERT_FILE": str(authority),
        "REQUESTS_CA_BUNDLE": str(authority),
    }


def measure(command: list[str], folder: Path, environment: dict[str, str]) -> Cost:
    """Run a command and see what it took.

    Raises:
        SystemExit: It failed.
    """
    with (folder / "said.txt").open("w+b") as said:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{said.read().decode(errors='replace')[-2000:]}")
    mebibyte = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / mebibyte)


def check(history: Path, accounts: int, who: str) -> None:
    """See that every account has one row, with the numbers of its page.

    Raises:
        SystemExit: It has not.
    """
    with history.open(encoding="utf-8-sig", newline="") as file:
        found = sorted((row["account"], *(row[name] for name in COUNTS)) for row in csv.DictReader(file))
    shown = [(number, truth(number)) for number in range(accounts)]
    wanted = sorted((handle(number), *(str(known[name]) for name in COUNTS)) for number, known in shown)
    if found != wanted:
        raise SystemExit(
            f"{who} got {len(set(wanted) - set(found))} of {accounts} accounts wrong, in {len(found)} rows"
        )


def reading_table(pages: int, rounds: int) -> list[str]:
    """Part 1: reading alone."""
    command = [str(CLIENTS / "python"), str(HERE / "reading.py"), str(pages), str(rounds)]
    seconds = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    ours = seconds["sheetsync"]
    lines = [
        f"### Reading alone: {pages} pages of {len(page(0)) // 1024} KB, 11 values each, {rounds} rounds",
        "",
        "| reader | pages per second of processor time | ms per page | sheetsync is so many times faster |",
        "|---|---:|---:|---:|",
    ]
    for name, theirs in seconds.items():
        ratio = median(their / our for our, their in zip(ours, theirs, strict=True))
        lines.append(f"| {name} | {1 / median(theirs):,.0f} | {1000 * median(theirs):.2f} | {ratio:.2f} |")
    return lines


Costs = dict[tuple[Client, int], list[Cost]]
_TRIP_COLUMNS = (
    *("client", "at once", "latency, ms", "pages/s", "wall, s", "CPU, ms per account", "peak, MiB"),
    *("CPU, of Scrapy's", "wall, of Scrapy's", "peak, of Scrapy's"),
)


def trip_table(accounts: int, rounds: int, wanted: str) -> list[str]:
    """Part 2: the whole trip, from handles in a sheet to rows in a sheet."""
    clients = [client for client in ALL_CLIENTS if wanted in client.name]
    costs: Costs = {(client, latency): [] for latency in LATENCIES for client in clients}
    with tempfile.TemporaryDirectory() as name, site(accounts, Path(name)) as running:
        for number in range(1, rounds + 1):
            for (client, latency), spent in costs.items():
                tell(f"round {number} of {rounds}: {client.name}, {client.at_once} at once, {latency} ms")
                spent.append(do_job(client, latency, running, accounts))
    tell("")
    return [
        f"### The whole trip: {accounts} accounts, {rounds} rounds",
        "",
        f"| {' | '.join(_TRIP_COLUMNS)} |",
        "|---" + "|---:" * (len(_TRIP_COLUMNS) - 1) + "|",
        *(_trip_line(client, latency, costs, accounts) for client, latency in costs),
        "",
        "Of Scrapy's: at the same latency and the same number at once; the script that asks one by one: with 16.",
        f"One core of the server could have sent {running.most:,.0f} pages a second.",
    ]


def _trip_line(client: Client, latency: int, costs: Costs, accounts: int) -> str:
    spent, theirs = costs[client, latency], costs.get((_scrapy(client.rival), latency), [])
    wall, cpu, peak = (median(getattr(cost, name) for cost in spent) for name in ("wall", "cpu", "peak"))
    measured = [f"{accounts / wall:.0f}", f"{wall:.2f}", f"{1000 * cpu / accounts:.1f}", f"{peak:.0f}"]
    ratios = [_ratio(spent, theirs, name) for name in ("cpu", "wall", "peak")]
    return f"| {' | '.join([client.name, str(client.at_once), str(latency), *measured, *ratios])} |"


def _ratio(ours: list[Cost], theirs: list[Cost], name: str) -> str:
    if not theirs:
        return ""
    return f"{median(getattr(our, name) / getattr(their, name) for our, their in zip(ours, theirs, strict=True)):.2f}"


def machine() -> str:
    """Where and with what this was measured."""
    listing = "import importlib.metadata as m, sys; print(*(f'{p} {m.version(p)}' for p in sys.argv[1:]), sep=', ')"
    command = [str(CLIENTS / "python"), "-c", listing, *PACKAGES]
    versions = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    known = f"{os.cpu_count()} cores{_model()}, {platform.system()}, Python {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d}: {known}; {versions}."


def _model() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    return next((f" ({line.partition(':')[2].strip()})" for line in lines if line.startswith("model name")), "")


def tell(text: str) -> None:
    """Show how far it is, on one line of a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def main() -> None:
    """Measure and print; write only when asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=200, help="accounts in a trip (default: 200)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of trips (default: 3)")
    parser.add_argument("--only", default="", metavar="NAME", help="clients with this in their name")
    parser.add_argument("--write", action="store_true", help="write bench/results.md as well")
    asked = parser.parse_args()
    reading = reading_table(pages=30, rounds=7)
    print("\n".join(reading), flush=True)
    trip = trip_table(asked.accounts, asked.rounds, asked.only)
    print("", *trip, "", machine(), sep="\n")
    if asked.write:
        text = "\n".join(chain(["# Benchmark", ""], reading, [""], trip, ["", machine(), ""]))
        (HERE / "results.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
