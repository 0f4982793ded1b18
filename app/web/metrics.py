"""GET /metrics for Prometheus, and the count of what HTTP is asked."""

import time

from flask import Blueprint, Flask, Response, g, request

from app.domain.scopes import Scope
from app.meters import CONTENT_TYPE
from app.web.auth import guard_with_keys
from app.web.context import options, services

metrics = Blueprint("metrics", __name__)
# Whoever may look at everything, and who holds a key for this alone.
guard_with_keys(metrics, Scope.READ, lambda: options().metrics_keys)

_WEBHOOKS = {"status_webhook": "status", "inbound_webhook": "inbound"}
TAKEN = "taken"
_RESULTS = {
    200: TAKEN,
    401: "not_authentic",
    413: "too_large",
    429: "rate_limited",
    503: "try_again",
}
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}  # anybody may invent more


@metrics.get("/metrics")
def page() -> Response:
    """Everything that is counted, and what the database says now."""
    return Response(services().metrics.page(), content_type=CONTENT_TYPE)


def install(app: Flask) -> None:
    """Count every answer."""
    app.after_request(_count)


def _count(response: Response) -> Response:
    meters = services().metrics.meters
    method = request.method if request.method in _METHODS else "other"
    meters.answered(method, response.status_code)
    if kind := _WEBHOOKS.get(request.blueprint or ""):
        result = _RESULTS.get(response.status_code, "failed")
        if "unread" in g:
            result = "unread"
        meters.webhook(kind, result, time.perf_counter() - g.began)
    return response
