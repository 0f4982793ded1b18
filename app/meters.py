"""What happens, counted: the one place that knows how Prometheus wants to read it.

Beside the house, as the log is: whoever has something to count is handed `Meters` by bootstrap.
Counting costs a few microseconds and no system call. One object a process.
"""

import json
import logging
import os
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from app import meter_files
from app.meter_list import ASKED, BEGUN, COUNTED
from app.meter_list import Metric as Described

_log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NONE = "none"
_CODE = re.compile(r"\d{1,5}|unreachable")  # whatever else a carrier calls a code is no label
_SHOWN = 4  # digits of a sender's number


@dataclass(frozen=True, slots=True)
class Asked:
    """One value of a gauge that is asked for at each scrape."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


class Meters:
    """Everything that is counted, in the memory of this process until `share` is called."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._begin()

    def share(self, folder: Path) -> None:
        """From now on count in files, beside the other processes of this machine.

        Called before anything is counted. Where the folder cannot be used the log says so, and
        this process is scraped alone.
        """
        try:
            folder = meter_files.prepare(folder)
            with meter_files.locked(folder, alone=True):
                _bury(folder)
                meter_files.allocate(folder, os.getpid())
        except OSError as error:
            _log.warning("metrics_not_shared", extra={"reason": str(error)})
            return
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # where its files look for it
        values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # as they document it
        self._folder = folder
        self._begin()

    def _begin(self) -> None:
        self._registry = CollectorRegistry()
        made = {each.name: _instrument(each, self._registry) for each in COUNTED}
        self._made: dict[str, Any] = made
        for name, *labels in BEGUN:
            made[name].labels(*labels)

    def attempted(self, outcome: str, code: str | None, sender: str, count: int = 1) -> None:
        """So many attempts came to the same end."""
        self._made["carillon_sends_total"].labels(outcome, label_of(code)).inc(count)
        self._made["carillon_sender_sends_total"].labels(sender_label(sender)).inc(count)

    def took(self, seconds: float) -> None:
        """The carrier answered an attempt after so long, or did not."""
        self._made["carillon_carrier_duration_seconds"].observe(seconds)

    def left_in_doubt(self, count: int) -> None:
        """So many messages were found whose process is gone."""
        self._made["carillon_messages_left_in_doubt_total"].inc(count)

    def heard(self, status: str, code: str | None, reception: str, count: int = 1) -> None:
        """So many receipts were the same to us."""
        self._made["carillon_receipts_total"].labels(status, label_of(code), reception).inc(count)

    def lagged(self, seconds: float) -> None:
        """A receipt that was not heard before was applied so long after its time."""
        self._made["carillon_receipt_lag_seconds"].observe(max(0.0, seconds))

    def opted_out(self, method: str, count: int = 1) -> None:
        """So many people left who had not left before."""
        self._made["carillon_opt_outs_total"].labels(method).inc(count)

    def called(self, result: str, seconds: float) -> None:
        """A client's endpoint was told of an event, after so long, or was not."""
        self._made["carillon_outgoing_webhook_tries_total"].labels(result).inc()
        self._made["carillon_outgoing_webhook_duration_seconds"].observe(seconds)

    def answered(self, method: str, status: int, count: int = 1) -> None:
        """So many requests were answered."""
        self._made["carillon_http_requests_total"].labels(method, str(status)).inc(count)

    def webhook(self, kind: str, result: str, *seconds: float) -> None:
        """The same requests were webhooks, which took so long each."""
        self._made["carillon_webhooks_total"].labels(kind, result).inc(len(seconds))
        durations = self._made["carillon_webhook_duration_seconds"].labels(kind)
        for each in seconds:
            durations.observe(each)

    def connections(self, in_use: int, limit: int) -> None:
        """So many connections of this process are lent now."""
        self._made["carillon_database_connections_in_use"].set(in_use)
        self._made["carillon_database_connections_limit"].set(limit)

    def page(self, asked: Iterable[Asked]) -> bytes:
        """What all processes of this machine counted, and these values, as Prometheus reads it."""
        registry = CollectorRegistry()
        registry.register(_Given(asked))
        if self._folder is None:
            return generate_latest(self._registry) + generate_latest(registry)
        with meter_files.locked(self._folder, alone=False):
            meter_files.forget_moments(self._folder)
            MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]  # theirs
            return generate_latest(registry)


class _Given:
    """Values as a collector."""

    def __init__(self, asked: Iterable[Asked]) -> None:
        self._asked = list(asked)

    def collect(self) -> Iterator[Metric]:
        for each in ASKED:
            family = GaugeMetricFamily(each.name, each.help, labels=each.labels)
            sums: dict[tuple[str, ...], float] = {}
            for value in self._asked:
                if value.name == each.name:  # two senders may share a label: they are added up
                    sums[value.labels] = sums.get(value.labels, 0.0) + value.value
            for labels, total in sums.items():
                family.add_metric(labels, total)
            if sums:
                yield family


def label_of(code: str | None) -> str:
    """A carrier's code as a label: digits, `unreachable`, `none`, or `other`."""
    if code is None:
        return NONE
    return code if _CODE.fullmatch(code) else "other"


def sender_label(sender: str) -> str:
    """A name as it is; of a number the last four digits, so that no metric shows one."""
    digits = sender.removeprefix("+")
    return f"*{digits[-_SHOWN:]}" if digits.isdigit() else sender


def _instrument(metric: Described, registry: CollectorRegistry) -> Any:
    """`values` decides by itself whether it counts in memory or in a file."""
    told = (metric.name, metric.help, metric.labels)
    if metric.kind == "counter":
        return Counter(*told, registry=registry)
    if metric.kind == "histogram":
        return Histogram(*told, registry=registry, buckets=metric.buckets)
    return Gauge(*told, registry=registry, multiprocess_mode="liveall")


def _bury(folder: Path) -> None:
    """Add what dead processes counted to the file of all who are gone, and delete theirs.

    Each is added, then deleted: a power cut between the two would count that one twice.
    """
    for path, kind, _ in list(meter_files.of_the_dead(folder)):
        total = MmapedDict(str(folder / f"{kind}_{meter_files.NOBODY}.db"))  # type: ignore[no-untyped-call]  # theirs
        try:
            for key, value in _counted(path):
                known, _ = total.read_value(key)  # type: ignore[no-untyped-call]  # theirs
                total.write_value(key, known + value, 0.0)  # type: ignore[no-untyped-call]  # theirs
        except (ValueError, RuntimeError, struct.error) as error:  # a power cut, a full disk
            _log.warning("metrics_unreadable", extra={"file": path.name, "reason": str(error)})
        finally:
            total.close()  # type: ignore[no-untyped-call]  # theirs
        path.unlink(missing_ok=True)


def _counted(path: Path) -> list[tuple[str, float]]:
    """All of a file, or an error; what this version does not count any more is left out."""
    read = list(MmapedDict.read_all_values_from_file(str(path)))  # type: ignore[no-untyped-call]  # theirs
    return [(key, value) for key, value, *_ in read if json.loads(key)[0] in _KNOWN]


_KNOWN = {each.name.removesuffix("_total") for each in COUNTED}
