"""No test here waits longer than the engine needs."""

import pytest

from app.sending import runners


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "_AFTER_FAILURE", 0.01)
