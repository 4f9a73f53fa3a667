"""Vectors for anybody: the shape that OpenAI's clients speak, plus pictures."""

from __future__ import annotations
