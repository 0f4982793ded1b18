"""Nonsense at the webhooks, well signed, is acknowledged; tests/fuzz tries it at the API."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.faults import scaled
from tests.support.site import Site, open_site
from tests.support.webhooks import as_bytes, inbound, receipt, signed

FEW = settings(
    max_examples=scaled(12, 500),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # the first find is small enough to be understood
)

_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["\x00", "\ud800", "0" * 5_000, "1e999", "2026-13-45T99:99:99Z", "-1"])
)
_values = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
MESSAGE = {
    "id": "01a20284-46ec-7085-90b1-3294384bf7a9",
    "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
    "number": "+14155550100",
}


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with open_site(database_url, MAX_RECIPIENTS="50") as opened:
        opened.house.crew.start()
        yield opened


@pytest.mark.parametrize("name", ["status", "inbound"])
def test_a_signed_webhook_with_anything_in_it_is_acknowledged(site: Site, name: str) -> None:
    good = inbound("Hello") if name == "inbound" else receipt(MESSAGE, "delivered")
    assert isinstance(good, dict)

    @given(
        changes=st.dictionaries(st.sampled_from(sorted(good)), _values, max_size=3),
        without=st.sets(st.sampled_from(sorted(good)), max_size=2),
    )
    @FEW
    def call(changes: dict[str, Any], without: set[str]) -> None:
        body = {key: value for key, value in (good | changes).items() if key not in without}
        assert site.webhook(name, body).status_code == 200, body

    call()


@pytest.mark.parametrize("name", ["status", "inbound"])
def test_any_signed_bytes_are_acknowledged(site: Site, name: str) -> None:
    @given(body=st.binary(max_size=60) | _values.map(lambda value: json.dumps(value).encode()))
    @FEW
    def call(body: bytes) -> None:
        answer = site.client.post(f"/webhooks/{name}", data=as_bytes(body), headers=signed(body))
        assert answer.status_code == 200, body

    call()
