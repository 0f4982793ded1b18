"""Opt-outs that were understood rather than read: a person confirms them or takes them back."""

from datetime import datetime

from app.domain.consent_ledger import ConsentKind, ConsentState
from app.domain.consent_order import ConsentOrder
from app.domain.errors import Conflict, NotFound
from app.domain.ids import is_id
from app.domain.phone import PhoneNumber
from app.services.clock import Clock
from app.storage import consent, consent_pages
from app.storage.consent_pages import Review
from app.storage.database import Database, Session


class ConsentReviews:
    """Lists what is to be read, and settles it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def page(self, after: str | None, limit: int) -> list[Review]:
        """Opt-outs that a person should read, the oldest first."""
        with self._database.reading() as session:
            return consent_pages.reviews(session, after, limit)

    def settle(self, event_id: str, by: str, *, is_confirmed: bool) -> None:
        """Say whether an opt-out was meant; if not, it is taken back.

        Raises NotFound, or Conflict when it was settled before or the person opted out again.
        """
        now = self._clock.now()
        with self._database.writing() as session:
            review = consent_pages.hold_review(session, event_id) if is_id(event_id) else None
            if review is None or review.number is None:
                raise NotFound(f"there is no review {event_id}")
            if review.settled_at is not None:
                raise Conflict(f"the review was settled at {review.settled_at:%Y-%m-%d %H:%M} UTC")
            if not is_confirmed:
                self._reverse(session, review, by, now)
            consent_pages.settle_review(session, event_id, by, now, is_confirmed=is_confirmed)

    def _reverse(self, session: Session, review: Review, by: str, now: datetime) -> None:
        assert review.number is not None
        order = ConsentOrder(
            PhoneNumber(review.number), ConsentKind.REVERSED, method="review", actor=by
        )
        event = order.as_event(next(self._clock.ids(now)), self._clock.entropy().hex(), now)
        heads = consent.hold(session, [event])
        if again := consent_pages.opted_out_since(session, review.event_id):
            raise Conflict(f"the person opted out once more at {again:%Y-%m-%d %H:%M} UTC")
        if heads[review.number].state is ConsentState.OPTED_OUT:
            consent.record(session, [event], heads)
