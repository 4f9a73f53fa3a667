"""scripts/env.sh: fresh secrets once, and never a change to what is there."""

import stat
import subprocess
from pathlib import Path

from tests.deploy import stack
from tests.deploy.test_compose_variables import SECRETS

SCRIPT = stack.ROOT / "scripts/env.sh"


def _run(file: Path) -> str:
    return subprocess.run([SCRIPT, file], capture_output=True, text=True, check=True).stdout


def _read(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_it_fills_in_every_secret_and_leaves_the_rest(tmp_path):
    file = tmp_path / "env"
    _run(file)
    made = _read(file)
    assert made.keys() == stack.example().keys()
    assert {name: value for name, value in made.items() if name not in SECRETS} == {
        name: value for name, value in stack.example().items() if name not in SECRETS
    }
    secrets = [made[name] for name in SECRETS]
    assert all(len(secret) == 48 and secret.isalnum() for secret in secrets)
    assert len(set(secrets)) == len(secrets)


def test_nobody_else_can_read_it(tmp_path):
    file = tmp_path / "env"
    _run(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_machines_have_different_secrets(tmp_path):
    _run(tmp_path / "a")
    _run(tmp_path / "b")
    ours, theirs = _read(tmp_path / "a"), _read(tmp_path / "b")
    assert not [name for name in SECRETS if ours[name] == theirs[name]]


def test_it_never_changes_what_is_there(tmp_path):
    file = tmp_path / "env"
    _run(file)
    before = file.read_bytes()
    assert "is kept" in _run(file)
    assert file.read_bytes() == before


def test_a_newer_version_adds_what_an_older_file_lacks(tmp_path):
    file = tmp_path / "env"
    file.write_text("# mine\nGATEWAY_PORT=9000\nPOSTGRES_PASSWORD=kept\nREDIS_PASSWORD=")
    said = _run(file)
    now = _read(file)
    assert file.read_text().startswith("# mine\nGATEWAY_PORT=9000\nPOSTGRES_PASSWORD=kept\n")
    assert now["GATEWAY_PORT"] == "9000"
    assert now["REDIS_PASSWORD"] == "", "an empty one is somebody's choice; Compose will ask"
    assert len(now["MILVUS_PASSWORD"]) == 48
    assert "MILVUS_PASSWORD" in said
    assert now.keys() == stack.example().keys()
