"""No test here waits longer than the engine needs."""

import pytest

from app.sending import loops


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_AFTER_FAILURE", 0.01)
