"""The words of a text, as SQL is asked for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"\w+")


def words(texts: Iterable[str]) -> list[str]:
    """Each word once, folded, first asked first; single letters only where there is nothing else.

    A letter is somewhere in nearly every text. A script without spaces gives one long word.
    """
    found = [word for text in texts for word in _WORD.findall(text.casefold())]
    telling = [word for word in found if len(word) > 1 or not word.isascii()]
    return list(dict.fromkeys(telling or found))
