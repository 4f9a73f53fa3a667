"""The whole flow on real stores: composing, gates, words, degradation, explanations."""

from datetime import timedelta

import numpy as np
import pytest

from services.core.errors import Conflict, InputError, NotFound
from services.core.filters import parse
from services.core.types.documents import Document
from services.core.types.vectors import Content, Modality, Purpose
from services.core.vectors import fuse
from services.search.parts import Part
from services.search.request import Fusion, GroupBy, Target
from tests.contract.hashing_embedder import NAME, HashingEmbedder
from tests.search.shop import ATTRIBUTES, Down, direction, medium, picture


def like(document_id: str, *, weight: float = 1.0) -> Part:
    return Part(document_id=document_id, weight=weight)


class TestComposing:
    def test_the_score_is_the_cosine_of_the_weighted_mean_to_the_view(self, mugs) -> None:
        response = mugs.search(Part(text="mug", weight=2), Part(text="red", weight=0.5), limit=4)
        query = fuse([mugs.vector("mug"), mugs.vector("red")], [2, 0.5])
        assert response.hits[0].id == "red-mug"
        for hit in response.hits:
            view = mugs.vector(f"{hit.document.document.title}. ")
            assert hit.score == pytest.approx(float(np.dot(query, view)), abs=1e-5)
        assert [hit.first_stage.score for hit in response.hits] == [h.score for h in response.hits]

    def test_a_negative_weight_steers_away(self, mugs) -> None:
        assert mugs.found("red")[:2] != mugs.found("red", Part(text="hat", weight=-1))[:2]
        away = mugs.found("red", Part(text="hat", weight=-1))
        assert away[0] == "red-mug"
        assert away[-1] == "red-hat"

    def test_parts_that_cancel_out_are_refused(self, mugs) -> None:
        with pytest.raises(InputError, match="cancel"):
            mugs.search("mug", Part(text="mug", weight=-1))

    def test_text_and_picture_are_averaged_unless_the_embedder_is_joint(self, shop) -> None:
        red = picture("red")
        words, image = (
            shop.ports.embedder.embed(NAME, [content], Purpose.QUERY)[0]
            for content in (Content(text="mug"), Content(image=red))
        )
        shop.put(Document("mean"), views={"text:0": fuse([words, image], [1, 1])})
        assert shop.search("mug", medium(red)).hits[0].score == pytest.approx(1, abs=1e-5)
        with pytest.raises(InputError, match="fusion"):
            shop.search("mug", medium(red), fusion=Fusion.JOINT)

    def test_a_joint_embedder_sees_both_at_once(self, shop) -> None:
        red = picture("red")
        joint = HashingEmbedder(joint=True)
        shop.embed_with(joint)
        both = joint.embed(NAME, [Content(text="big blue mug", image=red)], Purpose.QUERY)[0]
        shop.put(Document("both"), views={"combined:0": both})
        parts = ("big blue mug", medium(red))
        assert shop.search(*parts).hits[0].score == pytest.approx(1, abs=1e-5)
        assert shop.search(*parts, fusion=Fusion.JOINT).hits[0].score == pytest.approx(1, abs=1e-5)
        assert shop.search(*parts, fusion=Fusion.MEAN).hits[0].score < 0.99

    def test_joint_is_refused_for_other_than_one_text_and_one_picture_alike(self, shop) -> None:
        shop.embed_with(HashingEmbedder(joint=True))
        for parts in (("mug",), ("mug", medium(picture("red"), weight=2))):
            with pytest.raises(InputError, match="fusion"):
                shop.search(*parts, fusion=Fusion.JOINT)

    def test_an_embedder_without_pictures_refuses_them_by_field(self, shop) -> None:
        shop.embed_with(HashingEmbedder(modalities=frozenset({Modality.TEXT})))
        with pytest.raises(InputError, match="image"):
            shop.search(medium(picture("red"), field="image"))

    def test_another_embedder_than_the_index_was_made_with_is_a_conflict(self, mugs) -> None:
        mugs.embed_with(HashingEmbedder(revision="2"))
        with pytest.raises(Conflict, match="rebuild"):
            mugs.search("mug")


class TestMoreLikeThis:
    def test_the_document_itself_is_left_out(self, mugs) -> None:
        assert mugs.similar("red-mug").hits[0].id in ("blue-mug", "red-hat")
        assert "red-mug" not in mugs.found(like("red-mug"), limit=10)
        assert len(mugs.found(like("red-mug"), limit=10)) == 3

    def test_it_uses_the_combined_view_where_there_is_one(self, shop) -> None:
        views = {"text:0": direction(0), "image:0": direction(1), "combined:0": direction(2)}
        shop.put(Document("a"), views=views)
        shop.put(Document("like-combined"), views={"image:0": direction(2)})
        shop.put(Document("like-text"), views={"text:0": direction(0)})
        hits = shop.similar("a").hits
        assert [(hit.id, round(hit.score, 4)) for hit in hits] == [
            ("like-combined", 1.0),
            ("like-text", 0.0),
        ]

    def test_it_mixes_with_words(self, mugs) -> None:
        assert mugs.found(like("blue-mug"), "red")[0] == "red-mug"

    def test_it_works_while_the_embedder_is_down(self, mugs) -> None:
        mugs.embed_with(Down())
        response = mugs.similar("red-mug")
        assert len(response.hits) == 3
        assert not response.degraded

    def test_a_document_that_is_not_live_is_refused(self, mugs) -> None:
        mugs.put(Document("old", title="mug", expires_at=mugs.now + timedelta(seconds=1)))
        mugs.delete("sofa")
        mugs.later(seconds=2)
        for document_id in ("absent", "sofa", "old"):
            with pytest.raises(NotFound):
                mugs.similar(document_id)
            with pytest.raises(InputError, match=r"parts\[0\]"):
                mugs.search(like(document_id))


class TestGates:
    def test_the_deleted_are_never_returned_and_the_limit_is_still_met(self, shop) -> None:
        shop.put(*(Document(f"mug{n:03}", title="mug") for n in range(200)))
        shop.delete(*(f"mug{n:03}" for n in range(150)))
        found = shop.found("mug", limit=40)
        assert found == [f"mug{n:03}" for n in range(150, 190)]

    def test_the_expired_are_never_returned(self, shop) -> None:
        shop.put(
            Document("old", title="mug", expires_at=shop.now + timedelta(minutes=1)),
            Document("new", title="mug", expires_at=shop.now + timedelta(hours=1)),
        )
        assert shop.found("mug") == ["new", "old"]
        shop.later(minutes=1)
        assert shop.found("mug") == ["new"]
        assert shop.found("mug", hybrid=0.5) == ["new"]

    def test_a_change_that_the_vectors_do_not_know_yet_decides(self, mugs) -> None:
        cheap = parse({"price": {"lt": 6}}, ATTRIBUTES)
        assert mugs.found("mug", filter=cheap) == ["red-mug"]
        mugs.change(Document("red-mug", title="red mug", attributes={"price": 50.0}))
        assert mugs.found("mug", filter=cheap) == []
        assert mugs.found("mug", filter=cheap, hybrid=0.5) == []

    def test_an_unknown_index_is_not_found(self, shop) -> None:
        shop.name = "absent"
        with pytest.raises(NotFound):
            shop.search("mug")

    def test_a_filter_that_nothing_passes_says_so(self, mugs) -> None:
        nothing = parse({"price": {"gt": 1e9}}, ATTRIBUTES)
        mugs.set_search(exact_below_rows=2000)
        response = mugs.search("mug", filter=nothing)
        assert (response.hits, response.no_match, response.next_cursor) == ((), True, None)


class TestMinScore:
    def test_it_cuts_where_it_says(self, shop) -> None:
        query = shop.vector("mug")
        for name, share in (("near", 0.1), ("middle", 0.5), ("far", 0.9)):
            vector = fuse([query, direction(1)], [1 - share, share])
            shop.put(Document(name), views={"text:0": vector})
        scores = {hit.id: hit.score for hit in shop.search("mug").hits}
        assert list(scores) == ["near", "middle", "far"]
        assert shop.found("mug", min_score=scores["middle"]) == ["near", "middle"]
        assert shop.found("mug", min_score=-1.0) == ["near", "middle", "far"]

    def test_an_empty_answer_says_that_nothing_matches(self, mugs) -> None:
        response = mugs.search("mug", min_score=0.999)
        assert (response.hits, response.no_match) == ((), True)

    def test_a_page_beyond_the_end_is_empty_although_something_matches(self, mugs) -> None:
        response = mugs.search("mug", offset=50)
        assert (response.hits, response.no_match, response.next_cursor) == ((), False, None)


class TestViews:
    def test_the_target_decides_which_views_are_searched(self, shop) -> None:
        query = shop.vector("mug")
        far = direction(5)
        shop.put(Document("by-text"), views={"text:0": query, "image:0": far})
        shop.put(Document("by-image"), views={"text:0": far, "image:0": query})
        shop.put(Document("text-only"), views={"text:0": query})
        assert shop.found("mug") == ["by-image", "by-text", "text-only"]
        assert shop.found("mug", target=Target.IMAGE) == ["by-image", "by-text"]
        assert shop.found("mug", target=Target.COMBINED) == []

    def test_a_hit_tells_the_view_and_the_picture_it_shows(self, shop) -> None:
        media = ("med_" + "a" * 32, "med_" + "b" * 32)
        views = {"text:0": direction(1), "image:0": direction(2), "image:1": shop.vector("mug")}
        shop.put(Document("mug", images=media), views=views)
        matched = shop.search("mug").hits[0].matched
        assert (matched.modality, matched.ordinal, matched.view_id) == ("image", 1, "mug:image:1")
        assert matched.media_id == media[1]
        matched = shop.search("mug", target=Target.TEXT).hits[0].matched
        assert (matched.modality, matched.media_id) == ("text", None)

    def test_grouped_by_view_every_view_is_a_hit(self, shop) -> None:
        query = shop.vector("mug")
        shop.put(Document("a"), views={"text:0": query, "image:0": direction(1)})
        shop.put(Document("b"), views={"text:0": query})
        hits = shop.search("mug", group_by=GroupBy.VIEW).hits
        assert {hit.matched.view_id for hit in hits} == {"a:text:0", "a:image:0", "b:text:0"}
        assert [hit.rank for hit in hits] == [1, 2, 3]


def test_explain_tells_each_part_s_own_similarity(mugs) -> None:
    response = mugs.search("red", Part(text="mug", weight=0.5, field="more"), explain=True)
    top = response.hits[0]
    parts = {part["field"]: part for part in top.explain["parts"]}
    view = mugs.vector("red mug. ")
    assert parts["parts[0]"]["similarity"] == pytest.approx(
        float(np.dot(mugs.vector("red"), view)), abs=1e-5
    )
    assert parts["more"]["weight"] == 0.5
    assert top.explain["view"] == "red-mug:text:0"
    assert top.explain["vector_rank"] == 1
    assert mugs.search("red").hits[0].explain is None


def test_timings_name_the_stages_and_add_up(mugs) -> None:
    timings = dict(mugs.search("mug").timings_ms)
    total = timings.pop("total")
    assert set(timings) == {"media", "embed", "retrieve", "hydrate", "rerank"}
    assert 0 < sum(timings.values()) <= total


def test_the_last_offset_ends_the_pages(mugs) -> None:
    mugs.set_search(max_offset=2)
    first = mugs.search("mug", limit=2)
    assert first.next_cursor is not None
    assert mugs.search("mug", limit=2, cursor=first.next_cursor).next_cursor is None
    assert mugs.search("mug", limit=3).next_cursor is None


def test_a_cursor_belongs_to_its_request(mugs) -> None:
    cursor = mugs.search("mug", limit=1).next_cursor
    with pytest.raises(InputError, match="cursor"):
        mugs.search("hat", limit=1, cursor=cursor)
    assert mugs.search("mug", limit=1, cursor=cursor).hits[0].rank == 2
