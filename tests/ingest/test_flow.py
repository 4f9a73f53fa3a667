"""Documents become searchable, or fail by reason, and jobs end as their items say."""

import base64

import numpy as np
import pytest

from services.core.errors import (
    EmbedderDown,
    FetchFailed,
    InputError,
    InsufficientStorage,
    MediaRefused,
    NotFound,
)
from services.core.types.jobs import ItemState, JobState
from services.core.types.vectors import Modality
from services.ingest import jobs, references
from tests.contract.hashing_embedder import HashingEmbedder
from tests.ingest.world import World, document, picture


def data_uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def test_text_and_pictures_become_views(world: World) -> None:
    job = world.ingest(
        document("a", "Red mug", images=[data_uri(picture())], attributes={"price": 3}),
        document("b", "Only words"),
        {"id": "c", "images": ["file:photo"]},
        photo=picture("blue"),
    )
    assert (job.state, job.total) == (JobState.SUCCEEDED, 3)
    assert world.titles() == {"a": "Red mug", "b": "Only words", "c": ""}
    assert set(world.stored("a").views) == {"a:text:0", "a:image:0", "a:combined:0"}
    assert world.stored("b").views == ("b:text:0",)
    assert world.stored("c").views == ("c:image:0",)


def test_a_document_is_found_by_its_own_words_and_picture(world: World) -> None:
    world.ingest(document("a", "Red mug", images=[data_uri(picture())]), document("b", "Sofa"))
    with world.ports.database.read() as work:
        serving = work.indexes.get(world.index).serving()
    words = world.ports.vectors.vectors(serving, ["a:text:0", "a:image:0", "a:combined:0"])
    mean = words["a:text:0"] + words["a:image:0"]
    np.testing.assert_allclose(words["a:combined:0"], mean / np.linalg.norm(mean), atol=1e-5)
    hits = world.ports.vectors.search(
        serving, words["a:image:0"], modalities=[Modality.IMAGE], limit=3
    )
    assert [hit.document_id for hit in hits] == ["a"]


def test_stored_pictures_are_normalised_once_and_staged_bytes_go(world: World) -> None:
    same = data_uri(picture())
    world.ingest(document("a", images=[same, same]), document("b", images=[same]))
    (media_id,) = world.stored("a").document.images
    assert world.stored("b").document.images == (media_id,)
    assert world.keys("media/") == [f"media/full/{media_id}", f"media/thumbnail/{media_id}"]
    assert world.keys(references.STAGED) == []


def test_a_stored_picture_can_be_referred_to_by_its_id(world: World) -> None:
    world.ingest(document("a", images=[data_uri(picture())]))
    (media_id,) = world.stored("a").document.images
    job = world.ingest(
        document("b", images=[media_id]), document("c", images=["media:med_" + "a" * 32])
    )
    assert world.stored("b").document.images == (media_id,)
    assert world.reasons(job.id) == {"c": "media_gone"}


def test_a_bad_picture_fails_its_item_not_the_job(world: World) -> None:
    job = world.ingest(document("a"), document("b", images=[data_uri(b"no picture at all")]))
    assert job.state is JobState.PARTIALLY_SUCCEEDED
    assert set(world.reasons(job.id)) == {"b"}
    assert world.titles() == {"a": "A thing"}


def test_a_job_whose_items_all_fail_has_failed(world: World) -> None:
    world.addresses.answers["https://example.com/a"] = MediaRefused("no", reason="not_an_image")
    job = world.ingest(document("a", images=["https://example.com/a"]))
    assert job.state is JobState.FAILED
    assert world.reasons(job.id) == {"a": "not_an_image"}


def test_an_address_is_tried_again_with_pauses_and_then_given_up(world: World) -> None:
    url = "https://example.com/a.png"
    job = world.ingest(document("a", images=[url]))
    assert job.state is JobState.RUNNING
    assert len(world.addresses.asked) == 1
    for _ in range(5):
        world.later(minutes=10)
        world.queue.elapse()  # it sent itself again, with a delay
        world.queue.drain()
    assert len(world.addresses.asked) == 3  # max_attempts
    assert world.job(job.id).state is JobState.FAILED
    assert world.reasons(job.id) == {"a": "fetch_failed"}


def test_stored_bytes_that_are_missing_for_a_while_fail_nothing(world: World) -> None:
    job = world.accept(document("a", images=[data_uri(picture())]))
    (key,) = world.keys(references.STAGED)
    staged = world.ports.media.get(key)
    world.ports.media.delete(key)
    world.queue.drain()
    assert world.job(job.id).state is JobState.RUNNING
    world.ports.media.put(key, staged)
    world.later(minutes=10)
    world.queue.elapse()
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED


def test_stored_bytes_that_stay_missing_fail_their_item(world: World) -> None:
    job = world.accept(document("a", images=[data_uri(picture())]))
    (key,) = world.keys(references.STAGED)
    world.ports.media.delete(key)
    for _ in range(4):
        world.queue.drain()
        world.later(minutes=10)
        world.queue.elapse()
    assert world.job(job.id).state is JobState.FAILED
    assert world.reasons(job.id) == {"a": "media_expired"}


def test_a_failed_item_succeeds_on_retry_once_the_cause_is_gone(world: World) -> None:
    url = "https://example.com/a.png"
    world.addresses.answers[url] = MediaRefused("no", reason="not_an_image")
    job = world.ingest(document("a", images=[url]))
    world.addresses.answers[url] = picture()
    assert not jobs.retry_failed(world.ports, job.id).state.finished
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED
    assert world.titles() == {"a": "A thing"}


def test_uploaded_bytes_are_still_there_for_a_retry(world: World) -> None:
    class Refusing(HashingEmbedder):
        def embed(self, *args, **more):
            raise InputError.at("content", "not today")

    world.embed_with(Refusing())
    job = world.ingest(document("a", images=["file:p"]), p=picture())
    assert world.reasons(job.id) == {"a": "invalid_input"}
    world.embed_with(HashingEmbedder())
    jobs.retry_failed(world.ports, job.id)
    world.queue.drain()
    assert world.titles() == {"a": "A thing"}


def test_an_outage_delays_documents_and_never_fails_them(world: World) -> None:
    class Down(HashingEmbedder):
        def embed(self, *args, **more):
            raise EmbedderDown("no answer")

    world.embed_with(Down())
    job = world.ingest(document("a"))
    for _ in range(10):
        world.later(minutes=10)
        world.sweep()
        world.queue.drain()
    assert world.job(job.id).counts[ItemState.PREPARED] == 1
    world.embed_with(HashingEmbedder())
    world.later(minutes=10)
    world.sweep()
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED


def test_one_document_the_embedder_refuses_does_not_stop_the_others(world: World) -> None:
    class Picky(HashingEmbedder):
        def embed(self, embedder, contents, purpose, *, dimensions=None):
            if any(content.text == "bad" for content in contents):
                raise InputError.at("content", "refused")
            return super().embed(embedder, contents, purpose, dimensions=dimensions)

    world.embed_with(Picky())
    job = world.ingest(document("a"), document("b", "bad"), document("c"))
    assert world.reasons(job.id) == {"b": "invalid_input"}
    assert set(world.titles()) == {"a", "c"}


def test_vectors_of_another_embedder_are_refused(world: World) -> None:
    world.embed_with(HashingEmbedder(revision="2"))
    job = world.ingest(document("a"))
    assert world.reasons(job.id) == {"a": "embedder_changed"}


def test_a_document_without_anything_to_embed_fails_by_reason(world: World) -> None:
    world.embed_with(HashingEmbedder(modalities=frozenset({Modality.TEXT})))
    job = world.ingest({"id": "a", "images": ["file:p"]}, document("b"), p=picture())
    assert world.reasons(job.id) == {"a": "nothing_to_embed"}
    assert world.titles() == {"b": "A thing"}


def test_the_later_of_two_writes_wins_in_one_batch_and_across_jobs(world: World) -> None:
    first = world.accept(document("a", "one"), document("a", "two"))
    second = world.accept(document("a", "three", images=["file:p"]), p=picture())
    for task in ("ingest.prepare", "ingest.embed"):  # the later job overtakes the earlier one
        world.queue.send(task, {"job_id": second.id})
        world.queue.waiting.insert(0, world.queue.waiting.pop())
    world.queue.drain()
    assert world.titles() == {"a": "three"}
    for job in (first, second):
        assert world.job(job.id).state is JobState.SUCCEEDED


def test_a_new_version_with_fewer_pictures_leaves_no_views_behind(world: World) -> None:
    pictures = {"p": picture("red"), "q": picture("blue")}
    world.ingest(document("a", images=["file:p", "file:q"]), **pictures)
    world.ingest(document("a", "Now without"))
    assert world.titles() == {"a": "Now without"}
    assert world.stored("a").views == ("a:text:0",)


@pytest.mark.parametrize(
    ("images", "files"),
    [
        (["file:missing"], {}),
        (["data:image/png;base64,%%%"], {}),
        (["data:image/png,abc"], {}),
        (["data:image/png;base64,"], {}),
        (["file:p"], {"p": b"x" * 200_001}),
        (["file:p"], {"p": b""}),
        ([], {"p": b"nobody asks for this"}),
    ],
)
def test_a_refused_request_leaves_nothing_behind(world: World, images, files) -> None:
    good = document("good", images=[data_uri(picture())])
    with pytest.raises(InputError):
        world.accept(good, document("bad", images=images), **files)
    assert world.keys("") == []
    with world.ports.database.read() as work:
        assert work.jobs.unfinished() == []
    assert world.queue.waiting == []


def test_a_full_disk_at_acceptance_leaves_no_job(world: World, monkeypatch) -> None:
    def full(key: str, data: bytes) -> None:
        raise InsufficientStorage("no space left")

    monkeypatch.setattr(type(world.ports.media), "put", lambda self, key, data: full(key, data))
    with pytest.raises(InsufficientStorage):
        world.accept(document("a", images=[data_uri(picture())]))
    with world.ports.database.read() as work:
        assert work.jobs.unfinished() == []


def test_documents_for_no_index_are_refused(world: World) -> None:
    world.index = "nowhere"
    with pytest.raises(NotFound):
        world.accept(document("a"))


def test_the_answer_can_be_remembered_in_the_accepting_transaction(world: World) -> None:
    from services.ingest.accept import accept

    def fail(work, job) -> None:
        raise FetchFailed("interrupted")

    with pytest.raises(FetchFailed):
        accept(world.ports, world.index, [document("a", images=[data_uri(picture())])], within=fail)
    assert world.keys("") == []
    assert world.queue.waiting == []


def test_cancelling_stops_what_is_not_yet_done(world: World) -> None:
    job = world.accept(document("a"), document("b"))
    assert jobs.cancel(world.ports, job.id).state is JobState.CANCELLED
    world.queue.drain()
    assert world.titles() == {}
    assert world.job(job.id).counts[ItemState.CANCELLED] == 2
