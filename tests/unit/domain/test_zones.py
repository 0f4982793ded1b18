"""Where somebody may be."""

import pytest

from app.domain.zones import whereabouts

# Area codes with more than one zone, of phonenumbers 9.0.
AMBIGUOUS = (
    *("208", "219", "250", "270", "308", "418", "423", "541", "574"),
    *("605", "606", "620", "701", "709", "775", "785", "807", "812"),
    *("850", "867", "879", "906", "907", "928", "986", "364", "930"),
)


@pytest.mark.parametrize("area", AMBIGUOUS)
def test_an_area_code_in_several_zones_gives_all_of_them(area: str) -> None:
    found = whereabouts(f"+1{area}5550100", {})

    assert len(found.zones) > 1
    assert found.source == f"area code {area}"


@pytest.mark.parametrize(
    ("number", "fields", "zones", "source"),
    [
        ("+13125550100", {}, {"America/Chicago"}, "area code 312"),
        ("+12192340100", {}, {"America/Chicago", "America/New_York"}, "area code 219"),
        ("+13645550100", {}, {"America/Chicago", "America/New_York"}, "area code 364"),
        ("+16715550100", {}, {"Pacific/Guam"}, "area code 671"),
        ("+13125550100", {"time_zone": "Asia/Tokyo"}, {"Asia/Tokyo"}, "contact"),
        ("+13125550100", {"time_zone": "Nowhere"}, {"America/Chicago"}, "area code 312"),
        ("+13125550100", {"postal_code": "85001"}, {"America/Phoenix", "America/Denver"}, None),
        (
            "+13125550100",
            {"postal_code": "46601-1234"},
            {"America/Chicago", "America/New_York"},
            "postal code 46601-1234",
        ),
        ("+13125550100", {"postal_code": "02139"}, {"America/New_York"}, None),
        ("+13125550100", {"postal_code": "00000"}, {"America/Chicago"}, "area code 312"),
        ("+14165550100", {"postal_code": "T2P 1J9"}, {"America/Edmonton"}, "postal code T2P 1J9"),
        ("+4915112345678", {"postal_code": "10115"}, {"Europe/Berlin"}, None),
        ("+3612345678", {}, {"Europe/Budapest"}, "country code 36"),
        ("+34600123456", {}, {"Atlantic/Canary", "Europe/Madrid"}, "country code 34"),
    ],
)
def test_zones_come_from_the_best_that_is_known(
    number: str, fields: dict[str, str], zones: set[str], source: str | None
) -> None:
    found = whereabouts(number, fields)

    assert zones <= set(found.zones)
    assert len(zones) == len(found.zones) or number.startswith("+49")
    assert source in {None, found.source}


@pytest.mark.parametrize(
    ("number", "fields", "region"),
    [
        ("+14015550100", {}, "US-RI"),
        ("+13125550100", {"postal_code": "33101"}, "US-FL"),
        ("+13125550100", {"postal_code": "73301"}, "US-TX"),
        ("+33612345678", {}, "FR"),
        ("+919812345678", {"time_zone": "Asia/Kolkata"}, "IN"),
        ("+13125550100", {}, None),
    ],
)
def test_the_place_whose_rules_hold_is_known(
    number: str, fields: dict[str, str], region: str | None
) -> None:
    assert whereabouts(number, fields).region == region


@pytest.mark.parametrize("area", ["800", "555", "999"])
def test_an_unknown_area_code_may_be_anywhere_from_newfoundland_to_hawaii(area: str) -> None:
    zones = set(whereabouts(f"+1{area}5550100", {}).zones)

    assert zones >= {"America/St_Johns", "Pacific/Honolulu", "America/Phoenix"}
    assert "Pacific/Guam" not in zones
