"""The search page at / and the console at /admin, which may load nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER: Final = Path(__file__).parent.parent / "ui"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
def page() -> FileResponse:
    """Show the search page."""
    return FileResponse(FOLDER / "index.html", headers=HEADERS)


@router.get("/admin")
def console() -> FileResponse:
    """Show the operators' console; what it asks for needs an admin key, the page itself none."""
    return FileResponse(FOLDER / "admin" / "index.html", headers=HEADERS)


class PageFiles(StaticFiles):
    """Static files with the page's policy."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def files() -> PageFiles:
    """Serve the page's own files."""
    return PageFiles(directory=FOLDER)
