"""Endpoints of outgoing webhooks over HTTP, for whoever holds an admin key."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from flask_openapi import Tag
from pydantic import Field

from app.domain.hooks import ENDED, HookEndpoint, HookStatus, HookTry, HookWish, read_events
from app.domain.scopes import Scope
from app.services.hooks import HookChange
from app.storage.hook_log import HookDelivery
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, answers
from app.web.hook_documents import (
    HookDeliveriesDocument,
    HookDeliveryDocument,
    HookDocument,
    HooksDocument,
    NewHookDocument,
    ReplayedDocument,
)
from app.web.keys import Moment
from app.web.schemas import Body, Id, Query
from app.web.views import following, time_text

hooks = APIBlueprint(
    "hooks",
    __name__,
    url_prefix="/api/webhook-endpoints",
    abp_tags=[Tag(name="webhook endpoints")],
    abp_security=SECURED,
)
guard(hooks, Scope.ADMIN, look=Scope.ADMIN)
hooks.before_request(require_json)

_EVENTS = (
    "Among campaign.finished, message.final, reply.received and contact.opted_out; at least one."
)
_Url = Annotated[str, Field(max_length=2_000, examples=["https://shop.example.com/carillon"])]
_Events = Annotated[list[str], Field(max_length=10, description=_EVENTS)]
_Name = Annotated[str, Field(max_length=80, description="For people.")]


class HookPath(Query):
    endpoint_id: Id


class DeliveryPath(HookPath):
    delivery_id: int = Field(ge=1, lt=2**63)


class NewHookBody(Body):
    """An endpoint that is to be told of events."""

    url: _Url
    events: _Events
    name: _Name = ""


class HookChangeBody(Body):
    """What is to be changed; what is left out stays."""

    url: _Url | None = None
    events: _Events | None = None
    name: _Name | None = None
    enabled: bool | None = Field(
        None, strict=True, description="true forgives all failures; false calls it no more."
    )


class ReplayBody(Body):
    since: Moment = Field(description="Only what happened from then on.")
    only_given_up: bool = Field(
        default=True, strict=True, description="false: what was delivered as well."
    )


class DeliveriesQuery(Query):
    status: HookStatus | None = None
    before: int | None = Field(None, ge=1, lt=2**63, description="The id of the last one seen.")
    limit: int = Field(100, ge=1, le=1_000)


@hooks.post("", responses=answers(NewHookDocument, 201, *BODY))
def create(body: NewHookBody) -> Any:
    """Make an endpoint. The answer is the only one with its secret."""
    wish = HookWish(body.url, read_events(body.events), body.name)
    made = services().hooks.create(wish, actor())
    return {**shown(made.endpoint), "secret": made.secret}, HTTPStatus.CREATED


@hooks.get("", responses=answers(HooksDocument))
def index() -> Any:
    """Every endpoint, the newest first."""
    return {"endpoints": [shown(each) for each in services().hooks.all()]}


@hooks.get("/<endpoint_id>", responses=answers(HookDocument, 404))
def find(path: HookPath) -> Any:
    """One endpoint, and how it fares."""
    return shown(services().hooks.find(path.endpoint_id))


@hooks.patch("/<endpoint_id>", responses=answers(HookDocument, 404, *BODY))
def change(path: HookPath, body: HookChangeBody) -> Any:
    """Change its address or events, or enable it again."""
    events = None if body.events is None else read_events(body.events)
    wanted = HookChange(body.url, events, body.name, body.enabled)
    return shown(services().hooks.change(path.endpoint_id, wanted, actor()))


@hooks.delete("/<endpoint_id>", responses=answers(HooksDocument, 404))
def remove(path: HookPath) -> Any:
    """Call it no more, and forget its deliveries; answers with the endpoints that are left."""
    services().hooks.remove(path.endpoint_id, actor())
    return index()


@hooks.post("/<endpoint_id>/rotate-secret", responses=answers(NewHookDocument, 404))
def rotate(path: HookPath) -> Any:
    """A new secret. The one before signs beside it for 24 hours."""
    made = services().hooks.rotate(path.endpoint_id, actor())
    return {**shown(made.endpoint), "secret": made.secret}


@hooks.post("/<endpoint_id>/test", responses=answers(HookDeliveryDocument, 202, 404, 409))
def test(path: HookPath) -> Any:
    """Queue a made-up event, webhook.test; its deliveries say what came of it."""
    return delivery(services().hooks.test(path.endpoint_id)), HTTPStatus.ACCEPTED


@hooks.get("/<endpoint_id>/deliveries", responses=answers(HookDeliveriesDocument, 404, 422))
def deliveries(path: HookPath, query: DeliveriesQuery) -> Any:
    """What was or is to be delivered to it, the newest first."""
    endpoint_id = path.endpoint_id
    found = services().hooks.deliveries(endpoint_id, query.status, query.before, query.limit)
    return {
        "deliveries": [delivery(each) for each in found],
        "next": following(
            f"/api/webhook-endpoints/{endpoint_id}/deliveries",
            len(found) == query.limit,
            before=found[-1].id if found else None,
            status=query.status,
            limit=query.limit,
        ),
    }


@hooks.post(
    "/<endpoint_id>/deliveries/<delivery_id>/replay",
    responses=answers(HookDeliveryDocument, 202, 404, 409, 422),
)
def replay(path: DeliveryPath) -> Any:
    """Deliver it once more, with the same webhook-id."""
    again = services().hooks.replay(path.endpoint_id, path.delivery_id, actor())
    return delivery(again), HTTPStatus.ACCEPTED


@hooks.post("/<endpoint_id>/replay", responses=answers(ReplayedDocument, 202, 404, *BODY))
def replay_since(path: HookPath, body: ReplayBody) -> Any:
    """Deliver once more what happened since a time, with the same webhook-ids."""
    since: datetime = body.since
    statuses = frozenset({HookStatus.GIVEN_UP}) if body.only_given_up else ENDED
    count = services().hooks.replay_since(path.endpoint_id, since, statuses, actor())
    return {"replayed": count}, HTTPStatus.ACCEPTED


def shown(endpoint: HookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "name": endpoint.name,
        "events": sorted(endpoint.events),
        "enabled": endpoint.is_enabled,
        "created_at": time_text(endpoint.created_at),
        "created_by": endpoint.created_by,
        "failing_since": time_text(endpoint.failing_since),
        "disabled_at": time_text(endpoint.disabled_at),
        "disabled_reason": endpoint.disabled_reason,
        "old_secret_until": time_text(endpoint.old_secret_until),
    }


def delivery(each: HookDelivery) -> dict[str, Any]:
    return {
        "id": each.id,
        "webhook_id": each.event_id,
        "event": each.event,
        "happened_at": time_text(each.at),
        "status": each.status,
        "attempts": each.attempts,
        "tried_at": time_text(each.tried_at),
        "next_try_at": time_text(each.due_at) if _waits_for_another(each) else None,
        "code": each.code,
        "duration_ms": each.milliseconds,
        "answer": each.excerpt,
        "problem": each.problem,
        "tries": [_try(tried) for tried in each.tries],
        "payload": each.body,
    }


def _try(each: HookTry) -> dict[str, Any]:
    return {
        "attempt": each.attempt,
        "tried_at": time_text(each.at),
        "code": each.code,
        "duration_ms": each.milliseconds,
        "problem": each.problem,
    }


def _waits_for_another(each: HookDelivery) -> bool:
    return each.status == HookStatus.WAITING and each.attempts > 0
