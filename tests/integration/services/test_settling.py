"""A report of Vonage's settles what receipts did not."""

from collections.abc import Iterable
from pathlib import Path

from click.testing import Result
from flask import Flask

from app.cli import commands
from app.domain.message import ClaimedMessage, MessageStatus
from app.domain.policy import NO_BRAKE
from app.factory import create_app, house_of
from app.services.settling import Totals
from app.vonage.reports import read_report
from tests.support.builders import order, settings
from tests.support.desk import Desk
from tests.support.outcomes import in_doubt, taken

HEADING = (
    "account_id,message_id,client_ref,from,to,status,error_code,date_received,date_finalized,"
    "total_price,currency,network,provider"
)


def row(message_id: str, client_ref: str, status: str, code: str = "", minute: int = 0) -> str:
    at = f"2026-03-02T12:{minute:02}:00+00:00"
    return (
        f"abcd1234,{message_id},{client_ref},1555,1415,{status},{code},{at},{at},0.0333,EUR,x,sms"
    )


def settle(desk: Desk, rows: Iterable[str]) -> Totals:
    return desk.settling.settle(read_report([HEADING, *rows], desk.clock()))


def in_doubt_of(desk: Desk, count: int) -> tuple[ClaimedMessage, ...]:
    desk.campaigns.launch(order(count, policy=NO_BRAKE))
    messages = desk.claim()
    desk.record(messages, in_doubt)
    return messages


def test_a_report_settles_doubts_by_our_id(desk: Desk) -> None:
    messages = in_doubt_of(desk, 4)
    words = ["delivered", "submitted", "rejected"]

    totals = settle(
        desk,
        [row(f"m{n}", messages[n].id, word, "1050") for n, word in enumerate(words)]
        + [row("m9", "", "delivered"), row("m10", "somebody's", "delivered"), "a,b", ""],
    )

    assert [desk.status_of(message).value for message in messages] == [*words, "in_doubt"]
    assert (totals.read, totals.matched, totals.settled) == (6, 3, 3)
    assert (totals.unknown, [bad.line for bad in totals.bad]) == (2, [7])
    assert totals.unnamed == 1
    rejected = desk.messages.find(messages[2].id)
    assert (rejected.error_code, rejected.message_uuid) == ("1050", "m2")


def test_what_the_report_does_not_name_stays_in_doubt(desk: Desk) -> None:
    messages = in_doubt_of(desk, 2)

    totals = settle(desk, [row("m1", messages[0].id, "delivered")])

    assert totals.unnamed == 1
    assert desk.status_of(messages[1]) is MessageStatus.IN_DOUBT


def test_the_same_report_again_changes_nothing(desk: Desk) -> None:
    messages = in_doubt_of(desk, 2)
    rows = [row(f"m{n}", message.id, "delivered") for n, message in enumerate(messages)]
    settle(desk, rows)

    totals = settle(desk, rows)

    assert (totals.matched, totals.repeated, totals.settled) == (2, 2, 0)


def test_rows_are_ranked_as_receipts_are(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    (message,) = desk.claim()
    desk.record([message], taken)
    desk.receive(message, MessageStatus.DELIVERED)

    totals = settle(desk, [row("m1", message.id, "rejected", "1000")])

    assert (totals.matched, totals.settled) == (1, 0)
    assert desk.status_of(message) is MessageStatus.DELIVERED


def test_two_rows_of_one_message_settle_it_once_each_way(desk: Desk) -> None:
    (message,) = in_doubt_of(desk, 1)

    settle(desk, [row("m1", message.id, "delivered", minute=2), row("m1", message.id, "submitted")])

    assert desk.status_of(message) is MessageStatus.DELIVERED


def test_a_report_larger_than_one_transaction_is_read_to_its_end(desk: Desk) -> None:
    (message,) = in_doubt_of(desk, 1)
    others = [row(f"x{n}", "", "delivered") for n in range(1_100)]

    totals = settle(desk, [*others, row("m1", message.id, "delivered")])

    assert (totals.read, totals.unknown, totals.settled) == (1_101, 1_100, 1)


def run(app: Flask, report: Path) -> Result:
    for command in commands(house_of(app)):
        app.cli.add_command(command)
    return app.test_cli_runner().invoke(args=["settle", str(report)])


def test_the_command_prints_what_it_did(database_url: str, tmp_path: Path) -> None:
    app = create_app(settings(DATABASE_URL=database_url))
    house = house_of(app)
    try:
        desk = Desk(house.database)
        messages = in_doubt_of(desk, 2)
        report = tmp_path / "report.csv"
        rows = [HEADING, row("m1", messages[0].id, "delivered"), row("m2", "", "delivered"), "x,y"]
        report.write_text("\ufeff" + "\r\n".join(rows).replace(",", ";"), encoding="utf-8")

        result = run(app, report)

        assert result.exit_code == 0, result.output
        lines = result.output.splitlines()
        assert lines[0] == "3 rows read"
        assert "1 settled out of doubt" in lines
        assert "  line 4: has a status that is not known" in lines
        assert lines[-1].startswith("1 still in doubt that were sent in the time of the report")
        assert lines[-1].endswith("is no proof: they stay in doubt.")
        assert desk.status_of(messages[1]) is MessageStatus.IN_DOUBT
    finally:
        house.close(5)


def test_the_command_fails_when_nothing_can_be_read(database_url: str, tmp_path: Path) -> None:
    app = create_app(settings(DATABASE_URL=database_url))
    try:
        for text in ("", "name,age\nAnn,40\n", f"{HEADING}\n", "\x00\xff"):
            report = tmp_path / "report.csv"
            report.write_text(text, encoding="latin-1")
            result = run(app, report)
            assert result.exit_code == 1, text
            assert "nothing in the report could be read" in result.output
    finally:
        house_of(app).close(5)


def test_a_report_covers_the_time_of_its_rows_only(desk: Desk) -> None:
    in_doubt_of(desk, 1)
    desk.clock.forward(600)
    later = in_doubt_of(desk, 1)

    totals = settle(desk, [row("m1", later[0].id, "delivered", minute=10)])

    assert totals.unnamed == 0
