"""Mounted into the workers by compose.poison.yml only: one picture, or one text, ends the process.

Python imports it at its start. `CHAOS_POISON` says of what to die, `picture` (of decoding it) or
`text` (of making tokens of it): at once and by SIGKILL, as of a fault in a decoder or a driver.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any

PICTURE = b"deadly to whoever decodes it"
TEXT = "unembeddable"


def die() -> None:
    """End without a word; as the first process of a container SIGKILL by itself does nothing."""
    os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)


def die_of_pictures() -> None:
    """Let the reader of PNG die of a note in the metadata."""
    from PIL import PngImagePlugin

    read_words = PngImagePlugin.PngStream.chunk_tEXt

    def chunk(self: PngImagePlugin.PngStream, position: int, length: int) -> bytes:
        read = read_words(self, position, length)
        if PICTURE in read:
            die()
        return read

    PngImagePlugin.PngStream.chunk_tEXt = chunk  # type: ignore[method-assign, assignment]


def die_of_texts() -> None:
    """Let the tokenizer of dual encoders (the pocket embedder is one) die of a word."""
    from models.onnx_texts import TextSteps

    tokens = TextSteps.arrays

    def arrays(self: TextSteps, texts: Sequence[str], purpose: Any) -> Any:
        if any(TEXT in text for text in texts):
            die()
        return tokens(self, texts, purpose)

    TextSteps.arrays = arrays  # type: ignore[method-assign]


match os.environ.get("CHAOS_POISON"):
    case "picture":
        die_of_pictures()
    case "text":
        die_of_texts()
