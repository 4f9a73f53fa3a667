"""scripts/compose.sh says what is missing before it does anything."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy import stack

ANSWERS = """#!/bin/sh
case "$1 $2" in
    "compose version") {compose} ;;
    "version --format") {engine} ;;
    *) echo "called: $*" ;;
esac
"""


def _run(folder: Path, what: str = "down", **more: str) -> subprocess.CompletedProcess[str]:
    """Run it in a checkout of its own, where `folder` is all that the PATH has before /usr/bin."""
    script = folder / "checkout/scripts/compose.sh"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(stack.ROOT / "scripts/compose.sh", script)
    return subprocess.run(
        ["/bin/sh", script, what],
        env={"PATH": f"{folder}:/usr/bin:/bin", **more},
        capture_output=True,
        text=True,
        check=False,
    )


def _docker(folder: Path, *, compose: str = "echo 2.26.1", engine: str = "echo 26.1.5") -> None:
    program = folder / "docker"
    program.write_text(ANSWERS.format(compose=compose, engine=engine))
    program.chmod(0o755)


@pytest.mark.skipif(
    any(Path(folder, "docker").exists() for folder in ("/usr/bin", "/bin")),
    reason="Docker is installed where a shell looks first",
)
def test_without_docker_it_says_where_to_get_it(tmp_path):
    done = _run(tmp_path)
    assert done.returncode == 1
    assert "Docker is not installed" in done.stderr
    assert "make demo" in done.stderr


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"compose": "exit 1"}, "has no 'docker compose'"),
        ({"compose": "echo 2.20.3"}, "Docker Compose is 2.20.3; 2.26 or newer is needed"),
        ({"compose": "echo v2.5.0"}, "Docker Compose is v2.5.0; 2.26 or newer is needed"),
        ({"engine": "exit 1"}, "Docker's engine does not answer"),
        ({"engine": "echo 20.10.24"}, "Docker's engine is 20.10.24; 25 or newer is needed"),
    ],
)
def test_an_old_or_absent_part_is_named(tmp_path, answers, said):
    _docker(tmp_path, **answers)
    done = _run(tmp_path)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize("version", ["2.26.0", "v2.30.1", "2.100.0", "5.3.1"])
def test_a_compose_that_is_new_enough_is_taken(tmp_path, version):
    _docker(tmp_path, compose=f"echo {version}")
    done = _run(tmp_path)
    assert "Compose is" not in done.stderr


def test_without_secrets_it_says_how_to_make_them(tmp_path):
    _docker(tmp_path)
    done = _run(tmp_path)
    assert done.returncode == 1
    assert "run: make env" in done.stderr


def test_a_container_that_died_once_is_given_a_second_look(tmp_path):
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout/.env").touch()
    (tmp_path / "docker").write_text(
        f"""#!/bin/sh
case "$1 $2" in
    "compose version") echo 2.26.1 ;;
    "version --format") echo 26.1.5 ;;
    "compose up") echo up >> {tmp_path}/ups; [ "$(wc -l < {tmp_path}/ups)" -ge "$NEEDED" ] ;;
    "compose port") echo 127.0.0.1:8000 ;;
    *) echo "called: $*" ;;
esac
"""
    )
    (tmp_path / "docker").chmod(0o755)
    done = _run(tmp_path, "up", NEEDED="2")
    assert done.returncode == 0
    assert "Margay serves on http://127.0.0.1:8000" in done.stdout
    done = _run(tmp_path, "up", NEEDED="99")
    assert done.returncode == 1
    assert "called: compose ps --all" in done.stdout
    assert "not everything is healthy" in done.stderr


def test_with_all_in_place_it_calls_compose(tmp_path):
    _docker(tmp_path)
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout/.env").touch()
    assert _run(tmp_path).stdout == "called: compose --profile * down\n"
    assert _run(tmp_path, "smoke").stdout == "called: compose run --rm --no-deps smoke\n"
    assert "none of up, down, logs, smoke" in _run(tmp_path, "reset").stderr
