"""API keys over HTTP: made, listed, revoked by whoever holds an admin key."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from flask_openapi import Tag
from pydantic import BeforeValidator, Field

from app.domain.api_keys import ApiKey, KeyWish
from app.domain.errors import InvalidMoment
from app.domain.moments import read_moment
from app.domain.scopes import Scope, read_scopes
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint, Document
from app.web.documents import BODY, SECURED, answers
from app.web.schemas import Body, Query
from app.web.views import time_text

keys = APIBlueprint(
    "keys", __name__, url_prefix="/api/keys", abp_tags=[Tag(name="keys")], abp_security=SECURED
)
guard(keys, Scope.ADMIN, look=Scope.ADMIN)
keys.before_request(require_json)


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return read_moment(value, None)
    except InvalidMoment as error:
        raise ValueError(str(error)) from None


Moment = Annotated[datetime, BeforeValidator(_moment)]
_Limit = Annotated[int, Field(ge=1, le=1_000_000_000, strict=True)]


class KeyPath(Query):
    key_id: str = Field(description="Its id, or its name.")


class NewKeyBody(Body):
    """A key that is to be made."""

    name: str = Field(min_length=1, max_length=40, description="What the audit trail calls it.")
    scopes: list[str] = Field(
        max_length=10, description="Among send, read, contacts and admin; admin covers the others."
    )
    test: bool = Field(
        default=False, strict=True, description="Reaches only the simulator's magic numbers."
    )
    expires_at: Moment | None = Field(None, description="Without it, it does not expire.")
    requests_per_minute: _Limit | None = Field(None, description="Instead of the default.")
    messages_per_day: _Limit | None = Field(
        None, description="How many messages it may queue in a day of UTC."
    )

    def wish(self) -> KeyWish:
        return KeyWish(
            name=self.name,
            scopes=read_scopes(self.scopes),
            is_test=self.test,
            expires_at=self.expires_at,
            per_minute=self.requests_per_minute,
            per_day=self.messages_per_day,
        )


class KeyDocument(Document):
    id: str
    name: str
    prefix: str = Field(description="How the secret begins.")
    scopes: list[Scope]
    test: bool
    created_at: str
    created_by: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None = Field(description="To about a minute.")
    requests_per_minute: int | None
    messages_per_day: int | None


class NewKeyDocument(KeyDocument):
    secret: str = Field(description="Shown now and never again.")


class KeysDocument(Document):
    keys: list[KeyDocument]


@keys.post("", responses=answers(NewKeyDocument, 201, *BODY))
def create(body: NewKeyBody) -> Any:
    """Make a key. The answer is the only one with its secret."""
    made = services().keys.create(body.wish(), actor())
    return {**shown(made.key), "secret": made.secret}, HTTPStatus.CREATED


@keys.get("", responses=answers(KeysDocument))
def index() -> Any:
    """Every key that there is or was, the newest first; those of API_KEYS are not among them."""
    return {"keys": [shown(each) for each in services().keys.all()]}


@keys.delete("/<key_id>", responses=answers(KeyDocument, 404, 409))
def revoke(path: KeyPath) -> Any:
    """End a key at once. It stays in the list, since the audit trail names it."""
    return shown(services().keys.revoke(path.key_id, actor()))


def shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "test": key.is_test,
        "created_at": time_text(key.created_at),
        "created_by": key.created_by,
        "expires_at": time_text(key.expires_at),
        "revoked_at": time_text(key.revoked_at),
        "last_used_at": time_text(key.last_used_at),
        "requests_per_minute": key.per_minute,
        "messages_per_day": key.per_day,
    }
