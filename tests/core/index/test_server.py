"""The index on a Milvus server, which keeps the contract too and may come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import pytest
from pymilvus import MilvusClient
from pymilvus.exceptions import MilvusException

from services.core.errors import Conflict, IndexDown
from services.core.index import reading
from services.core.index.channel import within
from services.core.index.connection import CHECK, Connection, Patience
from services.core.index.milvus import MilvusIndex
from services.core.types.indexes import Collection, IndexSettings
from services.core.types.search import DocumentRow, ViewRow
from services.core.types.vectors import Modality
from tests.contract.vector_index import VectorIndexContract
from tests.servers import Server, milvus
from tests.servers.processes import free_port

pytestmark = pytest.mark.stack

VECTOR = np.eye(4, dtype=np.float32)[0]
TEXT = (Modality.TEXT,)
_numbers = count(1)


@pytest.fixture
def index(milvus_url: str) -> Iterator[MilvusIndex]:
    with closing(MilvusIndex(milvus_url)) as index:
        yield index


@pytest.fixture
def private() -> Iterator[Server]:
    """A server that a test may end and start."""
    with milvus.server() as server:
        yield server


def new_shop() -> Collection:
    return Collection(f"several{next(_numbers)}", 1, IndexSettings(dimensions=4))


def write(index: MilvusIndex, shop: Collection, *documents: str) -> None:
    views = [ViewRow(f"{key}:text:0", key, Modality.TEXT, VECTOR, {}, None) for key in documents]
    index.upsert(shop, views, [DocumentRow(key, "mug", "", {}, None) for key in documents])


def found(index: MilvusIndex, shop: Collection) -> list[str]:
    hits = index.search(shop, VECTOR, modalities=TEXT, limit=100)
    assert [hit.document_id for hit in index.search_text(shop, "mug", limit=100)] == [
        hit.document_id for hit in hits
    ]
    return [hit.document_id for hit in hits]


class TestMilvusServer(VectorIndexContract):
    @pytest.fixture
    def vectors(self, index: MilvusIndex) -> MilvusIndex:
        return index


@pytest.fixture(scope="module")
def outlived() -> Iterator[MilvusIndex]:
    """An index whose server was killed and started again beneath it."""
    with milvus.server() as server, closing(MilvusIndex(server.url)) as index:
        index.create(new_shop())
        server.kill()
        server.start()
        yield index


@pytest.mark.thorough
class TestMilvusServerStartedAgain(VectorIndexContract):
    @pytest.fixture
    def vectors(self, outlived: MilvusIndex) -> MilvusIndex:
        return outlived


class TestManyProcesses:
    """Each connection is what another process would have: it shares nothing with the others."""

    def test_many_make_an_index_at_once(self, milvus_url: str) -> None:
        shop = new_shop()
        start = threading.Barrier(4)

        def make(_: int) -> None:
            with closing(MilvusIndex(milvus_url)) as index:
                index.check()
                start.wait()
                index.create(shop)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(make, range(4)))
        with closing(MilvusIndex(milvus_url)) as index:
            write(index, shop, "a")
            assert found(index, shop) == ["a"]

    def test_a_collection_that_another_is_still_making_is_waited_for(
        self, index: MilvusIndex, milvus_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop = new_shop()
        make = MilvusClient.create_collection
        another: list[threading.Timer] = []

        def refuse(self: MilvusClient, *arguments: Any, **named: Any) -> None:
            another.append(threading.Timer(0.3, make, (self, *arguments), named))
            another[-1].start()
            raise MilvusException(message="[Errno 17] File exists: 'collections/views_shop_G1'")

        monkeypatch.setattr(MilvusClient, "create_collection", refuse)
        index.create(shop)
        write(index, shop, "a")
        assert found(index, shop) == ["a"]
        assert len(another) == 2
        for each in another:
            each.join()

    def test_what_one_wrote_or_deleted_the_others_see_at_once(
        self, index: MilvusIndex, milvus_url: str
    ) -> None:
        shop = new_shop()
        index.create(shop)
        with closing(MilvusIndex(milvus_url)) as other:
            for turn in range(5):
                write(index, shop, f"d{turn}")
                assert found(other, shop) == [f"d{turn}"]
                other.delete(shop, [f"d{turn}"], [f"d{turn}:text:0"])
                assert found(index, shop) == []

    def test_an_index_made_anew_elsewhere_is_used_as_it_is_now(
        self, index: MilvusIndex, milvus_url: str
    ) -> None:
        shop = new_shop()
        index.create(shop)
        write(index, shop, "a")
        with closing(MilvusIndex(milvus_url)) as other:
            other.drop(shop)
            with pytest.raises(IndexDown, match="rebuild"):
                found(index, shop)
            larger = replace(shop, settings=IndexSettings(dimensions=8))
            other.create(larger)
            with pytest.raises(Conflict, match="vector"):
                index.create(shop)
            write_to = np.eye(8, dtype=np.float32)[0]
            index.upsert(larger, [ViewRow("b:text:0", "b", Modality.TEXT, write_to, {}, None)], [])
            hits = other.search(larger, write_to, modalities=TEXT, limit=5)
            assert [hit.document_id for hit in hits] == ["b"]

    def test_a_collection_released_elsewhere_is_loaded_again(
        self, index: MilvusIndex, milvus_url: str
    ) -> None:
        shop = new_shop()
        index.create(shop)
        write(index, shop, "a")
        with closing(Connection(milvus_url)) as other:
            for name in (f"views_{shop.index}_G1", f"docs_{shop.index}_G1"):
                other.client.release_collection(name)
        assert found(index, shop) == ["a"]


class TestOutages:
    def test_nothing_is_asked_before_it_is_needed(self) -> None:
        with closing(MilvusIndex(f"http://127.0.0.1:{free_port()}")) as index:
            with pytest.raises(IndexDown, match=r"127\.0\.0\.1"):
                index.check()
            with pytest.raises(IndexDown, match=r"127\.0\.0\.1"):
                found(index, new_shop())

    def test_a_killed_server_keeps_what_was_written_and_is_met_again(self, private: Server) -> None:
        shop = new_shop()
        with closing(MilvusIndex(private.url)) as index:
            index.create(shop)
            index.serve(shop)
            write(index, shop, "a", "b")
            for _ in range(2):
                private.kill()
                with pytest.raises(IndexDown):
                    found(index, shop)
                with pytest.raises(IndexDown):
                    index.check()
                private.start()
                assert found(index, shop) == ["a", "b"]
            write(index, shop, "c")
            assert found(index, shop) == ["a", "b", "c"]
            assert index.generations(shop.index) == (1,)

    @pytest.mark.thorough
    def test_a_write_waits_for_a_server_that_starts_again(self, private: Server) -> None:
        shop = new_shop()
        with closing(MilvusIndex(private.url)) as index, ThreadPoolExecutor(1) as pool:
            index.create(shop)
            write(index, shop, "a")
            private.kill()
            writing = pool.submit(write, index, shop, "b")
            private.start()
            writing.result()
            assert found(index, shop) == ["a", "b"]

    def test_a_server_that_hangs_is_given_up_in_time(self, private: Server) -> None:
        shop = new_shop()
        with closing(MilvusIndex(private.url)) as index, closing(Connection(private.url)) as bare:
            index.create(shop)
            write(index, shop, "a")
            step = partial(reading.probe, bare)
            bare.run("answer", step, patience=CHECK)
            private.pause()
            with pytest.raises(IndexDown, match="DEADLINE_EXCEEDED"):
                bare.run("answer", step, patience=Patience(0.5, 0.0))
            private.resume()
            assert found(index, shop) == ["a"]

    def test_no_request_of_the_client_outlives_the_deadline(self, private: Server) -> None:
        with closing(Connection(private.url)) as bare, within(1.0):
            bare.client.list_collections()
            private.kill()
            began = time.monotonic()
            with pytest.raises(MilvusException, match="UNAVAILABLE"):
                bare.client.list_collections(timeout=600)
            # The client's own way: as long as the 600 s last, or 75 times.
            assert time.monotonic() - began < 60
