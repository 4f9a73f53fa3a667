"""What an experiment's numbers come to, as a word and as a sentence."""

from __future__ import annotations

from enum import StrEnum

from services.insight.experiments.estimates import Effect, Interval


class Verdict(StrEnum):
    """What may be concluded of a variant.

    INVALID: the variants did not get the clients they should have. TOO_EARLY: a test at a fixed
    size that is not reached, whatever the figures are. HARMFUL: a guardrail is breached. BETTER,
    WORSE: significantly. UNDECIDED: may be looked at any time, and has not decided. NO_DIFFERENCE:
    the planned size is reached, and an effect as large as planned for would mostly have been seen.
    """

    INVALID = "invalid"
    TOO_EARLY = "too_early"
    HARMFUL = "harmful"
    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"
    NO_DIFFERENCE = "no_difference"


def decide(
    effect: Effect,
    *,
    significant: bool,
    complete: bool,
    may_look: bool,
    mismatched: bool = False,
    breached: bool = False,
) -> Verdict:
    """The verdict; `complete` is at the planned size, `may_look` of an always-valid analysis."""
    if mismatched:
        return Verdict.INVALID
    if not (complete or may_look):
        # A guardrail is there to stop harm early, so it needs no planned size.
        return Verdict.HARMFUL if breached else Verdict.TOO_EARLY
    if significant and effect.difference < 0:
        return Verdict.WORSE
    if breached:
        return Verdict.HARMFUL
    if significant:
        return Verdict.BETTER
    return Verdict.NO_DIFFERENCE if complete else Verdict.UNDECIDED


_SENTENCES = {
    Verdict.INVALID: "{variant} cannot be judged: the variants did not get the clients planned.",
    Verdict.TOO_EARLY: "Too early to judge {variant}, below the sample size; so far {figures}.",
    Verdict.HARMFUL: "{variant} does harm: a guardrail is breached ({figures}).",
    Verdict.BETTER: "{variant} is better than {control}: {figures}.",
    Verdict.WORSE: "{variant} is worse than {control}: {figures}.",
    Verdict.UNDECIDED: "Nothing is decided of {variant} yet: {figures}.",
    Verdict.NO_DIFFERENCE: "No difference between {variant} and {control} was found: {figures}.",
}
_ENDED = {
    Verdict.TOO_EARLY: "Stopped too early to judge {variant}, below the sample size: {figures}.",
    Verdict.UNDECIDED: "Nothing was decided of {variant} when it was stopped: {figures}.",
}
"""Instead, of an experiment that does not go on."""


def sentence(
    verdict: Verdict,
    effect: Effect,
    *,
    variant: str,
    control: str,
    alpha: float,
    p_adjusted: float,
    ended: bool = False,
) -> str:
    """The verdict with its figures: lift, interval and p; `ended` when the experiment does not
    go on."""
    figures = _figures(effect, alpha=alpha, p_adjusted=p_adjusted)
    told = _SENTENCES | _ENDED if ended else _SENTENCES
    return told[verdict].format(variant=variant, control=control, figures=figures)


def _figures(effect: Effect, *, alpha: float, p_adjusted: float) -> str:
    level = f"{100 * (1 - alpha):.3g} % interval"
    p = f"p = {p_adjusted:.3f}" if p_adjusted >= 0.001 else "p < 0.001"
    if effect.lift is None or effect.lift_interval is None:
        return (
            f"a difference of {_signed(effect.difference, 2)} points, "
            f"{level} {_range(effect.difference_interval, 2)}, {p}"
        )
    return f"a lift of {_signed(effect.lift, 1)} %, {level} {_range(effect.lift_interval, 1)}, {p}"


def _range(interval: Interval, digits: int) -> str:
    return f"{_signed(interval.low, digits)} to {_signed(interval.high, digits)}"


def _signed(share: float, digits: int) -> str:
    """In hundredths, with its sign, a real minus, and none before nought."""
    shown = f"{abs(100 * share):.{digits}f}"
    if float(shown) == 0:
        return shown
    return f"{'+' if share > 0 else '−'}{shown}"
