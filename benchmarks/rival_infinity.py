"""infinity-emb on the same checkpoint, under a Python of its own; asked and answering by lines.

    python rival_infinity.py CHECKPOINT BATCH

Each line in is JSON: `{"texts": [...]}` or `{"images": [paths]}`; each line out the seconds taken.
"""

import asyncio
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


async def main() -> None:
    """Load the checkpoint, say so, then answer until the lines end."""
    folder, batch = sys.argv[1], int(sys.argv[2])
    # Not installed where the types are checked: its dependencies exclude ours.
    infinity: Any = importlib.import_module("infinity_emb")
    settings = infinity.EngineArgs(
        model_name_or_path=folder,
        batch_size=batch,
        engine="torch",
        device="cpu",
        dtype="float32",
        bettertransformer=False,
        model_warmup=False,
    )
    engine = infinity.AsyncEmbeddingEngine.from_args(settings)
    async with engine:
        answer("ready")
        for line in sys.stdin:
            wanted = json.loads(line)
            if "texts" in wanted:
                begun = time.perf_counter()
                await engine.embed(sentences=wanted["texts"])
            else:
                images = [Path(path).read_bytes() for path in wanted["images"]]
                begun = time.perf_counter()
                await engine.image_embed(images=images)
            answer(time.perf_counter() - begun)


def answer(value: object) -> None:
    """Write a line of JSON; other lines on stdout are the engine's own."""
    print("=" + json.dumps(value), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
