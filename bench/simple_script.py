"""The script that people write: one page after the other, a line in a CSV file for each.

``simple_script.py ORIGIN``, in a folder with Accounts.csv.
"""

import csv
import sys
from pathlib import Path

import requests
from bs4 import BeautifulSoup
from values import SCRIPT, values


def main(origin: str) -> None:
    """Read every account of Accounts.csv into History.csv."""
    session = requests.Session()
    with Path("Accounts.csv").open(encoding="utf-8", newline="") as accounts:
        for account in csv.DictReader(accounts):
            answer = session.get(f"{origin}/@{account['account']}", timeout=30)
            answer.raise_for_status()
            append(values(BeautifulSoup(answer.content, "lxml").find("script", id=SCRIPT).string))


def append(row: dict[str, object]) -> None:
    """Add a line to History.csv, and the header when the file is new."""
    history = Path("History.csv")
    is_new = not history.exists()
    with history.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main(sys.argv[1])
