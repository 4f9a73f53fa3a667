"""A saved configuration fills in what a search leaves open, and nothing else."""

from __future__ import annotations

import pytest

from services.core.media.kinds import Kind
from services.core.types.configurations import Configuration
from services.core.types.rerank import RerankSpec, SignalsSpec
from services.core.types.vectors import Modality
from services.search.configured import configured
from services.search.parts import Medium, Part
from services.search.request import Fusion, GroupBy, SearchRequest, Target
from services.search.sort import Sort

WORDS = SearchRequest("shop", (Part(text="a mug"),))
PICTURE = SearchRequest("shop", (Part(medium=Medium(Kind.IMAGE, data=b"x"), weight=0.5),))
CASCADE = RerankSpec((SignalsSpec(),))
FULL = Configuration(
    "bold",
    index="shop2",
    target="image",
    hybrid=0.4,
    rrf_k=20,
    fusion="mean",
    weights={"text": 2.0},
    min_score=0.1,
    max_per={"brand": 2},
    understand=True,
    rerank=CASCADE,
)


def test_an_empty_configuration_changes_nothing() -> None:
    assert configured(WORDS, Configuration("plain")) == WORDS


def test_every_choice_reaches_the_search() -> None:
    made = configured(WORDS, FULL)
    assert (made.index, made.target, made.hybrid, made.rrf_k) == ("shop2", Target.IMAGE, 0.4, 20)
    assert (made.fusion, made.min_score, made.max_per) == (Fusion.MEAN, 0.1, {"brand": 2})
    assert (made.understand, made.rerank, made.parts[0].weight) == (True, CASCADE, 2.0)
    assert made.target.modalities == (Modality.IMAGE,)


@pytest.mark.parametrize(
    "name", ["target", "hybrid", "rrf_k", "fusion", "min_score", "max_per", "understand", "rerank"]
)
def test_what_the_caller_chose_stays(name: str) -> None:
    made = configured(WORDS, FULL, given={name})
    assert getattr(made, name) == getattr(WORDS, name)


def test_weights_the_caller_chose_stay() -> None:
    assert configured(WORDS, FULL, given={"weights"}).parts == WORDS.parts


def test_a_picture_alone_is_neither_ranked_by_words_nor_understood() -> None:
    made = configured(PICTURE, FULL)
    assert (made.hybrid, made.understand) == (None, False)
    assert made.parts == PICTURE.parts


def test_views_are_not_ranked_by_words() -> None:
    views = SearchRequest("shop", WORDS.parts, group_by=GroupBy.VIEW)
    assert configured(views, FULL).hybrid is None


@pytest.mark.parametrize(
    ("parts", "weights", "fusion"),
    [
        (WORDS.parts, {}, None),
        (PICTURE.parts, {}, None),
        ((*WORDS.parts, *PICTURE.parts), {}, None),
        ((*WORDS.parts, *PICTURE.parts), {"image": 1.0}, Fusion.JOINT),
        ((*WORDS.parts, *PICTURE.parts), {"text": -1.0, "image": -1.0}, None),
    ],
)
def test_only_words_with_a_picture_of_equal_weight_are_joined(
    parts: tuple[Part, ...], weights: dict[str, float], fusion: Fusion | None
) -> None:
    joint = Configuration("joint", fusion="joint", weights=weights)
    assert configured(SearchRequest("shop", parts), joint).fusion is fusion


def test_hits_that_an_attribute_orders_are_not_reranked() -> None:
    sorted_ = SearchRequest("shop", WORDS.parts, sort=Sort("price"))
    assert configured(sorted_, FULL).rerank is None


def test_a_cascade_without_stages_is_a_choice_too() -> None:
    assert configured(WORDS, Configuration("off", rerank=RerankSpec(()))).rerank == RerankSpec(())
