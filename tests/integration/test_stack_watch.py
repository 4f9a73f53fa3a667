"""In a stack the gateway notes, an ingest worker looks and asks, and the gateway shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.stack_traffic import Catalogue, document
from tests.integration.test_stack_operations import scrape
from tests.servers import stack as stacks

pytestmark = [pytest.mark.stack, pytest.mark.thorough]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stacks.Stack]:
    environ = {
        "MARGAY_WATCH__EVERY_S": "1",
        "MARGAY_WATCH__PROBE_SETS": "spring",
        "MARGAY_WATCH__PROBE_EVERY_S": "1",
    }
    with stacks.running(tmp_path_factory.mktemp("watch"), environ=environ) as running:
        yield running


def test_searches_and_the_probe_set_reach_prometheus(stack: stacks.Stack) -> None:
    catalogue = Catalogue(stack, "shop")
    catalogue.send([document(number) for number in range(12)])
    catalogue.check()
    queries = [
        {"id": f"q{number}", "text": f"Product number {number}", "grades": {f"doc-{number:04}": 1}}
        for number in range(12)
    ]
    stack.client.put(
        "/v1/query-sets/spring", json={"index": "shop", "queries": queries}
    ).raise_for_status()
    stack.wait_until(
        lambda: scrape(stack).get(("margay_quality_probe", "shop", "recall@10"), 0) > 0.9,
        what="an ingest worker asks the probe set",
    )
    for number in range(4):
        asked = {"text": f"thing {number}", "min_score": 0.999 if number == 0 else -1}
        stack.client.post("/v1/indexes/shop/search", json=asked).raise_for_status()
    stack.stop("gateway")
    stack.bring_back("gateway")
    stack.wait_until(
        lambda: 0 < scrape(stack).get(("margay_empty_searches", "shop", "text"), 0) < 1,
        what="what the gateway noted is looked at",
    )
