"""The settings of the models, as the runtime is built from them."""

import pytest

from services.core.errors import SettingsError
from services.core.settings import Models, Settings
from services.core.telemetry import Metrics
from services.core.types.vectors import Content, Purpose
from services.wiring import make_embedder


def test_a_name_that_stands_for_no_model_is_refused_before_the_first_request() -> None:
    settings = Settings(models=Models(embedders=("pokcet",)))
    with pytest.raises(SettingsError, match=r"MARGAY_MODELS__EMBEDDERS.*pokcet"):
        make_embedder(settings)


def test_the_steps_of_a_call_are_counted_by_model() -> None:
    metrics = Metrics()
    runtime = make_embedder(Settings(), metrics=metrics)
    runtime.embed("pocket", [Content(text="a mug")], Purpose.QUERY)
    runtime.close()
    text = metrics.render()[0].decode()
    for step in ("wait", "preprocess", "forward", "postprocess"):
        assert f'margay_embed_seconds_count{{embedder="pocket",step="{step}"}} 1.0' in text
