"""`python -m benchmarks.tags`: precision and recall of automatic tags on the sample catalog."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from datasets.sample_catalog import COLOURS, KINDS, PATTERNS, generate
from services.core.ports import EmbedderClient
from services.core.settings import Models, Settings
from services.core.types.indexes import IndexSettings
from services.core.types.vectors import Content, Matrix, Purpose
from services.ingest import tag_words
from services.ingest.tag_words import MIN_LEAD, MIN_Z, Best
from services.wiring import make_embedder

SHOWN_SEED, CHOSEN_SEED = 7, 101
"""Numbers are of the first catalog; the thresholds were chosen on the second (`--choose`)."""
WORDS = {"colour": tuple(COLOURS), "pattern": tuple(PATTERNS), "kind": tuple(KINDS)}
BATCH = 64


@dataclass(frozen=True, slots=True)
class Shown:
    """Pictures of one sort with what they truly show, and their vectors."""

    sort: str
    truths: tuple[dict[str, str], ...]
    vectors: Matrix


@dataclass(frozen=True, slots=True)
class Score:
    """`false_alarms`: of pictures whose true word is not in the list, the share tagged anyway."""

    precision: float
    recall: float
    false_alarms: float | None

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


Case = tuple[Sequence[Best], Sequence[str], frozenset[str]]
"""Each picture's best word, its true word, and the words of the list."""


def main() -> int:
    """Measure with the rule as it is; or, with `--choose`, what other thresholds would give."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tags", description=__doc__)
    parser.add_argument("--embedder", default="pocket")
    parser.add_argument("--dimensions", type=int, help="default: the embedder's largest")
    parser.add_argument("--documents", type=int, default=900)
    parser.add_argument("--choose", action="store_true", help="try other thresholds")
    asked = parser.parse_args()
    client = make_embedder(Settings(models=Models(default_embedder=asked.embedder)))
    settings = IndexSettings(
        embedder=asked.embedder,
        dimensions=asked.dimensions or client.info(asked.embedder).dimensions[0],
    )
    seed = CHOSEN_SEED if asked.choose else SHOWN_SEED
    with tempfile.TemporaryDirectory(prefix="margay-tags-") as folder:
        shown = look(Path(folder) / "catalog", client, settings, seed=seed, count=asked.documents)
    console = Console()
    if asked.choose:
        console.print(choices(shown[0], client, settings))
    else:
        console.print(scores(shown, client, settings))
    client.close()
    return 0


def look(
    folder: Path, client: EmbedderClient, settings: IndexSettings, *, seed: int, count: int
) -> tuple[Shown, Shown]:
    """Draw a catalog and embed its product pictures and its photographs."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Drawing and embedding", total=count)
        catalog = generate(
            folder, seed=seed, count=count, progress=lambda n, _: progress.update(task, completed=n)
        )
        raws = [json.loads(line) for line in catalog.products.read_text("utf-8").splitlines()]
        products = [(raw["attributes"], folder / raw["images"][0]) for raw in raws]
        photographs = [
            (raw["attributes"], path)
            for raw in raws
            if (path := folder / "queries" / f"photo-{raw['id']}.jpg").exists()
        ]
        return (
            _embedded("drawings", products, client, settings),
            _embedded("photographs", photographs, client, settings),
        )


def scores(shown: Iterable[Shown], client: EmbedderClient, settings: IndexSettings) -> Table:
    """Precision and recall by list, whole and halved."""
    table = Table("pictures", "tag", "words", "precision", "recall", "false alarms", box=None)
    for each in shown:
        for name, words in WORDS.items():
            for lists in ([words], [words[::2], words[1::2]]):
                cases = [_case(each, name, some, client, settings) for some in lists]
                score = _mean([measure(case, z=MIN_Z, lead=MIN_LEAD) for case in cases])
                table.add_row(
                    f"{len(each.truths)} {each.sort}",
                    name,
                    f"{len(words)}" if len(lists) == 1 else "half of them",
                    f"{score.precision:.3f}",
                    f"{score.recall:.3f}",
                    "" if score.false_alarms is None else f"{score.false_alarms:.3f}",
                )
    return table


def choices(shown: Shown, client: EmbedderClient, settings: IndexSettings) -> Table:
    """Mean F1 over all lists, whole and halved, by both thresholds."""
    groups = [
        [_case(shown, name, some, client, settings) for some in lists]
        for name, words in WORDS.items()
        for lists in ([words], [words[::2], words[1::2]])
    ]
    leads = np.arange(0.0, 1.3, 0.2)
    table = Table("z \\ lead", *(f"{lead:.1f}" for lead in leads), box=None)
    for z in np.arange(0.0, 2.6, 0.25):
        row = []
        for lead in leads:
            means = [_mean([measure(case, z=z, lead=lead) for case in some]) for some in groups]
            row.append(f"{sum(score.f1 for score in means) / len(means):.3f}")
        table.add_row(f"{z:.2f}", *row)
    return table


def measure(case: Case, *, z: float, lead: float) -> Score:
    """Precision of the tags given, recall of the true words that the list has."""
    found, truths, words = case
    given = [
        (best.word if best.z >= z and best.lead >= lead else None, truth)
        for best, truth in zip(found, truths, strict=True)
    ]
    right = sum(word == truth for word, truth in given)
    tagged = sum(word is not None for word, _ in given)
    possible = sum(truth in words for truth in truths)
    other = [word is not None for word, truth in given if truth not in words]
    return Score(
        precision=right / tagged if tagged else 1.0,
        recall=right / possible if possible else 1.0,
        false_alarms=sum(other) / len(other) if other else None,
    )


def _case(
    shown: Shown,
    name: str,
    words: tuple[str, ...],
    client: EmbedderClient,
    settings: IndexSettings,
) -> Case:
    wanted = IndexSettings(settings.embedder, settings.dimensions, tags={name: words})
    fingerprint = client.info(settings.embedder).fingerprint
    vocabulary = tag_words.vocabulary(client, wanted, fingerprint=fingerprint)
    found = [tag_words.best(vocabulary, name, vector) for vector in shown.vectors]
    return found, [truth[name] for truth in shown.truths], frozenset(words)


def _mean(scores: Sequence[Score]) -> Score:
    other = [score.false_alarms for score in scores if score.false_alarms is not None]
    return Score(
        precision=sum(score.precision for score in scores) / len(scores),
        recall=sum(score.recall for score in scores) / len(scores),
        false_alarms=sum(other) / len(other) if other else None,
    )


def _embedded(
    sort: str,
    pictures: Sequence[tuple[dict[str, str], Path]],
    client: EmbedderClient,
    settings: IndexSettings,
) -> Shown:
    parts = [
        client.embed(
            settings.embedder,
            [Content(image=path.read_bytes()) for _, path in pictures[start : start + BATCH]],
            Purpose.INDEX,
            dimensions=settings.dimensions,
        )
        for start in range(0, len(pictures), BATCH)
    ]
    return Shown(sort, tuple(truth for truth, _ in pictures), np.concatenate(parts))


if __name__ == "__main__":
    sys.exit(main())
