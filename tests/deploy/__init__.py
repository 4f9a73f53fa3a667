"""Checks of the files that run and watch a stack."""
