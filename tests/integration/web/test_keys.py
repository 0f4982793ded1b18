"""Keys with scopes: made, used, worn out, revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any

from click.testing import CliRunner

from app.cli import commands
from app.domain.api_keys import KeyWish
from app.domain.scopes import Scope
from app.services.allowances import ALLOWANCE
from tests.support.builders import API_KEY, numbers
from tests.support.site import LATER, Answer, Site, open_site

MAGIC = ["+15552000001", "+15552000002"]


def make(site: Site, **wish: Any) -> dict[str, Any]:
    answer = site.post("/api/keys", {"name": "shop", "scopes": ["send", "read"], **wish})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def ask(site: Site, secret: str, method: str, path: str, body: Any = None) -> Answer:
    headers = {"Authorization": f"Bearer {secret}"}
    return site.client.open(path, method=method, headers=headers, json=body)


def send(site: Site, secret: str, to: list[str], **more: Any) -> Answer:
    order = {"recipients": to, "message": "Hi", "scheduled_at": LATER, "allow_duplicate": True}
    return ask(site, secret, "POST", "/api/campaigns/send", order | more)


def test_a_secret_is_shown_once_and_kept_only_as_a_hash(site: Site) -> None:
    made = make(site)
    listed = site.get("/api/keys")

    assert made["secret"].startswith(made["prefix"])
    assert len(made["secret"]) == len("crl_live_") + 43  # 256 bits in base64
    assert made["secret"] not in listed.text
    assert made["secret"] not in str(site.rows("api_keys"))
    assert [key["name"] for key in listed.json["keys"]] == ["shop"]
    assert send(site, made["secret"], numbers(1)).status_code == 202


def test_who_did_it_is_named_by_the_key(site: Site) -> None:
    made = make(site)
    campaign = send(site, made["secret"], numbers(1)).json["campaign"]["id"]
    ask(site, made["secret"], "POST", f"/api/campaigns/{campaign}/cancel")

    events = site.get("/api/audit").json["events"]

    assert events[0]["actor"] == "API key shop"
    assert (events[-1]["action"], events[-1]["subject"]["kind"]) == ("created", "key")
    assert events[-1]["actor"].startswith("API key ")


def test_a_revoked_key_opens_nothing_and_is_not_revoked_twice(site: Site) -> None:
    made = make(site)
    assert ask(site, made["secret"], "GET", "/api/campaigns").status_code == 200

    revoked = site.client.delete("/api/keys/shop", headers=site.key)

    assert revoked.json["revoked_at"] is not None
    assert ask(site, made["secret"], "GET", "/api/campaigns").status_code == 401
    again = site.client.delete(f"/api/keys/{made['id']}", headers=site.key)
    assert (
        again.status_code,
        site.post("/api/keys", {"name": "shop", "scopes": ["read"]}).status_code,
    ) == (409, 422)
    assert site.client.delete("/api/keys/nobody", headers=site.key).status_code == 404


def test_an_expired_key_opens_nothing(site: Site) -> None:
    made = make(site, expires_at="2099-01-01T00:00:00Z")
    keys = site.house.services.keys
    assert keys.holder(made["secret"]) is not None

    found = keys.all()[0]

    assert found.is_valid(datetime(2098, 12, 31, tzinfo=UTC))
    assert not found.is_valid(datetime(2099, 1, 1, tzinfo=UTC))


def test_another_secret_with_the_same_beginning_opens_nothing(site: Site) -> None:
    secret = make(site)["secret"]

    for wrong in (secret[:-1], secret + "x", secret[:16], secret[:-3] + "abc"):
        assert ask(site, wrong, "GET", "/api/campaigns").status_code == 401


def test_every_mistake_in_a_wish_is_named(site: Site) -> None:
    body = {"name": "a/b", "scopes": ["send"], "expires_at": "2001-01-01T00:00:00Z"}
    wrong = site.post("/api/keys", body).json["errors"]

    assert [each["pointer"] for each in wrong] == ["/name", "/expires_at"]
    unknown = site.post("/api/keys", {"name": "a", "scopes": ["sends"]})
    assert unknown.json["errors"][0]["pointer"] == "/scopes/0"


def test_a_launch_beyond_the_daily_cap_queues_nothing(site: Site) -> None:
    secret = make(site, messages_per_day=5)["secret"]

    assert send(site, secret, numbers(3)).status_code == 202
    refused = send(site, secret, numbers(3, first=10))

    assert refused.status_code == 429
    assert refused.json["type"] == "urn:carillon:problem:daily-cap"
    assert "2 are left" in refused.json["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 86_401
    assert len(site.rows("campaigns")) == 1
    assert len(site.rows("messages")) == 3
    assert send(site, secret, numbers(2, first=20)).status_code == 202
    single = ask(site, secret, "POST", "/send-sms", {"to": numbers(1)[0], "text": "Hi"})
    assert single.status_code == 429
    assert site.rows("key_usage")[0]["messages"] == 5
    assert send(site, API_KEY, numbers(3, first=30)).status_code == 202


def test_a_test_key_reaches_magic_numbers_alone(database_url: str) -> None:
    with open_site(database_url, VONAGE_API_URL="http://127.0.0.1:1") as site:
        secret = make(site, test=True)["secret"]
        assert secret.startswith("crl_test_")

        assert send(site, secret, MAGIC).status_code == 202
        refused = send(site, secret, [MAGIC[0], "+14155550101"])
        single = ask(site, secret, "POST", "/send-sms", {"to": "+14155550101", "text": "Hi"})

        assert refused.json["errors"][0]["pointer"] == "/recipients"
        assert single.json["errors"][0]["pointer"] == "/to"
        assert {refused.status_code, single.status_code} == {422}
        assert "magic numbers" in refused.json["detail"]
        assert len(site.rows("messages")) == 2


def test_a_test_key_changes_nothing_where_texts_go_to_vonage(quick_site: Site) -> None:
    secret = make(quick_site, test=True, scopes=["admin"])["secret"]

    answers = [
        send(quick_site, secret, MAGIC),
        ask(quick_site, secret, "POST", "/send-sms", {"to": MAGIC[0], "text": "Hi"}),
        ask(quick_site, secret, "POST", "/api/keys", {"name": "more", "scopes": ["send"]}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "VONAGE_API_URL" in answers[0].json["detail"]
    assert quick_site.gateway.sent == []
    assert quick_site.rows("messages") == []
    assert ask(quick_site, secret, "GET", "/api/campaigns").status_code == 200


def test_the_last_use_is_written_once_a_minute_and_not_at_every_request(site: Site) -> None:
    secret = make(site)["secret"]

    ask(site, secret, "GET", "/api/campaigns")
    first = site.rows("api_keys")[0]["last_used_at"]
    ask(site, secret, "GET", "/api/campaigns")

    assert first is not None
    assert site.rows("api_keys")[0]["last_used_at"] == first


def test_keys_at_a_terminal(site: Site) -> None:
    run = CliRunner().invoke
    keys = {command.name: command for command in commands(site.house)}["keys"]

    made = run(keys, ["create", "shop", "--scope", "read", "--days", "3", "--per-day", "9"])
    secret = made.stdout.strip()

    assert ask(site, secret, "GET", "/api/campaigns").status_code == 200
    assert send(site, secret, numbers(1)).status_code == 403
    assert "shop  crl_live" in run(keys, ["list"]).output
    assert run(keys, ["create", "shop", "--scope", "read"]).exit_code == 1
    assert run(keys, ["revoke", "shop"]).output == "shop is revoked.\n"
    assert "revoked" in run(keys, ["list"]).output
    assert run(keys, ["revoke", "shop"]).exit_code == 1
    assert ask(site, secret, "GET", "/api/campaigns").status_code == 401


def test_the_keys_of_the_settings_may_do_everything(site: Site) -> None:
    site.house.services.keys.create(
        KeyWish("x", frozenset({Scope.READ}), expires_at=datetime.now(UTC) + timedelta(days=1)), "t"
    )

    assert site.get("/api/keys").status_code == 200


def test_a_thread_forgets_the_cap_of_whoever_it_served_before(quick_site: Site) -> None:
    capped = make(quick_site, messages_per_day=5)["secret"]
    ask(quick_site, capped, "GET", "/api/campaigns")
    assert ALLOWANCE.get() is not None

    quick_site.client.get("/health/live")

    assert ALLOWANCE.get() is None
