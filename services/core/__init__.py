"""Contracts and adapters: no web framework, no neural network."""
