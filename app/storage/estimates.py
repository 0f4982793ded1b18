"""What was foreseen of each campaign, and what its messages were really charged."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.drift import Charged
from app.domain.estimate import CountryCost, Estimate
from app.storage.forecasts import EstimateRow
from app.storage.tables import Spend
from app.storage.upsert import insert


def keep(session: Session, campaign_id: str, foreseen: Estimate) -> None:
    """Keep what is foreseen now, in place of anything before."""
    values = {
        "at": foreseen.at,
        "begins_at": foreseen.begins_at,
        "finishes_at": foreseen.finishes_at,
        "rate": foreseen.rate,
        "messages": foreseen.messages,
        "segments": foreseen.segments,
        "countries": {each.country: each.as_json() for each in foreseen.countries},
    }
    statement = insert(session, EstimateRow).values(campaign_id=campaign_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["campaign_id"], set_=values))


def find(session: Session, campaign_id: str) -> Estimate | None:
    """What was foreseen of the campaign; None: it was never planned."""
    row = session.get(EstimateRow, campaign_id)
    if row is None:
        return None
    return Estimate(
        at=row.at,
        begins_at=row.begins_at,
        finishes_at=row.finishes_at,
        rate=row.rate,
        messages=row.messages,
        segments=row.segments,
        countries=tuple(map(CountryCost.from_json, row.countries.values())),
    )


def charged(session: Session, campaign_id: str) -> Sequence[Charged]:
    """What its messages cost so far, as sums that are kept anyway."""
    rows = session.execute(
        select(
            *(Spend.country, Spend.currency, func.sum(Spend.amount).label("amount")),
            func.sum(Spend.messages).label("messages"),
            func.sum(Spend.segments).label("segments"),
            func.sum(Spend.counted).label("counted"),
        )
        .where(Spend.campaign_id == campaign_id)
        .group_by(Spend.country, Spend.currency)
        .order_by(Spend.country, Spend.currency)
    )
    return [
        Charged(
            country=row.country,
            currency=row.currency,
            amount=Decimal(row.amount),
            messages=int(row.messages),
            segments=int(row.segments),
            counted=int(row.counted),
        )
        for row in rows
    ]
