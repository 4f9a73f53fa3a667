"""The settings of the models, as the runtime is built from them."""

import pytest

from services.core.errors import SettingsError
from services.core.settings import Models, Rerank, Settings
from services.core.telemetry import Metrics
from services.core.types.vectors import Content, Purpose
from services.wiring import make_embedder, make_scorer


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


def test_cross_encoders_are_named_by_a_list_and_loaded_only_when_asked_for() -> None:
    rerank = Rerank.model_validate({"cross_encoders": "bge-reranker-v2-m3, ms-marco-minilm-l6"})
    runtime = make_scorer(Settings(rerank=rerank))
    assert runtime.names() == ("bge-reranker-v2-m3", "ms-marco-minilm-l6")
    runtime.close()
    assert make_scorer(Settings()).names() == ()


@pytest.mark.parametrize(
    ("name", "said"), [("pokcet", "unknown model"), ("pocket", "is an embedder, not")]
)
def test_a_name_that_stands_for_no_cross_encoder_is_refused(name: str, said: str) -> None:
    with pytest.raises(SettingsError, match=f"MARGAY_RERANK__CROSS_ENCODERS.*{said}"):
        make_scorer(Settings(rerank=Rerank(cross_encoders=(name,))))


def test_a_cross_encoder_is_no_embedder() -> None:
    settings = Settings(models=Models(embedders=("bge-reranker-v2-m3",)))
    with pytest.raises(SettingsError, match="is a cross-encoder, which reranks, not an embedder"):
        make_embedder(settings)
