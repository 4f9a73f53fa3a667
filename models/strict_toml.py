"""Reads our TOML files into frozen dataclasses; an unknown, missing or mistyped key is refused."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from models.base import ModelError

T = TypeVar("T")


def read(path: Path) -> dict[str, Any]:
    """The top table of a TOML file. Raises `ModelError` if it is missing or malformed."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path.name} is missing from {path.parent}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path.name} is not valid TOML: {error}") from error


class Table:
    """One table being read: every key is taken once, and `close` refuses what is left."""

    def __init__(self, values: Mapping[str, Any], *, where: str) -> None:
        self._left = dict(values)
        self._where = where

    def take(self, key: str, kind: type[T], *, default: T | None = None) -> T:
        """The value of `key`. `ModelError` if it is missing without default, or mistyped."""
        if key not in self._left:
            if default is None:
                raise ModelError(f"{self._where}: {key} is missing")
            return default
        value = self._left.pop(key)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise ModelError(f"{self._where}: {key} must be a {kind.__name__}")
        taken: T = value
        return taken

    def names(self) -> tuple[str, ...]:
        """What nobody took yet."""
        return tuple(self._left)

    def take_list(self, key: str, kind: type[T], *, optional: bool = False) -> tuple[T, ...]:
        """A list whose members are all of one type, and at least one unless `optional`."""
        values = self.take(key, list, default=[] if optional else None)
        if not (values or optional) or any(type(value) is not kind for value in values):
            raise ModelError(f"{self._where}: {key} must be a list of {kind.__name__}")
        return tuple(values)

    def table(self, key: str) -> "Table":
        """A table inside this one."""
        return Table(self.take(key, dict), where=f"{self._where}: {key}")

    def tables(self, key: str) -> tuple["Table", ...]:
        """The tables of a list inside this one; none if the key is absent."""
        values = self.take(key, list, default=[])
        if any(type(value) is not dict for value in values):
            raise ModelError(f"{self._where}: {key} must be a list of tables")
        return tuple(
            Table(value, where=f"{self._where}: {key}[{place}]")
            for place, value in enumerate(values)
        )

    def texts(self, key: str, *, optional: bool = False) -> dict[str, str]:
        """A table inside this one that maps any names to text."""
        values = self.take(key, dict, default={} if optional else None)
        if any(type(value) is not str for value in values.values()):
            raise ModelError(f"{self._where}: every value of {key} must be text")
        return dict(values)

    def numbers(self, key: str) -> dict[str, float]:
        """A table inside this one that maps any names to numbers; none if the key is absent."""
        values = self.take(key, dict, default={})
        if any(type(value) not in (int, float) for value in values.values()):
            raise ModelError(f"{self._where}: every value of {key} must be a number")
        return {name: float(value) for name, value in values.items()}

    def close(self) -> None:
        """Refuse keys that nobody took."""
        if self._left:
            raise ModelError(f"{self._where}: unknown {', '.join(sorted(self._left))}")
