"""What docs/operations.md says of metrics is what the code shows."""

import re
from pathlib import Path

import pytest

from app.meter_list import METRICS

TOLD = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(carillon_\w+)` \| (\w+) \| (.*?) ?\| (.+) \|$", re.MULTILINE)
UNITS = ("_total", "_seconds", "_info", "_rate", "_up", "_in_use", "_limit")
THINGS = ("_messages", "_campaigns", "_deliveries", "_endpoints")


def test_the_documentation_lists_every_metric_and_no_other() -> None:
    told = {name: (kind, re.findall(r"`(\w+)`", labels)) for name, kind, labels, _ in rows()}

    assert told == {each.name: (each.type, list(each.labels)) for each in METRICS}
    assert len(rows()) == len(told)


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(TOLD)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_follow_the_conventions_of_prometheus(metric: object) -> None:
    (each,) = [each for each in METRICS if each is metric]

    assert re.fullmatch(r"carillon(_[a-z]+)+", each.name)
    assert each.name.endswith("_total") == (each.kind == "counter")
    assert each.name.endswith((*UNITS, *THINGS))
    assert each.name.endswith("_seconds") == bool(each.buckets) or each.type == "gauge"
    assert not {"le", "quantile", "number", "to", "message_id", "campaign_id"} & set(each.labels)
