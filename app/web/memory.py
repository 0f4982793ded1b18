"""Memory of a large request, given back when it was answered.

Python frees it, but the C library keeps what was freed for itself: after a campaign of a million
recipients more than a hundred megabytes, for good.
"""

from flask import Flask, Response, request

from app.allocator import give_back

_LARGE = 64 * 1024  # bytes of a body; giving back takes a few milliseconds


def install(app: Flask) -> None:
    """Give back what a large request took, as soon as its answer is out."""
    app.after_request(_after)


def _after(response: Response) -> Response:
    if (request.content_length or 0) > _LARGE:
        response.call_on_close(give_back)
    return response
