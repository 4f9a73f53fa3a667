"""What is looked at before anything starts; each failure says what to type."""

from __future__ import annotations

import difflib
import socket
import tempfile
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel, ValidationError

from services.core.errors import SettingsError
from services.core.settings import PREFIX, Settings

CLIENT_VARIABLES: Final = frozenset({"MARGAY_URL", "MARGAY_API_KEY"})
"""Read by the command line, not by the server."""
SECRETS: Final = frozenset(
    {
        "MARGAY_AUTH__BOOTSTRAP_KEY",
        "MARGAY_RERANK__VLM_KEY",
        "MARGAY_STORES__BROKER_URL",  # a URL may hold a password
        "MARGAY_STORES__DATABASE_URL",
        "MARGAY_STORES__MILVUS_TOKEN",
        "MARGAY_STORES__S3_ACCESS_KEY",
        "MARGAY_STORES__S3_SECRET_KEY",
    }
)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from these variables.

    Raises SettingsError naming each unknown variable (and the nearest known one) or bad value.
    """
    known = list(variables())
    given = {
        name.upper(): value
        for name, value in environ.items()
        # Empty counts as not set: that is how compose files and shells say it.
        if name.upper().startswith(PREFIX) and value and name.upper() not in CLIENT_VARIABLES
    }
    if unknown := sorted(given.keys() - set(known)):
        raise SettingsError(" ".join(_unknown(name, known) for name in unknown))
    values: dict[str, dict[str, str]] = {}
    for name, value in given.items():
        group, _, field = name.removeprefix(PREFIX).lower().partition("__")
        values.setdefault(group, {})[field] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("; ".join(_sentences(error))) from error


def variables() -> Iterator[str]:
    """Every environment variable that is a setting."""
    for group, field in Settings.model_fields.items():
        kind = field.annotation
        assert isinstance(kind, type)
        assert issubclass(kind, BaseModel), "every setting stands in a group"
        for name in kind.model_fields:
            yield f"{PREFIX}{group.upper()}__{name.upper()}"


def before_serving(settings: Settings) -> None:
    """Check what would otherwise fail later and less clearly. Raises SettingsError."""
    data_folder_writable(settings)
    port_free(settings)


def data_folder_writable(settings: Settings) -> None:
    """Raises SettingsError unless files can be made in the data folder."""
    folder = settings.stores.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingsError(
            f"the data folder {folder.resolve()} cannot be written to "
            f"({error.strerror or error}); set {PREFIX}STORES__DATA_DIR to a folder of yours"
        ) from error


def port_free(settings: Settings) -> None:
    """Raises SettingsError unless the address can be bound."""
    host, port = settings.server.host, settings.server.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server itself will bind: a port in TIME_WAIT is free, a listening one is not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SettingsError(
            f"port {port} on {host} cannot be used ({error.strerror or error}); "
            f"stop the other program or choose another port: --port {_other(port)} "
            f"(or {PREFIX}SERVER__PORT, or make demo PORT={_other(port)})"
        ) from error


def _other(port: int) -> int:
    return port + 80 if port + 80 <= 65535 else port - 80


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? All" if near else "all"
    return f"{name} is not a setting; {hint} are in docs/settings.md."


def _sentences(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        name = PREFIX + "__".join(str(part).upper() for part in problem["loc"][:2])
        wanted = problem["msg"].removeprefix("Value error, ").replace("Input should", "must")
        # The value of a secret is not shown: what starts a server often keeps its output.
        shown = "" if name in SECRETS else f" is {problem['input']!r} and"
        yield f"{name}{shown} {wanted}"
