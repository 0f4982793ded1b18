"""Log lines: one format for all, no numbers and no secrets in any of them."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import log_context, logs
from app.logs import mask, mask_numbers
from tests.support.logged import Lines, begin, restored

NUMBER, MASKED = "+14155550142", "**********42"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJWb25hZ2UifQ.c2lnbmF0dXJl"


@pytest.fixture
def _restored() -> Iterator[None]:
    with restored():
        yield


class Terminal(io.StringIO):
    """Somebody watches."""

    def isatty(self) -> bool:
        return True


Start = Callable[..., io.StringIO]


@pytest.fixture
def start(_restored: None) -> Start:
    """Configures logging; gives what reaches stderr from then on."""
    return lambda log_format, level, stream=None: begin(log_format, level, stream or io.StringIO())


@pytest.fixture
def lines(start: Start) -> Lines:
    """Configured for production; gives the lines so far."""
    stream = start("json", "INFO")
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def failing(text: str) -> None:
    raise ValueError(text)


def test_a_line_has_event_level_time_and_fields(lines: Lines) -> None:
    logging.getLogger("app.some").warning("something_happened", extra={"count": 3, "word": "x"})

    (line,) = lines()
    assert (line["event"], line["level"], line["logger"]) == (
        "something_happened",
        "warning",
        "app.some",
    )
    assert datetime.fromisoformat(line["timestamp"]).utcoffset() is not None
    assert (line["count"], line["word"]) == (3, "x")


def test_what_was_told_of_the_request_is_on_every_line(lines: Lines) -> None:
    log = logging.getLogger("app")
    log_context.tell(request_id="abc")
    log.info("one")
    with log_context.telling(trace_id="def"):
        log.info("two", extra={"request_id": "own"})
    log.info("three")
    log_context.tell()
    log.info("four")

    told = [(line.get("request_id"), line.get("trace_id")) for line in lines()]
    assert told == [("abc", None), ("own", "def"), ("abc", None), (None, None)]


def test_numbers_are_masked_wherever_they_stand(lines: Lines) -> None:
    logging.getLogger("app").info(
        "sent to %s",
        NUMBER,
        extra={
            "number": NUMBER,
            "numbers": [NUMBER, {"to": NUMBER}],
            "by_number": {NUMBER: {"other": (NUMBER, 1)}},
            "error": ValueError(f"no {NUMBER}"),
            "some": {NUMBER},
            "raw": NUMBER.encode(),
        },
    )

    (line,) = lines()
    assert NUMBER.removeprefix("+") not in json.dumps(line)
    assert line["event"] == f"sent to {MASKED}"
    assert line["number"] == MASKED
    assert line["numbers"] == [MASKED, {"to": MASKED}]
    assert line["by_number"] == {MASKED: {"other": [MASKED, 1]}}
    assert line["error"] == f"ValueError('no {MASKED}')"


def test_exceptions_are_written_with_their_numbers_masked(lines: Lines) -> None:
    try:
        failing(f"cannot send to {NUMBER}")
    except ValueError:
        logging.getLogger("app").exception("failed")

    (line,) = lines()
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith(f"ValueError: cannot send to {MASKED}")
    assert "exc_info" not in line


def test_of_an_endless_error_both_ends_are_written(lines: Lines) -> None:
    told = f"refused {', '.join(f'+1415555{place:04}' for place in range(10_000))} by the server"
    try:
        failing(told)
    except ValueError:
        logging.getLogger("app.some").exception("broken")

    (line,) = lines()
    assert len(line["exception"]) < 21_000
    assert "refused *" in line["exception"]
    assert "characters left out" in line["exception"]
    assert line["exception"].endswith("by the server")


def test_numbers_that_count_stay_numbers(lines: Lines) -> None:
    logging.getLogger("app").info(
        "x", extra={"count": 1_000_000, "ms": 1.5, "ok": True, "no": None}
    )

    (line,) = lines()
    assert (line["count"], line["ms"], line["ok"], line["no"]) == (1_000_000, 1.5, True, None)


def test_values_that_json_does_not_know_are_written_too(lines: Lines) -> None:
    at = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    logging.getLogger("app").info("x", extra={"price": Decimal("0.0333"), "at": at})

    (line,) = lines()
    assert "0.0333" in line["price"]
    assert "2026" in line["at"]


@pytest.mark.parametrize(
    "secret",
    [
        f"Authorization: Bearer {TOKEN}",
        "Bearer a-key-for-tests-only-0123456789",
        "{'Authorization': 'bearer abcdefgh.12345'}",
        "Basic dXNlcjpwYXNzd29yZA==",
        TOKEN,
        f'{{"token": "{TOKEN}"}}',
        "postgresql://carillon:hunter2hunter2@db/carillon",
    ],
)
def test_tokens_and_passwords_are_never_written(lines: Lines, secret: str) -> None:
    log = logging.getLogger("app")
    log.info("x", extra={"header": secret, "inner": [{"header": secret}]})
    log.info("got %s", secret)
    try:
        failing(secret)
    except ValueError:
        log.exception("failed")

    written = json.dumps(lines())
    assert "[secret]" in written
    for hidden in (TOKEN, "a-key-for-tests", "abcdefgh.12345", "dXNlcjpw", "hunter2"):
        assert hidden not in written


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+14155550142", "**********42"),
        ("14155550142", "*********42"),
        ("to=14155550142,", "to=*********42,"),
        ("'+447700900123'", "'***********23'"),
        ("tel:+14155550142", "tel:**********42"),
        ("+1 (415) 555-0142", "** (***) ***-**42"),
        ("+44 7700 900123", "*** **** ****23"),
    ],
)
def test_numbers_are_masked_but_for_their_last_two_digits(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01a20284-46ec-7085-90b1-3294384bf7a9",
        "12345678-1234-7123-8123-012345678901",
        "2026-03-02T12:00:00.123456+01:00",
        "2026-03-02 12:00:00",
        "took 123456 ms",
        "127.0.0.1:3000",
        "sqlite:///var/carillon.db",
        "the bearer of bad news",
        "http://127.0.0.1:3000/a@b",
    ],
)
def test_ids_times_and_addresses_stay_readable(text: str) -> None:
    assert mask(text) == text


@given(st.integers(10**6, 10**15 - 1), st.sampled_from(["", "+"]), st.text(" ,;:'\"()", max_size=3))
def test_no_number_passes_whatever_stands_around_it(number: int, plus: str, around: str) -> None:
    masked = mask(f"{around}{plus}{number}{around}")

    assert str(number) not in masked
    assert str(number)[-2:] in masked


@given(st.text())
def test_any_text_can_be_masked_and_masking_again_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_a_terminal_gets_readable_lines(start: Start) -> None:
    stream = start("console", "INFO")
    logging.getLogger("app").info("happened", extra={"number": NUMBER})

    assert "happened" in stream.getvalue()
    assert NUMBER not in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(stream.getvalue())


def test_errors_are_readable_too_and_coloured_where_somebody_watches(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for stream in (io.StringIO(), Terminal()):
        start("console", "INFO", stream)
        try:
            failing(f"cannot send to {NUMBER}")
        except ValueError:
            logging.getLogger("app").exception("failed", extra={"count": 3})

        first, *others = stream.getvalue().splitlines()
        assert ("\x1b[" in first) is stream.isatty()
        assert first.endswith("count=3 logger=app")
        assert others[0] == "Traceback (most recent call last):"
        assert others[-1] == f"ValueError: cannot send to {MASKED}"


def test_auto_asks_whether_somebody_watches(start: Start) -> None:
    for stream, is_json in ((io.StringIO(), True), (Terminal(), False)):
        start("auto", "INFO", stream)
        logging.getLogger("app").info("happened")
        assert stream.getvalue().startswith("{") is is_json


@pytest.mark.parametrize(
    ("level", "effective"),
    [("DEBUG", 10), ("INFO", 20), ("WARNING", 30), ("ERROR", 40), ("", 20), ("loud", 20)],
)
def test_the_level_is_as_set_and_an_unknown_one_is_left_to_the_settings(
    start: Start, level: str, effective: int
) -> None:
    start("json", level)

    assert logging.getLogger().level == effective


def test_libraries_that_print_numbers_and_tokens_are_held_back(start: Start) -> None:
    stream = start("json", "DEBUG")
    for name in ("vonage", "urllib3", "urllib3.connectionpool"):
        logging.getLogger(name).warning("POST /v1/messages")

    assert stream.getvalue() == ""


def test_configuring_twice_does_not_write_twice(start: Start) -> None:
    first, second = start("json", "INFO"), start("json", "INFO")
    logging.getLogger("app").info("once")

    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1


_TEXTS = st.text() | st.from_regex(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16}|\w+")
_PARTS = st.sampled_from(
    ["eyJ", "EYJ.", "bearer ", ":", "@", "+", "-", "1415555", "0142", "a", "_"]
)


@given(_TEXTS | st.lists(_PARTS, max_size=8).map("".join))
def test_what_looks_harmless_has_nothing_to_hide(text: str) -> None:
    """The short look never decides otherwise than the long one."""
    if logs._HARMLESS.fullmatch(text):
        assert mask_numbers(logs._SECRET.sub("[secret]", text)) == text


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (f"called {NUMBER}", {"token": f"Bearer {TOKEN}", "list": [NUMBER, {"a": (1, NUMBER)}]}),
        ("odd", {"logger": "mine", "_own": Decimal(1), "text": "ü\n\x00\ud800"}),
        ("bound", {"request_id": "mine", "error": ValueError(NUMBER)}),
        ("100 %", {}),
    ],
)
def test_whatever_is_told_comes_out_as_one_line(
    lines: Lines, message: str, told: dict[str, object]
) -> None:
    log_context.tell(request_id="abc", number=NUMBER)

    for level in (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        logging.getLogger("app.some").log(level, message, extra=told)

    found = lines()
    assert [line["level"] for line in found] == ["info", "warning", "error", "critical"]
    for line in found:
        assert line["logger"] == "app.some"
        assert line["request_id"] == told.get("request_id", "abc")
        assert NUMBER not in json.dumps(line)
