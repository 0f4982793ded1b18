"""compose.yaml: it is what the specification allows, and what it names is there."""

import json
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from dotenv import dotenv_values

from app.settings import Settings, read_settings
from tests.deploy.conftest import DEPLOY, prepare
from tests.support.processes import ROOT

# Of https://github.com/compose-spec/compose-spec, commit 170098ba (Apache License 2.0).
SCHEMA = Path(__file__).with_name("compose-spec.json")
NAMES = {str(field.alias) for field in Settings.model_fields.values()}
OTHERS = {"WEB_CONCURRENCY", "WEB_THREADS"}  # gunicorn's
STOP = Settings.model_fields["stop_timeout"].default + 5  # seconds that gunicorn may take


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def services(compose: Any) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def test_it_is_what_the_specification_allows(compose: Any) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    checker = jsonschema.Draft7Validator(schema)

    assert [error.message for error in checker.iter_errors(compose)] == []
    compose["services"]["web1"]["red_only"] = True  # the check can fail
    assert not checker.is_valid(compose)
    del compose["services"]["web1"]["red_only"]


def test_docker_itself_can_read_it(prepared: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], check=False).returncode:
        pytest.skip("NO DOCKER COMPOSE: compose.yaml was compared with its schema alone")
    shutil.copytree(DEPLOY, prepared / "deploy", ignore=shutil.ignore_patterns("*.env", "tls"))
    for name in ("carillon.env", "postgres.env"):
        shutil.copy(prepared / name, prepared / "deploy" / name)
    told = [docker, "compose", "-f", str(prepared / "deploy/compose.yaml"), "config", "-q"]
    subprocess.run(told, check=True)


def test_it_has_two_of_what_must_not_be_missing(services: dict[str, Any]) -> None:
    commands = [tuple(each.get("command", ())) for each in services.values()]

    assert services.keys() >= {"database", "migrate", "nginx", "simulator", "web1", "web2"}
    assert commands.count(("flask", "--app", "wsgi", "worker")) == 2


def test_every_container_is_read_only_and_without_rights(services: dict[str, Any]) -> None:
    for name, each in services.items():
        assert each["read_only"] is True, name
        assert each["cap_drop"] == ["ALL"], name
        assert each["security_opt"] == ["no-new-privileges:true"], name
        assert any(path.startswith("/tmp:") for path in each["tmpfs"]), name  # noqa: S108 (theirs)
        assert "privileged" not in each, name
        assert "/var/run/docker.sock" not in str(each), name
        assert name == "database" or "cap_add" not in each, name


def test_health_is_asked_or_is_switched_off_for_what_listens_nowhere(
    services: dict[str, Any],
) -> None:
    of_image = {"web1", "web2", "simulator"}  # deploy/Dockerfile says how
    off = {name for name, each in services.items() if each.get("healthcheck", {}).get("disable")}

    assert off == {"migrate"}
    asked = {name for name, each in services.items() if "test" in each.get("healthcheck", {})}
    assert asked | of_image | off == services.keys()


def test_nothing_serves_before_the_database_is_migrated(services: dict[str, Any]) -> None:
    for name in ("web1", "web2", "worker1", "worker2"):
        needed = services[name]["depends_on"]["migrate"]["condition"]
        assert needed == "service_completed_successfully"
    assert services["migrate"]["restart"] == "no"
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"


def test_a_stop_leaves_time_to_record_what_is_in_flight(services: dict[str, Any]) -> None:
    for name in ("web1", "web2", "worker1", "worker2"):
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > STOP


def test_only_nginx_is_reached_from_outside(services: dict[str, Any], compose: Any) -> None:
    published = {name: each["ports"] for name, each in services.items() if "ports" in each}

    assert published.keys() == {"nginx", "simulator", "prometheus"}
    for port in (*published["simulator"], *published["prometheus"]):
        assert port.startswith("127.0.0.1:")  # of this machine alone
    assert compose["networks"]["inside"] == {"internal": True}
    assert services["database"]["networks"] == ["inside"]


def test_the_database_has_room_for_every_connection(services: dict[str, Any]) -> None:
    (most,) = re.findall(r"max_connections=(\d+)", str(services["database"]["command"]))
    pool = {"DATABASE_POOL": 10, "DATABASE_POOL_MORE": 20}  # the defaults
    needed = 0
    for name, each in services.items():
        if name.startswith(("web", "worker")):
            told = {**pool, **{key: int(value) for key, value in each["environment"].items()}}
            one = told["DATABASE_POOL"] + told["DATABASE_POOL_MORE"]
            needed += one * told.get("WEB_CONCURRENCY", 1) + 4 * name.startswith("worker")

    assert needed + 10 < int(most)


def test_nginx_asks_every_web_process_and_no_other(services: dict[str, Any]) -> None:
    text = (DEPLOY / "nginx/carillon.conf").read_text(encoding="utf-8")
    asked = re.findall(r"^\s*server (\S+):3000", text, re.MULTILINE)

    assert asked == [name for name in services if name.startswith("web")]
    inside = {port.rpartition(":")[2] for port in services["nginx"]["ports"]}
    assert inside == set(re.findall(r"^\s*listen (\d+)", text, re.MULTILINE))


def test_prometheus_asks_every_process_and_knows_its_key(
    compose: Any, services: dict[str, Any], prepared: Path, tmp_path: Path
) -> None:
    told = compose["configs"]["prometheus"]["content"]
    (scraped,) = yaml.safe_load(told)["scrape_configs"]
    wanted = [f"{name}:3000" for name in services if name.startswith("web")]
    wanted += [
        f"{name}:{each['environment']['METRICS_PORT']}"
        for name, each in services.items()
        if name.startswith("worker")
    ]

    assert scraped["static_configs"] == [{"targets": wanted}]
    key = (prepared / "metrics.key").read_text()
    assert dotenv_values(prepared / "carillon.env")["METRICS_KEY"] == key
    promtool = shutil.which("promtool") or shutil.which("promtool", path=str(ROOT / ".venv/bin"))
    if promtool is None:
        pytest.skip(
            "NO PROMTOOL, what Prometheus is told was only read: apt-get install prometheus"
        )
    config = tmp_path / "prometheus.yml"
    for name in ("alerts.yml", "metrics.key"):
        source = DEPLOY / "prometheus" / name if name == "alerts.yml" else prepared / name
        told = told.replace(f"/etc/prometheus/{name}", str(source))
    config.write_text(told)
    subprocess.run([promtool, "check", "config", str(config)], check=True)


def test_what_it_mounts_is_there(services: dict[str, Any], prepared: Path) -> None:
    written = {path.name for path in prepared.iterdir()}
    for each in services.values():
        for mount in each.get("volumes", ()):
            source = mount.partition(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists() or Path(source).name in written, source
        assert each.get("env_file", "carillon.env") in written


def test_the_settings_that_are_prepared_start_the_service(prepared: Path) -> None:
    values = {name: value or "" for name, value in dotenv_values(prepared / "carillon.env").items()}
    settings = read_settings(values)

    assert sorted(values.keys() - NAMES) == []
    assert settings.runner == "procrastinate"
    assert settings.web_dispatch == "off"
    assert settings.trusted_proxies == 1
    password = dotenv_values(prepared / "postgres.env")["POSTGRES_PASSWORD"]
    assert password
    assert settings.database_url == f"postgresql://carillon:{password}@database/carillon"


def test_settings_of_each_service_exist(services: dict[str, Any]) -> None:
    for name, each in services.items():
        told = {key for key in each.get("environment", {}) if not key.startswith("SIMULATOR_")}
        assert told <= NAMES | OTHERS, name


def test_secrets_are_for_their_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    first = prepare(tmp_path)
    kept = {path.name: path.read_bytes() for path in tmp_path.glob("*.env")}
    assert first.returncode == 0, first.stderr
    assert len(kept) == 2
    for path in tmp_path.glob("*.env"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    second = prepare(tmp_path)

    assert second.returncode == 1
    assert "There are settings already" in second.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.env")} == kept
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"deploy/*.env", "deploy/tls/"} <= set(ignored)
