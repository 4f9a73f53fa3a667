"""The vector index on Milvus: an embedded Milvus Lite file or a Milvus server."""
