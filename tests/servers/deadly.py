"""`margay`, but some content ends its process at once, as a fault in a decoder or a model would.

python -m tests.servers.deadly worker ingest
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Final

from PIL import PngImagePlugin

from models.base import Purpose
from models.onnx_texts import Ids, TextSteps
from services.cli.main import main

PICTURE: Final = "deadly to whoever decodes it"
"""In the metadata of a picture: opening it kills."""
TEXT: Final = "unembeddable"
"""In a text: making tokens of it kills."""


def make_deadly() -> None:
    """Let the decoder of pictures and the tokenizer die of what is marked."""
    read_words = PngImagePlugin.PngStream.chunk_tEXt
    tokens = TextSteps.arrays

    def chunk(self: PngImagePlugin.PngStream, position: int, length: int) -> bytes:
        read = read_words(self, position, length)
        if PICTURE.encode() in read:
            die()
        return read

    def arrays(self: TextSteps, texts: Sequence[str], purpose: Purpose) -> tuple[Ids, Ids]:
        if any(TEXT in text for text in texts):
            die()
        return tokens(self, texts, purpose)

    PngImagePlugin.PngStream.chunk_tEXt = chunk  # type: ignore[method-assign]
    TextSteps.arrays = arrays  # type: ignore[method-assign]


def die() -> None:
    """End as of a segmentation fault: nothing of ours runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    make_deadly()
    main()
