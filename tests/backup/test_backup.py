"""What is backed up comes back: documents, media, jobs, and after a rebuild the same searches."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.backup.folder import MANIFEST, BackupFolder, Manifest
from services.backup.restore import restore, take_up
from services.backup.save import save
from services.core.errors import Conflict, IndexDown, InputError, SettingsError
from services.core.index.milvus import MilvusIndex
from services.core.settings import Settings, Stores
from services.core.types.indexes import Collection
from services.core.types.jobs import JobState
from services.ingest import change, rebuild
from services.wiring.archive import NoQueue, open_archive, open_database
from services.wiring.stores import open_media, open_stores
from tests.backup.installation import found, tables
from tests.ingest.world import World, document, picture

NOW = datetime(2026, 5, 2, tzinfo=UTC)
NAMES = [f"p{number}" for number in range(12)]


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[MilvusIndex]:
    index = MilvusIndex(str(tmp_path / "first.db"))
    yield index
    index.close()


@pytest.fixture
def world(tmp_path: Path, vectors: MilvusIndex) -> Iterator[World]:
    """Twelve documents, every third with a picture."""
    made = World(tmp_path / "first", vectors, name="catalog")
    made.make_index()
    documents = [
        document(name, title=f"mug {name}", images=["file:p"] if place % 3 == 0 else [])
        for place, name in enumerate(NAMES)
    ]
    made.ingest(*documents, p=picture("red"))
    yield made
    made.ports.database.close()


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    return Settings(stores=Stores(data_dir=tmp_path / "second"))


def backed_up(world: World, folder: Path) -> Manifest:
    with open_archive(world.ports.settings) as archive:
        return save(archive, world.ports.media, folder, version="0.1.0", now=NOW)


def brought_back(settings: Settings, folder: Path) -> Manifest:
    with open_archive(settings) as archive:
        return restore(archive, open_media(settings), folder)


def taken_up(settings: Settings, vectors: MilvusIndex) -> list[str]:
    with open_archive(settings) as archive, open_database(settings) as database:
        return take_up(archive, database, vectors, now=NOW)


def test_a_restored_installation_finds_what_the_first_one_found(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    before, rows = found(world.ports, world.index), tables(world.ports.settings)
    manifest = backed_up(world, tmp_path / "backup")
    assert manifest.tables["documents"].rows == len(NAMES)
    assert manifest.missing == 0
    shutil.rmtree(tmp_path / "first" / "media")

    brought_back(empty, tmp_path / "backup")
    vectors = MilvusIndex(str(tmp_path / "second.db"))
    assert taken_up(empty, vectors) == ["catalog"]
    assert tables(empty) == rows
    second = World(tmp_path / "second", vectors, name="catalog")
    assert found(second.ports, second.index) == []
    job = rebuild.start(second.ports, "catalog")
    second.queue.drain()
    assert second.job(job.id).state is JobState.SUCCEEDED
    assert found(second.ports, second.index) == before != []
    assert second.keys("media/") == sorted(
        one.key for one in BackupFolder(tmp_path / "backup").files()
    )
    second.ports.database.close()
    vectors.close()


def test_a_job_that_was_under_way_is_finished_after_the_restore(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    job = world.accept(document("late", images=["file:p"]), p=picture("blue"))
    backed_up(world, tmp_path / "backup")
    brought_back(empty, tmp_path / "backup")
    vectors = MilvusIndex(str(tmp_path / "second.db"))
    taken_up(empty, vectors)
    second = World(tmp_path / "second", vectors, name="catalog")
    second.sweep()
    second.queue.drain()
    assert second.job(job.id).state is JobState.SUCCEEDED
    second.ports.database.close()
    vectors.close()


def test_a_rebuild_that_was_under_way_is_given_up(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    job = rebuild.start(world.ports, "catalog")
    backed_up(world, tmp_path / "backup")
    brought_back(empty, tmp_path / "backup")
    vectors = MilvusIndex(str(tmp_path / "second.db"))
    taken_up(empty, vectors)
    with open_database(empty) as database, database.read() as work:
        assert work.jobs.get(job.id).state is JobState.CANCELLED
        assert work.indexes.get("catalog").building is None
    vectors.close()


def test_an_installation_in_use_is_not_overwritten(world: World, tmp_path: Path) -> None:
    backed_up(world, tmp_path / "backup")
    before = tables(world.ports.settings)
    with pytest.raises(Conflict, match="the database is in use"):
        brought_back(world.ports.settings, tmp_path / "backup")
    assert tables(world.ports.settings) == before


def test_media_of_another_installation_are_not_mixed_with_ours(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    backed_up(world, tmp_path / "backup")
    open_media(empty).put("media/full/other", b"x")
    with pytest.raises(Conflict, match="media/full/other"):
        brought_back(empty, tmp_path / "backup")


def test_a_restore_that_was_cut_short_can_be_run_again(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    backed_up(world, tmp_path / "backup")
    folder = BackupFolder(tmp_path / "backup")
    first = next(iter(folder.files()))
    open_media(empty).put(first.key, folder.get(first)[:10])
    brought_back(empty, tmp_path / "backup")
    assert open_media(empty).get(first.key) == folder.get(first)


class Dying(MilvusIndex):
    """Vectors that are gone as soon as a collection is to be served from."""

    def serve(self, collection: Collection) -> None:
        raise IndexDown("killed here")


def test_a_restore_that_died_after_the_tables_can_be_run_again(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    rows = tables(world.ports.settings)
    backed_up(world, tmp_path / "backup")
    brought_back(empty, tmp_path / "backup")
    brought_back(empty, tmp_path / "backup")
    assert tables(empty).keys() == rows.keys()
    vectors = MilvusIndex(str(tmp_path / "second.db"))
    assert taken_up(empty, vectors) == ["catalog"]
    assert tables(empty) == rows
    vectors.close()


def test_a_restore_that_died_making_collections_can_be_run_again(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    backed_up(world, tmp_path / "backup")
    brought_back(empty, tmp_path / "backup")
    dying = Dying(str(tmp_path / "second.db"))
    with pytest.raises(IndexDown):
        taken_up(empty, dying)
    dying.close()
    brought_back(empty, tmp_path / "backup")
    vectors = MilvusIndex(str(tmp_path / "second.db"))
    assert taken_up(empty, vectors) == ["catalog"]
    assert tables(empty) == tables(world.ports.settings)
    vectors.close()


def test_nothing_is_served_from_a_restore_that_was_cut_short(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    backed_up(world, tmp_path / "backup")
    brought_back(empty, tmp_path / "backup")
    with ExitStack() as closing, pytest.raises(SettingsError, match="run it again"):
        open_stores(empty, queue=NoQueue(), closing=closing)
    vectors = MilvusIndex(str(tmp_path / "second.db"))
    taken_up(empty, vectors)
    vectors.close()
    with ExitStack() as closing:
        open_stores(empty, queue=NoQueue(), closing=closing)


def test_a_restore_that_is_over_is_not_run_again(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    backed_up(world, tmp_path / "backup")
    brought_back(empty, tmp_path / "backup")
    vectors = MilvusIndex(str(tmp_path / "second.db"))
    taken_up(empty, vectors)
    vectors.close()
    with pytest.raises(Conflict, match="the database is in use"):
        brought_back(empty, tmp_path / "backup")


def test_a_restore_that_was_cut_short_is_not_finished_with_another_backup(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    backed_up(world, tmp_path / "backup")
    brought_back(empty, tmp_path / "backup")
    change.delete(world.ports, "catalog", "p1")
    backed_up(world, tmp_path / "later")
    with pytest.raises(Conflict, match="another backup"):
        brought_back(empty, tmp_path / "later")


def test_a_fresh_start_does_not_stand_in_the_way(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    backed_up(world, tmp_path / "backup")
    (tmp_path / "second").mkdir()
    with open_database(empty) as database:
        other = database.instance_secret()
    brought_back(empty, tmp_path / "backup")
    with open_database(empty) as database:
        assert database.instance_secret() == world.ports.database.instance_secret() != other


@pytest.mark.parametrize("pattern", ["tables/documents.jsonl.gz", "files/media/full/*"])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    world: World, empty: Settings, tmp_path: Path, pattern: str
) -> None:
    backed_up(world, tmp_path / "backup")
    (file, *_) = (tmp_path / "backup").glob(pattern)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(Conflict, match="damaged"):
        brought_back(empty, tmp_path / "backup")
    assert not list(open_media(empty).keys("media/"))


def test_a_backup_that_was_broken_off_is_none(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    backed_up(world, tmp_path / "backup")
    (tmp_path / "backup" / MANIFEST).unlink()
    with pytest.raises(InputError, match="no finished backup"):
        brought_back(empty, tmp_path / "backup")


def test_a_backup_of_a_later_schema_is_refused(
    world: World, empty: Settings, tmp_path: Path
) -> None:
    manifest = backed_up(world, tmp_path / "backup")
    BackupFolder(tmp_path / "backup").finish(replace(manifest, revision="9999"))
    with pytest.raises(Conflict, match="later version"):
        brought_back(empty, tmp_path / "backup")


def test_a_folder_with_something_in_it_is_not_written_to(world: World, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "mine").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        backed_up(world, tmp_path / "backup")


def test_media_that_are_gone_are_counted(world: World, tmp_path: Path) -> None:
    (media_id,) = world.stored("p0").document.images
    world.ports.media.delete(f"media/full/{media_id}")
    assert backed_up(world, tmp_path / "backup").missing == 1


def test_media_that_no_table_knows_are_left_out(world: World, tmp_path: Path) -> None:
    world.ports.media.put("media/full/med_unknown", b"x")
    change.delete(world.ports, "catalog", "p1")
    backed_up(world, tmp_path / "backup")
    keys = {one.key for one in BackupFolder(tmp_path / "backup").files()}
    assert "media/full/med_unknown" not in keys
    assert not (tmp_path / "backup/files/media/full/med_unknown").exists()
