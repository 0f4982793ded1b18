"""The audit trail over HTTP: who decided what."""

from typing import Any

from flask_openapi import Tag

from app.domain.audit import AuditEvent
from app.domain.ids import is_id
from app.domain.scopes import Scope
from app.web import views
from app.web.auth import guard
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import SECURED, answers
from app.web.doubt_schemas import AuditDocument, AuditQuery

audit = APIBlueprint(
    "audit", __name__, url_prefix="/api/audit", abp_tags=[Tag(name="audit")], abp_security=SECURED
)
guard(audit, Scope.ADMIN, look=Scope.ADMIN)


@audit.get("", responses=answers(AuditDocument, 422))
def index(query: AuditQuery) -> Any:
    """What was decided, the newest first: of one subject, or of all."""
    subject = query.subject.lower() if query.subject and is_id(query.subject) else query.subject
    found = services().audit.page(subject, query.before, query.limit)
    following = views.following(
        "/api/audit",
        len(found) == query.limit,
        subject=subject,
        limit=query.limit,
        before=found[-1].id if found else None,
    )
    return views.page("events", [_event(each) for each in found], following)


def _event(each: AuditEvent) -> dict[str, Any]:
    return {
        "id": each.id,
        "at": views.time_text(each.at),
        "actor": each.actor,
        "action": each.action,
        "subject": {"kind": each.subject_kind, "id": each.subject_id},
        "details": dict(each.details),
    }
