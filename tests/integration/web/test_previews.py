"""The dry run over HTTP and at the command line."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import commands
from app.domain.sheet_cells import harmless
from app.web.preview_rows import HEADER
from tests.support.builders import numbers
from tests.support.site import LATER, Site, eventually
from tests.support.webhooks import inbound, receipt

CAMPAIGNS = "/api/campaigns"
PRICES = "/api/prices"
NOBODY = "01a20284-46ec-7085-90b1-3294384bf7a9"
RECIPIENTS: list[Any] = [
    *({"to": number, "name": "Ada"} for number in numbers(3)),
    {"to": "+447700900123", "name": "=Eve"},
    numbers(1)[0],
    numbers(1)[0] + "9",
    "=1+1",
]
TEXT = "{{ name | default: 'Friend' }}, hello"


@pytest.fixture
def draft(site: Site) -> str:
    """A draft for four people, one of whom opted out."""
    site.webhook("inbound", inbound("STOP", numbers(2)[1]))
    eventually(lambda: len(site.rows("attempts")) == 1)  # the answer to the STOP was sent
    answer = site.post(CAMPAIGNS, {"recipients": RECIPIENTS, "message": TEXT})
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def previewed(site: Site, campaign_id: str) -> dict[str, Any]:
    answer = site.post(f"{CAMPAIGNS}/{campaign_id}/preview")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def put_prices(site: Site, *prices: dict[str, Any]) -> Any:
    return site.client.put(PRICES, headers=site.key, json={"prices": list(prices)})


def run(site: Site, *arguments: str) -> Result:
    group = next(each for each in commands(site.house) if each.name == arguments[0])
    return CliRunner().invoke(group, list(arguments[1:]))


def test_a_preview_says_what_a_launch_would_do(site: Site, draft: str) -> None:
    put_prices(site, {"country": "US", "currency": "EUR", "price": "0.0075"})

    shown = previewed(site, draft)

    assert shown["totals"] == {
        "recipients": 7, "people": 4, "send_now": 3, "held": 0, "skipped": 1,
        "refused": 2, "duplicates": 1, "not_valid": 1,
    }  # fmt: skip
    assert shown["skipped"] == [{"reason": "opted out", "count": 1}]
    assert shown["segments"] == {
        "total": 3, "messages": {"1": 3}, "encodings": {"GSM-7": 3}
    }  # fmt: skip
    assert shown["cost"]["totals"] == [{"currency": "EUR", "amount": "0.015"}]
    assert (shown["cost"]["unpriced_messages"], shown["cost"]["unpriced_segments"]) == (1, 1)
    assert [each["country"] for each in shown["cost"]["countries"]] == ["US", "GB"]
    assert [each["text"] for each in shown["samples"]] == [
        *("Ada, hello", "Ada, hello", "=Eve, hello"),
    ]
    assert {each["rule"] for each in shown["warnings"]} == {"unpriced", "numbers"}
    assert shown["timing"]["rate"] == 1000
    assert shown["links"]["csv"] == f"{CAMPAIGNS}/{draft}/preview.csv"


def test_the_csv_has_a_line_for_every_recipient(site: Site, draft: str) -> None:
    with site.get(f"{CAMPAIGNS}/{draft}/preview.csv") as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "text/csv"
        assert answer.is_streamed
        rows = list(csv.DictReader(io.StringIO(answer.text)))

    assert tuple(rows[0]) == HEADER
    assert [row["position"] for row in rows] == [str(place) for place in range(7)]
    assert [row["decision"] for row in rows] == [
        *("send now", "skipped", "send now", "send now"),
        *("duplicate", "refused", "refused"),
    ]
    assert rows[1]["reason"] == "opted out"
    assert rows[3]["text"] == "'=Eve, hello"  # no formula for a spreadsheet
    assert rows[3]["country"] == "GB"
    assert rows[4]["reason"] == "the same number as recipient 0"
    assert rows[6]["number"] == "'=1+1"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_formulas_are_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"x{cell}") == f"x{cell}"


def test_a_csv_that_nobody_reads_holds_no_connection(site: Site, draft: str) -> None:
    for _ in range(60):  # more than the pool has
        answer = site.client.get(f"{CAMPAIGNS}/{draft}/preview.csv", headers=site.key)
        answer.close()
        site.client.head(f"{CAMPAIGNS}/{draft}/preview.csv", headers=site.key)

    assert site.get(f"{CAMPAIGNS}/{draft}").status_code == 200


def test_a_launch_that_keeps_its_promise(site: Site, draft: str) -> None:
    token = previewed(site, draft)["token"]

    answer = site.post(f"{CAMPAIGNS}/{draft}/launch", {"preview_token": token})

    assert answer.status_code == 200
    eventually(lambda: site.get(f"{CAMPAIGNS}/{draft}").json["status"] == "finished")
    assert {each.to for each in site.gateway.sent} >= {numbers(1)[0], "+447700900123"}


def test_a_launch_that_would_break_it_is_refused_with_the_difference(
    site: Site, draft: str
) -> None:
    token = previewed(site, draft)["token"]
    site.webhook("inbound", inbound("STOP", numbers(3)[2]))

    for path, body in [("launch", {}), ("schedule", {"scheduled_at": LATER})]:
        answer = site.post(f"{CAMPAIGNS}/{draft}/{path}", {"preview_token": token, **body})

        assert answer.status_code == 409
        assert answer.mimetype == "application/problem+json"
        problem = answer.json
        assert problem["type"] == "urn:carillon:problem:preview-changed"
        assert problem["link"] == f"{CAMPAIGNS}/{draft}/preview"
        assert problem["differences"] == [
            {
                "part": "skipped",
                "before": 1,
                "now": 2,
                "sentence": "1 more skipped (opted out): 1 before, 2 now",
            }
        ]
        assert site.get(f"{CAMPAIGNS}/{draft}").json["status"] == "draft"


@pytest.mark.parametrize("token", ["x", "0" * 63, "A" * 64, 5])
def test_what_is_no_token_is_said_to_be_none(site: Site, draft: str, token: object) -> None:
    answer = site.post(f"{CAMPAIGNS}/{draft}/launch", {"preview_token": token})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/preview_token"


def test_an_unknown_token_is_refused(site: Site, draft: str) -> None:
    answer = site.post(f"{CAMPAIGNS}/{draft}/launch", {"preview_token": "0" * 64})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/preview_token"
    assert "make a new one" in answer.json["detail"]


def test_a_dry_run_of_an_order_keeps_and_sends_nothing(site: Site) -> None:
    body = {"recipients": RECIPIENTS, "message": TEXT, "dry_run": True}

    for path in (f"{CAMPAIGNS}/send", CAMPAIGNS):
        answer = site.post(path, body, Idempotency_Key="once")

        assert answer.status_code == 200
        assert answer.json["totals"]["send_now"] == 4
        assert answer.json["token"] is answer.json["campaign_id"] is answer.json["links"] is None
    assert site.rows("campaigns") == site.rows("messages") == site.rows("idempotency_keys") == []
    assert site.post(f"{CAMPAIGNS}/send", {**body, "dry_run": "yes"}).status_code == 422
    assert site.post(f"{CAMPAIGNS}/send", {**body, "dry_run": False}).status_code == 202


@pytest.mark.parametrize("what", ["preview", "preview.csv", "estimate"])
def test_a_campaign_that_is_not_there(site: Site, what: str) -> None:
    method = site.post if what == "preview" else site.get

    for campaign_id in (NOBODY, "x"):
        answer = method(f"{CAMPAIGNS}/{campaign_id}/{what}")
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"


def test_what_has_begun_cannot_be_previewed(site: Site) -> None:
    campaign_id = site.campaign(1)["campaign"]["id"]

    for answer in (
        site.post(f"{CAMPAIGNS}/{campaign_id}/preview"),
        site.get(f"{CAMPAIGNS}/{campaign_id}/preview.csv"),
    ):
        assert answer.status_code == 409
        assert answer.json["campaign_status"] == "finished"


def test_prices_are_set_and_taken_back(site: Site) -> None:
    assert site.get(PRICES).json == {"prices": []}  # none are shipped

    answer = put_prices(
        site,
        {"country": "us", "currency": "eur", "price": "0.00750"},
        {"country": "GB", "currency": "EUR", "price": 0.04},
    )
    assert answer.status_code == 200, answer.text
    shown = {each["country"]: each for each in answer.json["prices"]}
    assert (shown["US"]["price"], shown["US"]["source"]) == ("0.0075", "operator")
    assert (shown["GB"]["price"], shown["GB"]["learned"]) == ("0.04", None)

    left = put_prices(site, {"country": "US", "price": None}).json["prices"]
    assert [each["country"] for each in left] == ["GB"]


def test_every_mistake_in_prices_is_named_and_nothing_is_set(site: Site) -> None:
    answer = put_prices(
        site,
        {"country": "GB", "currency": "EUR", "price": "0.04"},
        {"country": "XX", "currency": "EUR", "price": "0.04"},
        {"country": "US", "price": "-1"},
    )

    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json["errors"]} == {
        "/prices/1/country", "/prices/2/currency", "/prices/2/price"
    }  # fmt: skip
    assert site.get(PRICES).json == {"prices": []}
    for wrong in ({}, {"country": "US", "price": True}, {"country": "US", "price": "x"}):
        assert put_prices(site, wrong).status_code == 422


def test_the_estimate_stands_beside_the_truth(site: Site, draft: str) -> None:
    put_prices(site, {"country": "US", "currency": "EUR", "price": "0.0333"})
    path = f"{CAMPAIGNS}/{draft}/estimate"
    assert site.get(path).json["estimate"] is None
    site.post(f"{CAMPAIGNS}/{draft}/launch")
    eventually(lambda: site.get(f"{CAMPAIGNS}/{draft}").json["status"] == "finished")
    sent = site.get(f"{CAMPAIGNS}/{draft}/messages").json["messages"]
    today: dict[str, Any] = {
        "timestamp": datetime.now(UTC).isoformat(),
        "sms": {"count_total": "2"},
    }

    for message in sent:
        if message["status"] == "accepted" and message["number"].startswith("+1"):
            site.webhook("status", receipt(message, "delivered", **today))
    shown = site.get(path).json

    assert shown["estimate"]["segments"] == 3
    assert shown["estimate"]["cost"]["totals"] == [{"currency": "EUR", "amount": "0.0666"}]
    assert shown["actual"] | {"finished_at": None} == {
        "finished_at": None,
        "charged_messages": 2,
        "billed_segments": 4,
        "counted_segments": 2,
        "cost": [{"currency": "EUR", "amount": "0.0666"}],
    }
    assert shown["drift"]["segments"] == 1.0
    assert shown["drift"]["cost"] == [
        {"currency": "EUR", "expected": "0.0666", "actual": "0.0666", "drift": 0.0}
    ]
    assert [each[:24] for each in shown["alarms"]] == ["Vonage counted 4 segment"]
    (price,) = site.get(PRICES).json["prices"]
    assert (price["learned"]["price"], price["drift"]) == ("0.01665", -0.5)


def test_the_command_line_says_the_same(site: Site, draft: str, tmp_path: Path) -> None:
    run(site, "prices", "set", "US", "0.0075", "EUR")
    file = tmp_path / "out.csv"

    told = run(site, "campaigns", "preview", draft, "--csv", str(file))
    as_json = run(site, "campaigns", "preview", draft, "--json")

    assert told.exit_code == as_json.exit_code == 0, told.output
    assert "7 recipients, 4 people" in told.output
    assert "skipped: opted out" in told.output
    assert "Cost: 0.015 EUR" in told.output
    shown = json.loads(as_json.output)
    assert shown["token"] in told.output
    assert shown["totals"] == previewed(site, draft)["totals"]
    with site.get(f"{CAMPAIGNS}/{draft}/preview.csv") as answer:
        assert file.read_bytes().decode() == answer.text
    missing = run(site, "campaigns", "preview", NOBODY)
    assert missing.exit_code == 1
    assert "there is no campaign" in missing.output


def lines(result: Result) -> Iterator[list[str]]:
    assert result.exit_code == 0, result.output
    for line in result.output.splitlines():
        yield line.split()


def test_prices_at_the_command_line(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("\ufeffcountry,currency,price,note\nUS,EUR,0.0075,x\nde,EUR,0.07,\n", "utf-8")

    assert run(site, "prices", "import", str(file)).output == "2 set: US, DE\n"
    assert run(site, "prices", "set", "GB", "0.04", "GBP").output == "1 set: GB\n"
    assert run(site, "prices", "unset", "DE").output == "1 set: DE\n"

    assert list(lines(run(site, "prices", "list"))) == [
        ["GB", "0.04", "GBP", "operator"],
        ["US", "0.0075", "EUR", "operator"],
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("land,price\nUS,1\n", "the columns country, currency, price"),
        ("country,currency,price\nUS,EUR,much\n", "row 1/price: must be an amount"),
        ("country,currency,price\nUS,EUR,1\nXX,,-1\n", "row 2/country: is no country"),
        ("", "the columns country, currency, price"),
    ],
)
def test_a_file_with_a_mistake_sets_nothing(
    site: Site, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(content, "utf-8")

    answer = run(site, "prices", "import", str(file))

    assert answer.exit_code == 1
    assert told in answer.output
    assert site.get(PRICES).json == {"prices": []}
