"""How the command line loads a model: the settings of this installation, with what is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from models.options import Device, LoadOptions, Precision
from services.core.checks import load_settings


def load_options(
    *, folder: Path | None = None, weights: Path | None = None, device: Device | None = None
) -> LoadOptions:
    """The settings' own, except for what is given here. Raises `SettingsError`."""
    settings = load_settings(os.environ)
    return LoadOptions(
        threads=settings.models.threads or None,
        device=device or Device(settings.models.device),
        precision=Precision(settings.models.precision),
        folder=folder or settings.models_folder(),
        weights=weights,
    )
