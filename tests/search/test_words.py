"""The leg of words: SKUs, shares, similarities of what it finds, and answering alone."""

import numpy as np
import pytest

from services.core.errors import EmbedderDown
from services.core.filters import parse
from services.core.types.documents import Document
from services.core.vectors import fuse
from services.search.parts import Part
from services.search.request import GroupBy, Target
from tests.search.shop import ATTRIBUTES, Down, direction, medium, picture


class TestWords:
    def test_an_exact_sku_leads_the_words(self, mugs) -> None:
        response = mugs.search("ha-1", hybrid=1.0, explain=True)
        assert response.hits[0].id == "red-hat"
        assert response.hits[0].explain["lexical_rank"] == 1

    def test_a_sku_within_a_longer_text_leads_the_words(self, mugs) -> None:
        response = mugs.search("a red mug (like HA-1)?", hybrid=1.0, explain=True)
        assert response.hits[0].id == "red-hat"

    def test_of_several_skus_the_first_asked_for_leads(self, mugs) -> None:
        found = mugs.found("mu-2 or ha-1, no sofa", hybrid=1.0)
        assert found[:2] == ["blue-mug", "red-hat"]

    def test_a_word_that_is_only_part_of_a_sku_leads_nothing(self, mugs) -> None:
        mugs.put(Document("mu", title="plain", sku="HA"))
        assert mugs.found("ha-1 cover", hybrid=1.0)[0] == "red-hat"
        assert "mu" not in mugs.found("ha-1 cover", hybrid=1.0)

    def test_a_smaller_k_lets_the_first_ranks_lead_more(self, mugs) -> None:
        shown = {
            k: mugs.search("red mug", hybrid=0.5, rrf_k=k).hits[0].first_stage.score
            for k in (1, 60, 1000)
        }
        assert shown == {k: pytest.approx(1 / (k + 1)) for k in shown}

    def test_without_a_share_words_change_nothing(self, mugs) -> None:
        plain, none = mugs.search("red mug"), mugs.search("red mug", hybrid=0.0)
        assert [(h.id, h.score) for h in none.hits] == [(h.id, h.score) for h in plain.hits]

    def test_with_the_whole_share_only_words_find(self, mugs) -> None:
        response = mugs.search("mug", hybrid=1.0)
        assert sorted(hit.id for hit in response.hits) == ["blue-mug", "red-mug"]

    def test_what_only_words_found_has_its_exact_similarity(self, shop) -> None:
        query = shop.vector("mug")
        near = [fuse([query, direction(9)], [1, n / 1000]) for n in range(100)]
        rows = [(Document(f"near{n:03}"), {"text:0": vector}) for n, vector in enumerate(near)]
        far = {"text:0": direction(3), "image:0": direction(4)}
        shop.write([*rows, (Document("words", title="mug"), far)])
        best = max(float(np.dot(query, vector)) for vector in far.values())
        response = shop.search("mug", hybrid=0.5, explain=True)
        assert response.hits[0].id == "near000"
        hit = next(hit for hit in response.hits if hit.id == "words")
        assert hit.score == pytest.approx(best, abs=1e-5)
        assert (hit.explain["vector_rank"], hit.explain["lexical_rank"]) == (None, 1)
        assert hit.explain["ordered_by"] == "rank fusion"

    def test_min_score_holds_for_what_words_found(self, shop) -> None:
        shop.put(Document("words", title="mug"), views={"text:0": -shop.vector("mug")})
        assert shop.found("mug", hybrid=0.5) == ["words"]
        assert shop.found("mug", hybrid=0.5, min_score=0.0) == []
        assert shop.found("mug", hybrid=1.0, min_score=0.0) == []

    def test_the_target_holds_for_what_words_found(self, mugs) -> None:
        assert mugs.found("mug", hybrid=0.5, target=Target.IMAGE) == []


class TestDegraded:
    def test_words_answer_while_the_embedder_is_down(self, mugs) -> None:
        mugs.embed_with(Down())
        response = mugs.search("mug", medium(picture("red")))
        assert response.degraded
        assert sorted(hit.id for hit in response.hits) == ["blue-mug", "red-mug"]
        assert {(hit.score, hit.matched) for hit in response.hits} == {(None, None)}

    def test_gates_hold_all_the_same(self, mugs) -> None:
        mugs.embed_with(Down())
        mugs.delete("red-mug")
        assert mugs.found("mug") == ["blue-mug"]
        assert mugs.found("mug", target=Target.IMAGE) == []
        assert mugs.found("mug", filter=parse({"price": {"lt": 6}}, ATTRIBUTES)) == []

    @pytest.mark.parametrize(
        ("parts", "how"),
        [
            ((medium(picture("red")),), {}),
            ((Part(text="mug", weight=-1), medium(picture("red"))), {}),
            (("mug",), {"min_score": 0.1}),
            (("mug",), {"group_by": GroupBy.VIEW}),
        ],
        ids=["no text", "only text steered away from", "a cut by score", "hits are views"],
    )
    def test_what_words_cannot_answer_is_unavailable(self, mugs, parts, how) -> None:
        mugs.embed_with(Down())
        with pytest.raises(EmbedderDown):
            mugs.search(*parts, **how)
