"""Grouping: each document once, by its best view, the order kept."""

from hypothesis import given
from hypothesis import strategies as st

from services.core.types.search import ViewHit
from services.core.types.vectors import Modality
from services.search import group

VIEWS = st.lists(
    st.builds(
        lambda document, modality, ordinal, score: ViewHit(
            f"{document}:{modality}:{ordinal}", document, modality, score
        ),
        st.sampled_from(["a", "a-b", "a.b", "c", "d1"]),
        st.sampled_from([Modality.TEXT, Modality.IMAGE, Modality.COMBINED]),
        st.integers(0, 3),
        st.sampled_from([-0.5, 0.0, 0.25, 0.5, 0.75]),
    ),
    unique_by=lambda view: view.view_id,
)


@given(VIEWS)
def test_each_document_comes_once_with_its_best_view(views) -> None:
    grouped = group.by_document(views)
    assert {view.document_id for view in grouped} == {view.document_id for view in views}
    assert len({view.document_id for view in grouped}) == len(grouped)
    for kept in grouped:
        rivals = [view for view in views if view.document_id == kept.document_id]
        assert kept.score == max(view.score for view in rivals)


@given(VIEWS)
def test_best_first_and_equal_scores_by_document_id(views) -> None:
    keys = [(-view.score, view.document_id) for view in group.by_document(views)]
    assert keys == sorted(keys)


@given(VIEWS, st.randoms(use_true_random=False))
def test_the_order_the_views_came_in_does_not_matter(views, random) -> None:
    shuffled = list(views)
    random.shuffle(shuffled)
    assert group.by_document(shuffled) == group.by_document(views)
    assert group.by_view(shuffled) == group.by_view(views)


@given(VIEWS)
def test_grouping_what_is_grouped_changes_nothing(views) -> None:
    once = group.by_document(views)
    assert group.by_document(once) == once


@given(VIEWS)
def test_by_view_keeps_every_view_once(views) -> None:
    kept = group.by_view([*views, *views])
    assert sorted(view.view_id for view in kept) == sorted(view.view_id for view in views)
