"""Checks of backing an installation up and bringing it back."""
