"""The reference at /docs and what each error code means, both without a foreign server."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse
from starlette.staticfiles import StaticFiles

from services.core.errors import MargayError

FOLDER: Final = Path(__file__).parent.parent / "docs_page"
_CSP: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def docs() -> FileResponse:
    """Show every operation, to read and to try."""
    return FileResponse(FOLDER / "page.html", headers=_CSP)


@router.get("/docs/start.js")
def start() -> FileResponse:
    """Start the reference."""
    return FileResponse(FOLDER / "start.js", headers=_CSP)


@router.get("/docs/errors")
def errors() -> HTMLResponse:
    """Explain the codes that problems carry."""
    rows = "".join(
        f'<tr id="{escape(kind.code)}"><td><code>{escape(kind.code)}</code></td>'
        f"<td>{kind.status}</td><td>{escape(kind.title)}</td>"
        f"<td>{'yes' if kind.retryable else 'no'}</td></tr>"
        for kind in sorted(_kinds(), key=lambda kind: (kind.status, kind.code))
    )
    page = (FOLDER / "errors.html").read_text(encoding="utf-8")
    return HTMLResponse(page.replace("<!-- rows -->", rows), headers=_CSP)


def assets() -> StaticFiles:
    """Serve Swagger UI from the package that carries it."""
    return StaticFiles(directory=str(files("fastapi_offline") / "static"))


def _kinds(head: type[MargayError] = MargayError) -> Iterator[type[MargayError]]:
    seen = set()
    for kind in (head, *(each for child in head.__subclasses__() for each in _kinds(child))):
        if kind.code not in seen and not inspect.isabstract(kind):
            seen.add(kind.code)
            yield kind
