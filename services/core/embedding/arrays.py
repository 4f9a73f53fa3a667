"""Vectors and scores in a message: little-endian float32 in base64, checked before use."""

from __future__ import annotations

import base64
import binascii

import numpy as np
from numpy.typing import NDArray

from services.core.embedding.reading import Broken, fields_of, text_of, whole_of
from services.core.types.documents import Json
from services.core.types.vectors import Matrix
from services.core.vectors import check_unit


def write_vectors(vectors: Matrix) -> dict[str, Json]:
    """Float32 [n, d] as JSON."""
    rows, width = vectors.shape
    return {"rows": rows, "width": width, "vectors": _written(vectors)}


def read_vectors(value: Json, *, rows: int, width: int) -> Matrix:
    """Float32 [rows, width], finite and of unit length. Raises Broken for anything else."""
    given = fields_of(value, "answer", {"rows", "width", "vectors"})
    shape = whole_of(given["rows"], "answer.rows"), whole_of(given["width"], "answer.width")
    if shape != (rows, width):
        raise Broken(f"vectors of shape {shape} came where {(rows, width)} were asked for")
    matrix = _read(text_of(given["vectors"], "answer.vectors"), count=rows * width)
    matrix = matrix.reshape(rows, width)
    try:
        check_unit(matrix, dimensions=width)
    except ValueError as error:
        raise Broken(str(error)) from error
    return matrix


def write_scores(scores: NDArray[np.float32]) -> Json:
    """Float32 [n] as JSON."""
    return _written(scores)


def read_scores(value: Json, *, count: int) -> NDArray[np.float32]:
    """Float32 [count], finite. Raises Broken for anything else."""
    scores = _read(text_of(value, "answer.scores"), count=count)
    if not np.isfinite(scores).all():
        raise Broken("a score is not finite")
    return scores


def _written(array: NDArray[np.float32]) -> str:
    return base64.b64encode(array.astype("<f4").tobytes()).decode()


def _read(text: str, *, count: int) -> NDArray[np.float32]:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Broken("what should be numbers is no base64") from error
    if len(data) != 4 * count:
        raise Broken(f"{len(data)} bytes came where {4 * count} were due")
    return np.frombuffer(data, dtype="<f4").astype(np.float32)
