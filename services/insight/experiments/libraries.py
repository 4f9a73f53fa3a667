"""Brings scipy and statsmodels in when a number is asked of them, or says how to install them."""

from __future__ import annotations

from typing import Any

from services.core.errors import SettingsError


def proportions() -> Any:
    """`statsmodels.stats.proportion`; raises SettingsError when it is not installed."""
    try:
        # Only here: they are in an extra, too large for the gateway's image.
        import statsmodels.stats.proportion as module
    except ImportError as error:
        raise _missing("statsmodels") from error
    return module


def distributions() -> Any:
    """`scipy.stats`; raises SettingsError when it is not installed."""
    try:
        import scipy.stats as module
    except ImportError as error:
        raise _missing("scipy") from error
    return module


def check_installed() -> None:
    """Raise SettingsError where something is missing, with what to install."""
    distributions()
    proportions()


def _missing(name: str) -> SettingsError:
    return SettingsError(
        f"measuring needs {name}, which is not installed: "
        "in Margay's folder, run scripts/venv.sh evaluate"
    )
