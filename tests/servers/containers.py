"""A server as a container of a Docker engine, published on one port of this machine."""

from __future__ import annotations

import contextlib
import functools
import gc
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.servers import NotServing
from tests.servers.processes import START_LIMIT_S, free_port


class ContainerServer:
    """`tests.servers.Server` for an image whose tag is pinned.

    Everything that Docker cannot do here (no engine, no image and no registry, no such port)
    is NotServing, so that the caller can go on with a binary.
    """

    def __init__(
        self,
        image: str,
        *,
        port: int,
        url: Callable[[str], str],
        answers: Callable[[], bool],
        environ: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        """`url` makes the address of `host:port`; `options` are those of Docker's `run`."""
        if (why := engine_missing()) is not None:
            raise NotServing(why)
        self._image = image
        self._port = port
        self._host_port = free_port()
        self._address = f"127.0.0.1:{self._host_port}"
        self._url = url(self._address)
        self._answers = answers
        self._environ = dict(environ or {})
        self._command = None if command is None else list(command)
        self._options = options
        self._made: Any = None

    @property
    def url(self) -> str:
        return self._url

    def start(self) -> None:
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        try:
            self._run()
        except (DockerException, RequestException, TimeoutError) as error:
            raise NotServing(f"{self._image}: {error}") from error
        deadline = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if time.monotonic() > deadline or self._status() == "exited":
                raise NotServing(f"{self._image} did not serve:\n{self.log()[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        self._container().stop(timeout=30)

    def kill(self) -> None:
        if self._status() in ("running", "paused"):
            self._container().kill()
            self._container().wait()

    def pause(self) -> None:
        self._container().pause()

    def resume(self) -> None:
        self._container().unpause()

    def close(self) -> None:
        if self._made is not None:
            self._made.stop()

    def log(self) -> str:
        """Everything it has said so far."""
        return str(self._container().logs().decode("utf-8", "replace"))

    def _run(self) -> None:
        if self._made is not None:
            self._container().start()
            return
        # Only machines with an engine come here: the import costs a quarter of a second.
        from testcontainers.core.container import DockerContainer

        made = DockerContainer(self._image, command=self._command, **self._options)
        made.with_envs(**self._environ)
        made.ports[str(self._port)] = ("127.0.0.1", self._host_port)  # type: ignore[assignment]
        self._made = made
        made.start()

    def _status(self) -> str:
        self._container().reload()
        return str(self._container().status)

    def _container(self) -> Any:
        return self._made.get_wrapped_container()


@functools.cache
def engine_missing() -> str | None:
    """Why no Docker engine can be used, or None if one answers."""
    try:
        import docker
    except ImportError as error:
        return str(error)
    with warnings.catch_warnings():
        # Docker's client forgets a socket that could not connect; it is collected here.
        warnings.simplefilter("ignore", ResourceWarning)
        why = _why_no_answer(docker.from_env)
        gc.collect()
    return why


def _why_no_answer(connect: Callable[..., Any]) -> str | None:
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        with contextlib.closing(connect(timeout=5)) as client:
            client.ping()
    except (DockerException, RequestException) as error:
        return f"no Docker engine answers: {error}"
    return None
