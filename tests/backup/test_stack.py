"""An embedded installation moves into a stack and back: every row, every medium, every search."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.backup.folder import BackupFolder
from services.backup.restore import restore, take_up
from services.backup.save import save
from services.core.index.milvus import MilvusIndex
from services.core.settings import Settings
from services.core.types.jobs import JobState
from services.ingest import indexes, rebuild
from services.ingest.pipeline import handlers
from services.wiring.archive import open_archive, open_database
from services.wiring.stores import open_media, open_vectors
from tests.backup.installation import found, tables
from tests.ingest.world import World, document, picture
from tests.servers import s3

pytestmark = pytest.mark.stack

NOW = datetime(2026, 5, 2, tzinfo=UTC)


@pytest.fixture
def stack(tmp_path: Path, postgres_url: str, milvus_url: str, s3_url: str) -> Settings:
    stores = s3.stores(
        s3_url,
        f"backup-{secrets.token_hex(4)}",
        data_dir=tmp_path / "stack",
        database_url=postgres_url,
        milvus_uri=milvus_url,
    )
    return Settings(stores=stores)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    vectors = MilvusIndex(str(tmp_path / "first.db"))
    made = World(tmp_path / "first", vectors, name=f"moved_{secrets.token_hex(4)}")
    made.make_index()
    made.ingest(
        *(document(f"p{place}", title=f"mug {place}") for place in range(8)),
        document("seen", title="a mug", images=["file:p"]),
        p=picture("red"),
    )
    yield made
    made.ports.database.close()
    vectors.close()


def copy(settings: Settings, folder: Path) -> None:
    with open_archive(settings) as archive:
        save(archive, open_media(settings), folder, version="0.1.0", now=NOW)


def test_a_backup_goes_from_one_kind_of_installation_to_the_other(
    world: World, stack: Settings, tmp_path: Path
) -> None:
    rows, before = tables(world.ports.settings), found(world.ports, world.index)
    copy(world.ports.settings, tmp_path / "embedded")
    with open_archive(stack) as archive, closing(open_vectors(stack)) as vectors:
        restore(archive, open_media(stack), tmp_path / "embedded")
        assert {**tables(stack), "instance": []} == {**rows, "instance": []}
        copy(stack, tmp_path / "stack-backup")
        assert [*BackupFolder(tmp_path / "stack-backup").files()] == [
            *BackupFolder(tmp_path / "embedded").files()
        ]
        with open_database(stack) as database:
            assert take_up(archive, database, vectors, now=NOW) == [world.index]
            ports = replace(
                world.ports, database=database, vectors=vectors, media=open_media(stack)
            )
            job = rebuild.start(ports, world.index)
            handlers(ports)["index.rebuild"](job_id=job.id)
            with database.read() as work:
                assert work.jobs.get(job.id).state is JobState.SUCCEEDED
            assert found(ports, world.index) == before != []
            indexes.delete(ports, world.index)
