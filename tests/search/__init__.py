"""Tests of the search flow."""
