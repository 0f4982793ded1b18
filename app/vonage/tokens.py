"""Application JWTs, signed once, kept until near their end."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.vonage.sdk import Auth, JwtClient

LIFETIME = 15 * 60  # seconds; Vonage refuses more than a day, and this is what it assumes itself
RENEW_BEFORE_END = 120  # seconds, for clocks that differ and for requests that wait
FRESH = 30  # seconds: a refused token this young is not refused for its age
MIN_BITS = 2048  # what RS256 asks for (RFC 7518, section 3.3)


@dataclass(frozen=True, slots=True)
class _Token:
    header: bytes
    made: float

    def good_at(self, now: float) -> bool:
        """Not near its end, and not from the future, as after the clock was set back."""
        return self.made <= now < self.made + LIFETIME - RENEW_BEFORE_END


class CachedAuth(Auth):  # type: ignore[misc]  # the SDK ships no types
    """The SDK's Auth with one token for many requests.

    The SDK signs a token for each request and parses the key anew each time: 44 to 60 ms of CPU
    under the interpreter's lock, which is 15 to 20 sends a second for the whole process. Here
    the key is parsed once and the token is kept. One token is signed at once, so that a bad key
    is a ValueError at start, in words, instead of an exception at the first send.
    """

    def __init__(
        self, application_id: str, private_key: str, clock: Callable[[], float] = time.time
    ) -> None:
        key = read_private_key(private_key)
        if not application_id.strip():
            raise ValueError("the Vonage application id is empty")
        super().__init__(application_id=application_id.strip(), private_key=_as_pkcs8(key))
        # JwtClient hands whatever is no text to PyJWT as it is, and PyJWT takes a parsed key.
        self._signer = JwtClient(application_id.strip(), key)
        self._clock = clock
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self.check()

    def create_jwt_auth_string(self) -> bytes:
        """What goes into the Authorization header, scheme included."""
        with self._lock:
            now = self._clock()
            if self._token is None or not self._token.good_at(now):
                self._token = _Token(b"Bearer " + self._sign(now), now)
            return self._token.header

    def generate_application_jwt(self, claims: dict[str, Any] | None = None) -> bytes:
        """A new token with these claims, for whoever asks the SDK for one."""
        return bytes(self._signer.generate_application_jwt(claims))

    def drop(self) -> None:
        """Forget the token; the next request signs a new one."""
        with self._lock:
            self._token = None

    def drop_refused(self, header: bytes) -> bool:
        """Vonage refused this header with a 401: may another token do better?

        Yes for a token of some age, which is forgotten, and for one that is no longer ours
        because another thread has renewed it. No for a fresh one: then the key, the application
        or the account is wrong, and signing again and again would only hide it.
        """
        with self._lock:
            if self._token is None or self._token.header != header:
                return True
            if 0 <= self._clock() - self._token.made < FRESH:
                return False
            self._token = None
            return True

    def check(self) -> None:
        """Sign one token, so that a key that cannot sign is known now; it is kept for use."""
        try:
            self.create_jwt_auth_string()
        except Exception as error:
            raise ValueError(f"the Vonage private key cannot sign: {error}") from error

    def _sign(self, now: float) -> bytes:
        return self.generate_application_jwt({"iat": int(now), "exp": int(now) + LIFETIME})


def read_private_key(text: str) -> RSAPrivateKey:
    """The key of a PEM, also of one that went through an environment variable.

    Accepted: PKCS#8 and PKCS#1 (BEGIN RSA PRIVATE KEY, which the SDK refuses), line ends
    written as backslash and n, quotes around it. Raises ValueError, in words, for anything else.
    """
    pem = text.strip().strip("\"'").replace("\\r", "").replace("\\n", "\n").strip()
    if not pem.startswith("-----BEGIN "):
        raise ValueError(
            "the Vonage private key is not a PEM: it must begin with -----BEGIN PRIVATE KEY-----"
        )
    _must_be_private(pem)
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(
            "the Vonage private key cannot be read; is it whole, with its line ends "
            "(PKCS#8 or PKCS#1, no password)?"
        ) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < MIN_BITS:
        raise ValueError(f"the Vonage private key must be an RSA key of {MIN_BITS} bits or more")
    return key


def _must_be_private(pem: str) -> None:
    label = pem.removeprefix("-----BEGIN ").partition("-----")[0]
    if "PRIVATE KEY" not in label:
        raise ValueError(f"this is a {label.lower()}, not a private key; Vonage needs the private")
    if "ENCRYPTED" in pem:
        raise ValueError("the Vonage private key has a password; store it without one")


def _as_pkcs8(key: RSAPrivateKey) -> str:
    """The one format that the SDK takes as text."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
