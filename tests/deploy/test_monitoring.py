"""The dashboard and the alerts name figures that we export, and each alert says what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.core import Metric

from services.core.ports import Ports
from services.core.settings import Settings
from services.core.telemetry import Metrics
from services.core.types.figures import LedgerFigures
from services.embedder.metrics import families
from services.gateway import installation, watched
from services.gateway.search_log import SearchLog

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
RULES = MONITORING / "prometheus" / "rules.yml"
DASHBOARD = json.loads((MONITORING / "grafana" / "dashboards" / "margay.json").read_text("utf-8"))
NAME = re.compile(r"\bmargay_[a-z0-9_]+")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def histograms() -> set[str]:
    return {one.name for one in figures() if one.type == "histogram"}


def exported() -> set[str]:
    """Every name that a scrape of a gateway or an embedder may show."""
    return {one.name + suffix for one in figures() for suffix in SUFFIXES[one.type]}


def figures() -> list[Metric]:
    nothing = LedgerFigures(jobs={}, items={}, failed={}, oldest={}, rebuilding=0)
    return [
        *Metrics().registry.collect(),
        *families(()),
        *installation.ledger(nothing, paused=(), now=datetime.now(UTC)),
        *installation.probes(()),
        *installation.messages({}),
        *installation.workers(()),
        *installation.answering({}),
        *SearchLog(cast("Ports", SimpleNamespace(settings=Settings()))).families(),
        *watched.drift(()),
        *watched.quality(()),
    ]


def queries() -> Iterator[tuple[str, str]]:
    """The title of each panel with one of its queries."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def alerts() -> list[str]:
    return re.findall(r"- alert: (\w+)", RULES.read_text("utf-8"))


@pytest.mark.parametrize(("title", "query"), list(queries()))
def test_a_panel_asks_for_what_is_exported(title: str, query: str) -> None:
    names = set(NAME.findall(query))
    assert names
    assert names <= exported()


def test_the_alerts_ask_for_what_is_exported() -> None:
    names = set(NAME.findall("\n".join(_code(RULES)))) - {"margay_parts"}
    assert len(names) > 10
    assert names <= exported()


def test_every_figure_is_documented() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    documented = set(re.findall(r"`(margay_[a-z0-9_]+)`", page))
    parts = ("_bucket", "_sum", "_count")
    assert documented == {name for name in exported() if not name.endswith(parts)} | histograms()


def test_all_panels_ask_the_source_that_is_provisioned() -> None:
    source = (MONITORING / "grafana/provisioning/datasources/prometheus.yml").read_text("utf-8")
    (uid,) = re.findall(r"uid: (\S+)", source)
    panels: list[dict[str, Any]] = [one for one in DASHBOARD["panels"] if one["type"] != "row"]
    assert {panel["datasource"]["uid"] for panel in panels} == {uid}


def test_panels_lie_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


@pytest.mark.parametrize("alert", alerts())
def test_operators_are_told_what_an_alert_means(alert: str) -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert re.search(rf"^\| `{alert}` \|", page, re.MULTILINE)


def test_promtool_accepts_the_alerts_and_they_fire_when_they_should() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("put promtool on the PATH (Debian: apt-get install prometheus) to check them")
    done = subprocess.run(
        [promtool, "test", "rules", "rules.test.yml"],
        cwd=RULES.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _code(file: Path) -> Iterator[str]:
    return (line for line in file.read_text("utf-8").splitlines() if "summary:" not in line)
