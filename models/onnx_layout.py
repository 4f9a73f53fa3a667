"""The layout of ONNX exports on the hub: `onnx/text_model*.onnx`, `onnx/vision_model*.onnx`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models import onnx_folder
from models.base import ModelError

CONFIG = "config.json"
SMALL_FILES: Final = (
    CONFIG,
    "preprocessor_config.json",
    "processor_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
)
VARIANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "fp32": ("",),
    "fp16": ("_fp16",),
    "int8": ("_int8", "_quantized"),
    "uint8": ("_uint8",),
    "q4": ("_q4",),
    "q4f16": ("_q4f16",),
    "bnb4": ("_bnb4",),
}
"""How exports of one network are told apart: the end of the file's name, the first that exists."""


@dataclass(frozen=True, slots=True)
class Family:
    """The habits of a kind of dual encoder, for what its files leave open."""

    max_tokens: int
    pad_to_max: bool
    masks: bool
    """Whether attention leaves out the padding."""
    lower_case: bool
    patch: int
    class_token: bool
    text_outputs: tuple[str, ...]
    image_outputs: tuple[str, ...]


_CLIP: Final = Family(
    max_tokens=77,
    pad_to_max=False,
    masks=True,
    lower_case=False,
    patch=32,
    class_token=True,
    # Its pooled output is not yet projected into the space that text and pictures share.
    text_outputs=("text_embeds",),
    image_outputs=("image_embeds",),
)
_SIGLIP: Final = Family(
    max_tokens=64,
    pad_to_max=True,
    masks=False,
    lower_case=True,
    patch=16,
    class_token=False,
    text_outputs=("text_embeds", "pooler_output"),
    image_outputs=("image_embeds", "pooler_output"),
)
FAMILIES: Final[Mapping[str, Family]] = {"clip": _CLIP, "siglip": _SIGLIP, "siglip2": _SIGLIP}
"""By `model_type` of `config.json`; SigLIP 2 of fixed resolution calls itself siglip."""


@dataclass(frozen=True, slots=True)
class Export:
    """One variant of an exported dual encoder; `text` and `vision` are parts of `config.json`."""

    kind: str
    family: Family
    variant: str
    text_model: Path
    vision_model: Path
    text: Mapping[str, Any]
    vision: Mapping[str, Any]

    def picture_tokens(self, *, height: int, width: int) -> int:
        """Patches of one picture, and the class token where there is one."""
        patch = self.vision.get("patch_size")
        side = patch if type(patch) is int and patch > 0 else self.family.patch
        return (height // side) * (width // side) + int(self.family.class_token)


def found(folder: Path) -> bool:
    """Whether the folder has this layout; one with `margay.toml` has ours."""
    return (folder / CONFIG).is_file() and not (folder / onnx_folder.CONFIG).is_file()


def read(folder: Path, *, variant: str | None = None) -> Export:
    """The export in a folder.

    Without `variant` the plain one (fp32) if it is there, else the only one. Raises `ModelError`
    for a variant that is not there, several to choose from, or a kind of model we do not run.
    """
    config = read_json(folder / CONFIG)
    kind = str(config.get("model_type"))
    if kind not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise ModelError(f"{CONFIG}: model_type: {kind} is none of {known}")
    chosen, text_model, vision_model = _choose(folder, variant)
    return Export(
        kind=kind,
        family=FAMILIES[kind],
        variant=chosen,
        text_model=text_model,
        vision_model=vision_model,
        text=_part(config, "text_config"),
        vision=_part(config, "vision_config"),
    )


def files(folder: Path, *, variant: str | None = None) -> tuple[str, ...]:
    """Every file, relative to `folder`, that the vectors of that variant depend on."""
    export = read(folder, variant=variant)
    networks = [
        path
        for model in (export.text_model, export.vision_model)
        # Weights beyond two gigabytes lie beside the graph, in one file or in numbered ones.
        for path in sorted(model.parent.glob(f"{model.name}*"))
        if path == model or path.name.startswith(f"{model.name}_data")
    ]
    small = [folder / name for name in SMALL_FILES if (folder / name).is_file()]
    return tuple(path.relative_to(folder).as_posix() for path in [*small, *networks])


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises `ModelError` if it is missing or is none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path.name} is missing from {path.parent}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise ModelError(f"{path.name} holds no JSON object")
    return values


def _part(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = config.get(key)
    return part if isinstance(part, dict) else {}


def _choose(folder: Path, variant: str | None) -> tuple[str, Path, Path]:
    """Name of the variant, text model, vision model."""
    found = _found(folder)
    if not found:
        raise ModelError(
            f"{folder} holds no onnx/text_model*.onnx with its onnx/vision_model*.onnx"
        )
    if variant is None and len(found) > 1 and "fp32" not in found:
        listed = ", ".join(found)
        raise ModelError(f"{folder} holds several variants ({listed}); write a card that names one")
    chosen = variant or ("fp32" if "fp32" in found else next(iter(found)))
    if chosen not in found:
        listed = ", ".join(found)
        raise ModelError(f"variant: {folder} has {listed}, not {chosen}")
    return chosen, *found[chosen]


def _found(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Text and vision model of every complete variant."""
    root = folder / "onnx" if (folder / "onnx").is_dir() else folder
    return {
        variant: (root / f"text_model{suffix}.onnx", root / f"vision_model{suffix}.onnx")
        for variant, suffixes in VARIANTS.items()
        for suffix in reversed(suffixes)
        if (root / f"text_model{suffix}.onnx").is_file()
        and (root / f"vision_model{suffix}.onnx").is_file()
    }
