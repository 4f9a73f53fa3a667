"""What the images are built from, without building them."""

import fnmatch
import re
import subprocess
import sys
import tomllib

import pytest

from tests.deploy import stack

DOCKERFILE = (stack.ROOT / "deploy/Dockerfile").read_text("utf-8")
PROJECT = tomllib.loads((stack.ROOT / "pyproject.toml").read_text("utf-8"))
NOT_IN_THE_GATEWAY = (
    "pyarrow", "onnxruntime", "tokenizers", "huggingface_hub", "milvus_lite", "faiss", "torch",
)  # fmt: skip


def _requirements(*arguments: str) -> list[str]:
    script = stack.ROOT / "deploy/requirements.py"
    return subprocess.run(
        [sys.executable, script, stack.ROOT / "pyproject.toml", *arguments],
        capture_output=True, text=True, check=True,
    ).stdout.split("\n")[:-1]  # fmt: skip


def test_the_base_is_pinned_and_the_builder_needs_nothing_else():
    bases = set(re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE))
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", bases.pop())
    assert "# syntax" not in DOCKERFILE


@pytest.mark.parametrize("target", ["gateway", "worker", "cuda"])
def test_an_image_runs_as_nobody_in_particular(target: str):
    stage = DOCKERFILE.partition(f" AS {target}\n")[2].partition("\nFROM ")[0]
    assert "\nUSER 10001:10001\n" in stage
    assert '\nENTRYPOINT ["margay"]\n' in stage


@pytest.mark.parametrize("path", [stack.MAIN, *stack.OVERRIDES], ids=lambda path: path.name)
def test_what_is_built_is_a_stage_with_the_version_of_the_project(path):
    version = PROJECT["project"]["version"]
    for service in stack.read(path)["services"].values():
        if "build" in service:
            target = service["build"]["target"]
            assert f" AS {target}\n" in DOCKERFILE
            assert service["image"] == f"margay-{target}:{version}"


def test_requirements_are_those_of_the_project_and_the_extras():
    wanted = (
        PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["stack"]
    )
    assert _requirements("stack") == wanted


def test_requirements_leave_out_what_they_are_told_however_it_is_spelt():
    left = _requirements("stack", "torch", "--without", "Milvus_Lite", "pyarrow")
    assert not [each for each in left if each.startswith(("milvus-lite", "pyarrow"))]
    assert [each for each in left if each.startswith("torch>=")]
    assert [each for each in left if each.startswith("celery[redis]")]


def test_the_gateway_and_beat_start_without_what_their_image_lacks():
    code = f"""
import importlib.abc, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {NOT_IN_THE_GATEWAY!r}:
            raise ModuleNotFoundError(f"no module {{name}}", name=name)
sys.meta_path.insert(0, Absent())
import services.cli.main, services.gateway.main, services.wiring, services.worker.beat
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_wheel_ships_every_file_that_is_no_code():
    shipped = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    listed = subprocess.run(
        ["git", "ls-files", "models", "services", "datasets"],
        cwd=stack.ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert listed
    others = [name for name in listed if not name.endswith(".py")]
    assert [
        name
        for name in others
        if not any(fnmatch.fnmatch(name.rpartition("/")[2], pattern) for pattern in shipped)
    ] == []


def test_the_builder_is_sent_only_what_the_images_need():
    lines = (stack.ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert lines[1] == "*"
    sent = {line[1:] for line in lines if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert sent == {source for line in copied for source in line.split()}
