"""A whole JSON file of annotations: small enough to be read at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datasets.errors import DatasetError
from datasets.lines import unreadable


def read_list(path: Path) -> list[Any]:
    """The list in a file. Raises DatasetError naming the file."""
    value = _read(path)
    if not isinstance(value, list):
        raise DatasetError(f"{path.name} must be a JSON list")
    return value


def read_object(path: Path) -> dict[str, Any]:
    """The object in a file. Raises DatasetError naming the file."""
    value = _read(path)
    if not isinstance(value, dict):
        raise DatasetError(f"{path.name} must be a JSON object")
    return value


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise unreadable(path.name, error) from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path.name} is not JSON") from error
