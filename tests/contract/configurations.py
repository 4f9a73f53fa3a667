"""What every store of configurations must do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.core.errors import NotFound
from services.core.ports.work import Database
from services.core.types.configurations import Configuration
from services.core.types.rerank import CrossEncoderSpec, RerankSpec, SignalsSpec, VlmSpec
from tests.contract.database import NOW

STAGES = (SignalsSpec(pin=("a",), weights={"margin": 2.0}), CrossEncoderSpec(), VlmSpec(top=4))
WHOLE = Configuration(
    name="whole",
    index="other",
    target="image",
    hybrid=0.3,
    rrf_k=20,
    fusion="mean",
    weights={"text": 0.4, "image": 0.6},
    min_score=0.25,
    max_per={"brand": 2},
    understand=True,
    rerank=RerankSpec(STAGES, deadline_ms=900),
    description="every choice made",
)


class ConfigurationStoreContract:
    """Provide `database`."""

    @pytest.mark.parametrize(
        "configuration",
        [WHOLE, Configuration("bare"), Configuration("unranked", rerank=RerankSpec(()))],
        ids=lambda each: each.name,
    )
    def test_a_configuration_comes_back_as_it_was_saved(
        self, database: Database, configuration: Configuration
    ) -> None:
        with database.work() as work:
            work.configurations.put(configuration, now=NOW)
        with database.read() as work:
            assert work.configurations.get(configuration.name) == configuration

    def test_saving_again_replaces_and_says_so(self, database: Database) -> None:
        changed = replace(WHOLE, hybrid=None, rerank=None)
        with database.work() as work:
            assert work.configurations.put(WHOLE, now=NOW)
            assert not work.configurations.put(changed, now=NOW + timedelta(seconds=1))
            assert work.configurations.get("whole") == changed

    def test_they_are_listed_by_name(self, database: Database) -> None:
        with database.work() as work:
            for name in ("beta", "alpha", "gamma"):
                work.configurations.put(Configuration(name), now=NOW)
            assert [each.name for each in work.configurations.all()] == ["alpha", "beta", "gamma"]

    def test_a_removed_one_is_not_found(self, database: Database) -> None:
        with database.work() as work:
            work.configurations.put(WHOLE, now=NOW)
            work.configurations.remove("whole")
            with pytest.raises(NotFound, match="whole"):
                work.configurations.get("whole")
            with pytest.raises(NotFound, match="whole"):
                work.configurations.remove("whole")
