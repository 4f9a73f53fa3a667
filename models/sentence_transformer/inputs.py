"""Turns contents into what Sentence Transformers takes: words, pictures, samples and frames."""

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps

from models import film, pixels, sound
from models.base import Content, Modality, UnreadableMedia

VERSION: Final = 1
"""Raise it when the same contents would give the model something else."""
MAX_ASPECT: Final = 50
"""Longer strips get white margins: some processors refuse them."""
FRAME_SIDE: Final = 512
"""Shorter side of a frame that no tower here sees more of."""
SHORTEST_S: Final = 0.1
"""Shorter sounds end with silence: convolutions need a few frames."""
USUAL_RATE: Final = 16_000
MEDIA_TOKENS: Final = (
    "image_token", "video_token", "audio_token", "boi_token", "eoi_token", "boa_token",
    "eoa_token", "vision_start_token", "vision_end_token",
)  # fmt: skip
"""Attributes of a processor that name the words standing for media."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How one model wants its inputs.

    A text goes in under its own key: a bare string that looks like an address or a path would be
    opened as the file it names.
    """

    rate: int
    """Samples a second of sounds."""
    frames: int
    """Fewest frames of a video."""
    hears_video: bool
    words: re.Pattern[str] | None
    """What must not stand in a text, for it would be taken for a picture or a sound."""

    def read(self, content: Content) -> dict[str, Any]:
        """A dictionary by modality. Media are decoded here; raises `UnreadableMedia`."""
        found: dict[str, Any] = {}
        if content.image is not None:
            found[Modality.IMAGE] = _picture(content.image)
        if content.text is not None:
            found[Modality.TEXT] = self._plain(content.text)
        if content.audio is not None:
            found[Modality.AUDIO] = self._sound(content.audio, content)
        if content.video is not None:
            found[Modality.VIDEO] = self._film(content.video, content)
            track = self._track(content.video, content)
            if track is not None:
                found[Modality.AUDIO] = track
        return {str(modality): value for modality, value in found.items()}

    def _plain(self, text: str) -> str:
        if self.words is None:
            return text
        # A space after the first letter is enough to make it ordinary words.
        return self.words.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)

    def _sound(self, data: bytes, content: Content) -> dict[str, Any]:
        samples = sound.decode(data, rate=self.rate, start_s=content.start_s, end_s=content.end_s)
        silence = max(0, round(SHORTEST_S * self.rate) - len(samples))
        return {"array": np.pad(samples, (0, silence)), "sampling_rate": self.rate}

    def _track(self, data: bytes, content: Content) -> dict[str, Any] | None:
        """The sound of a video, if it is wanted, can be heard and is there."""
        if not (self.hears_video and content.sound and sound.has_sound(data)):
            return None
        try:
            return self._sound(data, content)
        except UnreadableMedia as error:
            if error.reason != "no_sound":
                raise
            return None  # the track ends before this range

    def _film(self, data: bytes, content: Content) -> dict[str, Any]:
        count = max(content.frames, self.frames)
        length_s = film.length_s(data, start_s=content.start_s, end_s=content.end_s)
        taken = film.frames(
            data,
            count=count,
            start_s=content.start_s,
            end_s=content.end_s,
            enough=FRAME_SIDE,
        )
        metadata = {
            "fps": count / length_s,
            "total_num_frames": count,
            "duration": length_s,
            "frames_indices": list(range(count)),
        }
        return {"array": [_not_too_long(each) for each in taken], "video_metadata": metadata}


def reader(model: Any, *, hears_video: bool) -> Reader:
    """The reader that fits a loaded model."""
    processor = getattr(model[0], "processor", None)
    extractor = getattr(processor, "feature_extractor", None)
    video = getattr(processor, "video_processor", None)
    together = getattr(video, "temporal_patch_size", 1)
    tokens = {getattr(processor, name, None) for name in MEDIA_TOKENS}
    literal = sorted(re.escape(token) for token in tokens if isinstance(token, str) and token)
    return Reader(
        rate=getattr(extractor, "sampling_rate", None) or USUAL_RATE,
        frames=together if isinstance(together, int) else 1,
        hears_video=hears_video,
        words=re.compile("|".join(literal)) if literal else None,
    )


def _picture(data: bytes) -> Image.Image:
    return _not_too_long(pixels.decode(data))


def _not_too_long(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    least = -(-max(width, height) // MAX_ASPECT)
    if min(width, height) >= least:
        return picture
    size = (max(width, least), max(height, least))
    canvas = Image.new("RGB", size, "white")
    canvas.paste(ImageOps.contain(picture, size), ((size[0] - width) // 2, (size[1] - height) // 2))
    return canvas
