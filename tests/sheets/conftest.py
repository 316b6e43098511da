"""Spreadsheets for tests of what reads and writes them."""

from pathlib import Path

import pytest

from tests.google_double import Google
from tests.sheets.google_desk import Spreadsheet, typed


@pytest.fixture
def four(google: Google, tmp_path: Path) -> Spreadsheet:
    """A spreadsheet in which four handles are typed."""
    return Spreadsheet(google, tmp_path, typed(4))
