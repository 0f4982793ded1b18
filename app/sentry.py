"""Errors sent to Sentry, for those who set SENTRY_DSN: an optional extra.

What the log says at level error is sent, with its traceback; what led to it comes as the log had
it. Values of variables, bodies and headers are not sent, and numbers and secrets are masked.
"""

import re
from collections.abc import Mapping
from typing import Any

from app.logs import mask
from app.version import VERSION

# What machines tell machines and no mask is meant for: an event has nothing else of the kind.
_OF_THE_MACHINE = re.compile(r"event_id|timestamp|trace_id|span_id|platform|release")


def start(dsn: str, transport: Any = None) -> None:
    """Send errors from now on; `transport` takes the place of theirs. Raises ImportError."""
    import sentry_sdk  # noqa: PLC0415 (optional)
    from sentry_sdk.integrations.atexit import AtexitIntegration  # noqa: PLC0415 (the same)
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration  # noqa: PLC0415 (the same)
    from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415 (the same)

    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        release=f"carillon@{VERSION}",
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        # No others: they would look into requests, and add headers to those that go to Vonage.
        default_integrations=False,
        integrations=[LoggingIntegration(), ExcepthookIntegration(), AtexitIntegration(_quiet)],
        before_send=_scrubbed,
        before_breadcrumb=_scrubbed,
    )


def _quiet(_pending: int, _timeout: float) -> None:
    """Theirs writes to the terminal while it waits."""


def _scrubbed(event: Any, _hint: Any) -> Any:
    return _clean(event)


def _clean(value: Any, name: str = "") -> Any:
    match value:
        case str():
            return value if _OF_THE_MACHINE.fullmatch(name) else mask(value)
        case Mapping():
            return {mask(str(key)): _clean(inner, str(key)) for key, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
        case _:
            return value
