"""The words of a description that may be HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

UNSEEN: Final = frozenset({"script", "style"})


def plain(raw: str) -> str:
    """The text that a reader would see, on one line: no tags, no entities, single spaces."""
    if "<" not in raw and "&" not in raw:
        return " ".join(raw.split())
    reader = _Reader()
    reader.feed(raw)
    reader.close()
    return " ".join(" ".join(reader.words).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._unseen += tag in UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in UNSEEN))

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)
