"""What happens to every request at the edge: an id, headers, a limit, a measurement, a net."""

from __future__ import annotations

import logging
import re
import time
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.core import ids, telemetry
from services.core.errors import MargayError, TooLarge
from services.core.telemetry import Metrics
from services.gateway.errors import BodyRefused, problem_response

log = telemetry.logger("gateway")
access_log = telemetry.logger("access")

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
}


class Edge:
    """Outermost: names the request, times it, and answers 500 for what nobody foresaw."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        began = time.perf_counter()

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_named)
        except ClientDisconnect:
            pass  # nobody is left to answer; the status 0 of the log and the counter says so
        except Exception:  # noqa: BLE001 - the process edge: logged, answered without insides
            fields = {"request_id": request_id}
            telemetry.event(log, "request.failed", level=logging.ERROR, trace=True, **fields)
            if status == 0:
                error = MargayError(
                    "something went wrong on our side; the request id is in the log"
                )
                await problem_response(error, request_id=request_id)(scope, receive, send_named)
        finally:
            self._record(scope, request_id, status, time.perf_counter() - began)

    def _record(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self.metrics.observe_request(scope["method"], route, status, seconds)
        telemetry.event(
            access_log,
            "request.answered",
            method=scope["method"],
            path=scope.get("raw_path", b"").decode("ascii", "backslashreplace"),
            status=status,
            took_ms=round(seconds * 1000, 1),
            request_id=request_id,
        )


class BodyLimit:
    """Counts a body while it comes in, and stops at the limit whatever its header said."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced[:20]) > self.limit:
            response = problem_response(self._too_large(), request_id=scope["state"]["request_id"])
            await response(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise BodyRefused(self._too_large())
            return message

        await self.app(scope, receive_counted, send)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"the body is larger than {self.limit} bytes, which is the limit")


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else ids.new_id("req")
