"""The Compose files as they are written, and what they ask of the environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "docker-compose.yml"
OVERRIDES = tuple(sorted((ROOT / "deploy").glob("compose.*.yml")))
ASKED = re.compile(r"(?<!\$)\$\{([A-Z_]+)(?::?([-?])([^}]*))?\}")
"""A variable with its default or with what is said when it is missing."""


class _Loader(yaml.SafeLoader):
    """YAML with Compose's tag for what an override takes away."""


_Loader.add_constructor("!reset", lambda _loader, _node: None)


def read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return yaml.load(file, Loader=_Loader)


def variables(*paths: Path) -> set[str]:
    return {found[1] for path in paths for found in ASKED.finditer(path.read_text("utf-8"))}


def filled(value: object, given: dict[str, str]) -> str:
    """A value as Compose would pass it on."""

    def one(match: re.Match[str]) -> str:
        name, kind, other = match.groups()
        if given.get(name):
            return given[name]
        assert kind != "?", f"{name} has to be given"
        return other or ""

    return ASKED.sub(one, str(value)).replace("$$", "$")


def example() -> dict[str, str]:
    """The variables of .env.example with their values."""
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
