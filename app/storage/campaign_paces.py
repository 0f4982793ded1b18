"""The pace of campaigns that may not go as fast as their sender, as far as one claim has to do.

The row of the sender, which the claim holds, keeps others from these as well: all messages of a
campaign have one sender.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.domain.throughput import OwnPace, Reservation, reserve, weave
from app.storage.lanes import Lane
from app.storage.pace_tables import CampaignPace
from app.storage.upsert import insert

_NEXT = select(CampaignPace.campaign_id, CampaignPace.next_slot).where(
    CampaignPace.campaign_id.in_(bindparam("ids", expanding=True))
)


class OwnPaces:
    """Those among the lanes of one sender; where there are none, nothing is asked or written."""

    def __init__(self, session: Session, lanes: Iterable[Lane], now: float) -> None:
        """`now` is in seconds since the epoch."""
        self._session = session
        self._now = now
        rates = {each.campaign_id: each.max_rate for each in lanes if each.campaign_id}
        self._paces = _read(session, {of: rate for of, rate in rates.items() if rate}, now)
        self._slowed: list[str] = []

    def room(self, lane: Lane, wanted: int) -> int:
        """How many of so many may leave about now."""
        pace = self._paces.get(lane.campaign_id or "")
        if pace is None:
            return wanted
        return len(reserve(pace.next_slot, pace.rate, wanted, self._now).slots)

    def note_more(self, lane: Lane) -> None:
        """It could have given more, but for its pace."""
        if lane.campaign_id in self._paces:
            self._slowed.append(lane.campaign_id)

    def slots(self, next_slot: float, rate: float, lanes: Sequence[Lane]) -> Reservation:
        """A slot for each message that was picked of these lanes, at the sender's rate."""
        if not self._paces:
            return reserve(next_slot, rate, len(lanes), self._now)
        ids = [lane.campaign_id for lane in lanes]
        given, paces = weave(next_slot, rate, ids, self._paces, self._now)
        moved = {of: each.next_slot for of, each in paces.items() if each != self._paces[of]}
        self._paces = dict(paces)
        _write(self._session, moved)
        return given

    @property
    def wait(self) -> float | None:
        """Seconds until one of those that could give more may; None: there is none."""
        return min((self._paces[of].wait(self._now) for of in self._slowed), default=None)


def _read(session: Session, rates: dict[str, float], now: float) -> dict[str, OwnPace]:
    if not rates:
        return {}
    rows = session.connection().execute(_NEXT, {"ids": list(rates)})
    known = {row.campaign_id: row.next_slot for row in rows}
    paces = {of: OwnPace(rate, known.get(of, 0.0)) for of, rate in rates.items()}
    return {of: each.believable(now) for of, each in paces.items()}


def _write(session: Session, moved: dict[str, float]) -> None:
    if not moved:
        return
    adding = insert(session, CampaignPace)
    keeping = adding.on_conflict_do_update(
        index_elements=["campaign_id"], set_={"next_slot": adding.excluded.next_slot}
    )
    rows = [{"campaign_id": of, "next_slot": slot} for of, slot in sorted(moved.items())]
    session.connection().execute(keeping, rows)
