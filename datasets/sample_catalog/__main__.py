"""`python -m datasets.sample_catalog --out DIR`: draw the sample catalog with a progress bar."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from datasets.sample_catalog.catalog import generate


def main() -> int:
    """Return 0, or 1 after a sentence that says what stands in the way."""
    parser = argparse.ArgumentParser(prog="python -m datasets.sample_catalog", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another shop (7)")
    parser.add_argument("--count", type=int, default=900, help="number of products (900)")
    asked = parser.parse_args()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task("Drawing the sample catalog", total=None)
            catalog = generate(
                asked.out,
                seed=asked.seed,
                count=asked.count,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
            bar.update(task, total=1, completed=1, visible=False)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        sys.stderr.write(f"The sample catalog was not written: {reason}\n")
        return 1
    sys.stdout.write(f"{catalog.count} products in {catalog.folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
