"""Logs as events with fields, and the counters that Prometheus reads."""

from services.core.telemetry.logs import ROOT, JsonLines, configure_logging, event, logger
from services.core.telemetry.metrics import Metrics

__all__ = ["ROOT", "JsonLines", "Metrics", "configure_logging", "event", "logger"]
