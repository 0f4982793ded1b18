"""How large a body may be, by what it is for. 413 beyond it, before more of it is read."""

from flask import Flask, request

from app.web.context import WebOptions, options
from app.web.webhooks import LONGEST as WEBHOOK

__all__ = ["MANY", "PAGE", "SMALL", "WEBHOOK", "install", "longest"]

SMALL = 128 * 1024  # bytes; what most requests have is below one thousand
PAGE = 1024 * 1024  # forms of the dashboard
MANY = 32 * 1024 * 1024  # 10,000 contacts with all that can be told of each
_PER_RECIPIENT = 512  # an object with a handful of fields
_BESIDES = 64 * 1024

_CAMPAIGNS = {"campaigns.send", "campaigns.create", "campaigns.change"}
_MANY_THINGS = {
    *("contacts.keep", "contact_lists.put_on", "contact_lists.take_off"),
    *("consents.give", "prices.change", "imports.preview", "imports.start"),
}
_FILES = {"imports.upload"}


def install(app: Flask) -> None:
    """Set the limit before anything reads."""
    app.before_request(_before)


def _before() -> None:
    request.max_content_length = longest(request.endpoint or "", options())


def longest(endpoint: str, chosen: WebOptions) -> int:
    """The most bytes that a request to this endpoint may have."""
    if endpoint in _CAMPAIGNS:
        return chosen.max_recipients * _PER_RECIPIENT + _BESIDES
    if endpoint in _FILES:
        return chosen.max_import
    if endpoint in _MANY_THINGS:
        return MANY
    if endpoint.startswith("dashboard."):
        return PAGE  # `takes_files` lets more in, once it is known who is there
    return WEBHOOK if "_webhook." in endpoint else SMALL
