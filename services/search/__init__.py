"""The search flow: read pipeline.py first, each of its steps is one file with that name."""
