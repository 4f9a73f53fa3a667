"""Simulated users of the sample shop: whether the statistics of experiments keep what they say."""
