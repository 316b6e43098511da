"""A Google Sheets that keeps state, over real HTTP on loopback, for the real gspread and google-auth.

    with google_double.serve() as google:
        sheet = google.new_spreadsheet(tabs={"Accounts": [["account"], ["@anna"]]}, locale="nl_BE")
        ...                                   # the program, with SHEETS_EMULATOR_HOST=google.host
        google.people(sheet).values("Accounts")

What it says and does follows recordings of the real API, the reference, and live probes written down by others; the
docstrings say which. What nobody has proved is a switch in `Unproved`, to be tried both ways. What it does not model it
says loudly: the call gets a 501 and `serve` raises at its end.
"""

from tests.google_double import faults, oauth
from tests.google_double.book import Unproved
from tests.google_double.errors import NotModelled
from tests.google_double.faults import Fault
from tests.google_double.people import People
from tests.google_double.server import serve
from tests.google_double.service import Call, Google

__all__ = ["Call", "Fault", "Google", "NotModelled", "People", "Unproved", "faults", "oauth", "serve"]
