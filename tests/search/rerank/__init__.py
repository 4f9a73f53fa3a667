"""Tests of the reranking stages."""
