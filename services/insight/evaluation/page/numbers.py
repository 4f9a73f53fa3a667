"""Numbers as the page writes them, and the ticks of an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable

from services.insight.evaluation.estimate import Estimate


def share(value: float) -> str:
    """A measure of 0..1 with three digits."""
    return f"{value:.3f}".replace("-", "−")


def percent(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.1f} %".replace("-", "−")


def signed(value: float) -> str:
    """A difference with its sign, a real minus, and no sign before nought."""
    shown = f"{abs(value):.3f}"
    if float(shown) == 0:
        return shown
    return f"{'+' if value > 0 else '−'}{shown}"


def relative(change: float | None) -> str:
    """A change in per cent with its sign; a dash where there was nothing to change."""
    if change is None:
        return "–"
    shown = f"{abs(100 * change):.1f} %"
    if shown == "0.0 %":
        return shown
    return f"{'+' if change > 0 else '−'}{shown}"


def between(low: float, high: float) -> str:
    """The edges of an interval of a measure."""
    return f"{low:.3f} to {high:.3f}".replace("-", "−")


def within(estimate: Estimate) -> str:
    """The interval of an estimate."""
    return between(estimate.low, estimate.high)


def percent_within(estimate: Estimate) -> str:
    """A share in per cent, with its interval."""
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{percent(estimate.mean)} ({low:.1f} to {high:.1f})".replace("-", "−")


def chance(p_value: float) -> str:
    """A p-value, to two digits that mean something."""
    return "< 0.001" if p_value < 0.001 else f"{p_value:.2g}"


def milliseconds(value: float | None) -> str:
    """Whole milliseconds from ten on, two digits below, or a dash where nothing was measured."""
    if value is None:
        return "–"
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.2g} ms"


def part(value: float) -> str:
    """A part of a whole in whole per cent, and what is there is never nothing."""
    return "under 1 %" if 0 < value < 0.01 else f"{100 * value:.0f} %"


def count(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def ticks(values: Iterable[float]) -> list[float]:
    """Three to six round, evenly spaced numbers from below the least to above the greatest."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if high - low < 1e-9:
        low, high = low - 0.05, high + 0.05
    rough = (high - low) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def plain(value: float) -> str:
    """A tick: as few digits as it needs, with a real minus."""
    return f"{value:,.10g}".replace("-", "−")
