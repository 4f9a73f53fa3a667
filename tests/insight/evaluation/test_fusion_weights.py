"""A weight is chosen on some queries and measured on others, so that luck gains nothing."""

import numpy as np
import pytest

from services.core.errors import InputError
from services.insight.evaluation.fusion_weights import Trial, suggest
from services.insight.evaluation.sheet import fill
from tests.insight.evaluation.made import answers, queries

ASKED = queries(60)
SHEET = fill(ASKED, {"a": answers(ASKED, noise=1.0)}, control="a", k=10, depth=20, seed=1)


def trial(noises: dict[float, float], baseline: float = 0.5, seed: int = 0) -> Trial:
    tried = {value: answers(ASKED, noise=noise, seed=seed) for value, noise in noises.items()}
    return Trial("hybrid", baseline, tried)


def test_a_better_value_is_suggested_with_what_it_gains() -> None:
    found = suggest(SHEET, trial({0.0: 3.0, 0.5: 1.5, 0.75: 0.6, 1.0: 3.0}))
    assert (found.value, found.worth) == (0.75, True)
    assert set(found.chosen) == {0.75}
    assert [one.value for one in found.curve] == [0.0, 0.5, 0.75, 1.0]
    gain = found.curve[2].quality.mean - found.curve[1].quality.mean
    assert found.held_out.mean == pytest.approx(gain)
    assert found.sentence.startswith("Set hybrid to 0.75 instead of 0.5: +0.")


def test_a_value_in_use_that_is_best_stays() -> None:
    found = suggest(SHEET, trial({0.0: 3.0, 0.5: 0.5, 1.0: 3.0}))
    assert (found.value, found.worth, found.held_out.mean) == (0.5, False, 0.0)
    assert found.sentence == "hybrid 0.5, as it is, is the best of those tried."


def test_of_equal_values_the_one_in_use_stays() -> None:
    same = answers(ASKED, noise=1.0)
    found = suggest(SHEET, Trial("hybrid", 0.5, {0.0: same, 0.5: same, 1.0: same}))
    assert found.value == 0.5


def test_the_luckiest_of_many_alike_gains_nothing_on_other_queries() -> None:
    gains, flattered = [], []
    for seed in range(8):
        tried = {
            value: answers(ASKED, noise=1.5, seed=100 * seed + place)
            for place, value in enumerate((0.5, 0.0, 0.25, 0.75, 1.0))
        }
        found = suggest(SHEET, Trial("hybrid", 0.5, tried))
        curve = {one.value: one.quality.mean for one in found.curve}
        gains.append(found.held_out.mean)
        flattered.append(max(curve.values()) - curve[0.5])
    assert np.mean(flattered) > 0.02
    assert np.mean(gains) < np.mean(flattered) / 2


def test_only_queries_that_were_asked_count() -> None:
    words = {name: one for name, one in ASKED.items() if one.text}
    tried = {value: answers(words, noise=noise) for value, noise in ((0.5, 2.0), (1.0, 0.5))}
    assert suggest(SHEET, Trial("hybrid", 0.5, tried)).held_out.queries == 40


@pytest.mark.parametrize(
    ("tried", "baseline"),
    [({0.5: 1.0}, 0.5), ({0.0: 1.0, 1.0: 1.0}, 0.5)],
)
def test_a_trial_without_something_to_compare_is_refused(tried, baseline: float) -> None:
    with pytest.raises(InputError, match="needs the value in use and at least one other"):
        suggest(SHEET, trial(tried, baseline))


def test_a_trial_of_one_query_is_refused() -> None:
    one = {"q000": answers(ASKED, noise=1.0)["q000"]}
    with pytest.raises(InputError, match="at least two judged queries"):
        suggest(SHEET, Trial("hybrid", 0.5, {0.5: one, 1.0: one}))
