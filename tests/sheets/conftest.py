"""A Google on loopback for every test that asks for one, and nobody waits between two attempts there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from google.auth.credentials import CredentialsWithRegionalAccessBoundary

from tests.google_double import Google, serve
from tests.sheets.google_desk import Spreadsheet, typed


@pytest.fixture
def google() -> Iterator[Google]:
    with stamina.set_testing(True, attempts=3, cap=True), serve() as google:
        yield google


@pytest.fixture
def four(google: Google, tmp_path: Path) -> Spreadsheet:
    """A spreadsheet in which four handles are typed."""
    return Spreadsheet(google, tmp_path, typed(4))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep google-auth from asking the real Google, in the background, in which regions a robot may work."""
    name = "_maybe_start_regional_access_boundary_refresh"
    monkeypatch.setattr(CredentialsWithRegionalAccessBoundary, name, lambda *_: None)
