"""Tests of what a text is understood to ask for."""
