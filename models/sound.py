"""Decodes the sound of a recording for a model: one channel, one rate, only the range asked for."""

from collections.abc import Iterator
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from models import recording
from models.base import UnreadableMedia

Samples = NDArray[np.float32]

PREROLL_S: Final = 0.2
"""Decoded before the range and dropped: most codecs need a few packets to settle."""
SETTLING_S: Final = 0.1
"""Codecs begin a little late; what begins later than that is a sound after a silence."""
SHORTEST_S: Final = 0.02
"""Of a whole sound: in less there is nothing to hear. The last range of one may be shorter."""
RATES: Final = (4_000, 768_000)
"""Sample rates of real recordings; others are a trick to make few bytes many samples."""


def decode(data: bytes, *, rate: int, start_s: float = 0.0, end_s: float | None = None) -> Samples:
    """Float32 `[samples]` in -1..1 at `rate` Hz, channels mixed to one, of `start_s` to `end_s`.

    Works on sounds and on the sound track of a film. The result is shorter than asked where the
    sound ends earlier, and silent until it begins. Raises `UnreadableMedia` with reason `empty`,
    `unknown_format`, `too_long`, `too_many_streams`, `no_sound` (also for a range after the end)
    or `damaged`.
    """
    recording.check_range(start_s, end_s, kind="sound")
    with recording.opened(data, kind="sound") as container:
        found = recording.stream(container, "audio")
        if found is None:
            raise UnreadableMedia("no_sound", "there is no sound in the recording")
        samples = _gathered(container, found, rate=rate, start_s=start_s, end_s=end_s)
    if not len(samples):
        raise UnreadableMedia("no_sound", f"the sound ends before {start_s:g} s")
    if start_s == 0 and len(samples) < _samples(SHORTEST_S, rate):
        raise UnreadableMedia("no_sound", f"the sound is shorter than {SHORTEST_S:g} s")
    return samples


def has_sound(data: bytes) -> bool:
    """Whether a recording has a sound track. Raises `UnreadableMedia` as `decode` does."""
    with recording.opened(data, kind="recording") as container:
        return recording.has(container, "audio")


def _gathered(
    container: Any, found: Any, *, rate: int, start_s: float, end_s: float | None
) -> Samples:
    wanted = _samples(recording.MAX_RANGE_S if end_s is None else end_s - start_s, rate)
    parts: list[Samples] = []
    skip: int | None = None
    have = 0
    for time_s, part in _resampled(container, found, rate=rate, from_s=start_s):
        if skip is None:
            skip = max(0, _samples(start_s - time_s, rate))
            late_s = time_s - start_s
            have = min(wanted, _samples(late_s, rate)) if late_s > SETTLING_S else 0
            parts.append(np.zeros(have, dtype=np.float32))
        dropped = min(skip, len(part))
        skip -= dropped
        parts.append(part[dropped:])
        have += len(part) - dropped
        if have > wanted and end_s is None:
            raise UnreadableMedia(
                "too_long", f"the sound is longer than {recording.MAX_RANGE_S:.0f} s"
            )
        if have >= wanted:
            break
    if not parts:
        raise UnreadableMedia("no_sound", f"no sound could be decoded from {start_s:g} s on")
    whole: Samples = np.concatenate(parts)[:wanted]
    if not np.isfinite(whole).all():
        raise UnreadableMedia("damaged", "the sound has samples that are no numbers")
    return whole.clip(-1.0, 1.0)


def _resampled(
    container: Any, found: Any, *, rate: int, from_s: float
) -> Iterator[tuple[float, Samples]]:
    """Parts of the sound, each with the time at which the first of all parts begins."""
    # Channels are mixed here, by their mean: the library's own mix of two is too loud by half.
    resampler = av.AudioResampler(format="fltp", rate=rate)
    first_s: float | None = None
    origin_s = recording.origin_s(container)
    for frame in recording.decoded(container, found, from_s=from_s - PREROLL_S):
        if not RATES[0] <= frame.sample_rate <= RATES[1]:
            raise UnreadableMedia("damaged", f"no sound has {frame.sample_rate} samples a second")
        if first_s is None:
            first_s = 0.0 if frame.time is None else frame.time - origin_s
        for part in resampler.resample(frame):
            yield first_s, part.to_ndarray().mean(axis=0)
    if first_s is not None:
        for part in resampler.resample(None):
            yield first_s, part.to_ndarray().mean(axis=0)


def _samples(seconds: float, rate: int) -> int:
    return round(seconds * rate)
