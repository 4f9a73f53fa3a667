"""Which methods an address takes, for the Allow header of a 405."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import compile_path


def methods_at(app: FastAPI, path: str) -> list[str]:
    """Return the documented methods of the most literal address that fits; empty if none does."""
    templates: dict[str, dict[str, object]] = app.openapi()["paths"]
    for template in sorted(templates, key=lambda each: each.count("{")):
        pattern, _, _ = compile_path(template)
        if pattern.match(path):
            return sorted(method.upper() for method in templates[template])
    return []
