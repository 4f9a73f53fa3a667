"""What happens between the first and the last request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from services.gateway import auth
from services.gateway.state import Gateway, Runtime


def lifespan(
    runtime: Runtime, *, close_runtime: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Refuse to serve strangers without keys; close at the end what this process opened.

    The search log is written to its end before.
    """

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(auth.check_reachable, runtime.settings, runtime.ports.database)
        try:
            yield
        finally:
            gateway: Gateway = app.state.gateway
            await run_in_threadpool(gateway.search_log.close)
            if close_runtime:
                await run_in_threadpool(runtime.close)

    return running
