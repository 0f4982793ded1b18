"""Reports of Vonage's, row by row."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.message import MessageStatus
from app.domain.report import BadRow, ReportRow
from app.vonage.reports import read_report

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
REF = "01a20284-46ec-7085-90b1-3294384bf7a9"
HEADING = (
    "message_id,client_ref,from,to,status,error_code,date_received,date_finalized,"
    "total_price,currency,network,provider"
)
ROW = (
    f"aaaa-1,{REF},15551234567,14155550101,delivered,0,2026-03-01T10:00:00+0000,"
    "2026-03-01T10:00:05+0000,0.0333,EUR,12345,sms"
)


def read(*lines: str) -> list[ReportRow | BadRow]:
    return list(read_report(lines, NOW))


def only(*lines: str) -> ReportRow:
    (row,) = read(*lines)
    assert isinstance(row, ReportRow), row
    return row


def bad(*lines: str) -> BadRow:
    (row,) = read(*lines)
    assert isinstance(row, BadRow), row
    return row


def test_a_row_is_a_receipt() -> None:
    row = only(HEADING, ROW)

    receipt = row.receipt
    assert row.line == 2
    assert row.received_at == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    assert (receipt.status, receipt.at) == (
        MessageStatus.DELIVERED,
        datetime(2026, 3, 1, 10, 0, 5, tzinfo=UTC),
    )
    assert (receipt.client_ref, receipt.message_uuid) == (REF, "aaaa-1")
    assert (receipt.price, receipt.currency, receipt.error_code) == (Decimal("0.0333"), "EUR", None)
    assert receipt.to == "+14155550101"


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(",", ";"),
        lambda line: "\ufeff" + line if line == HEADING else line,
        lambda line: f"{line}\r\n",
        lambda line: ",".join(reversed(line.split(","))),
        lambda line: line.upper() if line == HEADING else line,
        lambda line: f"odd,{line}" if line == HEADING else f'"x\n,y",{line}',
        lambda line: ",".join(f'"{cell}"' for cell in line.split(",")),
    ],
    ids=["semicolons", "mark", "line ends", "order", "case", "other columns", "quotes"],
)
def test_the_same_row_is_read_however_it_is_written(change: Callable[[str], str]) -> None:
    text = "\n".join(map(change, (HEADING, ROW)))
    assert only(*text.splitlines(keepends=True)).receipt == only(HEADING, ROW).receipt


@pytest.mark.parametrize(
    ("word", "status", "code"),
    [
        ("delivered", MessageStatus.DELIVERED, None),
        ("Submitted", MessageStatus.SUBMITTED, None),
        ("accepted", MessageStatus.SUBMITTED, None),
        ("rejected", MessageStatus.REJECTED, None),
        ("undeliverable", MessageStatus.UNDELIVERABLE, None),
        ("failed", MessageStatus.REJECTED, None),
        ("expired", MessageStatus.REJECTED, "1360"),
        ("unknown", MessageStatus.REJECTED, "1330"),
    ],
)
def test_every_word_has_its_meaning(word: str, status: MessageStatus, code: str | None) -> None:
    receipt = only("client_ref,status", f"{REF},{word}").receipt

    assert (receipt.status, receipt.error_code) == (status, code)
    assert receipt.at == NOW


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,delivered", "names no message"),
        ("somebody's,,delivered", "names no message"),
        (f"{REF},m1,read", "has a status that is not known"),
        (f"{REF},m1", "has a status that is not known"),
        (f"{REF},m1,delivered,more", "has more cells than the heading"),
    ],
)
def test_a_row_that_says_nothing_is_named_with_its_line(row: str, reason: str) -> None:
    found = read("client_ref,message_id,status", "", row, f"{REF},m2,delivered")

    assert found[0] == BadRow(3, reason)
    assert isinstance(found[1], ReportRow)
    assert found[1].line == 4


@pytest.mark.parametrize("lines", [(), ("",), ("name,age", "Ann,40"), ("status", "delivered")])
def test_what_is_no_report_has_nothing_to_read(lines: tuple[str, ...]) -> None:
    assert bad(*lines) == BadRow(1, "there is no heading with status, and message_id or client_ref")


def test_a_cell_that_never_ends_is_unreadable_and_the_next_row_may_be() -> None:
    found = read("client_ref,status", f'{REF},"{"x" * 200_000}"', f"{REF},delivered")

    assert isinstance(found[0], BadRow)
    assert isinstance(found[-1], ReportRow)


def test_what_is_kept_of_a_row_has_no_character_that_a_database_refuses() -> None:
    row = only("client_ref,status,network", f"{REF},delivered,a\0b")
    assert row.text == f'{{"client_ref": "{REF}", "status": "delivered", "network": "ab"}}'


@given(st.lists(st.text(), max_size=5))
def test_nothing_makes_reading_fail(lines: list[str]) -> None:
    read(*lines)
    read(HEADING, *lines)
