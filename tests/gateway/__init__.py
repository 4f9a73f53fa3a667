"""Checks of the HTTP side."""
