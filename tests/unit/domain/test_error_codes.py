"""After which failures trying again helps."""

import pytest

from app.domain.error_codes import TRANSIENT, Failure, why_not_again
from app.domain.message import MessageStatus

TABLE = [
    *(1000, 1010, 1020, 1021, 1022, 1030, 1040, 1050, 1060, 1070, 1080, 1090, 1100, 1120, 1130),
    *(1140, 1150, 1160, 1170, 1180, 1190, 1200, 1210, 1220, 1230, 1240, 1241, 1242, 1250, 1251),
    *(1260, 1270, 1280, 1282, 1290, 1300, 1310, 1320, 1330, 1331, 1360, 1400, 1410, 1420, 1430),
    *(1431, 1440, 1450, 1451, 1460, 1470, 1472, 1473, 1474, 1475, 1476, 1480, 1490),
]


def failure(code: str | None = "1000", **changes: bool | MessageStatus) -> Failure:
    usual = {
        "status": MessageStatus.REJECTED,
        "given_up": False,
        "is_long": False,
        "opted_out": False,
    }
    return Failure(code=code, **{**usual, **changes})  # type: ignore[arg-type]  # any field by its name


@pytest.mark.parametrize("status", [MessageStatus.REJECTED, MessageStatus.UNDELIVERABLE])
@pytest.mark.parametrize("code", [*map(str, TABLE), None, "4711", ""])
def test_a_code_is_tried_again_exactly_if_it_passes(
    code: str | None, status: MessageStatus
) -> None:
    assert (why_not_again(failure(code, status=status)) is None) == (code in TRANSIENT)


@pytest.mark.parametrize("code", ["1240", "1320", "1330", "1360", "1490", "1050", "1210"])
def test_asking_for_a_code_and_confirming_does_not_make_it_pass(code: str) -> None:
    assert why_not_again(failure(code), frozenset({code}), confirmed=True)


def test_a_refused_request_is_not_repeated_whatever_its_number() -> None:
    assert why_not_again(failure("1000", status=MessageStatus.FAILED))


def test_what_we_gave_up_is_ours_to_try_again() -> None:
    given_up = failure("429", status=MessageStatus.FAILED, given_up=True)
    assert given_up.name == "given up"
    assert why_not_again(given_up) is None
    assert why_not_again(given_up, frozenset({"given up"})) is None
    assert why_not_again(given_up, frozenset({"429"})) == "not among the codes asked for"


def test_a_long_text_that_was_rejected_needs_confirmation() -> None:
    assert "may have arrived" in (why_not_again(failure(is_long=True)) or "")
    assert why_not_again(failure(is_long=True), confirmed=True) is None
    assert why_not_again(failure(is_long=True, status=MessageStatus.UNDELIVERABLE)) is None


def test_who_opted_out_is_left_alone() -> None:
    told = why_not_again(failure(opted_out=True), frozenset({"1000"}), confirmed=True)
    assert told == "the person has opted out"
