"""The application: `create_app(runtime)`, and `app()` for `uvicorn --factory`."""

from __future__ import annotations

import os
from typing import Any, Final

from fastapi import FastAPI

from services.core import checks, telemetry
from services.gateway import errors, openapi
from services.gateway.lifespan import lifespan
from services.gateway.middleware import BodyLimit, Edge
from services.gateway.open_door import OpenDoor
from services.gateway.rate_limit import RateLimiter
from services.gateway.readiness import Readiness
from services.gateway.routes import (
    analytics,
    capabilities,
    configurations,
    docs,
    documents,
    embeddings,
    evaluations,
    events,
    experiments,
    health,
    imports,
    indexes,
    job_events,
    jobs,
    keys,
    media,
    metrics,
    models,
    page,
    propensities,
    query_sets,
    queues,
    rerank,
    search,
    statistics,
    watch,
)
from services.gateway.running import Running
from services.gateway.schemas.documents import DocumentIn, DocumentsIn
from services.gateway.schemas.imports import ImportIn, UploadIn
from services.gateway.schemas.query_sets import QueriesIn, QuerySetIn
from services.gateway.schemas.search import SearchIn
from services.gateway.search_log import SearchLog
from services.gateway.seats import Seats
from services.gateway.state import Gateway, Runtime
from services.wiring import open_runtime

EVENT_STREAMS: Final = 64
_ROUTES: Final = (
    search, indexes, documents, imports, jobs, job_events, queues, media, embeddings, rerank,
    configurations, query_sets, evaluations, events, analytics, propensities, experiments,
    capabilities, models, statistics, watch, keys, health, metrics, docs, page,
)  # fmt: skip


def create_app(runtime: Runtime, *, close_runtime: bool = False) -> FastAPI:
    """Make the application over an opened installation, which the caller closes unless told."""
    app = FastAPI(
        lifespan=lifespan(runtime, close_runtime=close_runtime),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    search_log = SearchLog(runtime.ports)
    runtime.metrics.watch("search log", search_log.families)
    app.state.gateway = Gateway(
        runtime=runtime,
        limiter=RateLimiter(runtime.settings.server.requests_per_minute),
        listeners=Seats(EVENT_STREAMS),
        door=OpenDoor(),
        readiness=Readiness(),
        search_log=search_log,
        running=Running(runtime.ports.database),
    )
    errors.install(app)
    _add_routes(app)
    app.mount("/docs/assets", docs.assets())
    app.mount("/ui", page.files())
    app.add_middleware(BodyLimit, limit=runtime.settings.server.max_request_bytes)
    app.add_middleware(Edge, metrics=runtime.metrics)
    return app


def openapi_document() -> dict[str, Any]:
    """Describe every operation, without opening an installation."""
    bare = FastAPI()
    _add_routes(bare)
    return bare.openapi()


def _add_routes(app: FastAPI) -> None:
    for module in _ROUTES:
        app.include_router(module.router)
    openapi.install(
        app, DocumentIn, DocumentsIn, ImportIn, QueriesIn, QuerySetIn, SearchIn, UploadIn
    )


def app() -> FastAPI:
    """Open what the environment's settings name and serve it: `uvicorn --factory`."""
    telemetry.configure_logging()
    settings = checks.load_settings(dict(os.environ))
    return create_app(open_runtime(settings), close_runtime=True)
