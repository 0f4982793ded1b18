"""Messages in doubt: a person says what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.audit import AuditEvent, SubjectKind
from app.domain.doubts import STATUS_OF, Answer, Resolution, warning
from app.domain.errors import Conflict, NotFound, Unconfirmed
from app.domain.ids import is_id
from app.domain.message import MessageStatus
from app.sending.ports import Runner
from app.services.chunks import AT_ONCE, in_chunks
from app.services.clock import Clock
from app.storage import again, audit, campaign_status, campaigns, doubts, message_list, messages
from app.storage.counts import counts_of
from app.storage.database import AnyRow, Database, Session
from app.storage.doubts import Doubtful
from app.storage.message_list import StoredMessage, Wanted
from app.storage.messages import Heard

_DOUBTFUL = Wanted(MessageStatus.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Resolved:
    """How many messages were settled, and how many are (still) in doubt."""

    resolved: int
    remaining: int


class Doubts:
    """Settles doubts as a person says; a receipt of higher rank still corrects that."""

    def __init__(self, database: Database, runner: Runner, clock: Clock) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock

    def overview(self) -> list[Doubtful]:
        """The campaigns with messages in doubt, the newest first."""
        with self._database.reading() as session:
            return doubts.campaigns(session)

    def page(self, campaign_id: str | None, after: str | None, limit: int) -> list[StoredMessage]:
        """Messages in doubt of a campaign, or single ones, those behind id `after`."""
        with self._database.reading() as session:
            return message_list.page(session, campaign_id, _DOUBTFUL, after, limit)

    def resolve_message(self, message_id: str, resolution: Resolution) -> StoredMessage:
        """Settle one message; returns it as it then stands.

        Raises NotFound, Conflict when it is not in doubt or cannot be sent again now, and
        Unconfirmed.
        """
        now = self._clock.now()
        with self._database.writing() as session:
            before = message_list.find(session, message_id) if is_id(message_id) else None
            if before is None:
                raise NotFound(f"there is no message {message_id}")
            row = doubts.one(session, message_id)
            if row is None:
                raise Conflict(f"the message is {before.status}, not in doubt: nothing to settle")
            _require_confirmation(resolution, 1)
            self._settle(session, [row], resolution, now)
            event_id = next(self._clock.ids(now))
            audit.add(session, _event(event_id, now, ("message", message_id), resolution))
            after = message_list.find(session, message_id)
        assert after is not None
        self._runner.wake()
        return after

    def resolve_campaign(self, campaign_id: str, resolution: Resolution) -> Resolved:
        """Settle all messages of a campaign that are in doubt at this moment.

        Raises NotFound, Conflict when it can send nothing again, and Unconfirmed. Of a very large
        number some may remain: call it again.
        """
        now = self._clock.now()
        ids = self._clock.ids(now)
        _require_confirmation(resolution, self._remaining(campaign_id))

        def settle_some(after: str) -> Sequence[AnyRow]:
            with self._database.writing() as session:
                rows = doubts.some(session, campaign_id, after, now, AT_ONCE)
                if rows:
                    self._settle(session, rows, resolution, now)
                    event = _event(next(ids), now, ("campaign", campaign_id), resolution)
                    told = {**event.details, "messages": len(rows)}
                    audit.add(session, replace(event, details=told))
            return rows

        done = in_chunks(settle_some, campaign_id)
        self._runner.wake()
        return Resolved(done, self._remaining(campaign_id))

    def _remaining(self, campaign_id: str) -> int:
        with self._database.reading() as session:
            if not is_id(campaign_id) or campaigns.find(session, campaign_id) is None:
                raise NotFound(f"there is no campaign {campaign_id}")
            return counts_of(session, [campaign_id])[campaign_id][MessageStatus.IN_DOUBT]

    @staticmethod
    def _settle(
        session: Session, rows: Sequence[AnyRow], resolution: Resolution, now: datetime
    ) -> None:
        if resolution.answer is Answer.RESEND:
            again.queue(session, rows, resolution.by, resolution.reason, now)
            return
        status = STATUS_OF[resolution.answer]
        news = [Heard(row.id, status, now, resolution.reason, row.error_code) for row in rows]
        campaign_status.finish_done(session, messages.advance(session, news), now)


def _event(
    event_id: str, now: datetime, subject: tuple[SubjectKind, str], resolution: Resolution
) -> AuditEvent:
    told = {"as": resolution.answer.value, "note": resolution.note}
    return AuditEvent(event_id, now, resolution.by, "resolved", *subject, told)


def _require_confirmation(resolution: Resolution, messages: int) -> None:
    if resolution.answer is Answer.RESEND and not resolution.confirmed:
        raise Unconfirmed(warning(messages), messages)
