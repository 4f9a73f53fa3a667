"""Whole processes, started, used and killed as an operator would."""
