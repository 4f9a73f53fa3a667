"""Backing an installation up into a folder, and bringing it back from there."""
