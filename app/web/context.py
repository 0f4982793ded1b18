"""What a request handler may reach: the services, and what the operator decided about HTTP."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask, current_app

from app.domain.policy import DEFAULT_POLICY, Policy
from app.domain.terms import NO_TERMS, Terms
from app.services.catalogue import Services
from app.tracing import Tracing
from app.vonage.signature import SignatureCheck


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How this service is spoken to over HTTP."""

    api_keys: tuple[str, ...]
    signature: SignatureCheck
    sender: str  # who texts come from when a request names nobody
    max_recipients: int
    max_import: int = 1 << 29  # bytes of an uploaded file
    policy: Policy = DEFAULT_POLICY  # what holds for a campaign that names no brake
    # Signs cookies and forms of the dashboard; the same in all processes of a service.
    dashboard_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    # What the operator set, for admins to look at; no secrets.
    shown_settings: Mapping[str, str] = field(default_factory=dict)
    rate_limit: int | None = None  # requests a minute of a key; None: nothing is counted
    rate_limit_storage: str = "memory://"
    trusted_proxies: int = 0  # how many of X-Forwarded-For are ours to believe
    is_simulated: bool = False  # do texts go to the simulator? Test keys send only then
    tracing: Tracing = field(default_factory=Tracing)  # spans of requests; none unless asked for
    metrics_keys: tuple[str, ...] = ()  # who holds one may read /metrics, and nothing else
    terms: Terms = NO_TERMS  # when it may write to people, if it does not say


_SERVICES = "carillon.services"
_OPTIONS = "carillon.web"


def keep(services: Services, web: WebOptions) -> dict[str, object]:
    """What `services` and `options` find again, as entries for `app.extensions`."""
    return {_SERVICES: services, _OPTIONS: web}


def services() -> Services:
    return services_of(current_app)


def options() -> WebOptions:
    return options_of(current_app)


def services_of(app: Flask) -> Services:
    found = app.extensions[_SERVICES]
    assert isinstance(found, Services)
    return found


def options_of(app: Flask) -> WebOptions:
    found = app.extensions[_OPTIONS]
    assert isinstance(found, WebOptions)
    return found
