"""The sentences of a comparison: which wins, by how much, and whether it is noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.insight.evaluation.estimate import Estimate
from services.insight.evaluation.report import Difference, Verdict

TITLES = {
    "ndcg": "nDCG",
    "mrr": "MRR",
    "map": "MAP",
    "precision": "precision",
    "recall": "recall",
    "hit": "hit rate",
}


def title(measure: str) -> str:
    """A measure as people write it: `ndcg@10` is `nDCG@10`."""
    family, _, cut = measure.partition("@")
    return f"{TITLES.get(family, family)}@{cut}"


def verdict(difference: Difference, means: Mapping[str, float]) -> Verdict:
    """Of a pair, by its difference in the main measure over all queries."""
    winner = None
    if difference.significant:
        winner = difference.challenger if difference.difference > 0 else difference.control
    sentence = _won(difference, means) if winner else _noise(difference, means)
    return Verdict(difference.control, difference.challenger, winner, sentence)


def best(names: Sequence[str], verdicts: Sequence[Verdict]) -> str | None:
    """The configuration that beats every other; None while noise could decide."""
    for name in names:
        own = [one for one in verdicts if name in (one.control, one.challenger)]
        if own and all(one.winner == name for one in own):
            return name
    return None


def summary(
    means: Mapping[str, float],
    verdicts: Sequence[Verdict],
    pairs: Sequence[Difference],
    *,
    main: str,
) -> str:
    """The whole comparison in a sentence or two; `means` and `pairs` are in the main measure."""
    names = list(means)
    if len(names) == 1:
        return f"{names[0]} was measured alone: there is nothing to compare it with."
    if len(verdicts) == 1:
        return verdicts[0].sentence
    winner = best(names, verdicts)
    if winner:
        margins = _margins(winner, pairs, names)
        return f"{winner} wins in {title(main)}, beyond what chance does: {margins}."
    beaten = {_loser(one) for one in verdicts if one.winner}
    # Three may beat each other in a circle: then nobody is left.
    left = [name for name in names if name not in beaten] or names
    leader = max(left, key=means.__getitem__)
    doubtful = _margins(leader, pairs, [name for name in left if name != leader])
    told = f"No single winner in {title(main)}: {leader} leads with {means[leader]:.3f}"
    if doubtful:
        told = f"{told}, but {doubtful} may be noise"
    rest = ", ".join(name for name in names if name in beaten and name not in left)
    return f"{told}. Beaten: {rest}." if rest else f"{told}."


def _loser(one: Verdict) -> str:
    return one.challenger if one.winner == one.control else one.control


def _margins(leader: str, pairs: Sequence[Difference], others: Sequence[str]) -> str:
    """By how much it is ahead of each of the others, the nearest first."""
    ahead = {}
    for one in pairs:
        if one.challenger == leader and one.control in others:
            ahead[one.control] = one.difference
        elif one.control == leader and one.challenger in others:
            ahead[one.challenger] = -one.difference
    nearest_first = sorted(ahead, key=ahead.__getitem__)
    return ", ".join(f"{_signed(ahead[name])} over {name}" for name in nearest_first)


def direction_sentence(bias: float, *, low: float, high: float) -> str:
    """Which direction between text and pictures is served better."""
    if low <= 0 <= high:
        return (
            "Text that finds pictures and pictures that find text cannot be told apart "
            f"({_signed(bias)}, {_range(low, high)})."
        )
    better = "Text finds pictures better than pictures find text"
    worse = "Pictures find text better than text finds pictures"
    return f"{better if bias > 0 else worse}: {_signed(bias)} ({_range(low, high)})."


def weight_sentence(
    parameter: str, *, value: float, baseline: float, held_out: Estimate, worth: bool
) -> str:
    """Whether a suggested weight is worth setting."""
    gain = f"{_signed(held_out.mean)} ({_range(held_out.low, held_out.high)})"
    seen = f"on queries it was not chosen on, {held_out.queries} of them"
    if value == baseline:
        return f"{parameter} {baseline:g}, as it is, is the best of those tried."
    if worth:
        return f"Set {parameter} to {value:g} instead of {baseline:g}: {gain} {seen}."
    return (
        f"{parameter} {value:g} is the best of those tried, but the gain over {baseline:g} may be "
        f"noise: {gain} {seen}."
    )


def _won(difference: Difference, means: Mapping[str, float]) -> str:
    up = difference.difference > 0
    winner, loser = (
        (difference.challenger, difference.control)
        if up
        else (difference.control, difference.challenger)
    )
    wins, losses = (
        (difference.wins, difference.losses) if up else (difference.losses, difference.wins)
    )
    low, high = (difference.low, difference.high) if up else (-difference.high, -difference.low)
    return (
        f"{winner} beats {loser} in {title(difference.measure)}: {means[winner]:.3f} against "
        f"{means[loser]:.3f}, {_signed(abs(difference.difference))} ({_range(low, high)}; "
        f"p = {difference.adjusted:.2g} after Holm). Of {difference.queries} queries it is better "
        f"at {wins}, worse at {losses}."
    )


def _noise(difference: Difference, means: Mapping[str, float]) -> str:
    pair = f"{difference.challenger} and {difference.control}"
    told = (
        f"{pair} cannot be told apart in {title(difference.measure)}: "
        f"{means[difference.challenger]:.3f} against {means[difference.control]:.3f}, "
        f"{_signed(difference.difference)} ({_range(difference.low, difference.high)}; "
        f"p = {difference.adjusted:.2g} after Holm) may be noise."
    )
    if difference.ties == difference.queries:
        return f"{pair} answer all {difference.queries} queries equally well."
    return (
        f"{told} A difference of {difference.detectable:.3f} is what {difference.queries} queries "
        "show four times in five."
    )


def _range(low: float, high: float) -> str:
    return f"95 % interval {_signed(low)} to {_signed(high)}"


def _signed(value: float) -> str:
    # A real minus sign; and never minus nought.
    shown = f"{abs(value):.3f}"
    if float(shown) == 0:
        return shown
    return f"{'+' if value > 0 else '−'}{shown}"
