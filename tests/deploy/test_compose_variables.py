"""What the Compose files set and ask for: real settings, no password that anybody knows."""

import re
from typing import Any

import pytest

from models import registry
from services.core import checks
from tests.deploy import stack

SECRETS = {
    "ADMIN_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "MINIO_PASSWORD", "MILVUS_PASSWORD",
    "VLM_KEY", "GRAFANA_PASSWORD",
}  # fmt: skip
FILES = (stack.MAIN, *stack.OVERRIDES)
GIVEN = {name: f"{name.lower()}-of-a-test-0123456789" for name in SECRETS} | {
    "STORES": "10.0.0.5",
    "LAN_BIND": "10.0.0.5",
}


def _environments(path) -> list[tuple[str, dict[str, Any]]]:
    services = stack.read(path)["services"]
    return [(name, each["environment"]) for name, each in services.items() if "environment" in each]


def test_the_example_names_what_the_files_ask_for_and_nothing_else():
    of_compose_itself = {"COMPOSE_FILE", "COMPOSE_PROFILES"}
    assert stack.example().keys() == stack.variables(*FILES) | of_compose_itself


def test_every_secret_is_asked_for_and_none_has_a_default():
    for path in FILES:
        for found in stack.ASKED.finditer(path.read_text("utf-8")):
            if found[1] in SECRETS:
                assert (found[2], found[3]) == ("?", "run make env"), f"{path.name}: {found[1]}"
    assert {name: stack.example()[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")


def test_what_looks_like_a_secret_is_one_of_them():
    for path in FILES:
        for name, environment in _environments(path):
            for variable, value in environment.items():
                if re.search(r"PASSWORD|SECRET|(?<!ACCESS_)KEY$|TOKEN|AUTH$", variable):
                    assert "${" in str(value), f"{name}: {variable} is written out"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_variable_of_ours_is_a_setting(path):
    known = {*checks.variables(), *checks.CLIENT_VARIABLES}
    set_ = {
        variable
        for _, environment in _environments(path)
        for variable in environment
        if variable.startswith("MARGAY_")
    }
    assert set_ <= known


@pytest.mark.parametrize("name", ["gateway", "ingest-worker", "embedder", "beat", "migrate"])
@pytest.mark.parametrize("overrides", [[], ["gpu"], ["gpu", "workers"]], ids=str)
def test_the_settings_of_a_service_are_valid(name: str, overrides: list[str]):
    given = {**stack.example(), **GIVEN}
    environment: dict[str, Any] = {}
    for path in FILES:
        if path == stack.MAIN or path.name.split(".")[1] in overrides:
            environment |= dict(_environments(path)).get(name, {})
    settings = checks.load_settings(
        {variable: stack.filled(value, given) for variable, value in environment.items()}
    )
    assert not settings.stores.embedded
    assert settings.stores.database_url.startswith("postgresql+psycopg://")
    for embedder in settings.models.names():
        assert registry.find(embedder).card is not None


def test_a_gpu_has_both_models_of_the_design():
    environment = dict(_environments(stack.ROOT / "deploy/compose.gpu.yml"))["embedder"]
    given = {**stack.example(), **GIVEN}
    names = {stack.filled(value, given) for value in environment.values()}
    assert names >= {"embeddinggemma-2", "visualized-bge-m3", "cuda"}


def test_an_override_publishes_on_loopback_or_where_it_is_told():
    for path in stack.OVERRIDES:
        for service in stack.read(path)["services"].values():
            for port in service.get("ports", []):
                assert port.startswith(("127.0.0.1:", "${LAN_BIND:?")), f"{path.name}: {port}"
