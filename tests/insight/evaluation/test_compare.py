"""A comparison says which configuration wins, by how much, and when it may be noise."""

import dataclasses

import pytest

from services.insight.evaluation.compare import Known, check_installed, compare
from services.insight.evaluation.fusion_weights import Trial
from services.insight.evaluation.report import ComparisonReport
from tests.insight.evaluation.made import answers, queries, query

ASKED = queries()
GOOD = answers(ASKED, noise=0.6)
POOR = answers(ASKED, noise=2.5)
ALIKE = answers(ASKED, noise=0.6, seed=9)


def report(measured, control: str = "base", **more) -> ComparisonReport:
    return compare(ASKED, measured, control=control, depth=20, seed=5, **more)


def test_the_better_wins_and_the_sentence_says_by_how_much() -> None:
    found = report({"base": POOR, "better": GOOD})
    main = next(one for one in found.differences if one.by == "all")
    assert (found.best, main.measure) == ("better", "ndcg@10")
    assert main.significant
    assert main.low > 0
    means = [one.overall.measures["ndcg@10"].mean for one in found.measured]
    assert main.difference == pytest.approx(means[1] - means[0])
    assert main.relative == pytest.approx(main.difference / means[0])
    assert main.wins + main.losses + main.ties == main.queries == 60
    assert found.summary == found.verdicts[0].sentence
    assert f"better beats base in nDCG@10: {means[1]:.3f} against {means[0]:.3f}" in found.summary


def test_the_control_wins_as_well() -> None:
    found = report({"base": GOOD, "worse": POOR})
    assert found.best == "base"
    assert found.summary.startswith("base beats worse in nDCG@10")
    assert "interval +" in found.summary


def test_chance_alone_is_called_noise() -> None:
    found = report({"base": GOOD, "alike": ALIKE})
    assert found.best is None
    assert not any(one.significant for one in found.differences if one.by == "all")
    assert "cannot be told apart" in found.summary
    assert "may be noise" in found.summary


def test_the_same_answers_are_equal() -> None:
    found = report({"base": GOOD, "same": GOOD})
    assert found.summary == "same and base answer all 60 queries equally well."
    assert {one.p_value for one in found.differences} == {1.0}


def test_of_three_the_winner_is_told_with_its_margins() -> None:
    found = report({"base": POOR, "best": GOOD, "poor": answers(ASKED, noise=3.0, seed=2)})
    assert found.best == "best"
    assert found.summary.startswith("best wins in nDCG@10, beyond what chance does: +0.")
    assert "over base" in found.summary
    assert "over poor" in found.summary
    assert len(found.verdicts) == 3


def test_without_a_single_winner_those_not_beaten_are_named() -> None:
    found = report({"base": POOR, "good": GOOD, "alike": ALIKE})
    assert found.best is None
    assert found.summary.startswith("No single winner in nDCG@10: ")
    leader, other = sorted(("good", "alike"), key=lambda name: f"{name} leads" not in found.summary)
    assert f"{leader} leads with 0." in found.summary
    assert f"over {other} may be noise. Beaten: base." in found.summary


def test_one_alone_is_measured_without_verdict() -> None:
    found = report({"base": GOOD})
    assert (found.differences, found.verdicts, found.best) == ((), (), None)
    assert "nothing to compare" in found.summary


def test_holm_counts_every_pair_in_the_deciding_measure_and_in_all_others_apart() -> None:
    found = report({"base": POOR, "better": GOOD, "alike": ALIKE})
    overall = [one for one in found.differences if one.by == "all"]
    assert len(overall) == 3 * len(found.measured[0].overall.measures)
    deciding = [one for one in overall if one.measure == "ndcg@10"]
    for family in (deciding, [one for one in overall if one not in deciding]):
        least = min(family, key=lambda one: one.p_value)
        assert least.adjusted == pytest.approx(min(1.0, least.p_value * len(family)))
    by_kind = [one for one in found.differences if one.by == "kind"]
    assert {one.measure for one in by_kind} == {"ndcg@10"}
    assert len(by_kind) == 3 * 3


def test_the_same_seed_gives_the_same_report() -> None:
    measured = {"base": POOR, "better": GOOD}
    assert report(measured) == report(measured)


def test_what_was_not_answered_counts_as_nothing_and_is_said() -> None:
    part = dict(list(GOOD.items())[:45])
    found = report({"base": GOOD, "broken": part})
    whole, broken = found.measured
    assert broken.coverage.failed == pytest.approx(0.25)
    assert broken.overall.measures["ndcg@10"].mean < whole.overall.measures["ndcg@10"].mean
    assert "broken gave no answer to 15 queries, counted as 0." in found.notes


def test_a_reader_is_told_of_few_and_of_unjudged_queries() -> None:
    few = dict(list(ASKED.items())[:8]) | {"z": query("z", {})}
    found = compare(few, {"base": GOOD}, control="base", depth=20, seed=5)
    assert (found.queries, found.unjudged) == (8, 1)
    assert found.notes[0].startswith("Only 8 independent queries")
    assert found.notes[1].startswith("1 of 9 queries have no graded answer")


def test_parts_that_were_not_measured_are_left_out() -> None:
    found = report({"base": GOOD})
    one = found.measured[0]
    assert (one.rerank, one.paraphrases, one.views) == (None, None, ())
    assert (found.directions, found.lifts, found.weights) == ((), (), ())
    assert one.cost.per_thousand is None


def test_what_is_known_is_used() -> None:
    known = Known(
        targets={"base": "text", "better": "image"},
        documents=600,
        tokens={"better": 1000.0},
        price_per_million_tokens=2.0,
        trials=(Trial("hybrid", 0.5, {0.5: POOR, 1.0: GOOD}),),
    )
    found = report({"base": POOR, "better": GOOD}, price_per_hour=3.6, known=known)
    base, better = found.measured
    assert base.cost.per_thousand == pytest.approx(0.01)
    assert better.cost.per_thousand == pytest.approx(0.01 + 2.0)
    assert base.coverage.catalog == pytest.approx(base.coverage.shown / 600)
    assert found.weights[0].value == 1.0
    assert found.directions[0].forward_by == "better"
    assert {one.kind for one in found.lifts} == {"text", "image", "composed"}


def test_every_noun_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        report({"base": GOOD}).best = "base"


def test_what_measuring_needs_is_installed_here() -> None:
    check_installed()
