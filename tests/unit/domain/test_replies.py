"""What we answer to STOP, START and HELP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.consent import Reply
from app.domain.replies import Programme
from app.domain.segments import count_segments

BELLS = Programme("Bells", "help@bells.test")
ANSWERED = (Reply.OPT_OUT, Reply.OPT_IN, Reply.HELP)


def answer(reply: Reply, programme: Programme = BELLS) -> str:
    text = programme.answer_to(reply)
    assert text is not None
    return text


@pytest.mark.parametrize("reply", ANSWERED)
def test_every_answer_says_who_is_writing(reply: Reply) -> None:
    assert answer(reply).startswith("Bells: ")


@pytest.mark.parametrize("reply", sorted(set(Reply) - set(ANSWERED)))
def test_nothing_else_is_answered(reply: Reply) -> None:
    assert BELLS.answer_to(reply) is None


def test_the_answer_to_stop_says_that_nothing_more_comes_and_how_to_return() -> None:
    text = answer(Reply.OPT_OUT)

    assert "no more messages" in text
    assert "START" in text


def test_the_answer_to_start_tells_the_way_to_help_and_out() -> None:
    text = answer(Reply.OPT_IN)

    assert "HELP" in text
    assert "STOP" in text


def test_the_answer_to_help_tells_contact_frequency_rates_and_the_way_out() -> None:
    text = answer(Reply.HELP)

    for needed in ("help@bells.test", "frequency", "rates may apply", "STOP"):
        assert needed in text


def test_without_a_contact_the_answer_to_help_names_none() -> None:
    text = answer(Reply.HELP, Programme("Bells"))

    assert "Contact" not in text
    assert "None" not in text
    assert "STOP" in text


@given(st.text("abcdefghij ABC", min_size=1, max_size=40))
def test_answers_to_stop_and_start_fit_into_one_segment(name: str) -> None:
    programme = Programme(name, "x" * 60)

    assert count_segments(answer(Reply.OPT_OUT, programme)).segments == 1
    assert count_segments(answer(Reply.OPT_IN, programme)).segments == 1
    assert count_segments(answer(Reply.HELP, programme)).segments <= 2
