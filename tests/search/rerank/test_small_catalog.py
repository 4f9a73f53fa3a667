"""On a small sample catalog: who sees well improves the order, who guesses does no harm."""

from collections.abc import Iterator

import pytest

from benchmarks.rerank import harmless, spread
from benchmarks.rerank_quality import Quality, measure
from benchmarks.rerank_shop import open_shop
from datasets.sample_catalog import generate
from services.core.types.rerank import VlmSpec

pytestmark = pytest.mark.slow
DEFAULT = VlmSpec()


@pytest.fixture(scope="module")
def quality(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quality]:
    folder = tmp_path_factory.mktemp("small")
    catalog = generate(folder / "catalog", count=36)
    with open_shop(folder / "data", catalog.folder) as shop:
        queries = spread(shop.asked.queries, 36)
        yield measure(shop, queries=queries, accuracies=(1.0, 0.0), blends=(0.0, DEFAULT.blend))


def test_a_model_that_sees_well_improves_the_order(quality: Quality) -> None:
    best = quality.cell(passes=DEFAULT.passes, accuracy=1.0, blend=DEFAULT.blend)
    assert best.gain > 0
    assert best.ndcg <= quality.cell(passes=1, accuracy=1.0, blend=0.0).ndcg


def test_by_default_a_model_that_guesses_costs_no_more_than_the_noise(quality: Quality) -> None:
    assert harmless(quality)


def test_taken_at_its_word_it_would_cost_far_more(quality: Quality) -> None:
    believed = quality.cell(passes=1, accuracy=0.0, blend=0.0)
    assert -believed.gain > 3 * quality.noise
