"""What every embedder must do. Subclass it, provide `embedder`, get the tests."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import numpy as np
import pytest

from models.base import (
    Content,
    Embedder,
    Modality,
    Purpose,
    UnreadableMedia,
    UnsupportedContent,
)
from tests.contract.sample_media import clip, picture, tone

TEXTS = ("a red mug", "phone case with a leopard print", "x", "sofa, green; plaid & stripes " * 20)
PICTURES = (picture("red"), picture("blue", size=(90, 400)), picture("green", format="JPEG"))
ABSENT = {
    Modality.TEXT: Content(text="mug"),
    Modality.IMAGE: Content(image=PICTURES[0]),
    Modality.AUDIO: Content(audio=b"RIFF"),
    Modality.VIDEO: Content(video=b"\x00\x00"),
}


def samples() -> dict[Modality, tuple[Content, ...]]:
    """Contents of each modality, all different."""
    return {
        Modality.TEXT: tuple(Content(text=text) for text in TEXTS),
        Modality.IMAGE: tuple(Content(image=image) for image in PICTURES),
        Modality.AUDIO: (Content(audio=tone(220)), Content(audio=tone(880, seconds=2.5))),
        Modality.VIDEO: (Content(video=clip("red")), Content(video=clip("blue"), frames=2)),
    }


class EmbedderContract:
    """Provide a fixture `embedder`, class-scoped; the cases follow what it declares it can do."""

    joint: ClassVar[bool] = False
    """What it must declare: text and picture in one content become one vector."""
    tolerance: ClassVar[float] = 1e-5
    """Largest difference between a content alone and in a batch."""
    many: ClassVar[int] = 40
    """Contents of a modality in the huge batch."""

    @pytest.fixture(scope="class")
    @classmethod
    def mixed(cls, embedder: Embedder) -> list[Content]:
        """Every modality it can do, in turns; joined contents too if it is joint."""
        able = embedder.describe().modalities
        columns = [contents for modality, contents in samples().items() if modality in able]
        if cls.joint:
            columns.append(tuple(Content(text=TEXTS[n], image=PICTURES[n]) for n in (0, 2)))
        turns = itertools.chain.from_iterable(itertools.zip_longest(*columns))
        return [content for content in turns if content is not None]

    def test_describes_falling_dimensions_and_a_hex_fingerprint(self, embedder: Embedder) -> None:
        described = embedder.describe()
        assert list(described.dimensions) == sorted(set(described.dimensions), reverse=True)
        assert len(described.fingerprint) >= 8
        assert int(described.fingerprint, 16) >= 0
        assert embedder.describe() == described

    def test_declares_whether_it_is_joint(self, embedder: Embedder) -> None:
        assert embedder.describe().joint is self.joint
        assert embedder.describe().modalities

    @pytest.mark.parametrize("purpose", list(Purpose))
    def test_vectors_are_float32_of_length_one(
        self, embedder: Embedder, mixed: list[Content], purpose: Purpose
    ) -> None:
        vectors = embedder.embed(mixed, purpose)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(mixed), embedder.describe().dimensions[0])
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    def test_different_contents_get_different_vectors(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        vectors = embedder.embed(mixed, Purpose.INDEX)
        apart = np.abs(vectors[:, None] - vectors[None]).max(axis=2) + np.eye(len(mixed))
        assert apart.min() > 10 * self.tolerance

    def test_order_is_kept_when_modalities_mix(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        together = embedder.embed(mixed, Purpose.QUERY)
        alone = [embedder.embed([content], Purpose.QUERY)[0] for content in mixed]
        np.testing.assert_allclose(together, np.stack(alone), atol=self.tolerance)

    def test_a_huge_batch_changes_nothing(self, embedder: Embedder, mixed: list[Content]) -> None:
        many = list(itertools.islice(itertools.cycle(mixed), self.many))
        if Modality.TEXT in embedder.describe().modalities:
            many += [Content(text=f"product number {n}") for n in range(self.many)]
        together = embedder.embed(many, Purpose.INDEX)
        pieces = [embedder.embed(many[at : at + 7], Purpose.INDEX) for at in range(0, len(many), 7)]
        np.testing.assert_allclose(together, np.concatenate(pieces), atol=self.tolerance)

    def test_an_empty_batch_gives_no_rows(self, embedder: Embedder) -> None:
        assert embedder.embed([], Purpose.QUERY).shape == (0, embedder.describe().dimensions[0])

    def test_a_shorter_vector_is_the_prefix_rescaled(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        whole = embedder.embed(mixed, Purpose.INDEX)
        for dimensions in embedder.describe().dimensions:
            cut = whole[:, :dimensions] / np.linalg.norm(
                whole[:, :dimensions], axis=1, keepdims=True
            )
            short = embedder.embed(mixed, Purpose.INDEX, dimensions=dimensions)
            np.testing.assert_allclose(short, cut, atol=1e-5)

    def test_the_same_content_gives_the_same_vector(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        first, second = (embedder.embed(mixed, Purpose.INDEX) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_threads_may_share_it(self, embedder: Embedder, mixed: list[Content]) -> None:
        expected = embedder.embed(mixed, Purpose.QUERY)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: embedder.embed(mixed, Purpose.QUERY), range(8)))
        for answer in answers:
            np.testing.assert_allclose(answer, expected, atol=self.tolerance)

    def test_the_three_steps_make_what_embed_makes(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        width = embedder.describe().dimensions[-1]
        for modalities in {content.modalities() for content in mixed}:
            batch = [content for content in mixed if content.modalities() == modalities]
            prepared = embedder.preprocess(modalities, batch, Purpose.INDEX)
            raw = embedder.forward(modalities, prepared)
            assert raw.dtype == np.float32
            assert raw.shape == (len(batch), embedder.describe().dimensions[0])
            stepped = embedder.postprocess(raw, dimensions=width)
            at_once = embedder.embed(batch, Purpose.INDEX, dimensions=width)
            np.testing.assert_allclose(stepped, at_once, atol=1e-6)

    def test_every_content_weighs_something_and_more_of_it_weighs_more(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        assert all(embedder.weigh(content) >= 1 for content in mixed)
        if Modality.TEXT in embedder.describe().modalities:
            assert embedder.weigh(Content(text=TEXTS[3])) > embedder.weigh(Content(text=TEXTS[2]))

    @pytest.mark.parametrize(
        "content",
        [Content(), Content(text=""), Content(text=" \n")],
        ids=["nothing", "empty text", "blank text"],
    )
    def test_refuses_what_holds_nothing(
        self, embedder: Embedder, mixed: list[Content], content: Content
    ) -> None:
        with pytest.raises(UnsupportedContent, match="content 1"):
            embedder.embed([mixed[0], content], Purpose.QUERY)

    def test_refuses_modalities_it_does_not_declare(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        for modality, content in ABSENT.items():
            if modality not in embedder.describe().modalities:
                with pytest.raises(UnsupportedContent, match=f"content 1: .*{modality}"):
                    embedder.embed([mixed[0], content], Purpose.QUERY)

    def test_takes_text_and_picture_together_only_if_joint(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        both = Content(text="this in blue", image=PICTURES[0])
        if not self.joint:
            with pytest.raises(UnsupportedContent, match="content 1"):
                embedder.embed([mixed[0], both], Purpose.QUERY)
            return
        apart = [Content(text=both.text), Content(image=both.image)]
        text, image, joined = embedder.embed([*apart, both], Purpose.QUERY)
        assert np.abs(joined - text).max() > 10 * self.tolerance
        assert np.abs(joined - image).max() > 10 * self.tolerance

    def test_refuses_a_dimension_it_does_not_declare(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        with pytest.raises(UnsupportedContent, match="dimensions: 7 "):
            embedder.embed(mixed, Purpose.QUERY, dimensions=7)

    @pytest.mark.parametrize("damage", ["empty", "no such format", "cut short"])
    def test_refuses_damaged_media(self, embedder: Embedder, damage: str) -> None:
        for modality in embedder.describe().modalities - {Modality.TEXT}:
            whole = getattr(samples()[modality][0], modality.value)
            data = {"empty": b"", "no such format": b"not media " * 30, "cut short": whole[:200]}
            with pytest.raises(UnreadableMedia):
                embedder.embed([Content(**{modality.value: data[damage]})], Purpose.QUERY)
