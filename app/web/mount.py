"""The list of blueprints, and the application around the services."""

from flask import Flask
from flask_openapi import Info, OpenAPI

from app.services.catalogue import Services
from app.web import problems, request_log
from app.web.campaigns import campaigns
from app.web.context import WebOptions, keep
from app.web.documents import ProblemDocument
from app.web.health import health
from app.web.inbound_webhook import inbound_webhook
from app.web.messages import messages
from app.web.status_webhook import status_webhook

_OPENAPI_VERSION = "3.1.1"  # what client generators read; the library's own default is newer
_BYTES_PER_RECIPIENT = 512  # an object with a handful of fields
_BYTES_BESIDES = 64 * 1024


def mount(services: Services, options: WebOptions) -> Flask:
    """A Flask application that serves these services."""
    app = OpenAPI(
        "carillon",
        info=Info(title="Carillon", version="0.1.0", description="SMS campaigns"),
        security_schemes={"api_key": {"type": "http", "scheme": "bearer"}},
        validation_error_callback=problems.on_validation_error,
        validation_error_model=ProblemDocument,
    )
    app.openapi_version = _OPENAPI_VERSION
    app.config["MAX_CONTENT_LENGTH"] = (
        options.max_recipients * _BYTES_PER_RECIPIENT + _BYTES_BESIDES
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions.update(keep(services, options))
    request_log.install(app)
    problems.install(app)
    for blueprint in (campaigns, messages, health):
        app.register_api(blueprint)
    for webhook in (status_webhook, inbound_webhook):
        app.register_blueprint(webhook)
    return app
