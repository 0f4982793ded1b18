"""The web application."""

import hashlib
import hmac
import os

from flask import Flask
from pydantic import SecretStr

from app.bootstrap import House, build
from app.settings import Settings, read_settings
from app.web.context import WebOptions
from app.web.mount import mount

_HOUSE = "carillon.house"


def create_app(settings: Settings | None = None) -> Flask:
    """Flask around the services. Raises InvalidSettings, naming every mistake.

    Nothing is sent before `start` is called, or something is queued through this application.
    """
    settings = settings or read_settings(os.environ)
    house = build(settings)
    app = mount(house.services, _options(house))
    app.extensions[_HOUSE] = house
    return app


def house_of(app: Flask) -> House:
    """The parts behind an application."""
    found = app.extensions[_HOUSE]
    assert isinstance(found, House)
    return found


def _options(house: House) -> WebOptions:
    settings = house.settings
    return WebOptions(
        api_keys=tuple(key.get_secret_value() for key in settings.api_keys),
        signature=house.signature,
        sender=settings.sender,
        max_recipients=settings.max_recipients,
        max_import=settings.max_import_mb << 20,
        policy=house.policy,
        terms=house.terms,
        is_simulated=settings.is_simulated,
        rate_limit=settings.rate_limit,
        rate_limit_storage=settings.rate_limit_storage,
        tracing=house.tracing,
        metrics_keys=tuple(key.get_secret_value() for key in settings.metrics_keys or ()),
        trusted_proxies=settings.trusted_proxies,
        dashboard_secret=_dashboard_secret(settings),
        shown_settings=shown_settings(settings),
    )


def _dashboard_secret(settings: Settings) -> bytes:
    """Drawn from the private key, which every process has: one secret less to keep.

    Where the key is changed, whoever is signed in signs in again.
    """
    key = settings.private_key.encode()
    return hmac.digest(key, b"carillon: cookies and forms of the dashboard", hashlib.sha256)


def shown_settings(settings: Settings) -> dict[str, str]:
    """Every setting by its name, to be looked at; of secrets only whether they are set."""
    return {
        str(field.alias): _shown(name, getattr(settings, name))
        for name, field in Settings.model_fields.items()
    }


def _shown(name: str, value: object) -> str:
    if value is None:
        return "not set"
    # Of the database, the address may hold a password; tuples hold several secrets.
    hidden = name == "database_url" or isinstance(value, SecretStr | tuple)
    return "set, not shown" if hidden else str(value)
