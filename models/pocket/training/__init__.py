"""How the pocket embedder was made: `python -m models.pocket.training`. Needs the `train` extra."""
