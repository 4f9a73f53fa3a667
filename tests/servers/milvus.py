"""A private Milvus: the image of the Compose file, else Milvus Lite's own server as a process."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import grpc
from pymilvus.grpc_gen import milvus_pb2_grpc
from pymilvus.grpc_gen.milvus_pb2 import ShowCollectionsRequest

from tests.servers import NotServing, Server
from tests.servers.choice import first_that_serves
from tests.servers.containers import ContainerServer
from tests.servers.processes import ProcessServer, free_port, new_folder

IMAGE: Final = "milvusdb/milvus:v3.0.1"
ALONE: Final = {
    "ETCD_USE_EMBED": "true",
    "ETCD_DATA_DIR": "/var/lib/milvus/etcd",
    "COMMON_STORAGETYPE": "local",
}
"""One container, without etcd and MinIO."""
ENABLE: Final = (
    "needs Milvus: install milvus-lite (pip install margay does where it exists), or start a "
    f"Docker engine that has or can pull {IMAGE}"
)


@contextmanager
def serving() -> Iterator[str]:
    """Give the URL of a fresh server; skip the test, saying why, where none can run."""
    with server() as one:
        yield one.url


def server() -> AbstractContextManager[Server]:
    """Give a fresh server that can be killed and started again; skip where none can run."""
    return first_that_serves(container, process, otherwise=ENABLE)


def container(image: str = IMAGE) -> Server:
    """One of an image that is here or can be pulled. Raises NotServing where Docker cannot."""
    made = ContainerServer(
        image,
        port=19530,
        url=lambda address: f"http://{address}",
        answers=lambda: _answers(made.url),
        environ=ALONE,
        command=["milvus", "run", "standalone"],
    )
    return made


def process() -> Server:
    """Milvus Lite's server. Raises NotServing where the package is not installed.

    It has no authentication, serves at one address of this machine and, as after any start of it,
    has no collection loaded.
    """
    binary = shutil.which("milvus-lite", path=Path(sys.executable).parent)
    if binary is None:
        raise NotServing("no milvus-lite beside this Python")
    port, folder = free_port(), new_folder("milvus")
    url = f"http://127.0.0.1:{port}"
    place = ["--data-dir", str(folder / "data"), "--host", "127.0.0.1", "--port", str(port)]
    return ProcessServer(
        [binary, "server", *place], url=url, folder=folder, answers=lambda: _answers(url)
    )


def _answers(url: str) -> bool:
    """Whether it lists its collections: a port that is open, or a health page, says too little."""
    with grpc.insecure_channel(url.removeprefix("http://")) as channel:
        stub = milvus_pb2_grpc.MilvusServiceStub(channel)
        try:
            answer = stub.ShowCollections(ShowCollectionsRequest(), timeout=1)
        except grpc.RpcError:
            return False
        return bool(answer.status.code == 0 and answer.status.error_code == 0)
