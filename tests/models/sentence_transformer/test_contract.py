"""Every kind of checkpoint keeps the contract of embedders."""

from collections.abc import Callable

import pytest

from models.base import Embedder
from models.sentence_transformer import SentenceTransformerEmbedder
from tests.contract.embedder import EmbedderContract

Load = Callable[[str], SentenceTransformerEmbedder]


class TestBert(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, loaded: Load) -> Embedder:
        return loaded("bert")


class TestClip(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, loaded: Load) -> Embedder:
        return loaded("clip")


class TestSiglip2(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, loaded: Load) -> Embedder:
        return loaded("siglip2")


class TestQwen3VL(EmbedderContract):
    joint = True
    many = 12

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, loaded: Load) -> Embedder:
        return loaded("qwen3_vl")


class TestEmbeddingGemma2(EmbedderContract):
    joint = True
    many = 12

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, loaded: Load) -> Embedder:
        return loaded("embedding_gemma")
