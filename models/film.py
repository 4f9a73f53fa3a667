"""Takes pictures out of a film for a model: evenly spread, upright, RGB."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from PIL import Image

from models import recording
from models.base import UnreadableMedia

MAX_COUNT: Final = 64
"""Pictures of one range."""
MAX_DECODED: Final = 40_000
"""Frames decoded for one range: ten minutes at 60 a second, and a bit."""
STILL_S: Final = 0.04
"""How long a single picture is taken to be on the screen."""
RESEEK_S: Final = 8.0
"""A gap longer than this is jumped, not decoded through."""

_UPRIGHT: Final = {
    # What the file says of (x right, y right, x down, y down) and how Pillow does it.
    (1, 0, 0, 1): None,
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
}


def frames(
    data: bytes,
    *,
    count: int,
    start_s: float = 0.0,
    end_s: float | None = None,
    enough: int | None = None,
) -> list[Image.Image]:
    """`count` upright RGB pictures, each from the middle of one of `count` equal parts of a range.

    A range that goes beyond the film ends with it; a film with fewer pictures repeats them.
    `enough` is the shorter side in pixels that the caller needs: larger pictures come at twice
    that. Raises `UnreadableMedia` with reason `empty`, `unknown_format`, `too_long`,
    `too_many_streams`, `no_pictures` (also for a range after the end), `too_many_pixels` or
    `damaged`, and ValueError unless `count` is 1 to 64.
    """
    if not 1 <= count <= MAX_COUNT:
        raise ValueError(f"count: {count} is not 1 to {MAX_COUNT}")
    recording.check_range(start_s, end_s, kind="video")
    with recording.opened(data, kind="video") as container:
        found = recording.stream(container, "video")
        if found is None:
            raise UnreadableMedia("no_pictures", "there are no pictures in the recording")
        moments = _moments(container, found, count=count, start_s=start_s, end_s=end_s)
        aspect = float(found.codec_context.sample_aspect_ratio or 1)
        return [
            _picture(frame, aspect=aspect, enough=enough)
            for frame in _at(container, found, moments)
        ]


def length_s(data: bytes, *, start_s: float = 0.0, end_s: float | None = None) -> float:
    """How many seconds of a range the film covers, > 0. Raises `UnreadableMedia` as `frames`."""
    with recording.opened(data, kind="video") as container:
        found = recording.stream(container, "video")
        if found is None:
            raise UnreadableMedia("no_pictures", "there are no pictures in the recording")
        whole_s = recording.length_s(container, found)
    covered_s = (whole_s if end_s is None else min(end_s, whole_s)) - start_s
    return covered_s if covered_s > 0 else STILL_S


def _moments(
    container: Any, found: Any, *, count: int, start_s: float, end_s: float | None
) -> list[float]:
    """The seconds to look at: a single picture may have no length at all."""
    length_s = recording.length_s(container, found)
    if start_s > 0 and start_s >= length_s:
        raise UnreadableMedia("no_pictures", f"the video ends before {start_s:g} s")
    end_s = length_s if end_s is None else min(end_s, length_s)
    recording.check_range(start_s, end_s, kind="video")
    part_s = max(0.0, end_s - start_s) / count
    return [start_s + part_s * (number + 0.5) for number in range(count)]


def _at(container: Any, found: Any, moments: list[float]) -> Iterator[Any]:
    """The frame on the screen at each of the rising `moments`."""
    timed = _timed(container, found, from_s=moments[0])
    now_s, now = next(timed, (0.0, None))
    if now is None:
        raise UnreadableMedia("no_pictures", "no picture could be decoded from the video")
    ahead = next(timed, None)
    for moment_s in moments:
        if ahead is not None and moment_s - now_s > RESEEK_S:
            timed = _timed(container, found, from_s=moment_s)
            now_s, now = next(timed, (now_s, now))
            ahead = next(timed, None)
        while ahead is not None and ahead[0] <= moment_s:
            now_s, now = ahead
            ahead = next(timed, None)
        yield now


def _timed(container: Any, found: Any, *, from_s: float) -> Iterator[tuple[float, Any]]:
    origin_s = recording.origin_s(container)
    time_s = 0.0
    for number, frame in enumerate(recording.decoded(container, found, from_s=from_s)):
        if number >= MAX_DECODED:
            raise UnreadableMedia(
                "too_long", f"the range has more than {MAX_DECODED} pictures to decode"
            )
        recording.check_pixels(frame.width, frame.height)
        if frame.time is not None:
            time_s = frame.time - origin_s
        yield time_s, frame


def _picture(frame: Any, *, aspect: float, enough: int | None) -> Image.Image:
    width, height = _size(frame, aspect=aspect, enough=enough)
    smooth = "AREA" if width * height < frame.width * frame.height else "BICUBIC"
    array = frame.reformat(width, height, format="rgb24", interpolation=smooth).to_ndarray()
    picture = Image.fromarray(np.ascontiguousarray(array))
    turn = _UPRIGHT.get(_matrix(frame))
    return picture if turn is None else picture.transpose(turn)


def _size(frame: Any, *, aspect: float, enough: int | None) -> tuple[int, int]:
    """Width and height to scale to: square pixels, and not many more than are needed."""
    wide = frame.width * (aspect if 0.1 < aspect < 10 else 1.0)
    shorter = min(wide, frame.height)
    scale = 1.0 if enough is None else min(1.0, 2 * enough / shorter)
    width, height = max(1, round(wide * scale)), max(1, round(frame.height * scale))
    recording.check_pixels(width, height)
    return width, height


def _matrix(frame: Any) -> tuple[int, int, int, int]:
    """The signs of the display matrix: how a phone says that it was held upright."""
    found = frame.side_data.get("DISPLAYMATRIX")
    if found is None or len(bytes(found)) < 36:
        return 1, 0, 0, 1
    numbers = np.frombuffer(bytes(found), dtype=np.int32) / (1 << 16)
    a, b, _, c, d = (round(float(number)) for number in numbers[:5])
    return a, b, c, d
