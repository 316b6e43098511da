"""A Google on loopback for every test that asks for one, and nobody waits between two attempts there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from google.auth.credentials import CredentialsWithRegionalAccessBoundary

from tests.google_double import Google, serve


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep google-auth from asking the real Google, in the background, in which regions a robot may work."""
    name = "_maybe_start_regional_access_boundary_refresh"
    monkeypatch.setattr(CredentialsWithRegionalAccessBoundary, name, lambda *_: None)


@pytest.fixture
def google() -> Iterator[Google]:
    with stamina.set_testing(True, attempts=3, cap=True), serve() as google:
        yield google


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No waiting, and nobody's settings but ours."""
    monkeypatch.chdir(tmp_path)
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture
def locked_google() -> Iterator[Google]:
    """A Google that wants a token."""
    with serve() as google:
        google.tokens.required = True
        yield google
