"""Tests of the neural models."""
