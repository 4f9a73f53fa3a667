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


def compose(query: bytes | None, candidates: Sequence[bytes | None], *, cell: int = CELL) -> bytes:
    """A JPEG with candidate `i` under the number `i + 1`, row by row, and the query on the left.

    `query` and `candidates` are pictures of ours, encoded; None is an empty grey cell. Nine
    candidates at 300 pixels a cell give 1200 x 900; without a query 900 x 900. Raises ValueError
    for no or more than 16 candidates, and for cells too small for their numbers.
    """
    if not 1 <= len(candidates) <= MAX_CANDIDATES or cell < MIN_CELL:
        raise ValueError(
            f"1 to {MAX_CANDIDATES} candidates in cells of at least {MIN_CELL} pixels, "
            f"not {len(candidates)} of {cell}"
        )
    across = side(len(candidates))
    left = 0 if query is None else cell
    canvas = Image.new("RGB", (left + across * cell, across * cell), _WHITE)
    if query is not None:
        _draw_query(canvas, query, cell)
    for place, picture in enumerate(candidates):
        row, column = divmod(place, across)
        _draw_candidate(canvas, picture, place + 1, (left + column * cell, row * cell), cell)
    file = io.BytesIO()
    canvas.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _draw_query(canvas: Image.Image, picture: bytes, cell: int) -> None:
    banner = cell // 5
    top = (canvas.height - cell - banner) // 2
    border = max(4, cell // 30)
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, top, cell - 1, top + banner + cell - 1), fill=_BLUE)
    draw.text(
        (cell / 2, top + banner / 2), "QUERY", fill=_WHITE, font=_font(banner * 3 // 4), anchor="mm"
    )
    room = cell - 2 * border
    _paste(canvas, picture, (border, top + banner), room, cell - border)


def _draw_candidate(
    canvas: Image.Image, picture: bytes | None, number: int, corner: tuple[int, int], cell: int
) -> None:
    left, top = corner
    draw = ImageDraw.Draw(canvas)
    _paste(canvas, picture, (left + 2, top + 2), cell - 4, cell - 4)
    draw.rectangle((left, top, left + cell - 1, top + cell - 1), outline=_LINE, width=2)
    font = _font(cell // 7)
    width = draw.textlength(str(number), font=font)
    label = (left + 2, top + 2, left + 2 + width + cell // 15, top + 2 + cell // 6)
    draw.rectangle(label, fill=_WHITE, outline=_RED, width=2)
    middle = ((label[0] + label[2]) / 2, (label[1] + label[3]) / 2)
    draw.text(middle, str(number), fill=_RED, font=font, anchor="mm")


def _paste(
    canvas: Image.Image, picture: bytes | None, corner: tuple[int, int], width: int, height: int
) -> None:
    """Letter-boxed into its room: never stretched, never cut."""
    left, top = corner
    opened = None if picture is None else _open(picture, max(width, height))
    if opened is None:
        ImageDraw.Draw(canvas).rectangle((left, top, left + width - 1, top + height - 1), _GREY)
        return
    factor = min(width / opened.width, height / opened.height)
    size = (max(1, round(opened.width * factor)), max(1, round(opened.height * factor)))
    fitted = opened.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    ImageDraw.Draw(canvas).rectangle((left, top, left + width - 1, top + height - 1), _WHITE)
    canvas.paste(fitted, (left + (width - size[0]) // 2, top + (height - size[1]) // 2))


def _open(picture: bytes, enough: int) -> Image.Image | None:
    """None for what cannot be decoded: a candidate without a picture is still a candidate."""
    try:
        opened: Image.Image = Image.open(io.BytesIO(picture), formats=("JPEG", "PNG", "WEBP"))
        opened.draft("RGB", (enough, enough))
        return opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
