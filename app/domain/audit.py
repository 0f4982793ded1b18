"""Who decided what, when: the trail that is only ever added to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

SubjectKind = Literal[
    "campaign",
    "message",
    "price",
    "template",
    "sender",
    "import",
    "user",
    "key",
    "webhook",
    "hours",
    "contact",
    "list",
    "audience",
]


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One decision, by a person or by a rule that a person set."""

    id: str
    at: datetime
    actor: str  # a name that gives away no secret
    action: str
    subject_kind: SubjectKind
    subject_id: str
    details: Mapping[str, Any] = field(default_factory=dict)
