"""A site for every test that needs one."""

from collections.abc import Iterator

import pytest

from tests.support.site import Site, open_site


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """The whole service; a few recipients are many."""
    with open_site(database_url, MAX_RECIPIENTS="50") as opened:
        yield opened
