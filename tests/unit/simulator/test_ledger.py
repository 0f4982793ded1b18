"""The ledger counts exactly."""

from concurrent.futures import ThreadPoolExecutor

from simulator.contract import Message
from simulator.ledger import MOST_KEPT, Ledger


def test_eight_threads_lose_nothing() -> None:
    ledger = Ledger()

    def work(thread: int) -> int:
        firsts = 0
        for turn in range(500):
            number = f"1555200{turn:04d}"
            ledger.arrived(number, turn)
            firsts += ledger.accepted(Message(number, "ACME", "x"), f"{thread}-{turn}", turn)
        return firsts

    with ThreadPoolExecutor(8) as threads:
        firsts = sum(threads.map(work, range(8)))
    totals = ledger.totals()
    assert (totals["requests"], totals["accepted"], totals["numbers"]) == (4000, 4000, 500)
    assert totals["duplicates"] == 3500
    assert firsts == 500
    assert len(ledger.arrivals()) == 4000
    assert all(entry["accepted"] == 8 for entry in ledger.numbers().values())


def test_a_number_that_was_never_heard_of_has_zeros() -> None:
    ledger = Ledger()
    assert ledger.number("15551112222")["arrived"] == 0
    assert ledger.numbers() == {}


def test_the_details_of_a_number_are_bounded_and_its_counts_are_not() -> None:
    ledger = Ledger()
    for turn in range(MOST_KEPT + 5):
        ledger.arrived("15551112222", turn)
    entry = ledger.number("15551112222")
    assert entry["arrived"] == MOST_KEPT + 5
    assert entry["arrival_times"] == list(range(5, MOST_KEPT + 5))


def test_a_reset_forgets_everything() -> None:
    ledger = Ledger()
    ledger.arrived("15551112222", 1)
    ledger.refused("429")
    ledger.accepted(Message("15551112222", "ACME", "x"), "uuid", 1)
    ledger.reset()
    assert ledger.totals() == Ledger().totals()
    assert ledger.numbers() == {}
