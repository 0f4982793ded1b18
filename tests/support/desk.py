"""A whole service on a real database, turned by hand: time moves and messages go when told."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select, text

from app.domain.deliveries import CAME, minute_of
from app.domain.message import Attempt, ClaimedMessage, DeliveryReceipt, MessageStatus, Outcome
from app.domain.replies import Programme
from app.meters import Meters
from app.services.audit import Audit
from app.services.campaigns import Campaigns, CampaignState
from app.services.clock import Clock
from app.services.doubts import Doubts
from app.services.estimates import Estimates
from app.services.idempotency import Idempotency
from app.services.inbound import Inbound
from app.services.messages import Messages
from app.services.orders import Orders
from app.services.previews import Previews
from app.services.prices import Prices
from app.services.receipts import Receipts
from app.services.reports import Reports
from app.services.retries import Retries
from app.services.settling import Settling
from app.storage import deliveries
from app.storage.database import Database, Session
from app.storage.outbox import SqlOutbox
from app.storage.tables import Campaign, Message
from tests.support.fakes import SettableClock, StillRunner, accepted

LEASE = timedelta(seconds=30)


class Desk:
    """Services, outbox and clock around one database."""

    def __init__(
        self, database: Database, rate: float = 1000.0, daily_cap: Decimal | None = None
    ) -> None:
        self.clock = SettableClock()
        self._drawn = 0
        self.meters = Meters()
        self.runner = StillRunner()
        self.database = database
        clock = Clock(now=self.clock, entropy=self.entropy)
        self.outbox = self.outbox_of(database, rate, daily_cap)
        self.campaigns = Campaigns(database, self.runner, clock, default_rate=rate)
        self.orders = Orders(database, self.runner, clock, default_rate=rate)
        self.idempotency = Idempotency(database, clock)
        self.messages = Messages(database, self.runner, clock)
        self.receipts = Receipts(database, clock, self.meters)
        self.doubts = Doubts(database, self.runner, clock)
        self.retries = Retries(database, self.runner, clock)
        self.settling = Settling(database, self.receipts)
        self.audit = Audit(database)
        self.previews = Previews(database, clock, default_rate=rate)
        self.prices = Prices(database, clock)
        self.estimates = Estimates(database)
        self.reports = Reports(database, clock)
        programme = Programme("Bells", "help@bells.test")
        # What is claimed here is only sent by the test itself, so waiting for it would be in vain.
        self.inbound = Inbound(database, self.runner, clock, programme, patience=0.0)

    def outbox_of(
        self, database: Database, rate: float, daily_cap: Decimal | None = None
    ) -> SqlOutbox:
        """Another process's: while it waits for locks no time passes, as on the clock of this desk.

        Counted by a real clock, a wait would put slots into a future that the test never reaches.
        """
        return SqlOutbox(
            database,
            rate,
            LEASE,
            self.entropy,
            daily_cap,
            ticks=lambda: 0.0,
            tell_opt_outs=lambda count: self.meters.opted_out("carrier", count),
        )

    def entropy(self) -> bytes:
        """The same at every run, so that what is found once can be found again."""
        self._drawn += 1
        return (self._drawn << 40).to_bytes(10)

    def claim(self, room: int = 100) -> tuple[ClaimedMessage, ...]:
        """What may leave now."""
        return self.outbox.claim(room, self.clock()).messages

    def record(
        self,
        messages: Sequence[ClaimedMessage],
        answer: Callable[[ClaimedMessage], Outcome] = accepted,
    ) -> None:
        """Write down that the gateway answered so."""
        now = self.clock()
        attempts = [Attempt(message, answer(message), now, now) for message in messages]
        self.outbox.record(attempts, self.clock())

    def send_all(self) -> list[ClaimedMessage]:
        """Claim and record until nothing is due."""
        sent: list[ClaimedMessage] = []
        while taken := self.claim():
            self.record(taken)
            sent += taken
            self.clock.forward(1)
        return sent

    def receive(self, message: ClaimedMessage, status: MessageStatus, **changes: object) -> None:
        """A delivery receipt for a message that was sent."""
        receipt = DeliveryReceipt(
            **{  # type: ignore[arg-type]  # a test names what matters to it
                "status": status,
                "at": self.clock(),
                "client_ref": message.id,
                "message_uuid": f"uuid-of-{message.id}",
                **changes,
            }
        )
        self.receipts.apply("{}", receipt)

    def status_of(self, message: ClaimedMessage) -> MessageStatus:
        return self.messages.find(message.id).status

    def check_counts(self) -> None:
        """The law: kept counts are what counting the rows would give."""
        with self.database.reading() as session:
            if session.get_bind().dialect.name == "postgresql":  # others may write meanwhile
                session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            counted = session.execute(
                text(
                    "SELECT campaign_id, status, count(*) FROM messages"
                    " WHERE campaign_id IS NOT NULL GROUP BY campaign_id, status"
                )
            ).all()
            kept = session.execute(
                text(
                    "SELECT campaign_id, status, sum(count) FROM message_counts"
                    " GROUP BY campaign_id, status HAVING sum(count) <> 0"
                )
            ).all()
            self._check_deliveries(session)
        assert {tuple(map(str, row)) for row in counted} == {tuple(map(str, row)) for row in kept}

    def _check_deliveries(self, session: Session) -> None:
        """The same law for what is kept by the minute."""
        named = (Message.campaign_id, Message.status, Message.error_code, Message.status_at)
        rows = session.execute(select(*named).where(Message.campaign_id.is_not(None))).all()
        counted = Counter(
            (row.campaign_id, row.status, row.error_code, minute_of(row.status_at))
            for row in rows
            if row.status in CAME
        )
        kept = {
            (campaign_id, each.status, each.code, each.minute): each.messages
            for campaign_id in session.scalars(select(Campaign.id))
            for each in deliveries.counted(session, campaign_id)
        }
        assert kept == counted

    def counts(self, state: CampaignState) -> dict[str, int]:
        """The counts of a campaign now, zeros left out."""
        now = self.campaigns.find(state.campaign.id)
        return {status.value: number for status, number in now.counts.items() if number}
