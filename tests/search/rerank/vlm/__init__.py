"""Tests of the stage of the vision language model."""
