"""Drawings of the sample catalog as training data; rendered once and kept."""


class Drawings:
    """Placeholder"""
