"""Checks of the watch: what it keeps, what it finds, and that it finds nothing where nothing is."""
