"""Pocket: our own small text and image embedder, with how it was trained."""
