"""Checks of the vector index on Milvus."""
