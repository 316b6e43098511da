import base64
import functools
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sheetsync.errors import CredentialsError
from sheetsync.sheets.answers import SCOPE
from sheetsync.sheets.credentials import EMULATOR_VARIABLE, GOOGLE_VARIABLE, VARIABLE, Key, find_key

ROBOT = "sheetsync@example.iam.gserviceaccount.com"


@functools.cache
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*form).decode()


def robot(**changes: Any) -> dict[str, Any]:
    info = {
        "type": "service_account",
        "project_id": "example",
        "private_key_id": "1",
        "private_key": private_key(),
        "client_email": ROBOT,
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return {name: value for name, value in (info | changes).items() if value is not None}


def scopes(key: Key) -> Any:
    return vars(key.credentials)["_scopes"]


def workload(**changes: Any) -> dict[str, Any]:
    return {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": "/does/not/exist"},
        **changes,
    }


ACT_AS = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken"


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nobody is logged in."""
    for name in (GOOGLE_VARIABLE, "GOOGLE_CLOUD_PROJECT", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))


def spelled(info: dict[str, Any], spelling: str, folder: Path) -> str:
    text = json.dumps(info, indent=2)
    packed = base64.encodebytes(text.encode()).decode()
    (folder / "key.json").write_text(text)
    return {
        "json": f"\n{text}\n",
        "base64": packed,
        "one line": packed.replace("\n", ""),
        "path": str(folder / "key.json"),
    }[spelling]


@pytest.mark.parametrize("spelling", ["json", "base64", "one line", "path"])
def test_a_key_may_be_given_as_json_as_base64_or_as_a_path(spelling: str, tmp_path: Path) -> None:
    key = find_key({VARIABLE: spelled(robot(), spelling, tmp_path)})
    assert key.email == ROBOT
    assert scopes(key) == [SCOPE]
    assert "PRIVATE" not in repr(key)


@pytest.mark.parametrize(
    ("secret", "says", "hint"),
    [
        (lambda: json.dumps(robot(token_uri=None)), "lacks token_uri", "whole JSON"),
        (lambda: json.dumps(robot(client_email="", private_key=None)), "lacks client_email, private_key", "whole JSON"),
        (lambda: json.dumps(robot(private_key=private_key().replace("\n", "\\n"))), "lost its line breaks", "base64"),
        (lambda: json.dumps(robot(private_key=private_key()[:300])), "damaged", "whole JSON"),
        (
            lambda: json.dumps({"installed": {"client_id": "1", "client_secret": "s"}}),
            "OAuth client",
            "service account",
        ),
        (lambda: json.dumps(workload()), "configuration without one", GOOGLE_VARIABLE),
        (lambda: json.dumps({"hello": 1}), "not the key of a service account", "whole JSON"),
        (lambda: json.dumps(robot())[:200], "no JSON", "whole JSON"),
        (lambda: "AIzaSyA-not-a-key-0123456789", "no JSON", "whole JSON"),
        (lambda: "/there/is/no/such/file.json", "no JSON", "whole JSON"),
        (lambda: "[]", "no JSON", "whole JSON"),
        (lambda: "{" * 5000, "no JSON", "whole JSON"),
        (lambda: json.dumps({"type": "authorized_user", "client_id": "1"}), "login", "whole JSON"),
    ],
)
def test_a_mangled_secret_is_told_apart_and_never_shown(secret: Any, says: str, hint: str) -> None:
    text = secret()
    with pytest.raises(CredentialsError) as caught:
        find_key({VARIABLE: text})
    assert says in str(caught.value)
    assert hint in caught.value.hint
    shown = f"{caught.value}{caught.value.hint}{caught.value.__cause__}"
    assert not any(part in shown for part in (private_key()[40:60], "AIza", "client_secret", "no/such"))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_login_of_a_person_may_be_given_too() -> None:
    login = {"type": "authorized_user", "client_id": "1", "client_secret": "s", "refresh_token": "r"}
    key = find_key({VARIABLE: json.dumps(login)})
    assert (key.email, scopes(key)) == ("", [SCOPE])


@pytest.mark.usefixtures("nowhere")
def test_googles_own_variable_is_the_second_choice(tmp_path: Path) -> None:
    path = spelled(robot(), "path", tmp_path)
    other = robot(client_email="other@example.iam.gserviceaccount.com")
    assert find_key({GOOGLE_VARIABLE: path}).email == ROBOT
    assert scopes(find_key({GOOGLE_VARIABLE: path})) == [SCOPE]
    assert find_key({GOOGLE_VARIABLE: path, VARIABLE: json.dumps(other)}).email.startswith("other@")


@pytest.mark.usefixtures("nowhere")
def test_a_workload_must_act_as_a_service_account(tmp_path: Path) -> None:
    acting = spelled(workload(service_account_impersonation_url=ACT_AS), "path", tmp_path)
    key = find_key({GOOGLE_VARIABLE: acting})
    assert (key.email, scopes(key)) == (ROBOT, [SCOPE])
    bare = spelled(workload(), "path", tmp_path)
    with pytest.raises(CredentialsError, match="no address") as caught:
        find_key({GOOGLE_VARIABLE: bare})
    assert "service_account" in caught.value.hint


@pytest.mark.usefixtures("nowhere")
def test_the_login_of_gcloud_is_found(tmp_path: Path) -> None:
    (tmp_path / "gcloud").mkdir()
    login = {"type": "authorized_user", "client_id": "1", "client_secret": "s", "refresh_token": "r"}
    (tmp_path / "gcloud" / "application_default_credentials.json").write_text(json.dumps(login))
    assert find_key({}).email == ""


@pytest.mark.usefixtures("nowhere")
def test_without_credentials_the_two_ways_are_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="no credentials") as caught:
        find_key({})
    assert VARIABLE in caught.value.hint
    assert "google-github-actions/auth" in caught.value.hint
    (tmp_path / "key.json").write_text("{}")
    for path in (tmp_path / "key.json", tmp_path / "none.json"):
        with pytest.raises(CredentialsError, match=GOOGLE_VARIABLE):
            find_key({GOOGLE_VARIABLE: str(path)})


def test_what_stands_in_for_google_needs_no_credentials() -> None:
    assert find_key({EMULATOR_VARIABLE: "127.0.0.1:1"}).credentials.valid
    key = find_key({EMULATOR_VARIABLE: "127.0.0.1:1", VARIABLE: json.dumps(robot())})
    assert key.email == ROBOT
