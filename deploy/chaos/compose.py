"""The running stack as Docker shows it: containers killed, cut off and exchanged."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
OVERRIDES: Final = Path(__file__).parent


class ChaosError(Exception):
    """The stack cannot be treated so; the text says what to do."""


class Compose:
    """One Compose project, in the folder of docker-compose.yml."""

    def address(self) -> str:
        """Where the gateway is published."""
        published = self._compose("port", "gateway", "8000").strip()
        if not published:
            raise ChaosError("no gateway is running; start the stack with: make up")
        host, _, port = published.rpartition(":")
        # Published on every address, it is there on loopback too.
        return f"http://{'127.0.0.1' if set(host) <= set('0.[:]') else host}:{port}"

    def admin_key(self) -> str:
        """The key that `make env` wrote, as Compose reads it."""
        shown = json.loads(self._compose("config", "--format", "json"))
        return str(shown["services"]["gateway"]["environment"]["MARGAY_AUTH__BOOTSTRAP_KEY"])

    def crash(self, service: str) -> None:
        """`kill -9` its first process, as a crash: `docker kill` would count as a wish to stop."""
        shown = self._inspect(service)
        pid = int(shown["State"]["Pid"])
        if not pid:
            raise ChaosError(f"{service} does not run")
        if _is_ours(pid, str(shown["Id"])):
            os.kill(pid, signal.SIGKILL)
            return
        # The engine's processes are not ours to see (Docker Desktop, no root): one of its own can.
        image = self._inspect("redis")["Config"]["Image"]
        kill = ["--pid=host", "--user=0", "--cap-add=KILL", "--entrypoint=sh", "--rm"]
        _run("docker", "run", *kill, image, "-c", f"kill -9 {pid}")

    def restart(self, service: str) -> None:
        """Stop it as an operator would, start it again."""
        self._compose("restart", service)

    def cut_off(self, service: str) -> None:
        """Take it off its networks: connections stand, nothing comes through."""
        for network in self._networks(service):
            _run("docker", "network", "disconnect", network, self.container(service))

    def reconnect(self, service: str, networks: Sequence[str]) -> None:
        """Put it back under its name: `docker network disconnect` forgets the alias."""
        for network in networks:
            connect = ["docker", "network", "connect", "--alias", service, network]
            _run(*connect, self.container(service))

    def networks(self, service: str) -> list[str]:
        return self._networks(service)

    def can_drop(self) -> bool:
        """Whether single ways between two containers can be cut: root of this machine can."""
        return os.geteuid() == 0 and all(map(shutil.which, ("nsenter", "iptables")))

    def drop(self, service: str, other: str, *, undo: bool = False) -> None:
        """Let every packet from one service to another vanish; `undo` it."""
        pid = str(self._inspect(service)["State"]["Pid"])
        rule = ["-d", self._ip(other), "-j", "DROP"]
        inside = ["nsenter", "-t", pid, "-n", "iptables"]
        _run(*inside, "-D" if undo else "-I", "OUTPUT", *rule)

    def exchange(self, services: Sequence[str], override: str | None) -> None:
        """Make these containers anew, with an override of this folder or (None) without."""
        labels = self._inspect("postgres")["Config"]["Labels"]
        given = str(labels["com.docker.compose.project.config_files"]).split(",")
        if override is not None:
            given.append(str(OVERRIDES / override))
        files = [word for file in given for word in ("-f", file)]
        up = ["up", "--detach", "--no-deps", "--no-build", "--wait", "--wait-timeout", "300"]
        self._compose(*files, *up, *services)

    def inside(self, service: str, command: str) -> int:
        """Run a shell command in it; its exit code."""
        wanted = ["docker", "exec", self.container(service), "sh", "-c", command]
        return subprocess.run(wanted, check=False, capture_output=True).returncode

    def healthy(self, services: Sequence[str]) -> bool:
        """Whether each of them says of itself that it is well."""
        return all(
            self._inspect(service)["State"].get("Health", {}).get("Status") == "healthy"
            for service in services
        )

    def services(self) -> list[str]:
        """Everything that runs."""
        return self._compose("ps", "--services", "--status", "running").split()

    def container(self, service: str) -> str:
        found = self._compose("ps", "--all", "--quiet", service).split()
        if not found:
            raise ChaosError(f"there is no container of {service}; start the stack with: make up")
        return found[0]

    def _inspect(self, service: str) -> dict[str, Any]:
        shown = json.loads(_run("docker", "inspect", self.container(service)))
        return dict(shown[0])

    def _networks(self, service: str) -> list[str]:
        return list(self._inspect(service)["NetworkSettings"]["Networks"])

    def _ip(self, service: str) -> str:
        shared = self._inspect(service)["NetworkSettings"]["Networks"].values()
        return next(str(each["IPAddress"]) for each in shared if each["IPAddress"])

    def _compose(self, *arguments: str) -> str:
        return _run("docker", "compose", *arguments)


def _is_ours(pid: int, container: str) -> bool:
    """Whether the number means the container's process on this machine, and root may end it."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text("ascii")
    except OSError:
        return False
    return os.geteuid() == 0 and container in groups


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise ChaosError(f"{' '.join(command)}: {said[-600:]}")
    return done.stdout
