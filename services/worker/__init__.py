"""Celery workers: doors into the flows of ingestion and into the embedder."""
