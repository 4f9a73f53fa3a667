"""Sounds are decoded to one channel, in the range asked for, or refused with a reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import recording, sound
from models.base import UnreadableMedia
from tests.models import recordings

PLAYLIST = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
REASONS = {
    "empty", "unknown_format", "too_long", "too_many_streams", "no_sound", "no_pictures",
    "too_many_pixels", "damaged",
}  # fmt: skip
FORMATS = ("wav", "ogg", "mp3", "mp4")
TONES = {format: recordings.sound(2.0, 440.0, format) for format in FORMATS}
RATE = 16_000


def loudest_hz(samples: np.ndarray, rate: int) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples))


@pytest.mark.parametrize("format", FORMATS)
def test_a_tone_keeps_its_pitch_and_loudness(format: str) -> None:
    samples = sound.decode(TONES[format], rate=RATE)
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert len(samples) == pytest.approx(2 * RATE, rel=0.02)
    assert loudest_hz(samples, RATE) == pytest.approx(440, abs=1)
    assert np.abs(samples[RATE // 2 : RATE]).max() == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_any_rate_can_be_had(rate: int) -> None:
    samples = sound.decode(TONES["wav"], rate=rate, end_s=1.0)
    assert len(samples) == rate
    assert loudest_hz(samples, rate) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("format", FORMATS)
def test_a_range_is_the_slice_of_the_whole(format: str) -> None:
    whole = sound.decode(TONES[format], rate=RATE)
    part = sound.decode(TONES[format], rate=RATE, start_s=0.75, end_s=1.25)
    assert len(part) == RATE // 2
    assert np.abs(part - whole[12_000:20_000]).max() < 0.03


def test_a_range_beyond_the_end_is_cut_short() -> None:
    assert len(sound.decode(TONES["wav"], rate=RATE, start_s=1.5, end_s=9.0)) == RATE // 2


def test_the_last_range_may_be_very_short() -> None:
    assert len(sound.decode(TONES["wav"], rate=RATE, start_s=1.99, end_s=9.0)) == RATE // 100


def test_the_sound_track_of_a_film_is_heard() -> None:
    samples = sound.decode(recordings.film(1.0), rate=RATE)
    assert loudest_hz(samples, RATE) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_a_sound_that_begins_after_the_pictures_is_heard_where_it_is(format: str) -> None:
    data = recordings.film(4.0, sound_begins_s=2.0, sound_s=2.0, format=format)
    whole = sound.decode(data, rate=RATE, end_s=4.0)
    assert np.abs(whole[: int(1.9 * RATE)]).max() < 0.01
    assert np.abs(whole[int(2.2 * RATE) : 3 * RATE]).max() > 0.4
    before = sound.decode(data, rate=RATE, start_s=0.5, end_s=1.5)
    assert len(before) == RATE
    assert np.abs(before).max() < 0.01


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_a_sound_is_heard_while_there_is_no_picture_yet(format: str) -> None:
    data = recordings.film(2.0, begins_s=5.0, sound_s=3.0, format=format)
    samples = sound.decode(data, rate=RATE, start_s=1.0, end_s=2.0)
    assert len(samples) == RATE
    assert np.abs(samples).max() > 0.4


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_whether_there_is_sound_is_known(format: str) -> None:
    assert sound.has_sound(recordings.film(0.5, format=format))
    assert not sound.has_sound(recordings.film(0.5, sound=False, format=format))


@pytest.mark.parametrize(
    ("data", "range_s", "reason"),
    [
        (b"", (0.0, None), "empty"),
        (b"no sound at all", (0.0, None), "unknown_format"),
        (PLAYLIST, (0.0, None), "unknown_format"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", (0.0, None), "unknown_format"),
        (TONES["wav"][:60], (0.0, None), "damaged"),
        (TONES["wav"], (2.5, 3.0), "no_sound"),
        (recordings.sound(0.01), (0.0, None), "no_sound"),
        (TONES["wav"], (0.0, 601.0), "too_long"),
        (recordings.film(0.5, sound=False), (0.0, None), "no_sound"),
    ],
    ids=[
        "empty", "text", "playlist", "concat", "cut", "after the end", "a click", "too long",
        "silent film",
    ],
)  # fmt: skip
def test_refuses_with_a_reason(data: bytes, range_s: tuple[float, float], reason: str) -> None:
    with pytest.raises(UnreadableMedia) as caught:
        sound.decode(data, rate=RATE, start_s=range_s[0], end_s=range_s[1])
    assert caught.value.reason == reason


def test_a_sound_without_an_end_is_not_decoded_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_RANGE_S", 1.0)
    with pytest.raises(UnreadableMedia) as caught:
        sound.decode(TONES["wav"], rate=RATE)
    assert caught.value.reason == "too_long"


def test_many_streams_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_STREAMS", 1)
    with pytest.raises(UnreadableMedia) as caught:
        sound.decode(recordings.film(0.5), rate=RATE)
    assert caught.value.reason == "too_many_streams"


@settings(max_examples=60, deadline=None)
@given(
    format=st.sampled_from(FORMATS),
    kept=st.floats(0, 1),
    at=st.floats(0, 1),
    noise=st.binary(max_size=64),
)
def test_broken_bytes_give_sound_or_our_error(
    format: str, kept: float, at: float, noise: bytes
) -> None:
    whole = TONES[format]
    start = round(at * len(whole))
    broken = (whole[:start] + noise + whole[start + len(noise) :])[: round(kept * len(whole))]
    try:
        samples = sound.decode(broken, rate=RATE, start_s=0.5, end_s=1.5)
    except UnreadableMedia as error:
        assert error.reason in REASONS  # noqa: PT017 - one of two good outcomes
    else:
        assert samples.dtype == np.float32
        assert np.isfinite(samples).all()
        assert 0 < len(samples) <= RATE
