"""Who may send: the application's RS256 tokens, checked as Vonage checks them."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any

import jwt

from simulator.settings import Settings

WITHOUT_EXP = 15 * 60  # seconds a token without `exp` is honoured after its `iat`
CEILING = 24 * 3600  # no token is honoured longer after its `iat`, whatever its `exp` says
LEEWAY = 60  # for clocks that differ
MOST_KEPT = 1000


class Authentication:
    """Remembers good tokens until their end: checking RSA for every request is slow."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._good_until: dict[str, float] = {}

    def admits(self, authorization: str | None, now: float) -> bool:
        """Whether this Authorization header is our application's, or our account's."""
        scheme, _, credentials = (authorization or "").partition(" ")
        match scheme.lower():
            case "bearer":
                return self._admits_token(credentials.strip(), now)
            case "basic":
                return self._admits_key(credentials.strip())
            case _:
                return False

    def _admits_token(self, token: str, now: float) -> bool:
        until = self._good_until.get(token)
        if until is None:
            until = self._checked(token, now)
            self._keep(token, until)
        return now < until

    def _keep(self, token: str, until: float) -> None:
        if until <= 0:
            return
        if len(self._good_until) >= MOST_KEPT:
            self._good_until.clear()
        self._good_until[token] = until

    def _checked(self, token: str, now: float) -> float:
        """Until when the token is good; 0 when it is not ours."""
        try:
            claims = jwt.decode(
                token,
                self._settings.public_key,
                algorithms=["RS256"],
                # The times are Vonage's own rules, see good_until.
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.InvalidTokenError:
            return 0
        if claims.get("application_id") != self._settings.application_id:
            return 0
        return good_until(claims, now)

    def _admits_key(self, credentials: str) -> bool:
        secret = self._settings.api_secret
        if secret is None:
            return False
        expected = f"{self._settings.api_key}:{secret}".encode()
        try:
            return hmac.compare_digest(base64.b64decode(credentials, validate=True), expected)
        except (binascii.Error, ValueError):
            return False


def good_until(claims: Mapping[str, Any], now: float) -> float:
    """When Vonage stops to honour a token with these claims; 0 for never honoured.

    From Vonage's support article 360000958407: without `exp` for 15 minutes, never more than 24
    hours after `iat`, and not at all with neither of the two.
    """
    iat, exp, nbf = (claims.get(name) for name in ("iat", "exp", "nbf"))
    if any(isinstance(time, bool | str | list | dict) for time in (iat, exp, nbf)):
        return 0
    if (iat is None and exp is None) or max(iat or 0, nbf or 0) > now + LEEWAY:
        return 0
    if iat is None:
        return float(exp)  # type: ignore[arg-type]  # one of the two is there
    return float(min(iat + WITHOUT_EXP if exp is None else exp, iat + CEILING))
