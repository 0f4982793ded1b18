"""The overview: what is sent now, what needs a person, and how the last days went."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, make_response

from app.domain.bulletin import Bulletin
from app.domain.message import OPEN
from app.services.campaigns import CampaignState
from app.web.context import services
from app.web.dashboard import charts
from app.web.dashboard.frame import page, show


@page()
def home() -> Any:
    """Everything at a glance."""
    done = services().overview.bulletin()
    return show(
        "home.html",
        **_now(),
        needs=services().overview.needs(),
        done=done,
        spent={currency: sum(amounts, Decimal(0)) for currency, amounts in done.spent.items()},
        messages=_messages(done),
        opt_outs=charts.bars("Opt-outs", _days(done.days), {"opt-outs": done.opt_outs}),
        costs=_costs(done),
        senders=[each for each in services().senders.states() if each.held_until or each.failures],
        readiness=services().health.check(),
    )


@page()
def home_now() -> Response:
    """The part of it that moves."""
    return make_response(show("home_now.html", **_now()))


def _now() -> dict[str, Any]:
    under_way = services().overview.under_way()
    return {"under_way": [(state, *_tried(state)) for state in under_way]}


def _tried(state: CampaignState) -> tuple[int, int]:
    """How many messages are handed over, and how many there are."""
    whole = sum(state.counts.values())
    return whole - sum(state.counts[status] for status in OPEN), whole


def _messages(done: Bulletin) -> charts.Chart:
    series = {"delivered": done.delivered, "failed": done.failed, "on the way": done.under_way}
    return charts.bars("Messages", _days(done.days), series)


def _costs(done: Bulletin) -> charts.Chart:
    series = {
        currency or "no currency": [float(amount) for amount in amounts]
        for currency, amounts in done.spent.items()
    }
    return charts.bars("Cost", _days(done.days), series or {"cost": [0] * len(done.days)})


def _days(days: Sequence[date]) -> list[str]:
    return [f"{day.day} {day:%b}" for day in days]
