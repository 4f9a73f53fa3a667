"""What every EmbedderClient must do. Subclass it, provide `client`, get the tests."""

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import numpy as np
import pytest

from services.core.errors import InputError
from services.core.ports import EmbedderClient
from services.core.types.vectors import Content, Purpose
from tests.contract.sample_media import picture

TEXTS = ("a red mug", "phone case with a leopard print", "x", "sofa, green; plaid & stripes " * 20)
PICTURES = (picture("red"), picture("blue", size=(90, 400)), picture("green", format="JPEG"))


class EmbedderClientContract:
    """Provide a fixture `client`, class-scoped; `embedder` embeds texts and pictures."""

    embedder: ClassVar[str]
    tolerance: ClassVar[float] = 1e-5
    """Largest difference between a content alone and in a batch."""
    many: ClassVar[int] = 40

    @pytest.fixture(scope="class")
    @classmethod
    def mixed(cls) -> list[Content]:
        texts = [Content(text=text) for text in TEXTS]
        return [*texts[:2], *(Content(image=image) for image in PICTURES), *texts[2:]]

    def test_names_those_it_can_describe(self, client: EmbedderClient) -> None:
        assert self.embedder in client.names()
        info = client.info(self.embedder)
        assert info.name == self.embedder
        assert list(info.dimensions) == sorted(set(info.dimensions), reverse=True)
        assert int(info.fingerprint, 16) >= 0
        assert client.info(self.embedder) == info

    def test_tells_who_is_able(self, client: EmbedderClient) -> None:
        client.info(self.embedder)
        assert self.embedder in client.able("text")
        assert self.embedder in client.able("image")
        assert self.embedder not in client.able("smell")

    def test_answers_a_check(self, client: EmbedderClient) -> None:
        client.check()

    @pytest.mark.parametrize("purpose", list(Purpose))
    def test_vectors_are_float32_of_length_one(
        self, client: EmbedderClient, mixed: list[Content], purpose: Purpose
    ) -> None:
        vectors = client.embed(self.embedder, mixed, purpose)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(mixed), client.info(self.embedder).dimensions[0])
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    def test_order_is_kept_when_modalities_mix(
        self, client: EmbedderClient, mixed: list[Content]
    ) -> None:
        together = client.embed(self.embedder, mixed, Purpose.QUERY)
        alone = [client.embed(self.embedder, [each], Purpose.QUERY)[0] for each in mixed]
        np.testing.assert_allclose(together, np.stack(alone), atol=self.tolerance)
        assert np.abs(together[:, None] - together[None]).max(axis=2)[0, 1:].min() > 1e-3

    def test_a_huge_batch_changes_nothing(self, client: EmbedderClient) -> None:
        many = [Content(text=f"product number {n}") for n in range(self.many)]
        together = client.embed(self.embedder, many, Purpose.INDEX)
        pieces = [
            client.embed(self.embedder, many[at : at + 7], Purpose.INDEX)
            for at in range(0, len(many), 7)
        ]
        np.testing.assert_allclose(together, np.concatenate(pieces), atol=self.tolerance)

    def test_an_empty_batch_gives_no_rows(self, client: EmbedderClient) -> None:
        for size in client.info(self.embedder).dimensions:
            found = client.embed(self.embedder, [], Purpose.QUERY, dimensions=size)
            assert (found.shape, found.dtype) == ((0, size), np.float32)

    def test_a_shorter_vector_is_the_prefix_rescaled(
        self, client: EmbedderClient, mixed: list[Content]
    ) -> None:
        whole = client.embed(self.embedder, mixed, Purpose.INDEX)
        for size in client.info(self.embedder).dimensions:
            cut = whole[:, :size] / np.linalg.norm(whole[:, :size], axis=1, keepdims=True)
            short = client.embed(self.embedder, mixed, Purpose.INDEX, dimensions=size)
            np.testing.assert_allclose(short, cut, atol=1e-5)

    def test_threads_may_share_it(self, client: EmbedderClient, mixed: list[Content]) -> None:
        expected = client.embed(self.embedder, mixed, Purpose.QUERY)

        def one(place: int) -> np.ndarray:
            content = mixed[place % len(mixed)]
            return client.embed(self.embedder, [content], Purpose.QUERY)[0]

        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(one, range(10 * len(mixed))))
        wanted = np.tile(expected, (10, 1))
        np.testing.assert_allclose(np.stack(answers), wanted, atol=self.tolerance)

    def test_vectors_may_be_changed_without_changing_anybody_elses(
        self, client: EmbedderClient, mixed: list[Content]
    ) -> None:
        first = client.embed(self.embedder, mixed, Purpose.QUERY)
        kept = first.copy()
        first[:] = 0
        second = client.embed(self.embedder, mixed, Purpose.QUERY)
        np.testing.assert_allclose(second, kept, atol=self.tolerance)

    @pytest.mark.parametrize("content", [Content(), Content(image=b"not a picture" * 9)])
    def test_refuses_what_it_cannot_embed_and_embeds_the_next(
        self, client: EmbedderClient, mixed: list[Content], content: Content
    ) -> None:
        with pytest.raises(InputError):
            client.embed(self.embedder, [mixed[0], content], Purpose.QUERY)
        assert len(client.embed(self.embedder, mixed[:1], Purpose.QUERY)) == 1

    def test_refuses_names_it_does_not_know(self, client: EmbedderClient) -> None:
        for ask in (client.info, lambda name: client.embed(name, [], Purpose.QUERY)):
            with pytest.raises(InputError) as refused:
                ask("nobody")
            assert refused.value.fields[0].field == "embedder"
