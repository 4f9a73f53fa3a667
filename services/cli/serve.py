"""`margay serve`: start the server in this process."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer
import uvicorn

from services.cli.output import errors
from services.core import checks, telemetry
from services.core.errors import SettingsError
from services.core.loading import loading
from services.core.settings import PREFIX, Settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind; default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind; default 8000.")] = None,
) -> None:
    """Serve the API and the page until Ctrl-C."""
    settings = settings_from(host=host, port=port)
    with runtime_server(settings) as server:
        errors.print(f"Margay serves on {address(settings)} (Ctrl-C stops it)")
        if not settings.auth.bootstrap_key.get_secret_value():
            errors.print("No API key is asked for on loopback; see docs/install.md, Keys.")
        server.wait()


def settings_from(
    *, host: str | None = None, port: int | None = None, more: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings from the environment, with what the command line says on top."""
    environ = dict(os.environ)
    environ.update(more or {})
    if host is not None:
        environ[f"{PREFIX}SERVER__HOST"] = host
    if port is not None:
        environ[f"{PREFIX}SERVER__PORT"] = str(port)
    return checks.load_settings(environ)


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the server."""
    host = settings.server.host
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return (
        f"http://[{shown}]:{settings.server.port}"
        if ":" in shown
        else f"http://{shown}:{settings.server.port}"
    )


class RunningServer:
    """Uvicorn in a thread of this process, so that a command can go on beside it.

    Its end is told by an event: a signal that interrupts `Thread.join` makes Python 3.11 take a
    thread for ended that is not, and a loop that still runs while Python ends is a crash.
    """

    def __init__(self, server: uvicorn.Server) -> None:
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Return once it accepts connections. Raises SettingsError if it does not."""
        self._thread.start()
        while not self._server.started:
            if self._ended.wait(0.02):
                raise SettingsError("the server could not start; the lines above say why")

    def wait(self) -> None:
        """Return when the server has ended (Ctrl-C raises KeyboardInterrupt here)."""
        while not self._ended.wait(0.5):
            pass

    def stop(self) -> None:
        """Let requests in flight finish; nothing to do if it never started."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._ended.wait(15)

    def _run(self) -> None:
        try:
            self._server.run()
        finally:
            self._ended.set()


def end_on_sigterm() -> None:
    """Leave through every `finally`, as Ctrl-C does, with exit code 0; a second one at once."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))


@contextmanager
def runtime_server(settings: Settings, *, log_level: int = logging.INFO) -> Iterator[RunningServer]:
    """Check what can be checked, open everything, serve; close in reverse."""
    end_on_sigterm()
    with loading():
        # Not before a server is wanted: they take seconds, which every other command would wait.
        from services.gateway import auth
        from services.gateway.main import create_app
        from services.wiring import open_runtime

        checks.before_serving(settings)
        telemetry.configure_logging(level=log_level)
        runtime = open_runtime(settings)
    try:
        # Asked here too: what the application raises at its start, uvicorn prints as a traceback.
        auth.check_reachable(settings, runtime.ports.database)
        with loading():
            app = create_app(runtime)
        config = uvicorn.Config(
            app,
            host=settings.server.host,
            port=settings.server.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        server = RunningServer(uvicorn.Server(config))
        # A signal may come at any moment: whatever has begun must end before Python does.
        try:
            server.start()
            # What is loaded by now stays: the collector need not look through it again and again.
            gc.collect()
            gc.freeze()
            yield server
        finally:
            server.stop()
    finally:
        runtime.close()
