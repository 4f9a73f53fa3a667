"""The one error that readers of data sets raise."""

from __future__ import annotations


class DatasetError(ValueError):
    """A data set cannot be read or written; the message names the file and the place."""
