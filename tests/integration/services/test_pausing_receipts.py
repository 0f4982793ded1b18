"""Receipts that say more of the account than of the message."""

import pytest

from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus
from tests.support.builders import order
from tests.support.desk import Desk


@pytest.mark.parametrize("code", ["1060", "1070", "1420", "1460"])
def test_a_receipt_that_blames_the_account_pauses_the_campaign(desk: Desk, code: str) -> None:
    state = desk.campaigns.launch(order(3)).state
    (first,) = desk.claim(room=1)
    desk.record([first])

    desk.receive(first, MessageStatus.REJECTED, error_code=code, reason="Quota exceeded")

    paused = desk.campaigns.find(state.campaign.id).campaign
    assert (paused.status, paused.status_by) == (CampaignStatus.PAUSED, "Vonage")
    assert code in str(paused.status_reason)
    assert "Quota exceeded" in str(paused.status_reason)
    desk.clock.forward(1)
    assert desk.claim() == ()
    assert desk.counts(state) == {"rejected": 1, "queued": 2}

    desk.campaigns.resume(state.campaign.id, "Ann")
    assert len(desk.send_all()) == 2


def test_a_receipt_that_blames_the_number_pauses_nothing(desk: Desk) -> None:
    state = desk.campaigns.launch(order(3)).state
    (first,) = desk.claim(room=1)
    desk.record([first])

    desk.receive(first, MessageStatus.REJECTED, error_code="1050", reason="Number barred")

    assert desk.campaigns.find(state.campaign.id).campaign.status is CampaignStatus.SENDING
    assert len(desk.send_all()) == 2
