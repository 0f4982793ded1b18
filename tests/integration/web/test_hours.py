"""Hours and kinds over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.settings import InvalidSettings
from tests.support.site import Site, open_site

CHICAGO = "+13125550101"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with open_site(database_url, QUIET_HOURS="default", FREQUENCY_CAP="3") as opened:
        yield opened


def _draft(site: Site, **body: Any) -> Any:
    return site.post("/api/campaigns", {"recipients": [CHICAGO], "message": "Hello", **body})


def test_marketing_is_the_default_and_keeps_the_hours_of_the_operator(site: Site) -> None:
    draft = _draft(site).json

    assert (draft["kind"], draft["quiet_hours"]) == ("marketing", "default")
    own = {"weekdays": ["09:00", "19:30"], "saturday": ["10:00", "24:00"], "sunday": None}
    assert _draft(site, quiet_hours=own).json["quiet_hours"] == own
    assert _draft(site, quiet_hours=False).json["quiet_hours"] is None
    assert _draft(site, quiet_hours="US-TX").json["quiet_hours"] == "US-TX"
    free = _draft(site, kind="transactional").json
    assert (free["kind"], free["quiet_hours"]) == ("transactional", None)
    assert _draft(site, local_time="18:05").json["local_time"] == "18:05"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another kind": ({"kind": "spam"}, "/kind"),
    "no preset": ({"quiet_hours": "late"}, "/quiet_hours"),
    "no time of day": ({"local_time": "25:00"}, "/local_time"),
    "a number": ({"local_time": 10}, "/local_time"),
}


@pytest.mark.parametrize(("body", "pointer"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_named(site: Site, body: dict[str, Any], pointer: str) -> None:
    answer = _draft(site, **body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_hours_that_close_before_they_open_are_refused(site: Site) -> None:
    hours = {"weekdays": ["20:00", "09:00"], "saturday": None, "sunday": None}
    assert _draft(site, quiet_hours=hours).status_code == 422


def test_a_held_message_says_until_when(site: Site) -> None:
    body = {"recipients": [CHICAGO], "message": "Hello", "scheduled_at": "2099-01-01T06:00:00Z"}
    sent = site.post("/api/campaigns/send", body).json
    (message,) = site.messages(sent)

    assert message["held"] == "held until Thu 09:00 America/Chicago (area code 312)"
    assert message["due_at"] == "2099-01-01T15:00:00Z"
    changed = site.client.patch(
        sent["campaign"]["links"]["self"], headers=site.key, json={"quiet_hours": False}
    )
    assert changed.json["quiet_hours"] is None
    assert site.messages(sent)[0]["held"] is None


def test_the_presets_name_their_sources(site: Site) -> None:
    presets = site.get("/api/hours/presets").json["presets"]

    assert presets[0]["name"] == "default"
    assert presets[0]["sunday"] == ["12:00", "20:00"]
    assert all(each["source"] for each in presets)
    assert site.client.get("/api/hours/presets").status_code == 401


def test_an_unknown_preset_ends_the_start(database_url: str) -> None:
    with (
        pytest.raises(InvalidSettings, match="QUIET_HOURS: must be one of default"),
        open_site(database_url, QUIET_HOURS="late"),
    ):
        pass
