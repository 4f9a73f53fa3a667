"""A repository to pull from, and what a pull leaves behind."""

from __future__ import annotations

from pathlib import Path

from models import lock
from models.options import LoadOptions
from models.pull import Pulled, pull
from tests.models.hub_server import Hub

REPOSITORY = "someone/encoder"
NAME = f"sentence-transformers:{REPOSITORY}"
WEIGHTS = bytes(range(256)) * 4096  # one mebibyte
FILES = {
    "config.json": b'{"model_type": "x"}',
    "1_Pooling/config.json": b"{}",
    "model.safetensors": WEIGHTS,
    "README.md": b"# Readme",
    "modeling_x.py": b"raise SystemExit",
    "onnx/config.json": b"{}",
    "empty.txt": b"",
}
PICKED = {"README.md", "config.json", "1_Pooling/config.json", "model.safetensors", "empty.txt"}


def pulled(hub: Hub, folder: Path, name: str = NAME, *, revision: str | None = None) -> Pulled:
    options = LoadOptions(folder=folder)
    return pull(name, options, revision=revision, endpoint=hub.url, pause_s=0.001)


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != lock.NAME
    }
