"""`python -m benchmarks.cross_encoder`: our runtime beside the library's own `predict`."""

from __future__ import annotations

import argparse
import random
import string
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import transformers
from sentence_transformers import CrossEncoder

from benchmarks import beside
from benchmarks.beside import Beside
from models import registry
from models.options import Device, LoadOptions
from services.core.types.vectors import Content
from services.embedder.lane import Limit
from services.embedder.scorer_runtime import ScorerRuntime

BATCH: Final = 32
CANDIDATES: Final = 64
ALONE: Final = 16
"""How many are also scored one after the other."""
ROUNDS: Final = 5
NAME: Final = "minilm"
WORDS: Final = 20_000
QUERY: Final = "red mug without handle"
FLOOR: Final = 0.95


def main() -> int:
    """Run it; the exit code says whether the bar was met."""
    parser = argparse.ArgumentParser(prog="benchmarks.cross_encoder", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="margay-bench-") as folder:
        rows = run(build(Path(folder)), count=arguments.candidates, rounds=arguments.rounds)
    beside.show(rows, "")
    return 0 if all(bar.met for bar in beside.bars(rows)) else 1


def run(folder: Path, *, count: int, rounds: int) -> list[Beside]:
    """Candidates a second of both sides, at once and one candidate after the other."""
    options = LoadOptions(device=Device.CPU)
    runtime = ScorerRuntime(
        [NAME],
        lambda _: registry.load_scorer(f"{registry.CROSS_ENCODER_PREFIX}{folder}", options),
        limit=Limit(BATCH, 16_384),
    )
    bare = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    said = titles(count)
    _check_equal(runtime, bare, said)
    together = beside.in_turns(_sides(runtime, bare, [said]), rounds)
    apart = beside.in_turns(_sides(runtime, bare, [[each] for each in said[:ALONE]]), rounds)
    runtime.close()
    return [
        beside.beside(
            f"{count} candidates, batches of {BATCH}: CrossEncoder.predict",
            together, "bare", count=count, limit=FLOOR,
        ),
        beside.beside(
            f"{ALONE} times one candidate: CrossEncoder.predict",
            apart, "bare", count=ALONE, limit=FLOOR,
        ),
    ]  # fmt: skip


def build(folder: Path) -> Path:
    """A BERT of MiniLM's size (6 layers of 384) with random weights."""
    words = [*dict.fromkeys(_word(random.Random(number)) for number in range(WORDS))]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {word: number for number, word in enumerate([*special, *words])}
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=384, intermediate_size=1536,
        num_hidden_layers=6, num_attention_heads=12, num_labels=1,
    )  # fmt: skip
    torch.manual_seed(3)
    transformers.BertForSequenceClassification(config).eval().save_pretrained(folder)
    transformers.BertTokenizer(vocab=vocabulary, model_max_length=512).save_pretrained(folder)
    return folder


def titles(count: int) -> list[str]:
    """Titles and descriptions of 6 to 90 words."""
    chance = random.Random(7)
    return [
        " ".join(_word(random.Random(chance.randrange(WORDS))) for _ in range(length))
        for length in (chance.randint(6, 90) for _ in range(count))
    ]


def _sides(
    runtime: ScorerRuntime, bare: Any, calls: Sequence[Sequence[str]]
) -> dict[str, Callable[[], float]]:
    def ours() -> None:
        for call in calls:
            runtime.score(NAME, Content(text=QUERY), [Content(text=each) for each in call])

    def theirs() -> None:
        for call in calls:
            _predict(bare, call)

    return {"ours": lambda: _seconds(ours), "bare": lambda: _seconds(theirs)}


def _predict(bare: Any, said: Sequence[str]) -> Any:
    pairs = [(QUERY, each) for each in said]
    return bare.predict(
        pairs, batch_size=BATCH, show_progress_bar=False, activation_fn=torch.nn.Identity()
    )


def _check_equal(runtime: ScorerRuntime, bare: Any, said: Sequence[str]) -> None:
    ours = runtime.score(NAME, Content(text=QUERY), [Content(text=each) for each in said])
    assert np.abs(ours - _predict(bare, said)).max() <= 1e-5, "both sides must do the same work"


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 8)))


if __name__ == "__main__":
    sys.exit(main())
