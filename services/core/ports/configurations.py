"""The port to saved configurations."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from services.core.types.configurations import Configuration


class ConfigurationStore(Protocol):
    def get(self, name: str) -> Configuration:
        """Raises NotFound."""

    def all(self) -> list[Configuration]:
        """All, by name."""

    def put(self, configuration: Configuration, *, now: datetime) -> bool:
        """Save it, or replace the one of its name; True if there was none."""

    def remove(self, name: str) -> None:
        """Raises NotFound."""
