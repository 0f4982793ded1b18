"""Is it there, is it ready?"""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask import redirect, request
from flask_openapi import Tag

from app.web.context import options, services
from app.web.described import APIBlueprint
from app.web.documents import ReadinessDocument, Responses
from app.web.pages import HOME

health = APIBlueprint("health", __name__, abp_tags=[Tag(name="health")])

_ANSWERS: Responses = {"200": ReadinessDocument, "503": ReadinessDocument}


@health.get("/", doc_ui=False)
def running() -> Any:
    """The tutorials' greeting to programs, and to people the way to the pages."""
    if "text/html" in request.headers.get("Accept", ""):
        return redirect(f"{request.script_root}{HOME}")
    return "SMS Campaign Server is running!"


@health.get("/health/live", responses={"200": ReadinessDocument})
def live() -> Any:
    """The process answers."""
    answer = {"status": "ok", "checks": {}}
    nonce = request.headers.get(NONCE, "")
    if not (nonce.isascii() and nonce.isalnum() and len(nonce) <= _LONGEST_NONCE):
        return answer
    return answer, HTTPStatus.OK, {PROOF: options().signature.proof(nonce)}  # for `flask doctor`


NONCE, PROOF = "X-Carillon-Nonce", "X-Carillon-Proof"
_LONGEST_NONCE = 64


@health.get("/health", responses=_ANSWERS)
def overall() -> Any:
    """The same as /health/ready, under the name that monitors try first."""
    return ready()


@health.get("/health/ready", responses=_ANSWERS)
def ready() -> Any:
    """The database is there and migrated, and messages are being dispatched."""
    readiness = services().health.check()
    checks = asdict(readiness)
    if readiness.is_ready:
        return {"status": "ok", "checks": checks}
    return {"status": "not ready", "checks": checks}, HTTPStatus.SERVICE_UNAVAILABLE
