"""Our contents in the models' words, and the models' refusals in ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from models import base
from services.core.errors import FieldProblem, InputError, MediaRefused
from services.core.types.vectors import Content, EmbedderInfo

_REASONS: Final = {
    "empty": "empty_file",
    "unknown_format": "unsupported_type",
    "too_many_pixels": "too_many_pixels",
    "too_long": "too_long",
    "too_many_tokens": "too_many_tokens",
    "too_many_streams": "too_many_streams",
    "no_sound": "no_sound",
    "no_pictures": "no_pictures",
}
"""The reasons of `UnreadableMedia` in the words of docs/errors.md; the rest is damage."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

Able = Callable[[str], Sequence[str]]
"""From a modality to the embedders at hand that can embed it."""


def check_dimensions(dimensions: int | None, info: EmbedderInfo) -> int:
    """The length to return. Raises InputError unless the embedder offers it."""
    if dimensions is None:
        return info.dimensions[0]
    if dimensions not in info.dimensions:
        offered = ", ".join(str(each) for each in info.dimensions)
        raise InputError.at("dimensions", f"{info.name} offers {offered}")
    return dimensions


def convert(contents: Sequence[Content], info: EmbedderInfo, *, able: Able) -> list[base.Content]:
    """The same contents for a model. Raises InputError naming the first that it cannot embed."""
    converted = [
        base.Content(
            text=each.text,
            image=each.image,
            audio=each.audio,
            video=each.video,
            start_s=each.start_s,
            end_s=each.end_s,
            frames=each.frames,
            sound=each.sound,
        )
        for each in contents
    ]
    for position, content in enumerate(converted):
        _check(content, info, field=f"contents[{position}]", able=able)
    return converted


def refused(error: base.UnreadableMedia, content: base.Content, *, row: int) -> MediaRefused:
    """The refusal of a medium that the model could not read."""
    media = [kind for kind in content.modalities() if kind is not base.Modality.TEXT]
    kind = media[0] if media else base.Modality.IMAGE
    damage = "corrupt_image" if kind is base.Modality.IMAGE else "corrupt_recording"
    problem = FieldProblem(f"contents[{row}].{kind}", str(error))
    reason = _REASONS.get(error.reason, damage)
    return MediaRefused(str(error), reason=reason, fields=(problem,))


def check_text(text: str | None, *, field: str) -> None:
    """Raise InputError for a text that says nothing or is none."""
    if text is not None and not text.strip():
        raise InputError.at(field, "must not be blank")
    if text is not None and _SURROGATE.search(text):
        raise InputError.at(field, "holds half of a surrogate pair, which is no text")


def unsupported(error: base.UnsupportedContent) -> InputError:
    """The refusal of a content that the model itself would not take."""
    return InputError.at("contents", str(error))


def _check(content: base.Content, info: EmbedderInfo, *, field: str, able: Able) -> None:
    present = content.modalities()
    if not present:
        raise InputError.at(field, "has nothing to embed")
    check_text(content.text, field=f"{field}.text")
    for kind in present:
        if kind not in info.modalities:
            raise InputError.at(f"{field}.{kind}", _cannot(kind, info, able=able))
    if len(present) > 1 and not (info.joint and present == base.JOINED):
        together = "text and image together, or one of" if info.joint else "one at a time of"
        offered = ", ".join(sorted(info.modalities))
        raise InputError.at(field, f"has several parts; {info.name} embeds {together} {offered}")
    if content.start_s < 0 or (content.end_s is not None and content.end_s <= content.start_s):
        raise InputError.at(f"{field}.end_s", "must be after start_s, which must not be negative")
    if content.frames < 1:
        raise InputError.at(f"{field}.frames", "must be at least 1")


def _cannot(kind: str, info: EmbedderInfo, *, able: Able) -> str:
    others = able(kind)
    advice = (
        f"{', '.join(others)} can"
        if others
        else "no configured embedder can; `margay models list` names others"
    )
    return f"cannot be embedded by {info.name}; {advice}"
