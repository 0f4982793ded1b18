"""Every code that we decide upon has words of its own."""

import pytest

from app.domain import error_codes
from app.domain.failure_words import in_words, may_pass
from app.domain.message import MessageStatus

REJECTED, FAILED = MessageStatus.REJECTED, MessageStatus.FAILED
KNOWN = error_codes.TRANSIENT | error_codes.ALL_WOULD_FAIL | set(error_codes._NEVER)
NO_WORDS = in_words(REJECTED, "1999")


@pytest.mark.parametrize("code", sorted(KNOWN))
def test_a_code_that_is_decided_upon_has_words(code: str) -> None:
    assert in_words(REJECTED, code) != NO_WORDS


def test_what_vonage_refused_outright_is_not_read_by_the_table_of_receipts() -> None:
    assert in_words(FAILED, "1240") == in_words(FAILED, "1000")
    assert not may_pass(FAILED, "1000")
    assert may_pass(REJECTED, "1000")
    assert not may_pass(REJECTED, None)


@pytest.mark.parametrize("status", sorted(error_codes.FAILURES))
def test_without_a_code_something_is_said(status: MessageStatus) -> None:
    assert in_words(status, None) not in {"", NO_WORDS}
