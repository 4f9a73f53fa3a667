"""Writes the checksums of the exported files into the model's card."""

from pathlib import Path

from models import card, onnx_folder

HEADING = "[files]\n"


def write_checksums(path: Path, folder: Path) -> None:
    """Replace the `[files]` table, which stands last in the card at `path`."""
    kept = path.read_text(encoding="utf-8").split(HEADING)[0]
    lines = [f'"{name}" = "{card.sha256(folder / name)}"\n' for name in sorted(onnx_folder.FILES)]
    path.write_text(kept + HEADING + "".join(lines), encoding="utf-8")
