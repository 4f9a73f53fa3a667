"""Everything Margay runs: the flows, their core, and the doors to them."""
