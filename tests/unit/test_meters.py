"""Counting, alone and beside other processes that come and go."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app import meter_files
from app.meters import Asked, Meters, label_of, sender_label

ROOT = Path(__file__).parents[2]

COUNTING = """
import sys
from pathlib import Path
from app.meters import Meters
meters = Meters()
meters.share(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    meters.attempted("accepted", None, "+15550001111")
    meters.took(0.2)
meters.connections(3, 30)
print("counted", flush=True)
if sys.stdin.readline():
    sys.stdout.buffer.write(meters.page([]))
"""


class Counting:
    """A process that counted so much, and waits."""

    def __init__(self, folder: Path, count: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", COUNTING, str(folder), str(count)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "counted\n"

    def page(self) -> str:
        return self._process.communicate("page\n", timeout=20)[0]

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate(timeout=10)


def value(page: str, name: str, **labels: str) -> float | None:
    """What a page says; None: nothing."""
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
    return None


def values(page: str, name: str) -> list[float]:
    return [
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name
    ]


def test_one_process_counts_in_memory() -> None:
    meters = Meters()
    meters.attempted("accepted", None, "+15550001111")
    meters.took(0.2)
    meters.attempted("refused", "1130", "Bells", 3)

    page = meters.page([Asked("carillon_database_up", 1)]).decode()

    assert value(page, "carillon_sends_total", outcome="accepted", code="none") == 1
    assert value(page, "carillon_sends_total", outcome="refused", code="1130") == 3
    assert value(page, "carillon_sender_sends_total", sender="*1111") == 1
    assert value(page, "carillon_carrier_duration_seconds_count") == 1
    assert value(page, "carillon_carrier_duration_seconds_bucket", le="0.2") == 1
    assert value(page, "carillon_database_up") == 1
    assert value(page, "carillon_in_doubt_messages") is None  # it was not asked for


def test_several_processes_are_added_up_and_their_connections_stay_apart(tmp_path: Path) -> None:
    some = [Counting(tmp_path, count) for count in (2, 3)]

    page = some[0].page()
    some[1].kill()

    assert value(page, "carillon_sends_total", outcome="accepted") == 5
    assert value(page, "carillon_carrier_duration_seconds_bucket", le="0.2") == 5
    assert values(page, "carillon_database_connections_in_use") == [3, 3]


def test_sums_stay_when_a_process_is_killed_and_files_do_not_pile_up(tmp_path: Path) -> None:
    for _ in range(6):
        Counting(tmp_path, 10).kill()

    page = Counting(tmp_path, 1).page()

    assert value(page, "carillon_sends_total", outcome="accepted") == 61
    assert value(page, "carillon_carrier_duration_seconds_count") == 61
    assert value(page, "carillon_carrier_duration_seconds_bucket", le="0.2") == 61
    assert values(page, "carillon_database_connections_in_use") == [3]  # the dead hold none
    assert len(list(tmp_path.rglob("*.db"))) == 3 + 2  # of the last one, and of all before it


def test_a_file_that_was_cut_off_takes_nothing_else_with_it(tmp_path: Path) -> None:
    Counting(tmp_path, 4).kill()
    (folder,) = tmp_path.iterdir()
    (folder / "counter_999999999.db").write_bytes(b"\xff\xff\xff\x7f" + b"\xff" * 40)

    page = Counting(tmp_path, 1).page()

    assert value(page, "carillon_sends_total", outcome="accepted") == 5


def test_a_folder_that_cannot_be_used_leaves_each_process_to_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").write_text("a file")
    meters = Meters()

    meters.share(tmp_path / "taken")
    meters.opted_out("keyword")

    assert "metrics_not_shared" in caplog.text
    assert value(meters.page([]).decode(), "carillon_opt_outs_total", method="keyword") == 1


def test_the_living_are_not_taken_for_dead(tmp_path: Path) -> None:
    mine = tmp_path / f"counter_{os.getpid()}.db"
    mine.touch()
    (tmp_path / "counter_0.db").touch()
    (tmp_path / "counter_999999999.db").touch()

    assert [path.name for path, *_ in meter_files.of_the_dead(tmp_path)] == ["counter_999999999.db"]


def test_two_senders_of_one_label_are_added_up() -> None:
    rates = [Asked("carillon_sender_configured_rate", rate, ("*1111",)) for rate in (10, 5)]

    page = Meters().page(rates).decode()

    assert values(page, "carillon_sender_configured_rate") == [15]


@pytest.mark.parametrize(
    ("sender", "label"), [("+15550001111", "*1111"), ("Bells", "Bells"), ("24680", "*4680")]
)
def test_no_label_is_a_number(sender: str, label: str) -> None:
    assert sender_label(sender) == label


@pytest.mark.parametrize(
    ("code", "label"),
    [(None, "none"), ("429", "429"), ("unreachable", "unreachable"), ("+14155550100", "other")],
)
def test_a_code_is_a_label_only_when_it_looks_like_one(code: str | None, label: str) -> None:
    assert label_of(code) == label
