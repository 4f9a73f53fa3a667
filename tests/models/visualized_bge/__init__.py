"""Tests of Visualized BGE against the numbers of its reference."""
