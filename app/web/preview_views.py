"""Previews, prices and estimates as JSON."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.drift import Comparison
from app.domain.estimate import CountryCost, Estimate
from app.domain.preview import Preview, Sample, Survey
from app.domain.prices import LearnedPrice, Price
from app.services.estimates import Reckoning
from app.web.views import time_text

_HELD = 200  # distinct moments that are shown


def preview(made: Preview) -> dict[str, Any]:
    """What a campaign would do."""
    survey = made.survey
    return {
        "campaign_id": made.campaign_id,
        "token": made.token,
        "valid_until": time_text(made.valid_until),
        "at": time_text(made.at),
        "totals": totals(survey),
        "held": [
            {"until": time_text(until), "count": count}
            for until, count in sorted(survey.tally.held.items())[:_HELD]
        ],
        "skipped": _reasons(survey.tally.skipped),
        "refused": _reasons(survey.refused),
        "segments": {
            "total": survey.tally.segments,
            "messages": {str(n): count for n, count in sorted(survey.tally.distribution.items())},
            "encodings": dict(sorted(survey.encodings.items())),
        },
        "cost": _cost(made.estimate),
        "timing": _timing(made.estimate),
        "samples": [_sample(each, survey) for each in survey.samples.shown()],
        "warnings": [{"rule": each.rule, "text": each.text} for each in made.warnings],
        "links": None if made.campaign_id is None else _links(made.campaign_id),
    }


def totals(survey: Survey) -> dict[str, int]:
    tally = survey.tally
    return {
        "recipients": survey.recipients,
        "people": tally.people,
        "send_now": tally.sent_now,
        "held": tally.held.total(),
        "skipped": tally.skipped.total(),
        "refused": survey.refused.total(),
        "duplicates": survey.duplicates,
        "not_valid": survey.doubtful,
    }


def _reasons(counted: Counter[str]) -> list[dict[str, Any]]:
    return [{"reason": reason, "count": count} for reason, count in counted.most_common()]


def _links(campaign_id: str) -> dict[str, str]:
    here = f"/api/campaigns/{campaign_id}"
    return {"campaign": here, "csv": f"{here}/preview.csv", "launch": f"{here}/launch"}


def _sample(sample: Sample, survey: Survey) -> dict[str, Any]:
    message = sample.message
    return {
        "why": sample.why,
        "number": message.number,
        "text": message.text,
        "segments": message.segments,
        "held_until": time_text(message.due_at) if survey.tally.is_held(message.due_at) else None,
        "held": message.hold_note,
    }


def money(amount: Decimal | None) -> str | None:
    """As it is, without zeros at the end."""
    return None if amount is None else f"{amount.normalize():f}"


def _cost(foreseen: Estimate) -> dict[str, Any]:
    messages, segments = foreseen.unpriced
    return {
        "totals": _amounts(foreseen.costs),
        "unpriced_messages": messages,
        "unpriced_segments": segments,
        "countries": [_country(each) for each in foreseen.countries],
    }


def _amounts(sums: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    return [{"currency": name, "amount": money(amount)} for name, amount in sums.items()]


def _country(cost: CountryCost) -> dict[str, Any]:
    return {
        "country": cost.country,
        "messages": cost.messages,
        "segments": cost.segments,
        "price": money(cost.price),
        "currency": cost.currency,
        "source": cost.source,
        "amount": money(cost.amount),
    }


def _timing(foreseen: Estimate) -> dict[str, Any]:
    return {
        "rate": foreseen.rate,
        "begins_at": time_text(foreseen.begins_at),
        "finishes_at": time_text(foreseen.finishes_at),
    }


def reckoning(found: Reckoning) -> dict[str, Any]:
    """An estimate beside the truth."""
    campaign, foreseen, compared = found.state.campaign, found.foreseen, found.comparison
    return {
        "campaign_id": campaign.id,
        "status": campaign.status,
        "estimate": None
        if foreseen is None
        else {
            "at": time_text(foreseen.at),
            "messages": foreseen.messages,
            "segments": foreseen.segments,
            "cost": _cost(foreseen),
            "timing": _timing(foreseen),
        },
        "actual": {
            "finished_at": time_text(campaign.finished_at),
            "charged_messages": compared.charged_messages if compared else 0,
            "billed_segments": compared.billed_segments if compared else 0,
            "counted_segments": compared.counted_segments if compared else 0,
            "cost": _amounts(found.charged),
        },
        "drift": _drift(compared),
        "alarms": list(compared.alarms) if compared else [],
    }


def _drift(compared: Comparison | None) -> dict[str, Any]:
    if compared is None:
        return {"segments": None, "cost": [], "late_seconds": None}
    return {
        "segments": _rounded(compared.segments_drift),
        "cost": [
            {
                "currency": each.currency,
                "expected": money(each.expected),
                "actual": money(each.actual),
                "drift": _rounded(each.drift),
            }
            for each in compared.costs
        ],
        "late_seconds": compared.late_seconds,
    }


def _rounded(drift: float | None) -> float | None:
    return None if drift is None else round(drift, 4)


def price(each: Price) -> dict[str, Any]:
    """A price of a segment, and what speaks against it."""
    return {
        "country": each.country,
        "currency": each.currency,
        "price": money(each.amount),
        "source": each.source,
        "updated_at": time_text(each.updated_at),
        "learned": _learned(each.learned),
        "drift": None if each.drift is None else float(each.drift),
    }


def _learned(each: LearnedPrice | None) -> dict[str, Any] | None:
    if each is None:
        return None
    return {
        "price": money(each.amount),
        "currency": each.currency,
        "segments": each.segments,
    }
