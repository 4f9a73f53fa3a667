"""Tests of the adapter to vision language models."""
