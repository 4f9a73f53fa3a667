"""What every embedder must do. Subclass it, provide `embedder`, get the tests."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw

from models.base import Content, Embedder, Purpose, UnreadableMedia, UnsupportedContent

TEXTS = ("a red mug", "phone case with a leopard print", "x", "sofa, green; plaid & stripes " * 20)


def picture(colour: str, *, size: tuple[int, int] = (160, 120), format: str = "PNG") -> bytes:
    """An encoded picture: a disc of one colour on white."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).ellipse((20, 10, size[0] - 20, size[1] - 10), fill=colour)
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


PICTURES = (picture("red"), picture("blue", size=(90, 400)), picture("green", format="JPEG"))
MIXED = [
    Content(text=TEXTS[0]),
    Content(image=PICTURES[0]),
    Content(text=TEXTS[1]),
    Content(image=PICTURES[1]),
    Content(image=PICTURES[2]),
    Content(text=TEXTS[2]),
    Content(text=TEXTS[3]),
]


class EmbedderContract:
    """Provide a fixture `embedder` that does text and pictures, but not both in one content."""

    def test_describes_falling_dimensions_and_a_hex_fingerprint(self, embedder: Embedder) -> None:
        described = embedder.describe()
        assert list(described.dimensions) == sorted(set(described.dimensions), reverse=True)
        assert len(described.fingerprint) >= 8
        assert int(described.fingerprint, 16) >= 0
        assert embedder.describe() == described

    def test_vectors_are_float32_of_length_one(self, embedder: Embedder) -> None:
        vectors = embedder.embed(MIXED, Purpose.INDEX)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(MIXED), embedder.describe().dimensions[0])
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    def test_order_is_kept_when_modalities_mix(self, embedder: Embedder) -> None:
        together = embedder.embed(MIXED, Purpose.QUERY)
        alone = [embedder.embed([content], Purpose.QUERY)[0] for content in MIXED]
        np.testing.assert_allclose(together, np.stack(alone), atol=1e-5)

    def test_a_batch_longer_than_a_chunk_changes_nothing(self, embedder: Embedder) -> None:
        many = [Content(text=f"product number {n}") for n in range(40)]
        many += [Content(image=PICTURES[n % 3]) for n in range(40)]
        together = embedder.embed(many, Purpose.INDEX)
        halves = [embedder.embed(many[at : at + 7], Purpose.INDEX) for at in range(0, 80, 7)]
        np.testing.assert_allclose(together, np.concatenate(halves), atol=1e-5)

    def test_an_empty_batch_gives_no_rows(self, embedder: Embedder) -> None:
        assert embedder.embed([], Purpose.QUERY).shape == (0, embedder.describe().dimensions[0])

    def test_a_shorter_vector_is_the_prefix_rescaled(self, embedder: Embedder) -> None:
        whole = embedder.embed(MIXED, Purpose.INDEX)
        for dimensions in embedder.describe().dimensions:
            cut = whole[:, :dimensions] / np.linalg.norm(
                whole[:, :dimensions], axis=1, keepdims=True
            )
            short = embedder.embed(MIXED, Purpose.INDEX, dimensions=dimensions)
            np.testing.assert_allclose(short, cut, atol=1e-5)

    def test_the_same_content_gives_the_same_vector(self, embedder: Embedder) -> None:
        first, second = (embedder.embed(MIXED, Purpose.INDEX) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_threads_may_share_it(self, embedder: Embedder) -> None:
        expected = embedder.embed(MIXED, Purpose.QUERY)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: embedder.embed(MIXED, Purpose.QUERY), range(8)))
        for answer in answers:
            np.testing.assert_allclose(answer, expected, atol=1e-5)

    @pytest.mark.parametrize(
        "content",
        [
            Content(),
            Content(text=""),
            Content(text=" \n"),
            Content(audio=b"RIFF"),
            Content(video=b"\x00\x00"),
            Content(text="this in blue", image=PICTURES[0]),
        ],
        ids=["nothing", "empty text", "blank text", "audio", "video", "two at once"],
    )
    def test_refuses_what_it_cannot_embed(self, embedder: Embedder, content: Content) -> None:
        with pytest.raises(UnsupportedContent, match="content 1"):
            embedder.embed([Content(text="fine"), content], Purpose.QUERY)

    def test_refuses_a_dimension_it_does_not_declare(self, embedder: Embedder) -> None:
        with pytest.raises(UnsupportedContent, match="dimensions: 7 "):
            embedder.embed(MIXED, Purpose.QUERY, dimensions=7)

    def test_refuses_damaged_pictures(self, embedder: Embedder) -> None:
        with pytest.raises(UnreadableMedia):
            embedder.embed([Content(image=PICTURES[0][:200])], Purpose.QUERY)
