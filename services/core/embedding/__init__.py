"""The embedder, seen from a process without its models: calls over the broker."""
