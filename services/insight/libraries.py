"""Brings in what measuring needs when a number is asked of it, or says how to install it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from services.core.errors import SettingsError


def rankings() -> Any:
    """`ir_measures`; raises SettingsError when it is not installed."""
    return _brought("ir_measures", "ir-measures")


def proportions() -> Any:
    """`statsmodels.stats.proportion`; raises SettingsError when it is not installed."""
    return _brought("statsmodels.stats.proportion", "statsmodels")


def distributions() -> Any:
    """`scipy.stats`; raises SettingsError when it is not installed."""
    return _brought("scipy.stats", "scipy")


def _brought(module: str, package: str) -> Any:
    """Not before it is used: all of them are in an extra, and take seconds to load."""
    try:
        return import_module(module)
    except ImportError as error:
        raise SettingsError(
            f"measuring needs {package}, which is not installed: "
            "in Margay's folder, run scripts/venv.sh evaluate"
        ) from error
