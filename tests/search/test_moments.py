"""Hits that are a moment of a recording or a page of a file, and documents that have them."""

import pytest

from services.core.types.documents import Document, PagedFile, Recording
from services.search.request import GroupBy, Target
from tests.search.shop import Shop, direction

SOUND, FILM, PAPER, PHOTO = (f"med_{letter * 32}" for letter in "abcd")
TALK = Document(
    "talk",
    images=(PHOTO,),
    audio=(Recording("med_" + "e" * 32, 9.0), Recording(SOUND, 12.0)),
    video=(Recording(FILM, 61.5),),
    files=(PagedFile(PAPER, 3),),
)


@pytest.fixture(params=["shop", "milvus_shop"])
def store(request: pytest.FixtureRequest) -> Shop:
    return request.getfixturevalue(request.param)


def near(shop: Shop, closeness: float):
    """A vector so near to that of the word `bell`."""
    bell = shop.vector("bell")
    away = direction(0) - float(direction(0) @ bell) * bell
    mixed = closeness * bell + (1 - closeness**2) ** 0.5 * away / float((away @ away) ** 0.5)
    return (mixed / float((mixed @ mixed) ** 0.5)).astype("float32")


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("audio:1:5000-10000", ("audio", 1, SOUND, 5.0, 10.0, None)),
        ("video:0:57500-61500", ("video", 0, FILM, 57.5, 61.5, None)),
        ("audio:v0:0-5000", ("audio", 0, FILM, 0.0, 5.0, None)),
        ("image:f0:p3", ("image", 0, PAPER, None, None, 3)),
        ("text:f0:p1", ("text", 0, PAPER, None, None, 1)),
        ("image:0", ("image", 0, PHOTO, None, None, None)),
        ("combined:0", ("combined", 0, PHOTO, None, None, None)),
        ("text:0", ("text", 0, None, None, None, None)),
        ("image:7", ("image", 7, None, None, None, None)),
    ],
)
def test_a_hit_says_when_and_on_which_page(store, view, expected) -> None:
    store.put(TALK, views={view: store.vector("bell")})
    hit = store.search("bell").hits[0]
    matched = hit.matched
    assert matched is not None
    assert matched.view_id == f"talk:{view}"
    told = (matched.modality, matched.ordinal, matched.media_id)
    assert (*told, matched.start_s, matched.end_s, matched.page) == expected
    assert hit.score == pytest.approx(1, abs=1e-5)


def test_a_document_comes_once_with_its_best_moment_and_by_view_with_all(store) -> None:
    moments = {f"video:0:{n}000-{n + 5}000": near(store, 0.9 - n / 100) for n in range(0, 20, 5)}
    store.put(TALK, views=moments)
    store.put(Document("plain"), views={"text:0": near(store, 0.82)})
    assert store.found("bell") == ["talk", "plain"]
    assert store.search("bell").hits[0].matched.start_s == 0.0
    hits = store.search("bell", group_by=GroupBy.VIEW).hits
    starts = [hit.matched.start_s for hit in hits]
    assert starts == [0.0, 5.0, None, 10.0, 15.0]


def test_the_target_chooses_sounds_or_videos(store) -> None:
    bell = store.vector("bell")
    store.put(Document("sound"), views={"audio:0:0-5000": bell})
    store.put(Document("film"), views={"video:0:0-5000": bell})
    store.put(Document("words"), views={"text:0": bell})
    assert store.found("bell", target=Target.AUDIO) == ["sound"]
    assert store.found("bell", target=Target.VIDEO) == ["film"]
    assert store.found("bell") == ["film", "sound", "words"]


@pytest.mark.parametrize(
    ("views", "chosen"),
    [
        (["text:0", "image:0", "image:f0:p1", "video:0:0-5000", "combined:0"], ["combined:0"]),
        (["text:0", "image:0", "image:1", "image:f0:p1"], ["image:0", "image:1"]),
        (["text:0", "audio:v0:0-5000", "video:0:0-5000", "audio:0:0-5000"], ["video:0:0-5000"]),
        (["text:0", "audio:0:0-5000", "image:f0:p1"], ["audio:0:0-5000"]),
        (["text:0", "text:f0:p1", "image:f0:p1"], ["image:f0:p1"]),
        (["text:0", "text:f0:p1"], ["text:0"]),
        (["text:f0:p1"], ["text:f0:p1"]),
    ],
)
def test_the_views_that_tell_most_stand_for_a_document(shop, views, chosen) -> None:
    vectors = {view: direction(n) for n, view in enumerate(views)}
    shop.put(TALK, views=vectors)
    for view, vector in vectors.items():
        shop.put(Document(f"like-{view.replace(':', '_')}"), views={"text:0": vector})
    found = shop.similar("talk", limit=len(chosen)).hits
    assert {hit.id for hit in found} == {f"like-{view.replace(':', '_')}" for view in chosen}


def test_a_long_recording_is_searched_with_by_moments_from_all_of_it(shop) -> None:
    segments = {f"audio:0:{n}-{n + 1}": direction(0 if n < 500 else 1) for n in range(1000)}
    shop.put(TALK, views=segments)
    shop.put(Document("half"), views={"text:0": direction(1, towards=0, share=0.5)})
    shop.put(Document("start"), views={"text:0": direction(0)})
    assert shop.similar("talk").hits[0].id == "half"
