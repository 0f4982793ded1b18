"""API keys as pages: made with limits, shown once, revoked."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.visitors import Visitor

HERE = "/dashboard/api-keys"
WHOLE = {
    "name": "web shop",
    "scope-send": "on",
    "scope-read": "on",
    "messages_per_day": "500",
    "requests_per_minute": "60",
}


def test_a_key_is_shown_once_and_opens_what_it_may(admin: Visitor) -> None:
    page = admin.post(HERE, WHOLE).text
    (secret,) = re.findall(r"<code>(crl_live_[\w-]+)</code>", page)
    later = admin.get(HERE).text
    assert secret not in later
    assert "0 of 500" in later

    key = {"Authorization": f"Bearer {secret}"}
    assert admin.site.client.get("/api/campaigns", headers=key).status_code == 200
    assert admin.site.client.get("/api/keys", headers=key).status_code == 403
    assert ">never<" not in admin.get(HERE).text


def test_its_last_day_ends_at_midnight_of_the_reader(admin: Visitor) -> None:
    admin.post("/dashboard/account/zone", {"time_zone": "Asia/Tokyo"})
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    admin.post(HERE, {**WHOLE, "expires_at": day.isoformat(), "test": "on"})

    (key,) = admin.site.house.services.keys.all()
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time())
    assert key.expires_at == midnight.replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    assert (key.is_test, key.per_day, key.per_minute) == (True, 500, 60)
    assert key.created_by == f"user {admin.user.name}"


def test_every_mistake_stands_beside_its_field(admin: Visitor) -> None:
    wrong = {"name": "x", "expires_at": "soon", "messages_per_day": "many"}
    page = admin.post(HERE, wrong)
    assert page.status_code == 422
    for field in ("expires_at", "messages_per_day"):
        assert f'id="{field}-error"' in page.text
    assert 'value="many"' in page.text

    assert 'id="scopes-error"' in admin.post(HERE, {"name": "x"}).text
    past = admin.post(HERE, {**WHOLE, "expires_at": "2001-01-01"})
    assert 'id="expires_at-error">is past' in past.text
    assert admin.site.house.services.keys.all() == []


def test_a_revoked_key_opens_nothing(admin: Visitor) -> None:
    page = admin.post(HERE, WHOLE).text
    (secret,) = re.findall(r"<code>(crl_live_[\w-]+)</code>", page)
    (key,) = admin.site.house.services.keys.all()

    assert admin.post(f"{HERE}/{key.id}/revoke").status_code == 303
    answer = admin.site.client.get("/api/campaigns", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert "revoked" in admin.get(HERE).text
    assert admin.post(f"{HERE}/{key.id}/revoke").status_code == 409


def test_keys_are_for_admins_alone(sender: Visitor) -> None:
    assert sender.get(HERE).status_code == 403
    assert sender.post(HERE, WHOLE).status_code == 403
    assert HERE not in sender.get("/dashboard/").text
