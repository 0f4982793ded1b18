"""Short links: open to everybody, since whoever got a text may follow the link in it."""

from flask import Blueprint, Response, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import NotFound
from app.web.context import services

short_links = Blueprint("short_links", __name__, url_prefix="/l")

_UNKNOWN = (
    "This link leads nowhere.\n\n"
    "Perhaps a part of it was lost when it was copied. Follow it in the text message itself,"
    " or ask whoever sent it to you.\n"
)
_HEADERS = {
    "Cache-Control": "no-store",  # every click is to be seen
    "Referrer-Policy": "no-referrer",  # the short link says who got the text
    "X-Robots-Tag": "noindex",
}


@short_links.get("/<slug>")
def follow(slug: str) -> BaseResponse:
    """To the page that the link stands for, and to no other; counted once the answer is out."""
    links = services().links
    try:
        target = links.follow(slug)
    except NotFound:
        return Response(_UNKNOWN, 404, _HEADERS, mimetype="text/plain")
    answer = redirect(target.url)
    answer.headers.update(_HEADERS)
    method, headers = request.method, dict(request.headers)
    answer.call_on_close(lambda: links.count(slug, target, method, headers))
    return answer
