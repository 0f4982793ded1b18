"""The list of blueprints, and the application around the services."""

from flask import Flask
from flask_openapi import Info
from werkzeug.middleware.proxy_fix import ProxyFix

from app.services.catalogue import Services
from app.version import VERSION
from app.web import (
    body_limits,
    headers,
    memory,
    metrics,
    pages,
    problems,
    rate_limits,
    request_log,
    traces,
)
from app.web.audiences import audiences
from app.web.audit import audit
from app.web.auth import forget
from app.web.bodies import StrictJson
from app.web.campaigns import campaigns
from app.web.consents import consents
from app.web.contact_lists import contact_lists
from app.web.contacts import contacts
from app.web.context import WebOptions, keep
from app.web.described import DescribedLate
from app.web.documents import ProblemDocument
from app.web.doubts import doubts
from app.web.exports import exports
from app.web.health import health
from app.web.hooks import hooks
from app.web.hour_presets import hours
from app.web.imports import imports
from app.web.inbound_webhook import inbound_webhook
from app.web.inbox import inbox
from app.web.keys import keys
from app.web.lifecycle import lifecycle
from app.web.messages import messages
from app.web.numbers import numbers
from app.web.previews import previews
from app.web.prices import prices
from app.web.quick_receipts import QuickReceipts
from app.web.reports import reports
from app.web.senders import senders
from app.web.short_links import short_links
from app.web.status_webhook import status_webhook
from app.web.templates import templates
from app.web.texts import texts

_OPENAPI_VERSION = "3.1.1"  # what client generators read; the library's own default is newer


def _believe_proxies(app: Flask, count: int) -> None:
    """Take address and scheme from so many proxies in front; from a stranger they are not taken."""
    if count:
        wrapped = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)
        app.wsgi_app = wrapped  # type: ignore[method-assign]  # as Flask's documentation does


def mount(services: Services, options: WebOptions) -> Flask:
    """A Flask application that serves these services."""
    app = routes()
    serve(app, services, options)
    return app


def serve(app: Flask, services: Services, options: WebOptions) -> None:
    """From now on an application of `routes` serves these services."""
    app.config["SECRET_KEY"] = options.dashboard_secret  # signs cookies and forms
    app.extensions.update(keep(services, options))
    rate_limits.serve(app, options.rate_limit_storage, services.rate_counts)
    app.wsgi_app = pages.of(app)  # type: ignore[method-assign]  # the same as below
    app.wsgi_app = QuickReceipts(app)  # type: ignore[method-assign]  # the same as below
    _believe_proxies(app, options.trusted_proxies)


def routes() -> Flask:
    """An application with every route, to be given services."""
    app = DescribedLate(
        "carillon",
        info=Info(title="Carillon", version=VERSION, description="SMS campaigns"),
        security_schemes={"api_key": {"type": "http", "scheme": "bearer"}},
        validation_error_callback=problems.on_validation_error,
        validation_error_model=ProblemDocument,
    )
    app.openapi_version = _OPENAPI_VERSION
    app.config["SWAGGER_CONFIG"] = {"validatorUrl": None}  # else the page calls a host of theirs
    pages.install(app, _dashboard)
    _around_each_request(app)
    for blueprint in (
        *(campaigns, lifecycle, messages, doubts, numbers),
        *(senders, audit, health, hours),
        *(imports, exports),
        *(previews, prices, reports),
        *(contacts, contact_lists, audiences),
        *(templates, texts),
        *(consents, inbox, keys, hooks),
    ):
        app.register_api(blueprint)
    for webhook in (status_webhook, inbound_webhook):
        app.register_blueprint(webhook)
    app.register_blueprint(short_links)
    app.register_blueprint(metrics.metrics)
    return app


def _dashboard() -> Flask:
    from app.web.dashboard import mount as dashboard  # noqa: PLC0415 (loaded when it is asked for)

    app = Flask("carillon", static_folder=None)
    _around_each_request(app)
    dashboard.install(app)
    return app


def _around_each_request(app: Flask) -> None:
    """What is done before and after, whatever is asked."""
    app.json = StrictJson(app)
    request_log.install(app)
    traces.install(app)
    metrics.install(app)
    memory.install(app)
    headers.install(app)
    problems.install(app)
    app.before_request(forget)
    body_limits.install(app)
    rate_limits.install(app)
