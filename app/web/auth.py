"""Who may call the API, and what: whoever holds a key with the scope that a route declares."""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, g, request

from app.domain.api_keys import Allowance, ApiKey
from app.domain.errors import Forbidden, NotAuthentic
from app.domain.scopes import Scope, may
from app.services.allowances import ALLOWANCE
from app.web.context import options, services

_SHOWN = 8  # digits of the hash: enough to tell the keys of one service apart
_LOOKING = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes this request: a name for the trail, and what it may do."""

    name: str
    scopes: frozenset[Scope]
    key: ApiKey | None = None  # None: a key of API_KEYS, which may do everything


@dataclass(frozen=True, slots=True)
class _Needs:
    change: Scope
    look: Scope
    named: dict[str, Scope]  # by the name of the view, where it is another


_NEEDS: dict[str, _Needs] = {}


def guard(blueprint: Blueprint, change: Scope, look: Scope = Scope.READ, **named: Scope) -> None:
    """Let in only who holds the scope: `change`, `look` for GET, or that of a view by its name."""
    _NEEDS[blueprint.name] = _Needs(change, look, named)
    blueprint.before_request(_require)


def guard_with_keys(blueprint: Blueprint, look: Scope, keys: Callable[[], tuple[str, ...]]) -> None:
    """The same for what is only looked at, and let in who holds one of these keys as well."""
    _NEEDS[blueprint.name] = _Needs(look, look, {})
    blueprint.before_request(lambda: None if is_known(_secret(), keys()) else _require())


def needed(endpoint: str, method: str) -> Scope | None:
    """The scope that a route declares; None for one that needs no key."""
    name, _, view = endpoint.partition(".")
    needs = _NEEDS.get(name)
    if needs is None:
        return None
    return needs.named.get(view, needs.look if method in _LOOKING else needs.change)


def _require() -> Response | None:
    """Raises NotAuthentic, without a hint at what was wrong, or Forbidden."""
    caller = identify()
    if caller is None:
        raise NotAuthentic("API key missing or unknown")
    scope = needed(str(request.endpoint), request.method)
    assert scope is not None
    if not may(caller.scopes, scope):
        raise Forbidden(f"The key lacks the scope {scope}.", scope)
    if caller.key is not None:
        _bind(caller.key)
    return None


def _bind(key: ApiKey) -> None:
    if key.is_test and request.method not in _LOOKING and not options().is_simulated:
        raise Forbidden(
            "A test key changes nothing here: this service speaks to Vonage itself, and a test key"
            " only ever reaches the simulator. Set VONAGE_API_URL to the simulator's address, or"
            " use a key that is no test key."
        )
    ALLOWANCE.set(Allowance(key.id, key.name, key.is_test, key.per_day))


def forget() -> None:
    """Begin a request bound by nothing: threads serve many callers, one after another."""
    ALLOWANCE.set(None)


def identify() -> Caller | None:
    """Who makes this request; None: nobody who is known. Looked up once in a request."""
    if "caller" not in g:
        g.caller = _caller()
    found: Caller | None = g.caller
    return found


def _caller() -> Caller | None:
    if secret := _secret():
        if is_known(secret, options().api_keys):
            name = f"API key {_digest(secret).hex()[:_SHOWN]}"
            return Caller(name, frozenset({Scope.ADMIN}))
        if (key := services().keys.holder(secret)) is not None:
            return Caller(f"API key {key.name}", key.scopes, key)
    return None


def _secret() -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def actor() -> str:
    """Who makes this request, by a name for the key that does not reveal it."""
    caller = g.caller
    assert isinstance(caller, Caller)
    return caller.name


def is_known(key: str, keys: Iterable[str]) -> bool:
    """Is this one of the keys? Takes as long whichever it is, and whether or not it is."""
    given = _digest(key)
    return sum(hmac.compare_digest(given, _digest(known)) for known in keys) > 0


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
