"""Imports: bad rows fail alone, work goes on behind the cursor, nothing outside is read."""

import json
from dataclasses import replace
from typing import Any

import pytest

from services.core.errors import InputError, NotFound
from services.core.types.jobs import ItemState, Job, JobState
from services.ingest import accept, expand, indexes, jobs, sweep
from tests.ingest.stopping import after
from tests.ingest.world import World, document, picture


def start(world: World, **source: Any) -> Job:
    return accept.accept_import(world.ports, world.index, source)


def run(world: World, **source: Any) -> Job:
    job = start(world, **source)
    world.queue.drain()
    return world.job(job.id)


def write_lines(world: World, *rows: object) -> None:
    (world.imports / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))


def test_a_catalog_in_lines_is_imported(world: World) -> None:
    (world.imports / "photos").mkdir()
    (world.imports / "photos" / "a.png").write_bytes(picture())
    write_lines(
        world, *[document(f"d{n}", f"Thing {n}", images=["path:photos/a.png"]) for n in range(40)]
    )
    job = run(world, type="jsonl", path="rows.jsonl")
    assert (job.state, job.total) == (JobState.SUCCEEDED, 40)
    assert len(world.titles()) == 40


def test_bad_rows_become_failed_items_with_their_row(world: World) -> None:
    write_lines(
        world,
        document("good"),
        {"id": "bad id"},
        ["no object"],
        document("typed", attributes={"price": "x"}),
    )
    job = run(world, type="jsonl", path="rows.jsonl")
    assert job.state is JobState.PARTIALLY_SUCCEEDED
    assert world.titles() == {"good": "A thing"}
    assert set(world.reasons(job.id).values()) == {"invalid_document"}
    details = [item.error.detail for item in world.items(job.id) if item.error]
    assert details[0].startswith("row 2.id:")
    assert details[1].startswith("row 3:")
    assert details[2].startswith("row 4.attributes.price:")


@pytest.mark.parametrize(
    "row",
    [
        r'{"id": "bad", "na\u0000me": "x"}',
        r'{"id": "bad", "\ud800": "x"}',
        r'{"id": "bad\u0000", "title": "x"}',
        r'{"id": "bad", "title": "x\u0000"}',
        r'{"id": "bad", "title": "x", "attributes": {"\u0000": 1}}',
        r'{"id": "bad", "title": "x", "images": ["path:\u0000.png"]}',
        r'{"id": "bad", "title": "x", "images": ["path:\udcff.png"]}',
    ],
)
def test_a_row_that_no_store_can_hold_fails_alone(world: World, row: str) -> None:
    rows = [r'{"id": "first", "title": "x"}', row, r'{"id": "last", "title": "x"}']
    (world.imports / "rows.jsonl").write_text("\n".join(rows))
    job = run(world, type="jsonl", path="rows.jsonl")
    assert job.state is JobState.PARTIALLY_SUCCEEDED
    assert world.titles().keys() == {"first", "last"}
    assert list(world.reasons(job.id).values()) == ["invalid_document"]
    kept = json.dumps([item.payload for item in world.items(job.id)], ensure_ascii=False)
    assert kept.encode(), "half of a surrogate pair"
    assert r"\u0000" not in kept


def test_a_table_is_imported_by_its_mapping(world: World) -> None:
    (world.imports / "photo.png").write_bytes(picture())
    (world.imports / "t.csv").write_text("code,name,Price,photo\n1,Mug,2.5,photo.png\n2,Hat,x,\n")
    job = run(
        world,
        type="csv",
        path="t.csv",
        mapping={
            "id": "code",
            "title": "name",
            "attributes.price": "Price",
            "images": "photo",
        },
        defaults={"attributes.brand": "Acme"},
    )
    assert world.titles() == {"1": "Mug"}
    assert world.stored("1").document.attributes == {"price": 2.5, "brand": "Acme"}
    assert len(world.stored("1").document.images) == 1
    assert world.reasons(job.id) == {"2": "invalid_document"}


def test_a_folder_of_pictures_is_imported(world: World) -> None:
    for name in ("Red_mug.png", "deep/blue-hat.png"):
        (world.imports / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (world.imports / "shop" / name).write_bytes(picture())
    job = run(world, type="folder", path="shop")
    assert job.state is JobState.SUCCEEDED
    assert set(world.titles().values()) == {"Red mug", "blue hat"}


def test_an_import_goes_on_behind_its_cursor_after_a_crash(world: World) -> None:
    class Killed(BaseException):
        pass

    write_lines(world, *[document(f"d{n}") for n in range(50)])
    job = start(world, type="jsonl", path="rows.jsonl")
    append, chunks = expand._append, []

    def killed_in_the_third_chunk(*args: Any) -> bool:
        chunks.append(args)
        if len(chunks) == 3:
            raise Killed
        return append(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expand, "_append", killed_in_the_third_chunk)
        with pytest.raises(Killed):
            world.queue.drain()
    assert world.job(job.id).total == 32
    world.crash()
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED
    assert world.job(job.id).total == 50
    assert len(world.titles()) == 50


def test_expanding_twice_adds_nothing(world: World) -> None:
    write_lines(world, *[document(f"d{n}") for n in range(5)])
    job = run(world, type="jsonl", path="rows.jsonl")
    expand.run(world.ports, job.id)
    assert world.job(job.id).total == 5


@pytest.mark.parametrize(
    "name", ["../secret.png", "link.png", "linked/secret.png", "none.png", "."]
)
def test_no_picture_outside_the_folder_is_read(world: World, name: str) -> None:
    outside = world.imports.parent / "outside"
    outside.mkdir()
    (outside / "secret.png").write_bytes(picture())
    (world.imports.parent / "secret.png").write_bytes(picture())
    (world.imports / "link.png").symlink_to(outside / "secret.png")
    (world.imports / "linked").symlink_to(outside)
    write_lines(world, document("a", images=[f"path:{name}"]))
    job = run(world, type="jsonl", path="rows.jsonl")
    assert world.reasons(job.id) == {"a": "file_refused"}


def test_a_picture_over_the_limit_fails_its_item(world: World) -> None:
    (world.imports / "big.png").write_bytes(b"x" * 200_001)
    write_lines(world, document("a", images=["path:big.png"]))
    job = run(world, type="jsonl", path="rows.jsonl")
    assert world.reasons(job.id) == {"a": "too_many_bytes"}


def test_a_source_that_breaks_keeps_what_was_read(world: World) -> None:
    (world.imports / "t.csv").write_bytes(b"id,title\na,Mug\nb,\xff\n")
    job = run(world, type="csv", path="t.csv")
    assert job.state in (JobState.PARTIALLY_SUCCEEDED, JobState.FAILED)
    assert "unreadable_source" in {*world.reasons(job.id).values(), job.error and job.error.code}


def test_a_source_that_is_gone_fails_the_job(world: World) -> None:
    write_lines(world, document("a"))
    job = start(world, type="jsonl", path="rows.jsonl")
    (world.imports / "rows.jsonl").unlink()
    world.queue.drain()
    ended = world.job(job.id)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "unreadable_source"


def test_an_empty_source_succeeds(world: World) -> None:
    write_lines(world)
    assert run(world, type="jsonl", path="rows.jsonl").state is JobState.SUCCEEDED


def test_an_import_outside_the_roots_is_refused(world: World) -> None:
    with pytest.raises(InputError, match="path"):
        start(world, type="jsonl", path="/etc/passwd")


def test_deleting_the_index_ends_its_import_quietly(world: World) -> None:
    write_lines(world, document("a"))
    job = start(world, type="jsonl", path="rows.jsonl")
    indexes.delete(world.ports, world.index)
    world.queue.drain()
    with pytest.raises(NotFound):
        world.job(job.id)


def test_a_retry_of_failures_does_not_read_on_in_a_cancelled_import(world: World) -> None:
    write_lines(world, {"id": "bad id"}, *[document(f"d{n}") for n in range(40)])
    job = start(world, type="jsonl", path="rows.jsonl")
    expand.run(replace(world.ports, stopping=after(calls=1)), job.id)
    assert jobs.cancel(world.ports, job.id).total < 41
    jobs.retry_failed(world.ports, job.id)
    sweep.run(world.ports)
    world.queue.drain()
    ended = world.job(job.id)
    assert ended.state.finished
    assert ended.counts[ItemState.FAILED] == 1
    assert world.titles() == {}
