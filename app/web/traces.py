"""A span for each request, named by its route: paths may hold numbers."""

from flask import Flask, Response, g, request

from app.web.context import options


def install(app: Flask) -> None:
    """Begin first of all but the request's id, and end last: what is logged within tells both."""
    app.before_request(_begin)
    app.after_request(_note)
    app.teardown_request(_end)


def _begin() -> None:
    tracing = options().tracing
    if tracing.is_on:
        route = request.url_rule.rule if request.url_rule else "(no route)"
        caller = {name.lower(): value for name, value in request.headers.items()}
        g.span = tracing.span(f"{request.method} {route}", "server", caller)
        g.note = g.span.__enter__()
        g.note(http__request__method=request.method, http__route=route)


def _note(response: Response) -> Response:
    if "note" in g:
        g.note(http__response__status_code=response.status_code, request_id=g.get("request_id"))
    return response


def _end(error: BaseException | None) -> None:
    span = g.pop("span", None)
    if span is not None:
        span.__exit__(type(error) if error else None, error, None)
