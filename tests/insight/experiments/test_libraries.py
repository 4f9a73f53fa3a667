"""Statistics that are not installed are asked for by name, and planning needs none of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.core.errors import SettingsError
from services.insight.experiments import libraries


@pytest.mark.parametrize("name", ["scipy.stats", "statsmodels.stats.proportion"])
def test_what_is_missing_is_said_with_what_to_run(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    package = name.partition(".")[0]
    with pytest.raises(SettingsError, match=rf"{package}.*scripts/venv\.sh evaluate"):
        libraries.check_installed()


def test_nothing_heavy_is_loaded_to_plan_and_to_look_at_any_time() -> None:
    script = """
import sys
from services.core.types.experiments import Analysis
from services.insight.experiments import power, report, sequential
from services.insight.experiments.estimates import Share
power.clients_needed(0.3, min_lift=0.05, analysis=Analysis.ALWAYS_VALID)
sequential.compare_shares(Share(300, 900), Share(350, 900), min_lift=0.1, alpha=0.05)
print({name.split(".")[0] for name in sys.modules} & {"scipy", "statsmodels", "pandas"})
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
