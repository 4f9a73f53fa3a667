"""Real servers for the tests that back a stack up."""

from tests.servers.fixtures import milvus_url, postgres_server_url, postgres_url, s3_url

__all__ = ["milvus_url", "postgres_server_url", "postgres_url", "s3_url"]
