"""What is written into a message is what is read from it, and nothing else is read."""

import base64
import json
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core import errors
from services.core.embedding import arrays, contents, descriptions, reading, refusals
from services.core.embedding.reading import Broken
from services.core.types.rerank import ScorerInfo
from services.core.types.vectors import Content, EmbedderInfo
from services.core.vectors import normalise

TEXTS = st.one_of(st.text(max_size=20), st.just("half a pair \ud800"))
MEDIA = st.one_of(st.none(), st.binary(max_size=8))
TIMES = st.floats(-1e6, 1e6)
CONTENTS = st.builds(
    Content,
    text=st.one_of(st.none(), TEXTS),
    image=MEDIA,
    audio=MEDIA,
    video=MEDIA,
    start_s=TIMES,
    end_s=st.one_of(st.none(), TIMES),
    frames=st.integers(-5, 100),
    sound=st.booleans(),
)
EMBEDDER = EmbedderInfo(
    name="mine",
    fingerprint="00ff",
    modalities=frozenset({"text", "image"}),
    joint=True,
    dimensions=(64, 32),
    max_text_tokens=77,
    licence="MIT",
    summary="Ä",
    hears_video=True,
    min_scores=MappingProxyType({"text": 0.25}),
)
SCORER = ScorerInfo("mine", "00ff", frozenset({"text"}), 512, "MIT", "Reads.", "For any.")


def passed_on(value):
    """What the other side sees."""
    return json.loads(json.dumps(value))


@given(st.lists(CONTENTS, max_size=5))
def test_contents_arrive_as_they_were_with_media_beside_the_message(given_contents) -> None:
    media = contents.media_of(given_contents)
    stored = {f"blob-{place}": data for place, data in enumerate(media)}
    blobs = iter(stored)
    written = passed_on([contents.write(each, blobs) for each in given_contents])
    assert next(blobs, None) is None
    read = [contents.read(each, "content", take=stored.pop) for each in written]
    assert read == given_contents
    assert not stored


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {"text": 3},
        {"text": None},
        {"image": b"".hex, "text": "a"},
        {"image": 7},
        {"text": "a", "colour": "red"},
        {"text": "a", "start_s": "0"},
        {"text": "a", "start_s": True},
        {"text": "a", "start_s": float("nan")},
        {"text": "a", "end_s": float("inf")},
        {"text": "a", "end_s": 10**400},
        {"text": "a", "frames": 1.0},
        {"text": "a", "frames": True},
        {"text": "a", "sound": 1},
    ],
)
def test_a_content_that_we_did_not_write_is_not_used(value) -> None:
    with pytest.raises(Broken):
        contents.read(value, "content", take=lambda _: b"")


def test_an_empty_content_arrives_for_the_embedder_to_refuse() -> None:
    assert contents.read({}, "content", take=lambda _: b"") == Content()


@given(st.integers(0, 5), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_vectors_arrive_to_the_last_bit_and_may_be_changed(rows, width, seed) -> None:
    numbers = np.random.default_rng(seed).standard_normal((rows, width))
    matrix = normalise(numbers) if rows else np.empty((0, width), np.float32)
    read = arrays.read_vectors(passed_on(arrays.write_vectors(matrix)), rows=rows, width=width)
    np.testing.assert_array_equal(read, matrix)
    assert read.dtype == np.float32
    assert read.flags.writeable


UNIT = np.eye(2, 4, dtype=np.float32)
GOOD = arrays.write_vectors(UNIT)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": 3}, "shape"),
        ({"width": 2, "rows": 4}, "shape"),
        ({"rows": "2"}, "whole number"),
        ({"rows": True}, "whole number"),
        ({"vectors": None}, "no text"),
        ({"vectors": "%%%"}, "base64"),
        ({"vectors": "ü"}, "base64"),
        ({"vectors": base64.b64encode(b"123").decode()}, "3 bytes"),
        ({"vectors": arrays.write_vectors(UNIT * np.float32("nan"))["vectors"]}, "not finite"),
        ({"vectors": arrays.write_vectors(UNIT + np.float32("inf"))["vectors"]}, "not finite"),
        ({"vectors": arrays.write_vectors(UNIT * 2)["vectors"]}, "unit length"),
        ({"vectors": arrays.write_vectors(UNIT * 0)["vectors"]}, "unit length"),
        ({"more": 1}, "do not know"),
    ],
)
def test_vectors_of_another_shape_or_no_numbers_are_not_used(change, said) -> None:
    with pytest.raises(Broken, match=said):
        arrays.read_vectors(GOOD | change, rows=2, width=4)


def test_scores_arrive_and_those_that_are_no_numbers_do_not() -> None:
    scores = np.asarray([0.5, -3, 1e30], np.float32)
    read = arrays.read_scores(passed_on(arrays.write_scores(scores)), count=3)
    np.testing.assert_array_equal(read, scores)
    for bad in (scores[:2], np.asarray([1, 2, np.nan], np.float32)):
        with pytest.raises(Broken):
            arrays.read_scores(arrays.write_scores(bad), count=3)


@pytest.mark.parametrize("kind", sorted(refusals.CLASSES))
def test_every_error_of_ours_arrives_as_its_own_class_with_its_fields(kind: str) -> None:
    cls = refusals.CLASSES[kind]
    fields = (errors.FieldProblem("contents[0].image", "is no picture"),)
    more = {"reason": "corrupt_image"} if cls is errors.MediaRefused else {}
    sent = cls("what was wrong", fields=fields, **more)
    got = refusals.read(passed_on(refusals.write(sent)))
    assert type(got) is cls
    assert (got.detail, got.fields) == ("what was wrong", fields)
    assert getattr(got, "reason", None) == more.get("reason")


def test_a_class_that_one_process_alone_knows_arrives_as_its_nearest_known_one() -> None:
    class Special(errors.Busy):
        """Known here only."""

    assert type(refusals.read(refusals.write(Special("later")))) is errors.Busy


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"kind": "SystemExit", "detail": "", "fields": []},
        {"kind": "FieldProblem", "detail": "", "fields": []},
        {"kind": "Busy", "detail": 3, "fields": []},
        {"kind": "Busy", "detail": "", "fields": [["a"]]},
        {"kind": "Busy", "detail": "", "fields": {}},
        {"kind": ["Busy"], "detail": "", "fields": []},
        {"kind": "MediaRefused", "detail": "", "fields": []},
        {"kind": "Busy", "detail": "", "fields": [], "extra": 1},
    ],
)
def test_an_error_that_we_do_not_know_is_a_failure_of_the_embedder(value) -> None:
    assert type(refusals.read(value)) is errors.EmbedderDown


def test_the_refusal_of_a_part_names_the_place_in_the_whole() -> None:
    refused = errors.InputError.at("contents[3].image", "is no picture")
    moved = refusals.moved(refused, by=8)
    assert moved.fields[0].field == "contents[11].image"
    assert moved.detail == "contents[11].image: is no picture"
    elsewhere = errors.InputError.at("dimensions", "contents[3] has none")
    assert refusals.moved(elsewhere, by=8).fields == elsewhere.fields


def test_descriptions_arrive_as_they_were() -> None:
    assert descriptions.read_embedder(descriptions.write(EMBEDDER), name="mine") == replace(
        EMBEDDER, min_scores={"text": 0.25}
    )
    assert descriptions.read_scorer(descriptions.write(SCORER), name="mine") == SCORER


@pytest.mark.parametrize(
    "change",
    [
        {"name": "another"},
        {"dimensions": []},
        {"dimensions": [32, 64]},
        {"dimensions": [0]},
        {"dimensions": 64},
        {"joint": 1},
        {"modalities": "text"},
        {"modalities": [1]},
        {"max_text_tokens": "77"},
        {"min_scores": []},
        {"min_scores": {"text": "a"}},
        {"fingerprint": None},
        {"new": 1},
    ],
)
def test_a_description_that_we_did_not_write_is_not_used(change) -> None:
    value = json.loads(descriptions.write(EMBEDDER)) | change
    with pytest.raises(Broken):
        descriptions.read_embedder(json.dumps(value), name="mine")


def test_what_lacks_something_is_not_used() -> None:
    for text in ("", "[]", "{}", "null"):
        with pytest.raises(Broken):
            descriptions.read_scorer(text, name="mine")
    with pytest.raises(Broken, match="lacks b"):
        reading.fields_of({"a": 1}, "it", {"a", "b"})
