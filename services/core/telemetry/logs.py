"""Logs as events with fields, one JSON object a line."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

ROOT: Final = "margay"
_FIELDS: Final = "margay_fields"


def logger(area: str) -> logging.Logger:
    """The logger of an area, e.g. `logger("ingest")`."""
    return logging.getLogger(f"{ROOT}.{area}")


def event(
    log: logging.Logger,
    name: str,
    *,
    level: int = logging.INFO,
    trace: bool = False,
    **fields: object,
) -> None:
    """Log `noun.verb` with its fields; `trace` adds the exception being handled."""
    log.log(level, name, extra={_FIELDS: fields}, exc_info=trace)


def configure_logging(*, level: int = logging.INFO) -> None:
    """Write our events to stderr, one line of JSON each; called once by a process that serves."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in (ROOT, "services"):  # by area, or by module
        root = logging.getLogger(name)
        root.handlers = [handler]
        root.setLevel(level)
        root.propagate = False


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, area, event, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; fields that are no JSON are shown as text."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "area": record.name.removeprefix(f"{ROOT}."),
            "event": record.getMessage(),
        }
        line = line | getattr(record, _FIELDS, {}) | line  # no field can pass for another event
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
