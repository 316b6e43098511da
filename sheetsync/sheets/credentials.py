"""With whose right a spreadsheet is read and written: a robot's key, a workload's identity, or a person's login.

The key is kept in memory; it is never written to disk and never part of a message.
"""

import base64
import binascii
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import google.auth
import msgspec
from google.auth import external_account
from google.auth.credentials import Credentials, with_scopes_if_required
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account

from sheetsync.errors import CredentialsError
from sheetsync.sheets.answers import SCOPE

VARIABLE = "SHEETSYNC_CREDENTIALS"
"""The environment variable with a key: its JSON, the same in base64, or the path of its file."""
GOOGLE_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
EMULATOR_VARIABLE = "SHEETS_EMULATOR_HOST"
"""``host:port`` of something that stands in for Google; then no credentials are needed."""

_WHOLE = "Paste the whole JSON file that Google gave you, from the first brace to the last."
_NEEDED = ("client_email", "private_key", "token_uri")


class Key(NamedTuple):
    """What opens spreadsheets.

    Attributes:
        credentials: For the session.
        email: The address that a spreadsheet must be shared with; empty when it is not known.
    """

    credentials: Credentials
    email: str = ""

    def __repr__(self) -> str:
        """Nothing that opens anything."""
        return f"Key({self.email})"


def find_key(environment: Mapping[str, str]) -> Key:
    """Find the credentials, with the right to use spreadsheets and nothing wider.

    Args:
        environment: ``SHEETSYNC_CREDENTIALS`` wins over what Google calls Application Default Credentials:
            ``GOOGLE_APPLICATION_CREDENTIALS`` (a key, or Workload Identity Federation), the login of ``gcloud``, or
            the account of the machine. See https://cloud.google.com/docs/authentication/application-default-credentials

    Raises:
        CredentialsError: There are none, or they are not what they should be.
    """
    if secret := environment.get(VARIABLE, "").strip():
        return _from_secret(secret)
    path = environment.get(GOOGLE_VARIABLE, "")
    if environment.get(EMULATOR_VARIABLE) and not path:
        return Key(user_credentials.Credentials(token="emulator"))  # type: ignore[no-untyped-call]  # noqa: S106
    return _default(path)


def _from_secret(secret: str) -> Key:
    info = _decoded(secret)
    kind = info.get("type")
    if kind == "authorized_user":
        return _from_login(info)
    if kind != "service_account":
        raise CredentialsError(*_not_a_key(info))
    missing = [name for name in _NEEDED if not isinstance(info.get(name), str) or not info[name]]
    if missing:
        raise CredentialsError(f"The key in {VARIABLE} lacks {', '.join(missing)}.", _WHOLE)
    return _from_robot(info)


def _decoded(secret: str) -> dict[str, Any]:
    text = secret if secret.startswith("{") else _unpacked(secret)
    try:
        info = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        info = None
    if not isinstance(info, dict):
        raise CredentialsError(f"{VARIABLE} holds no JSON, no base64 of one and no path of a file.", _WHOLE)
    return info


def _unpacked(secret: str) -> str:
    try:
        text = base64.b64decode("".join(secret.split()), validate=True).decode().strip()
    except (binascii.Error, ValueError):
        text = ""
    if text.startswith("{"):
        return text
    try:
        return Path(secret).expanduser().read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError, RuntimeError):
        return ""


def _not_a_key(info: Mapping[str, Any]) -> tuple[str, str]:
    if {"installed", "web"} & info.keys():
        return (
            f"{VARIABLE} holds an OAuth client, which is a program's identity and opens no spreadsheet.",
            "Make a service account and a key for it: IAM > Service accounts > Keys > Add key > JSON.",
        )
    if info.get("type") in ("external_account", "impersonated_service_account"):
        return (
            f"{VARIABLE} takes keys; this is a configuration without one.",
            f"Write it to a file and name the file in {GOOGLE_VARIABLE}, as google-github-actions/auth does.",
        )
    return f"{VARIABLE} holds JSON, but not the key of a service account.", _WHOLE


def _from_robot(info: Mapping[str, Any]) -> Key:
    try:
        robot = service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, GoogleAuthError):
        raise CredentialsError(*_mangled(str(info["private_key"]))) from None
    return Key(robot, str(info["client_email"]))


def _mangled(private_key: str) -> tuple[str, str]:
    if "\\n" in private_key or "\n" not in private_key.strip():
        return (
            f"The private key in {VARIABLE} lost its line breaks.",
            f"{_WHOLE} If a secret store changes it, store it in base64.",
        )
    return f"The private key in {VARIABLE} is damaged.", _WHOLE


def _from_login(info: Mapping[str, Any]) -> Key:
    try:
        login = user_credentials.Credentials.from_authorized_user_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    except (ValueError, GoogleAuthError):
        raise CredentialsError(f"The login in {VARIABLE} is not whole.", _WHOLE) from None
    return Key(login)


def _default(path: str) -> Key:
    """What Google's own rules find; scopes come second, because with them every lookup asks for the project, too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about quota projects, which our own hints explain when they matter
            found = google.auth.load_credentials_from_file(path) if path else google.auth.default()  # type: ignore[no-untyped-call]
            credentials: Credentials = with_scopes_if_required(found[0], [SCOPE])  # type: ignore[no-untyped-call]
    except (GoogleAuthError, ValueError, OSError):
        raise CredentialsError(*_no_default(path)) from None
    email = str(getattr(credentials, "service_account_email", None) or "")
    if isinstance(credentials, external_account.Credentials) and not email:
        raise CredentialsError(
            "This workload has an identity but no address that a spreadsheet could be shared with.",
            "Let it act as a service account: set service_account in google-github-actions/auth.",
        )
    return Key(credentials, email if "@" in email else "")


def _no_default(path: str) -> tuple[str, str]:
    if path:
        return (
            f"The file that {GOOGLE_VARIABLE} names holds no credentials that can be used.",
            "Check its path, and that it is the whole JSON file.",
        )
    return (
        "There are no credentials for Google.",
        f"Put the JSON key of a service account into {VARIABLE}; in GitHub Actions google-github-actions/auth will do.",
    )
