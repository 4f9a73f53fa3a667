"""The ingest flow on the real database, vector store and media folder."""
