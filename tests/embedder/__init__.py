"""Tests of the embedder runtime."""
