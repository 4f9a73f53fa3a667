"""One picture that shows the query and the numbered candidates to a vision language model.

    +-------+-------+-------+-------+
    | QUERY | 1     | 2     | 3     |
    | (blue)+-------+-------+-------+
    |       | 4     | 5     | 6     |
    +       +-------+-------+-------+
    |       | 7     | 8     | 9     |
    +-------+-------+-------+-------+

One grid costs such a model about as much as one picture. The marks follow the composite of the
Milvus bootcamp's multimodal_retrieval_amazon_reviews notebook, with pictures letter-boxed instead
of stretched and the word QUERY inside the picture instead of beyond its edge.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

MAX_CANDIDATES: Final = 16
CELL: Final = 300
MIN_CELL: Final = 120
_WHITE: Final = (255, 255, 255)
_BLUE: Final = (0, 70, 220)
_RED: Final = (215, 0, 20)
_GREY: Final = (225, 225, 225)
_LINE: Final = (0, 0, 0)
_QUALITY: Final = 85


def side(candidates: int) -> int:
    """How many cells a row has: the smallest square that holds them, 2 x 2 to 4 x 4."""
    return max(2, next(n for n in range(1, 5) if n * n >= candidates))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Pictures decoded and scaled to their cells once, to be put into a grid in any order."""

    query: Image.Image | None
    candidates: tuple[Image.Image | None, ...]
    cell: int
    has_query: bool

    def compose(self, places: Sequence[int]) -> bytes:
        """A JPEG with candidate `places[i]` under the number `i + 1`, row by row."""
        across = side(len(places))
        left = self.cell if self.has_query else 0
        canvas = Image.new("RGB", (left + across * self.cell, across * self.cell), _WHITE)
        if self.has_query:
            _draw_query(canvas, self.query, self.cell)
        for place, position in enumerate(places):
            row, column = divmod(place, across)
            corner = (left + column * self.cell, row * self.cell)
            _draw_candidate(canvas, self.candidates[position], place + 1, corner, self.cell)
        file = io.BytesIO()
        canvas.save(file, "JPEG", quality=_QUALITY)
        return file.getvalue()


def fit(
    query: bytes | None,
    candidates: Sequence[bytes | None],
    *,
    cell: int = CELL,
    pool: Executor | None = None,
) -> Fitted:
    """Decode and scale; side by side in `pool`, if there is one (decoding is most of the time).

    `query` and `candidates` are pictures of ours, encoded; None, or what cannot be decoded, is an
    empty grey cell. Raises ValueError for no or more than 16 candidates, and for cells too small
    for their numbers.
    """
    if not 1 <= len(candidates) <= MAX_CANDIDATES or cell < MIN_CELL:
        raise ValueError(
            f"1 to {MAX_CANDIDATES} candidates in cells of at least {MIN_CELL} pixels, "
            f"not {len(candidates)} of {cell}"
        )
    pictures = [query, *candidates]
    rooms = [_query_room(cell), *[(cell - 4, cell - 4)] * len(candidates)]
    done = map(_fitted, pictures, rooms) if pool is None else pool.map(_fitted, pictures, rooms)
    first, *others = done
    return Fitted(first, tuple(others), cell, query is not None)


def compose(query: bytes | None, candidates: Sequence[bytes | None], *, cell: int = CELL) -> bytes:
    """A JPEG with candidate `i` under the number `i + 1`, row by row, and the query on the left.

    Nine candidates at 300 pixels a cell give 1200 x 900; without a query 900 x 900. See `fit`.
    """
    return fit(query, candidates, cell=cell).compose(range(len(candidates)))


def _border(cell: int) -> int:
    return max(4, cell // 30)


def _query_room(cell: int) -> tuple[int, int]:
    border = _border(cell)
    return cell - 2 * border, cell - border


def _draw_query(canvas: Image.Image, picture: Image.Image | None, cell: int) -> None:
    banner = cell // 5
    top = (canvas.height - cell - banner) // 2
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, top, cell - 1, top + banner + cell - 1), fill=_BLUE)
    draw.text(
        (cell / 2, top + banner / 2), "QUERY", fill=_WHITE, font=_font(banner * 3 // 4), anchor="mm"
    )
    _paste(canvas, picture, (_border(cell), top + banner), _query_room(cell))


def _draw_candidate(
    canvas: Image.Image,
    picture: Image.Image | None,
    number: int,
    corner: tuple[int, int],
    cell: int,
) -> None:
    left, top = corner
    draw = ImageDraw.Draw(canvas)
    _paste(canvas, picture, (left + 2, top + 2), (cell - 4, cell - 4))
    draw.rectangle((left, top, left + cell - 1, top + cell - 1), outline=_LINE, width=2)
    font = _font(cell // 7)
    width = draw.textlength(str(number), font=font)
    label = (left + 2, top + 2, left + 2 + width + cell // 15, top + 2 + cell // 6)
    draw.rectangle(label, fill=_WHITE, outline=_RED, width=2)
    middle = ((label[0] + label[2]) / 2, (label[1] + label[3]) / 2)
    draw.text(middle, str(number), fill=_RED, font=font, anchor="mm")


def _paste(
    canvas: Image.Image,
    fitted: Image.Image | None,
    corner: tuple[int, int],
    room: tuple[int, int],
) -> None:
    """In the middle of its room."""
    (left, top), (width, height) = corner, room
    fill = _GREY if fitted is None else _WHITE
    if fitted is None or fitted.size != room:
        ImageDraw.Draw(canvas).rectangle((left, top, left + width - 1, top + height - 1), fill)
    if fitted is not None:
        middle = (left + (width - fitted.width) // 2, top + (height - fitted.height) // 2)
        canvas.paste(fitted, middle)


def _fitted(picture: bytes | None, room: tuple[int, int]) -> Image.Image | None:
    """Letter-boxed: never stretched, never cut. None for what cannot be decoded."""
    opened = None if picture is None else _open(picture, max(room))
    if opened is None:
        return None  # a candidate without a picture is still a candidate
    factor = min(room[0] / opened.width, room[1] / opened.height)
    size = (max(1, round(opened.width * factor)), max(1, round(opened.height * factor)))
    return opened.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _open(picture: bytes, enough: int) -> Image.Image | None:
    try:
        opened: Image.Image = Image.open(io.BytesIO(picture), formats=("JPEG", "PNG", "WEBP"))
        opened.draft("RGB", (enough, enough))
        opened.load()
        return opened if opened.mode == "RGB" else opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
