"""Which try news is about, and what it does."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.message import MessageStatus
from app.domain.second_try import EarlierTry, Meaning, Tries

REJECTED = EarlierTry(1, MessageStatus.REJECTED, "1000", "one")
DOUBT = EarlierTry(1, MessageStatus.IN_DOUBT)
HEARD_OF = EarlierTry(1, MessageStatus.IN_DOUBT, message_uuid="one")
BAD = [MessageStatus.REJECTED, MessageStatus.UNDELIVERABLE]

WAITING = True
LEFT = False


@given(
    st.sampled_from([REJECTED, DOUBT, HEARD_OF]),
    st.booleans(),
    st.sampled_from([None, "one", "two", "three"]),
    st.sampled_from([None, "two"]),
)
def test_a_delivery_always_counts(
    earlier: EarlierTry,
    waiting: bool,  # noqa: FBT001 (drawn by the test)
    heard: str | None,
    known: str | None,
) -> None:
    tries = Tries([earlier], waiting, None if waiting else known)
    assert tries.meaning(MessageStatus.DELIVERED, heard) is Meaning.COUNTS


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("earlier", [REJECTED, DOUBT, HEARD_OF])
@pytest.mark.parametrize("heard", [None, "one", "another"])
def test_bad_news_never_ends_what_is_waiting(
    bad: MessageStatus, earlier: EarlierTry, heard: str | None
) -> None:
    assert Tries([earlier], WAITING, None).meaning(bad, heard) is Meaning.EARLIER


@pytest.mark.parametrize(
    ("earlier", "waiting", "known", "heard", "status", "meaning"),
    [
        # A doubt of which one now hears that it was taken.
        (DOUBT, WAITING, None, "one", MessageStatus.SUBMITTED, Meaning.COUNTS),
        (REJECTED, WAITING, None, "one", MessageStatus.SUBMITTED, Meaning.EARLIER),
        (HEARD_OF, WAITING, None, "one", MessageStatus.SUBMITTED, Meaning.EARLIER),
        # The new try is told by its own id.
        (REJECTED, LEFT, "two", "two", MessageStatus.REJECTED, Meaning.COUNTS),
        (REJECTED, LEFT, "two", "one", MessageStatus.REJECTED, Meaning.EARLIER),
        (DOUBT, LEFT, "two", "one", MessageStatus.REJECTED, Meaning.EARLIER),
        (DOUBT, LEFT, "two", "one", MessageStatus.SUBMITTED, Meaning.EARLIER),
        # Its id is not known yet, and no earlier try can have this one.
        (REJECTED, LEFT, None, "two", MessageStatus.REJECTED, Meaning.COUNTS),
        (HEARD_OF, LEFT, None, "two", MessageStatus.REJECTED, Meaning.COUNTS),
        # It may be either.
        (DOUBT, LEFT, None, "some", MessageStatus.REJECTED, Meaning.UNCLEAR),
        (DOUBT, LEFT, None, "some", MessageStatus.SUBMITTED, Meaning.COUNTS),
        (REJECTED, LEFT, None, None, MessageStatus.REJECTED, Meaning.UNCLEAR),
        # Another id, though every earlier one is known: an id of another numbering.
        (REJECTED, LEFT, "two", "legacy", MessageStatus.REJECTED, Meaning.COUNTS),
    ],
)
def test_what_a_receipt_means(
    earlier: EarlierTry,
    waiting: bool,  # noqa: FBT001 (drawn by the test)
    known: str | None,
    heard: str | None,
    status: MessageStatus,
    meaning: Meaning,
) -> None:
    if meaning is Meaning.COUNTS and heard == "legacy":
        assert Tries([earlier], waiting, known).about(heard) is None
    assert Tries([earlier], waiting, known).meaning(status, heard) is meaning


def test_our_own_record_is_told_by_the_number_of_the_attempt() -> None:
    tries = Tries([EarlierTry(2, MessageStatus.IN_DOUBT)], LEFT, None)

    for attempt in (1, 2):
        assert tries.about(None, attempt) == tries.earlier[0]
        assert tries.meaning(MessageStatus.ACCEPTED, "x", attempt) is Meaning.EARLIER
    assert tries.about(None, 3) is None
    assert tries.meaning(MessageStatus.FAILED, None, 3) is Meaning.COUNTS


def test_what_is_known_of_a_try_stays() -> None:
    known = REJECTED.learn("other", Decimal(1))

    assert (known.message_uuid, known.price) == ("one", Decimal(1))
    assert known.learn(None, Decimal(2)) == known
    assert not HEARD_OF.is_open
    assert DOUBT.is_open
