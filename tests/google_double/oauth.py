"""The token endpoint: a signed statement of a robot in, an access token out (RFC 7523, errors as in RFC 6749).

The statement is really checked: signature, account, audience, times, scope. Its audience is always Google's own
address, whatever ``token_uri`` a credentials file names (measured with google-auth).
"""

import base64
import binascii
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.google_double.errors import PROJECT, JsonObject

AUDIENCE = "https://oauth2.googleapis.com/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EMAIL = "robot@sheets-double.iam.gserviceaccount.com"
LIFETIME = 3599

Answer = tuple[int, JsonObject]


def _invalid_grant(description: str) -> Answer:
    return 400, {"error": "invalid_grant", "error_description": description}


WRONG_KEY = _invalid_grant("Invalid JWT Signature.")
WRONG_CLOCK = _invalid_grant(
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)
NO_ACCOUNT = _invalid_grant("Invalid grant: account not found")
OUT_OF_ORDER: Answer = (503, {"error": "internal_failure", "error_description": "Backend Error"})


@cache
def private_key() -> rsa.RSAPrivateKey:
    """One key for all doubles of a process: making one takes longer than most tests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


@dataclass
class Tokens:
    """Who may call. With `required` off, a call without any token is let in, as emulators do."""

    clock: Callable[[], float] = time.time
    email: str = EMAIL
    required: bool = False
    always: Answer | None = None
    """What the endpoint answers whatever it is asked."""
    answers: list[Answer] = field(default_factory=list)
    """What it answers to the next calls, first things first."""
    requests: int = 0
    known: dict[str, tuple[float, str]] = field(default_factory=dict)
    """Access tokens: until when, and for which scopes."""
    revoked: set[str] = field(default_factory=set)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def credentials(self, origin: str) -> JsonObject:
        """The content of a credentials file for this robot, whose ``token_uri`` is this double."""
        return {
            "type": "service_account",
            "project_id": "sheets-double",
            "private_key_id": "0" * 40,
            "private_key": pem(private_key()),
            "client_email": self.email,
            "client_id": PROJECT,
            "auth_uri": f"{origin}/o/oauth2/auth",
            "token_uri": f"{origin}/token",
            "universe_domain": "googleapis.com",
        }

    def revoke(self) -> None:
        """From now on every token given out so far gets a 401."""
        self.revoked |= set(self.known)

    def may(self, header: str | None) -> str | None:
        """The scopes of a bearer token; None when it is not to be let in."""
        if header is None:
            return None if self.required else ""
        token = header.removeprefix("Bearer ")
        if token in self.revoked or (self.required and token not in self.known):
            return None
        until, scope = self.known.get(token, (self.clock() + 1, ""))
        return scope if self.clock() < until else None

    def answer(self, body: bytes) -> Answer:
        self.requests += 1
        if self.always is not None:
            return self.always
        return self.answers.pop(0) if self.answers else self._granted(body)

    def _granted(self, body: bytes) -> Answer:
        form = parse_qs(body.decode())
        if form.get("grant_type") != [GRANT]:
            return 400, {"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}
        try:
            claims = _claims(form["assertion"][0])
        except InvalidSignature:
            return WRONG_KEY
        except (KeyError, ValueError, binascii.Error):
            return _invalid_grant("Bad Request")
        return self._refusal(claims) or self._token(claims["scope"])

    def _refusal(self, claims: JsonObject) -> Answer | None:
        now = self.clock()
        if claims["iss"] != self.email:
            return NO_ACCOUNT
        if claims["aud"] != AUDIENCE:
            return _invalid_grant(
                "Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token"
            )
        if not now - 3600 < claims["iat"] < now + 600 or not now < claims["exp"] <= claims["iat"] + 3600:
            return WRONG_CLOCK
        if not claims.get("scope"):
            return 400, {"error": "invalid_scope", "error_description": "Empty or missing scope not allowed."}
        return None

    def _token(self, scope: str) -> Answer:
        token = f"access-token-of-the-double-{next(self.numbers)}"
        self.known[token] = (self.clock() + LIFETIME, scope)
        return 200, {"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer"}


def _claims(assertion: str) -> JsonObject:
    head, claims, signature = assertion.split(".")
    signed = f"{head}.{claims}".encode()
    private_key().public_key().verify(_decoded(signature), signed, padding.PKCS1v15(), hashes.SHA256())
    found: JsonObject = json.loads(_decoded(claims))
    return found


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
