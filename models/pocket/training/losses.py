"""The losses: contrast with several positives and with pairs nobody can judge."""

import torch
from torch import Tensor
from torch.nn import functional

from models.pocket.training import config
from models.pocket.training.samples import COLUMNS, NOT_CLAIMED, UNKNOWN


def relate(claims: Tensor, facts: Tensor) -> tuple[Tensor, Tensor]:
    """Which facts satisfy which claims: `(true, false)`, both bool `[claims, facts]`.

    Claims about something unknown are neither: "a red dress" and a photograph of a dress whose
    colour nobody wrote down must not push each other away.
    """
    asked = claims[:, None, :]
    known = facts[None, :, :]
    silent = asked == NOT_CLAIMED
    false = (~silent & (known != UNKNOWN) & (known != asked)).any(2)
    true = (silent | (known == asked)).all(2)
    return true, false


def contrast(similarities: Tensor, true: Tensor, false: Tensor) -> Tensor:
    """Each true pair against all false pairs of its row; other true pairs do not compete."""
    hardest = torch.finfo(similarities.dtype).min
    against = similarities.masked_fill(~false, hardest).logsumexp(1, keepdim=True)
    each = functional.softplus(against - similarities)
    count = true.sum(1)
    rows = (each * true).sum(1) / count.clamp(min=1)
    useful = (count > 0) & false.any(1)
    return rows[useful].mean() if bool(useful.any()) else similarities.sum() * 0


def both_ways(left: Tensor, right: Tensor, true: Tensor, false: Tensor, scale: Tensor) -> Tensor:
    """Contrast in both directions, at every dimension the vectors may be cut to."""
    total = left.new_zeros(())
    for size, weight in zip(config.DIMENSIONS, config.DIMENSION_WEIGHTS, strict=True):
        cut_left = functional.normalize(left[:, :size], dim=1)
        cut_right = functional.normalize(right[:, :size], dim=1)
        similarities = scale * cut_left @ cut_right.T
        there = contrast(similarities, true, false)
        back = contrast(similarities.T, true.T, false.T)
        total = total + weight * (there + back) / 2
    return total / sum(config.DIMENSION_WEIGHTS)


def by_grade(left: Tensor, right: Tensor, claims: Tensor, facts: Tensor, scale: Tensor) -> Tensor:
    """Nearly right before wrong: the kind first, then the kind with one more thing right.

    Looks only at claims about kind, colour and pattern together.
    """
    about = [COLUMNS.index(name) for name in ("kind", "colour", "pattern")]
    full = (claims[:, about] != NOT_CLAIMED).all(1)
    if not bool(full.any()):
        return left.sum() * 0
    same = claims[full][:, None, about] == facts[None, :, about]
    kind, more = same[..., 0], same[..., 1:].sum(2)
    judged = ~kind | (facts[:, about] != UNKNOWN).all(1)
    total = left.new_zeros(())
    for size, weight in zip(config.DIMENSIONS, config.DIMENSION_WEIGHTS, strict=True):
        cut_left = functional.normalize(left[full, :size], dim=1)
        cut_right = functional.normalize(right[:, :size], dim=1)
        similarities = scale * cut_left @ cut_right.T
        for right_enough in (kind, kind & (more >= 1)):
            total = total + weight * contrast(
                similarities, right_enough & judged, ~right_enough & judged
            )
    return config.GRADE_WEIGHT * total / sum(config.DIMENSION_WEIGHTS)


def helper_heads(logits: dict[str, Tensor], labels: dict[str, Tensor]) -> Tensor:
    """Plain classification from the features; rows without a label (negative) do not count."""
    losses = []
    for name, scores in logits.items():
        known = labels[name] >= 0
        if bool(known.any()):
            losses.append(
                functional.cross_entropy(scores[known], labels[name][known], label_smoothing=0.05)
            )
    return torch.stack(losses).sum()
