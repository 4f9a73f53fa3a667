"""Many callers at once, of all sizes and kinds: each gets exactly its own vectors or error."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import registry
from models.base import Content as ModelContent
from models.base import Purpose as ModelPurpose
from services.core.errors import EmbedderDown, MediaRefused
from services.core.settings import Settings
from services.core.types.vectors import Content, Purpose
from services.embedder.lane import Limit
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scheduler import Scheduling
from services.wiring import make_embedder
from tests.contract.embedder import PICTURES, TEXTS
from tests.embedder.listed import WAIT_S, Listed, expected

CONTENTS = st.one_of(
    st.text("abc", min_size=1, max_size=30).map(lambda text: Content(text=text)),
    st.binary(min_size=1, max_size=5).map(lambda data: Content(image=data)),
    st.sampled_from([Content(image=b"damaged"), Content(text="crash")]),
)
CALLS = st.lists(
    st.tuples(st.sampled_from(Purpose), st.lists(CONTENTS, min_size=1, max_size=9)),
    min_size=1,
    max_size=24,
)
BOUNDS = st.builds(
    Scheduling,
    limit=st.builds(Limit, contents=st.integers(1, 8), tokens=st.integers(1, 200)),
    max_wait_s=st.sampled_from([0.0, 0.0005]),
    room=st.just(10_000),
)


@settings(max_examples=40, deadline=None)
@given(calls=CALLS, bounds=BOUNDS, room=st.integers(4, 9))
def test_every_caller_gets_exactly_its_own_vectors_or_error(calls, bounds, room) -> None:
    model = Listed(room=room)
    runtime = EmbedderRuntime(["listed"], lambda name: model, scheduling=bounds)
    with ThreadPoolExecutor(8) as pool:
        answers = [
            pool.submit(runtime.embed, "listed", contents, purpose) for purpose, contents in calls
        ]
    for (_, contents), answer in zip(calls, answers, strict=True):
        if not any(each.text == "crash" or each.image == b"damaged" for each in contents):
            vectors = answer.result(WAIT_S)
            np.testing.assert_allclose(vectors, [expected(c) for c in contents], rtol=1e-6)
        else:
            with pytest.raises((MediaRefused, EmbedderDown)):
                answer.result(WAIT_S)
    assert runtime.stats()[0].waiting_queries == runtime.stats()[0].waiting_ingestion == 0
    runtime.close()


def test_the_shipped_model_gives_the_same_through_the_runtime_as_alone() -> None:
    alone = registry.load("pocket")
    runtime = make_embedder(Settings())
    contents = [Content(text=text) for text in TEXTS] + [Content(image=data) for data in PICTURES]
    with ThreadPoolExecutor(8) as pool:
        for purpose in Purpose:
            wanted = alone.embed(
                [ModelContent(text=each.text, image=each.image) for each in contents],
                ModelPurpose(purpose.value),
            )
            singles = pool.map(
                lambda content, side=purpose: runtime.embed("pocket", [content], side)[0],
                contents * 4,
            )
            np.testing.assert_allclose(list(singles), np.tile(wanted, (4, 1)), atol=1e-5)
            together = runtime.embed("pocket", contents, purpose)
            np.testing.assert_allclose(together, wanted, atol=1e-5)
    runtime.close()


def test_it_answers_to_the_names_of_the_settings_and_describes_them_as_the_model_does() -> None:
    runtime = make_embedder(Settings())
    described = registry.load("pocket").describe()
    info = runtime.info("pocket")
    assert runtime.names() == ("pocket",)
    assert (info.fingerprint, info.dimensions) == (described.fingerprint, described.dimensions)
    runtime.close()
