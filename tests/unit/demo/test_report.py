from dataclasses import replace
from typing import Any

from demo.report import MEANINGS, Facts, lines, masked

STATUSES = (
    *("queued", "sending", "skipped", "in_doubt", "failed"),
    *("accepted", "submitted", "undeliverable", "rejected", "delivered"),
)


def message(status: str, reason: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {
        "status": status,
        "reason": reason,
        "error_code": code,
        "attempts": 1,
        "price": "0.0333" if status == "delivered" else None,
        "currency": "EUR" if status == "delivered" else None,
    }


def refusal(index: int, value: str, reason: str, *, duplicate: bool = False) -> dict[str, Any]:
    return {"index": index, "value": value, "reason": reason, "duplicate": duplicate}


def facts(**changes: Any) -> Facts:
    counts = dict.fromkeys(STATUSES, 0)
    counts |= {"delivered": 3, "rejected": 3, "in_doubt": 1, "skipped": 1}
    campaign = {
        "status": "finished",
        "recipient_count": 10,
        "started_at": "2026-11-22T09:00:00Z",
        "finished_at": "2026-11-22T09:00:04.5Z",
        "messages": counts,
        "results": {"not_valid_count": 0},
    }
    messages = [
        *[message("delivered")] * 3,
        *[message("rejected", "Number barred", "1050")] * 2,
        message("rejected", "Rejected by the anti-spam filter", "1210"),
        message("in_doubt", "The request left: no answer came"),
        message("skipped", "opted out"),
    ]
    refusals = [
        refusal(4, "0014155550100", "the same number as recipient 0", duplicate=True),
        refusal(7, "0171 39200 05", "starts with 0"),
    ]
    return replace(Facts(campaign, messages, refusals), **changes)


def test_every_recipient_is_in_the_table_once() -> None:
    assert list(lines(facts())) == [
        "What became of the 10 recipients, all tried in 4.5 s:",
        "",
        "  delivered           3  the phone has it, says the carrier",
        "  rejected            3  refused by the carrier",
        "                      2    1050 Number barred",
        "                      1    1210 Rejected by the anti-spam filter",
        f"  in doubt            1  {MEANINGS['in_doubt']}",
        "                      1    The request left: no answer came",
        "  skipped             1  not sent",
        "                      1    opted out",
        "  duplicates          1  the same number again, spelt otherwise or not",
        "  refused             1  not a number that can be texted",
        "                           [7] **** ***** 05: starts with 0",
        "  ---------------------",
        "  recipients         10",
        "",
        "Price by the carriers' receipts: 0.0999 EUR.",
    ]


def test_a_report_is_whole_when_the_numbers_add_up() -> None:
    assert facts().is_whole


def test_a_recipient_that_is_missing_is_noticed() -> None:
    assert not facts(refusals=[]).is_whole


def test_counters_that_differ_from_the_messages_are_noticed() -> None:
    others = facts()
    counts = others.campaign["messages"] | {"delivered": 2, "rejected": 4}
    assert not facts(campaign=others.campaign | {"messages": counts}).is_whole


def test_a_campaign_that_is_not_over_is_noticed() -> None:
    paused = facts().campaign | {"status": "paused", "finished_at": None}
    unfinished = facts(campaign=paused)
    assert not unfinished.is_whole
    assert next(lines(unfinished)) == "What became of the 10 recipients:"


def test_who_opted_out_meanwhile_is_told_with_masked_numbers() -> None:
    told = list(lines(facts(opted_out=["+15558100001", "+12025550199"])))
    assert (
        "Opted out meanwhile, by text, and had that confirmed: +*********01, +*********99." in told
    )


def test_only_the_first_refused_recipients_are_listed() -> None:
    many = [refusal(index, "+0", "starts with no country code") for index in range(13)]
    told = list(lines(facts(refusals=many)))
    assert sum("no country code" in line for line in told) == 10
    assert "                           and 3 more" in told


def test_masking_leaves_the_spelling_and_two_digits() -> None:
    assert masked("+44 (0)20 7946-0018") == "+** (*)** ****-**18"
    assert masked("call me") == "call me"
