"""Alerts, dashboard and runbook speak of what there is; the alerts fire when they should."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from app.cli import commands
from app.meter_list import METRICS
from tests.support.alerts import FIRING, HEALTHY, STEPS
from tests.support.site import Site

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))[
    "groups"
][0]["rules"]
PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=str(ROOT / ".venv/bin"))
SELECTOR = re.compile(r"(carillon_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)(?:=~|!~|!=|=)"')
BY = re.compile(r"\bby \(([^)]*)\)")
DOCS = "carillon_docs"  # the label of Prometheus that says where docs/ can be read
OF_PROMETHEUS = {"instance", "job", "le"}


def panels() -> list[dict[str, Any]]:
    text = (ROOT / "deploy/grafana/carillon.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["panels"]
    return [each for each in found if each["type"] != "row"]


def expressions() -> dict[str, str]:
    """Every expression that is used, and where."""
    found = {rule["alert"]: str(rule["expr"]) for rule in RULES}
    for panel in panels():
        for target in panel["targets"]:
            found[f"panel {panel['title']} {target['refId']}"] = target["expr"]
    return found


def known() -> dict[str, set[str]]:
    """Every series by its name, with its labels."""
    series: dict[str, set[str]] = {}
    for each in METRICS:
        suffixes = ("_bucket", "_sum", "_count") if each.kind == "histogram" else ("",)
        series |= {each.name + suffix: set(each.labels) for suffix in suffixes}
    return series


@pytest.mark.parametrize(("place", "expression"), expressions().items())
def test_only_metrics_and_labels_that_exist_are_used(place: str, expression: str) -> None:
    series = known()
    names = SELECTOR.findall(expression)

    assert names or "up{" in expression, place
    asked = {label for _, labels in names for label in LABEL.findall(labels)}
    asked |= {label.strip() for labels in BY.findall(expression) for label in labels.split(",")}
    there: set[str] = set()
    for name, labels in names:
        assert name in series, f"{place}: no metric {name}"
        assert set(LABEL.findall(labels)) <= series[name] | OF_PROMETHEUS, place
        there |= series[name]
    assert asked <= there | OF_PROMETHEUS, place


def test_every_metric_is_looked_at_somewhere() -> None:
    used = {name for text in expressions().values() for name, _ in SELECTOR.findall(text)}
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}

    assert sorted({each.name for each in METRICS} - bare) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_leads_to_its_section(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"]
    section = f"/runbook.md#{rule['alert'].lower()}"
    assert rule["annotations"]["runbook_url"] == f"{{{{ $externalLabels.{DOCS} }}}}{section}"
    assert f"\n## {rule['alert']}\n" in RUNBOOK


def test_the_runbook_has_no_section_of_an_alert_that_is_gone() -> None:
    assert re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE) == [rule["alert"] for rule in RULES]


def test_links_of_the_runbook_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", RUNBOOK):
        name, _, section = target.partition("#")
        page = ROOT / "docs" / name if name else ROOT / "docs/runbook.md"
        assert page.exists(), target
        headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
        assert not section or section in anchors, target


def test_every_command_of_the_runbook_exists(site: Site) -> None:
    there = set(paths(commands(site.house)))
    told = re.findall(r"flask --app wsgi ([a-z-]+)(?: ([a-z-]+)\b(?!\.))?", RUNBOOK)

    assert len(told) > 10
    for first, second in told:
        assert first in there, first
        if any(each.startswith(f"{first} ") for each in there):
            assert f"{first} {second}" in there, f"{first} {second}"


def paths(found: Any, before: str = "") -> Iterator[str]:
    for command in found:
        yield before + command.name
        if isinstance(command, click.Group):
            yield from paths(command.commands.values(), f"{before}{command.name} ")


def test_every_setting_that_the_runbook_names_exists() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)(?:=\w+)?`", RUNBOOK))

    missing = [name for name in named if f"{name}=" not in example]
    assert named
    assert missing == []


def test_every_alert_is_tried() -> None:
    assert list(FIRING) == [rule["alert"] for rule in RULES]


def promtool(*arguments: str) -> str:
    if PROMTOOL is None:
        why = "NO PROMTOOL, no alert was tried: `make promtool`, or apt-get install prometheus"
        pytest.skip(why)
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_reads_its_configuration(tmp_path: Path) -> None:
    shutil.copytree(PROMETHEUS, tmp_path, dirs_exist_ok=True)
    (tmp_path / "carillon.key").write_text("a-key-that-reads-metrics-only")

    told = promtool("check", "config", str(tmp_path / "prometheus.yml"))

    assert f"{len(RULES)} rules found" in told


def test_prometheus_reads_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{place}", "expr": text.replace("$__rate_interval", "1m")}
        for place, text in enumerate(expressions().values())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    assert f"{len(rules)} rules found" in promtool("check", "rules", str(file))


def test_the_link_of_an_alert_is_an_address_once_prometheus_is_told_where_docs_are(
    tmp_path: Path,
) -> None:
    name, docs = "CarillonInDoubt", "https://git.example.com/sms/carillon/docs"
    (rule,) = [each for each in RULES if each["alert"] == name]
    told = {
        "eval_time": "1h",
        "alertname": name,
        "exp_alerts": [
            {
                "exp_labels": rule["labels"],
                "exp_annotations": {
                    "summary": rule["annotations"]["summary"].replace("{{ $value }}", "2"),
                    "runbook_url": f"{docs}/runbook.md#carillonindoubt",
                },
            }
        ],
    }
    trial = {**_trial(name, FIRING[name]), "external_labels": {DOCS: docs}}
    trial["alert_rule_test"] = [told]
    file = tmp_path / "alerts_test.yml"
    rules = str(PROMETHEUS / "alerts.yml")
    file.write_text(yaml.safe_dump({"rule_files": [rules], "tests": [trial]}))

    assert "SUCCESS" in promtool("test", "rules", str(file))


@pytest.mark.parametrize("place", ["deploy/prometheus/prometheus.yml", "deploy/compose.yaml"])
def test_prometheus_is_told_where_docs_are_and_does_not_hand_it_on_as_a_label(place: str) -> None:
    told = yaml.safe_load((ROOT / place).read_text(encoding="utf-8"))
    if "configs" in told:
        told = yaml.safe_load(told["configs"]["prometheus"]["content"])

    assert told["global"]["external_labels"][DOCS].startswith("https://")
    (dropping,) = told["alerting"]["alert_relabel_configs"]
    assert dropping == {"regex": DOCS, "action": "labeldrop"}
    assert f"`{DOCS}`" in (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def test_alerts_fire_when_they_should_and_no_other_does(tmp_path: Path) -> None:
    ill = {"nothing": HEALTHY, **FIRING}
    file = tmp_path / "alerts_test.yml"
    tests = [_trial(name, series) for name, series in ill.items()]
    rules = str(PROMETHEUS / "alerts.yml")
    # Every two minutes: it is the same that fires, and takes half the time of every minute.
    told = {"rule_files": [rules], "evaluation_interval": "2m", "tests": tests}
    file.write_text(yaml.safe_dump(told))

    assert "SUCCESS" in promtool("test", "rules", str(file))


def _trial(name: str, series: dict[str, str]) -> dict[str, Any]:
    labels = f'{{alertname="{name}"}}'
    expected = [] if name == "nothing" else [{"labels": labels, "value": 1}]
    firing = 'count by (alertname) (ALERTS{alertstate="firing"})'
    return {
        "name": name,
        "interval": "15s",
        "input_series": [{"series": each, "values": told} for each, told in series.items()],
        "promql_expr_test": [
            {"expr": firing, "eval_time": f"{(STEPS - 4) * 15}s", "exp_samples": expected}
        ],
    }
