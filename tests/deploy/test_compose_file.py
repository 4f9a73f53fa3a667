"""What docker-compose.yml promises of every service, without a Docker engine."""

import re
from typing import Any

import pytest

from services.worker import beat
from services.worker.roles import ROLES
from tests.deploy import stack

FILE = stack.read(stack.MAIN)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
ENDING = {"migrate", "volumes", "models", "smoke"}
"""Services that do one thing and end."""
STAYING = {name: service for name, service in SERVICES.items() if name not in ENDING}
PINNED = re.compile(r"[\w./-]+:v?\d+(\.\d+)+[\w.-]*|minio/minio:RELEASE\.[\dTZ-]+")
every = pytest.mark.parametrize("name", sorted(SERVICES))
staying = pytest.mark.parametrize("name", sorted(STAYING))


def test_it_says_first_what_starts_and_the_three_commands():
    head = stack.MAIN.read_text("utf-8").partition("\nname:")[0]
    assert "gateway, ingest-worker, embedder and beat" in head
    assert re.findall(r"make (\w+)", head)[:3] == ["env", "up", "smoke"]


def test_it_has_the_services_of_the_design():
    assert SERVICES.keys() >= {
        "gateway", "ingest-worker", "embedder", "beat", "migrate",
        "redis", "postgres", "milvus", "etcd", "minio", "vllm", "prometheus", "grafana",
    }  # fmt: skip
    extra = {name: each["profiles"] for name, each in SERVICES.items() if "profiles" in each}
    assert extra == {
        "models": ["tools"], "smoke": ["tools"], "vllm": ["vlm"],
        "prometheus": ["monitoring"], "grafana": ["monitoring"],
    }  # fmt: skip


@every
def test_images_are_pinned(name: str):
    assert PINNED.fullmatch(SERVICES[name]["image"])


@every
def test_containers_are_limited(name: str):
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory", "pids"}
    given = dict.fromkeys(stack.variables(stack.MAIN), "")
    assert 0 < float(stack.filled(limits["cpus"], given)) <= 2, "more than a small machine has"


@every
def test_containers_have_no_privileges(name: str):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    # Changing owners is what `volumes` is there for; it has no network, and ends.
    allowed = ["CHOWN", "DAC_READ_SEARCH"] if name == "volumes" else []
    assert service.get("cap_add", []) == allowed


@every
def test_nobody_is_root(name: str):
    user = str(SERVICES[name]["user"]).partition(":")[0]
    assert (user in ("0", "root")) == (name == "volumes")


@every
def test_root_file_systems_are_read_only_where_that_is_possible(name: str):
    assert SERVICES[name].get("read_only", False) == (name not in ("milvus", "vllm"))


@every
def test_logs_cannot_fill_the_disk(name: str):
    assert SERVICES[name]["logging"]["options"] == {"max-size": "20m", "max-file": "5"}


@staying
def test_services_are_restarted_and_watched(name: str):
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    check = service["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert check.keys() >= {"interval", "timeout", "retries", "start_period", "start_interval"}
    assert re.fullmatch(r"\d+s", service["stop_grace_period"])


@pytest.mark.parametrize("name", sorted(ENDING))
def test_what_ends_is_not_started_again(name: str):
    assert SERVICES[name]["restart"] == "no"


@every
def test_nothing_starts_before_what_it_needs(name: str):
    for needed, how in (SERVICES[name].get("depends_on") or {}).items():
        ends = needed in ENDING
        wanted = "service_completed_successfully" if ends else "service_healthy"
        assert how["condition"] == wanted, needed


@pytest.mark.parametrize("name", ["gateway", "ingest-worker", "embedder", "beat"])
def test_ours_wait_for_the_migration_and_the_stores(name: str):
    assert SERVICES[name]["depends_on"].keys() >= {"migrate", "postgres", "redis", "milvus"}


def test_only_the_gateway_is_published_and_on_loopback():
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert published == {"gateway": ["${GATEWAY_BIND:-127.0.0.1}:${GATEWAY_PORT:-8000}:8000"]}
    assert stack.example()["GATEWAY_BIND"] == "127.0.0.1"


def test_the_stores_have_no_way_out():
    assert FILE["networks"]["back"] == {"internal": True}
    out = {name for name, each in SERVICES.items() if "out" in each.get("networks", [])}
    # Those that fetch media of addresses, download weights, or are published.
    assert out == {"gateway", "ingest-worker", "models", "vllm"}


def test_data_lie_in_named_volumes():
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(("./deploy/monitoring/", "${"))
    }
    assert mounted | {"imports"} == FILE["volumes"].keys()


def test_redis_keeps_what_it_took_and_refuses_what_does_not_fit():
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--requirepass ${REDIS_PASSWORD:?" in command


def test_milvus_has_time_to_start_and_to_stop():
    milvus = SERVICES["milvus"]
    assert milvus["image"] == "milvusdb/milvus:v3.0.1"
    assert milvus["healthcheck"]["start_period"] == "90s"
    assert int(milvus["stop_grace_period"][:-1]) >= 35


def test_a_worker_is_healthy_by_the_file_that_its_heart_touches():
    roles = {"ingest-worker": "ingest", "embedder": "embedder", "beat": "beat"}
    assert set(roles.values()) == {*ROLES, beat.ROLE}
    for name, role in roles.items():
        assert f"find /data/{role}.alive -mmin" in SERVICES[name]["healthcheck"]["test"][1]


def test_the_vision_model_is_one_revision_of_one_model():
    command = SERVICES["vllm"]["command"]
    assert "--model=microsoft/Phi-3-vision-128k-instruct" in command
    revisions = {part.split("=")[1] for part in command if "revision=" in part}
    assert len(revisions) == 1
    assert re.fullmatch(r"[0-9a-f]{40}", revisions.pop())
    assert any(part.startswith("--structured-outputs-config") for part in command)


def test_prometheus_and_grafana_find_what_their_files_name():
    asked = (stack.ROOT / "deploy/monitoring/prometheus/prometheus.yml").read_text("utf-8")
    key = re.search(r"credentials_file: (\S+)", asked)
    assert key is not None
    assert f"> {key[1]};" in SERVICES["prometheus"]["command"][0]
    provided = stack.read(
        stack.ROOT / "deploy/monitoring/grafana/provisioning/dashboards/margay.yml"
    )
    folder = provided["providers"][0]["options"]["path"]
    assert f"./deploy/monitoring/grafana/dashboards:{folder}:ro" in SERVICES["grafana"]["volumes"]
    for volume in SERVICES["prometheus"]["volumes"] + SERVICES["grafana"]["volumes"]:
        if volume.startswith("./"):
            assert (stack.ROOT / volume.split(":")[0]).is_dir()
