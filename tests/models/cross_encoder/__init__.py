"""Tests of cross-encoders, over tiny checkpoints of true architectures."""
