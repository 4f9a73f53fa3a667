"""The training loop: stages in order, an average of the weights, checkpoints to resume from."""

import copy
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.pocket.training import config, evaluate, losses
from models.pocket.training.augment import augment, normalise
from models.pocket.training.feed import Batch, Composed, Feed
from models.pocket.training.held_out import HeldOut
from models.pocket.training.samples import COLUMNS
from models.pocket.training.static_text import StaticText
from models.pocket.training.towers import Towers

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Progress:
    """Where training stands."""

    stage: int = 0
    step: int = 0
    """Steps done within the stage."""
    total: int = 0


class Training:
    """Everything that changes while training, and how it is saved."""

    def __init__(self, feed: Feed, shop: HeldOut, classes: dict[str, int], folder: Path) -> None:
        torch.manual_seed(config.SEED)
        self.feed = feed
        self.shop = shop
        self.folder = folder
        self.live = Towers(classes).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.live).eval().requires_grad_(False)
        self.optimiser = make_optimiser(self.live)
        self.progress = Progress()
        self.iconic = normalise(torch.from_numpy(feed.grocery.shown))
        self.iconic_vectors = torch.zeros(0)

    def run(self) -> Towers:
        """Train every stage to its end; the averaged towers."""
        self._resume()
        for index in range(self.progress.stage, len(config.STAGES)):
            if index > self.progress.stage:
                self.progress.stage, self.progress.step = index, 0
                self.optimiser = make_optimiser(self.live)
            self._run_stage(config.STAGES[index])
            self._save()
        return self.average

    def _run_stage(self, stage: config.Stage) -> None:
        started, seen, shown = time.monotonic(), 0, {}
        while self.progress.step < stage.steps:
            step = self.progress.step
            set_rate(self.optimiser, rate_at(stage, step))
            batch = self.feed.batch(stage, step)
            parts = self._step(batch, step)
            seen += len(batch.pictures)
            for name, value in parts.items():
                shown[name] = 0.95 * shown.get(name, value) + 0.05 * value
            self.progress.step += 1
            self.progress.total += 1
            if self.progress.step % 50 == 0:
                speed = seen / (time.monotonic() - started)
                words = " ".join(f"{name} {value:.3f}" for name, value in shown.items())
                log.info("%s %d/%d %s", stage.name, self.progress.step, stage.steps, words)
                log.info("%.0f pictures/s", speed)
            if self.progress.step % config.CHECKPOINT_EVERY == 0:
                self._save()
            if self.progress.step % config.EVALUATE_EVERY == 0:
                self._report()

    def _step(self, batch: Batch, step: int) -> dict[str, float]:
        random = torch.Generator().manual_seed(config.SEED * 1_000_003 + self.progress.total)
        if step % 50 == 0 or not len(self.iconic_vectors):
            self.iconic_vectors = self._see_iconic()
        self.live.train()
        parts = self._losses(batch, augment(batch.pictures, random))
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.live.parameters(), 5.0)
        self.optimiser.step()
        self._update_average()
        return {name: float(value.detach()) for name, value in parts.items()}

    def _losses(self, batch: Batch, pictures: Tensor) -> dict[str, Tensor]:
        live = self.live
        scale = live.scale()
        vectors, features = live.see(pictures)
        means = torch.cat([batch.texts.means, batch.shop.means])
        claims = torch.cat([batch.texts.claims, batch.shop.claims])
        texts = live.text(means)
        true, false = losses.relate(claims, batch.facts)
        labels = {name: batch.facts[:, COLUMNS.index(name)] for name in live.heads}
        logits = {name: head(features) for name, head in live.heads.items()}
        shop = functional.normalize(texts[len(batch.texts.means) :] + self.iconic_vectors, dim=1)
        fits, differs = losses.relate(batch.shop.claims, batch.facts[batch.photos])
        parts = {
            "match": losses.both_ways(texts, vectors, true, false, scale),
            "shop": losses.both_ways(shop, vectors[batch.photos], fits, differs, scale),
            "grades": losses.by_grade(texts, vectors, claims, batch.facts, scale),
            "heads": 0.3 * losses.helper_heads(logits, labels),
        }
        if batch.composed is not None:
            parts["composed"] = self._composed(batch.composed, vectors, batch.facts)
        return parts

    def _composed(self, composed: Composed, vectors: Tensor, facts: Tensor) -> Tensor:
        shown = vectors[composed.rows]
        wish = functional.normalize(self.live.text(composed.wishes.means) + shown, dim=1)
        target = functional.normalize(self.live.text(composed.titles.means) + shown, dim=1)
        true, false = losses.relate(composed.wishes.claims, facts[composed.rows])
        scale, wanted = self.live.scale(), composed.wishes.claims
        exact = losses.both_ways(wish, target, true, false, scale)
        return exact + losses.by_grade(wish, target, wanted, facts[composed.rows], scale)

    @torch.no_grad()
    def _see_iconic(self) -> Tensor:
        return self.average.see(self.iconic).vectors

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(config.EMA_DECAY, (1 + self.progress.total) / (20 + self.progress.total))
        for kept, new in zip(state(self.average), state(self.live), strict=True):
            if kept.is_floating_point():
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)

    def _report(self) -> None:
        encoder = encoder_of(self.average, self.feed.text)
        for name, value in evaluate.everything(encoder, self.feed.grocery, self.shop).items():
            log.info("  %s %.3f", name, value)

    def _save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / "checkpoint.pt.new"
        torch.save(
            {
                "live": self.live.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "progress": (self.progress.stage, self.progress.step, self.progress.total),
            },
            beside,
        )
        beside.replace(self.folder / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        saved = torch.load(path, weights_only=True)
        self.live.load_state_dict(saved["live"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.progress = Progress(*saved["progress"])
        log.info("resuming at stage %d, step %d", self.progress.stage, self.progress.step)


def state(towers: Towers) -> Iterator[Tensor]:
    """Every weight and every running statistic."""
    yield from towers.parameters()
    yield from towers.buffers()


def make_optimiser(towers: Towers) -> torch.optim.Optimizer:
    """A fresh optimiser; every stage starts with one, since its data differ."""
    return torch.optim.AdamW(parameter_groups(towers), betas=(0.9, 0.98))


def parameter_groups(towers: Towers) -> list[dict[str, object]]:
    """Decay for matrices only; the text map learns slower."""
    text = {id(p) for p in towers.text.parameters()}
    others = [p for p in towers.parameters() if id(p) not in text]
    return [
        {
            "params": [p for p in others if p.ndim > 1],
            "weight_decay": config.WEIGHT_DECAY,
            "share": 1.0,
        },
        {"params": [p for p in others if p.ndim <= 1], "weight_decay": 0.0, "share": 1.0},
        {
            "params": list(towers.text.parameters()),
            "weight_decay": config.WEIGHT_DECAY,
            "share": config.TEXT_RATE,
        },
    ]


def rate_at(stage: config.Stage, step: int) -> float:
    """Half a cosine from the stage's first rate to its last, after a straight warm-up."""
    start, end = stage.rate
    cosine = (1 + math.cos(math.pi * step / stage.steps)) / 2
    warm = min(1.0, (step + 1) / stage.warm_up_steps) if stage.warm_up_steps else 1.0
    return warm * (end + (start - end) * cosine)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate * group["share"]


@torch.no_grad()
def encoder_of(towers: Towers, text: StaticText) -> evaluate.Encoder:
    """The towers as something that can be measured."""

    @torch.no_grad()
    def see(pictures: np.ndarray) -> np.ndarray:
        chunks = normalise(torch.from_numpy(pictures)).split(128)
        return torch.cat([towers.see(chunk).vectors for chunk in chunks]).numpy()

    @torch.no_grad()
    def read(texts: list[str]) -> np.ndarray:
        return towers.text(torch.from_numpy(text.means(texts))).numpy()

    return evaluate.Encoder(see=see, read=read)
