"""Real servers for tests: from a Docker engine where one answers, else from binaries, else skipped.

redis, postgres, milvus, s3   each a `serving()` context manager that gives a URL
processes, containers         the two ways of running one; both are a `Server`
choice                        the first way that works on this machine, else skip
fixtures                      what a conftest imports
stack                         all of them with our own processes in front
"""

from __future__ import annotations

from typing import Protocol


class Server(Protocol):
    """A private server that keeps its port and its data through kills and restarts."""

    @property
    def url(self) -> str:
        """Where clients reach it, with the password if it has one."""

    def start(self) -> None:
        """Start it, or start it again; return when it answers. Raises NotServing if it does not."""

    def stop(self) -> None:
        """End it as an operator would (SIGTERM), keeping its data."""

    def kill(self) -> None:
        """End it at once (SIGKILL), keeping what it had written."""

    def pause(self) -> None:
        """Freeze it (SIGSTOP): connections stand, nothing answers."""

    def resume(self) -> None:
        """Go on after `pause`."""

    def close(self) -> None:
        """End it, however it stands, and forget its data."""


class NotServing(Exception):
    """This way of running the server does not work on this machine; the text says why."""
