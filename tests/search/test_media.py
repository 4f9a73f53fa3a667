"""Pictures to search with, however they come; nothing of them is kept."""

import base64
from datetime import timedelta

import numpy as np
import pytest

from models import base
from services.core.errors import FetchFailed, InputError, MediaRefused, TooLarge
from services.core.media.images import normalise
from services.core.settings import MediaLimits
from services.core.types.documents import Document
from services.core.types.vectors import Content, Purpose
from services.embedder.runtime import EmbedderRuntime
from tests.contract.hashing_embedder import NAME, SIZE
from tests.core.media.pictures import encoded, exif_orientation, quadrants
from tests.search.shop import Senses, Shop, direction, medium, picture

RED = picture("red")
ADDRESS = "https://example.com/red.png"


@pytest.fixture
def pictures(shop: Shop) -> Shop:
    red = shop.ports.embedder.embed(NAME, [Content(image=RED)], Purpose.INDEX)[0]
    shop.put(Document("red"), views={"image:0": red})
    shop.put(Document("other"), views={"image:0": direction(1)})
    shop.addresses.answers[ADDRESS] = RED
    return shop


def data_uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "part",
    [medium(RED), medium(url=data_uri(RED)), medium(url=ADDRESS)],
    ids=["upload", "data URI", "address"],
)
def test_every_way_gives_the_same_answer_and_leaves_nothing_behind(pictures, part) -> None:
    hits = pictures.search(part).hits
    assert [hit.id for hit in hits] == ["red", "other"]
    assert hits[0].score == pytest.approx(1, abs=1e-5)
    assert list(pictures.ports.media.keys("")) == []


def test_all_addresses_of_a_search_share_the_time_that_one_has(pictures) -> None:
    pictures.limit_media(fetch_timeout_s=7.0)
    pictures.search(medium(url=ADDRESS), medium(url=ADDRESS), medium(url=ADDRESS))
    waits = pictures.addresses.waits
    assert waits == sorted(waits, reverse=True)
    assert 7 >= waits[0] > waits[-1] >= 0


@pytest.mark.parametrize("whose", ["of this index", "a query picture"])
def test_a_stored_picture_is_found_by_its_media_id(pictures, whose) -> None:
    index = pictures.name if whose == "of this index" else None
    media_id = pictures.store(RED, index=index, expires_at=None)
    assert pictures.found(medium(media_id=media_id)) == ["red", "other"]


def test_a_media_id_works_until_it_expires(pictures) -> None:
    expires_at = pictures.now + timedelta(hours=1)
    media_id = pictures.store(RED, index=None, expires_at=expires_at)
    assert pictures.found(medium(media_id=media_id))[0] == "red"
    pictures.later(hours=1)
    with pytest.raises(InputError, match="image: has expired"):
        pictures.search(medium(media_id=media_id, field="image"))


def test_a_picture_of_another_index_is_as_absent_as_one_that_never_was(pictures) -> None:
    elsewhere = pictures.store(RED, index=pictures.name)
    pictures.open()
    problems = set()
    for media_id in (elsewhere, "med_" + "a" * 32):
        with pytest.raises(InputError, match="image") as refused:
            pictures.search(medium(media_id=media_id, field="image"))
        problems.add(refused.value.detail)
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("data:image/png,plain", InputError),
        ("data:image/png;base64", InputError),
        ("data:image/png;base64,%%%", InputError),
        ("data:image/png;base64," + "A" * 400_000, TooLarge),
        (data_uri(b"no picture"), InputError),
    ],
    ids=["not base64", "no comma", "bad base64", "too large", "no picture"],
)
def test_bad_data_uris_are_refused(pictures, uri, error) -> None:
    pictures.limit_media(max_image_bytes=200_000)
    with pytest.raises(error):
        pictures.search(medium(url=uri, field="image"))


def test_an_upload_over_the_limit_is_too_large(pictures) -> None:
    pictures.limit_media(max_image_bytes=1024)
    with pytest.raises(TooLarge, match="image: must have at most 1024 bytes"):
        pictures.search(medium(bytes(1025), field="image"))


def test_an_address_that_does_not_answer_fails_the_search(pictures) -> None:
    with pytest.raises(FetchFailed):
        pictures.search(medium(url="https://example.com/absent.png"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no picture", "unsupported_type"),
        (b"<svg/>", "unsupported_type"),
        (RED[:20], "truncated"),
    ],
    ids=["text", "svg", "cut off"],
)
def test_what_is_no_picture_is_refused_with_its_reason(pictures, data, reason) -> None:
    with pytest.raises(MediaRefused) as refused:
        pictures.search(medium(data, field="image"))
    assert refused.value.reason == reason
    assert refused.value.fields[0].field == "image"


def test_the_embedder_is_given_a_turned_picture_upright(shop) -> None:
    senses = Senses()
    shop.embed_with(senses)
    shop.open()
    held = encoded(quadrants(), "JPEG", exif=exif_orientation(6))
    shop.search(medium(held))
    assert [content.image for content in senses.given] == [normalise(held, MediaLimits()).full]


def test_too_many_pixels_are_refused_before_anything_is_decoded(pictures) -> None:
    pictures.limit_media(max_image_pixels=899)
    with pytest.raises(MediaRefused, match="30 x 30"):
        pictures.search(medium(url=ADDRESS, field="image"))


def test_a_picture_that_breaks_while_it_is_decoded_is_refused_by_field(pictures) -> None:
    loaded = EmbedderRuntime([NAME], lambda name: Refusing())
    pictures.embed_with(loaded)
    pictures.open()
    with pytest.raises(MediaRefused, match="image") as refused:
        pictures.search("red", medium(RED, field="image"))
    assert refused.value.fields[0].field == "image"


class Refusing(base.TemplateEmbedder[int]):
    """A model that can read no picture."""

    def describe(self) -> base.Description:
        both = frozenset({base.Modality.TEXT, base.Modality.IMAGE})
        return base.Description(NAME, "0" * 16, both, False, (SIZE,), 10, "Apache-2.0", "")

    def preprocess(self, modalities, batch, purpose):
        if base.Modality.IMAGE in modalities:
            raise base.UnreadableMedia("damaged", "the picture is damaged")
        return len(batch)

    def forward(self, modalities, prepared):
        return np.ones((prepared, SIZE), dtype=np.float32)
