"""Experiments on those who search: who sees what, and what the numbers say."""
