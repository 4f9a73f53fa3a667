"""Statistics that are not installed are asked for by name, and planning needs none of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from services.core.errors import SettingsError
from services.insight import libraries


@pytest.mark.parametrize(
    ("module", "package", "bring"),
    [
        ("ir_measures", "ir-measures", libraries.rankings),
        ("scipy.stats", "scipy", libraries.distributions),
        ("statsmodels.stats.proportion", "statsmodels", libraries.proportions),
    ],
)
def test_what_is_missing_is_said_with_what_to_run(
    module: str, package: str, bring: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bring().__name__ == module
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SettingsError, match=rf"needs {package},.*scripts/venv\.sh evaluate"):
        bring()


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
