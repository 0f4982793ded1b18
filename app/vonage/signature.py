"""Is this webhook really theirs?

Vonage signs each webhook with a JWT in the Authorization header, made with the signature secret
of the account, and puts a hash of the body into it. The SDK's verify_signature looks at nothing
but the signature: a token for another body, of another issuer, or without any claim passes there.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from jwt import InvalidSignatureError, PyJWS, PyJWTError
from jwt.algorithms import HMACAlgorithm

from app.domain.errors import NotAuthentic, TryAgain

ISSUER = "Vonage"
MAX_AGE = timedelta(hours=25)  # Vonage tries for 24 hours, and may not sign anew each time
LEEWAY = timedelta(seconds=60)  # for clocks that differ


_prepared = lru_cache(maxsize=16)(HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key)
"""PyJWT looks whether a secret is a key of another kind: once, and not at every webhook."""


class _AnyLength(HMACAlgorithm):
    """HS256 without the warning about short secrets: their length is Vonage's choice, not ours."""

    def prepare_key(self, key: str | bytes) -> bytes:
        return _prepared(key)

    def check_key_length(self, key: bytes) -> None:  # noqa: ARG002 - PyJWT's signature
        return None


class SignatureCheck:
    """Accepts what was signed with any of the secrets: two are valid while one is rotated out."""

    def __init__(
        self,
        secrets: Iterable[str],
        api_key: str,
        application_id: str = "",
        max_age: timedelta = MAX_AGE,
        leeway: timedelta = LEEWAY,
    ) -> None:
        self._secrets = tuple(_usable(secret) for secret in secrets)
        if not self._secrets or not api_key:
            raise ValueError("checking webhooks needs a signature secret and the account's API key")
        self._api_key = api_key
        self._application_id = application_id
        self._max_age = max_age
        self._leeway = leeway
        self._jws = PyJWS(algorithms=["HS256"])
        self._jws.unregister_algorithm("HS256")
        self._jws.register_algorithm("HS256", _AnyLength(HMACAlgorithm.SHA256))

    def proof(self, nonce: str) -> str:
        """What only somebody with our secret can answer to a nonce, in hexadecimal.

        Made with a key derived from the secret: it can never stand in for a webhook's signature.
        """
        key = hashlib.sha256(b"carillon doctor\n" + self._secrets[0].encode()).digest()
        return hmac.new(key, nonce.encode(), hashlib.sha256).hexdigest()

    def verify(self, authorization: str | None, body: bytes, now: datetime) -> None:
        """Returns when the body, byte for byte, came from Vonage for this account.

        Raises TryAgain for an unsigned one: in rare internal errors Vonage sends such, and sends
        it again, signed, if that is answered with a 5xx. Raises NotAuthentic for everything else.
        """
        if not (authorization or "").strip():
            raise TryAgain("the webhook is not signed")
        claims = self._claims(authorization or "")
        self._check_origin(claims)
        self._check_time(claims, now)
        _check_body(claims, body)

    def _claims(self, authorization: str) -> dict[str, Any]:
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise NotAuthentic("the Authorization header holds no bearer token")
        payload = self._signed_payload(token.strip())
        try:
            claims = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise NotAuthentic("the token's claims cannot be read") from error
        if not isinstance(claims, dict):
            raise NotAuthentic("the token's claims are not an object")
        return claims

    def _signed_payload(self, token: str) -> bytes:
        for secret in self._secrets:
            try:
                return bytes(self._jws.decode(token, secret, algorithms=["HS256"]))
            except InvalidSignatureError:
                continue
            except (PyJWTError, ValueError, RecursionError) as error:
                raise NotAuthentic("the token cannot be read") from error
        raise NotAuthentic("the token is signed with another secret")

    def _check_origin(self, claims: dict[str, Any]) -> None:
        if claims.get("iss") != ISSUER:
            raise NotAuthentic(f"the token's issuer is not {ISSUER}")
        if claims.get("api_key") != self._api_key:
            raise NotAuthentic("the token is for another account")
        application = claims.get("application_id")
        if self._application_id and application not in (None, "", self._application_id):
            raise NotAuthentic("the token is for another application")
        if not isinstance(claims.get("jti"), str) or not claims["jti"]:
            raise NotAuthentic("the token has no id")

    def _check_time(self, claims: dict[str, Any], now: datetime) -> None:
        """Replays within these hours are harmless: an event that was heard is not heard again."""
        made = claims.get("iat")
        if isinstance(made, bool) or not isinstance(made, int | float):
            raise NotAuthentic("the token does not say when it was made")
        earliest = (now - self._max_age).timestamp()
        latest = (now + self._leeway).timestamp()
        if not earliest <= made <= latest:
            raise NotAuthentic("the token is too old, or made in the future")


def _check_body(claims: dict[str, Any], body: bytes) -> None:
    """The hash of the raw bytes: parsed and written again, they might differ."""
    claimed = claims.get("payload_hash")
    if not isinstance(claimed, str):
        raise NotAuthentic("the token does not name its body")
    right = hashlib.sha256(body).hexdigest()
    if not hmac.compare_digest(claimed.lower().encode("utf-8", "replace"), right.encode()):
        raise NotAuthentic("the token belongs to another body")


def _usable(secret: str) -> str:
    """The secret, or a ValueError at start for what PyJWT would refuse at each webhook."""
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except PyJWTError as error:
        raise ValueError("a signature secret is empty, or is a key and not a secret") from error
    return secret
