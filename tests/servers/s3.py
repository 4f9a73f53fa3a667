"""A private S3: MinIO, as in the Compose file, else moto's server as a process."""

from __future__ import annotations

import http.client
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from pydantic import SecretStr

from services.core.settings import Stores
from tests.servers import NotServing, Server
from tests.servers.choice import first_that_serves
from tests.servers.containers import ContainerServer
from tests.servers.processes import ProcessServer, free_port, new_folder

IMAGE: Final = "minio/minio:RELEASE.2024-12-18T13-15-44Z"
USER: Final = "margay-tests"
PASSWORD: Final = "only-for-tests"
ENABLE: Final = (
    "needs S3: install moto's server (pip install 'margay[dev]'), or start a Docker engine "
    f"that has or can pull {IMAGE}"
)


def stores(url: str, bucket: str, **others: object) -> Stores:
    """The settings of a media store in a bucket (it need not exist) of the server at `url`."""
    given = {
        "media_url": f"s3://{bucket}",
        "s3_endpoint": url,
        "s3_access_key": SecretStr(USER),
        "s3_secret_key": SecretStr(PASSWORD),
        "s3_region": "us-east-1",
    }
    return Stores.model_validate(given | others)


@contextmanager
def serving() -> Iterator[str]:
    """Give the URL of a fresh server; skip the test, saying why, where none can run."""
    with server() as one:
        yield one.url


def server() -> AbstractContextManager[Server]:
    """Give a fresh server that can be killed and started again; skip where none can run.

    moto's keeps nothing over a restart.
    """
    return first_that_serves(_container, process, otherwise=ENABLE)


def process() -> Server:
    """moto's server, which takes any key and secret. Raises NotServing if it is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("moto", "flask", "flask_cors")):
        raise NotServing("moto's server is not installed")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    folder = new_folder("s3")
    return ProcessServer(command, url=url, folder=folder, answers=lambda: _answers(url, "/"))


def _container() -> Server:
    made = ContainerServer(
        IMAGE,
        port=9000,
        url=lambda address: f"http://{address}",
        answers=lambda: _answers(made.url, "/minio/health/ready"),
        environ={"MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": PASSWORD},
        command=["server", "/data"],
    )
    return made


def _answers(url: str, path: str) -> bool:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
