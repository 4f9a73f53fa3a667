"""How the S3 client is set up for a bucket of media: quick to give up, one request a call."""

from __future__ import annotations

from typing import Any, Final

from services.core.settings import Stores

SCHEME: Final = "s3://"
CONNECT_S: Final = 1.5
READ_S: Final = 8.0
"""Of silence: a large file may take longer."""
TRIES: Final = 3
"""Connecting anew, and errors of the server (5xx) that Amazon's documents tell to try again."""
HOME_REGION: Final = "us-east-1"
"""What servers other than Amazon's go by, and the one region that a new bucket must not name."""
_CONNECTIONS: Final = 32


def options(stores: Stores) -> dict[str, Any]:
    """What s3fs is opened with; nothing where media do not lie in a bucket.

    Without keys it looks where Amazon's tools do (environment, role of the machine).
    """
    if not stores.resolved_media_url().startswith(SCHEME):
        return {}
    endpoint = stores.s3_endpoint or None
    config: dict[str, Any] = {
        "connect_timeout": CONNECT_S,
        "read_timeout": READ_S,
        "max_pool_connections": _CONNECTIONS,
        "retries": {"total_max_attempts": TRIES, "mode": "standard"},
    }
    if endpoint is not None:
        # Other servers than Amazon's have no name for every bucket, and not all know checksums
        # that come behind the data.
        config["s3"] = {"addressing_style": "path"}
        config["request_checksum_calculation"] = "when_required"
        config["response_checksum_validation"] = "when_required"
    region = stores.s3_region or (HOME_REGION if endpoint else None)
    return {
        "endpoint_url": endpoint,
        "key": stores.s3_access_key.get_secret_value() or None,
        "secret": stores.s3_secret_key.get_secret_value() or None,
        "client_kwargs": {"region_name": region} if region else {},
        "config_kwargs": config,
        "max_concurrency": 1,  # otherwise a download first asks how long it is
        "use_listings_cache": False,
        # One of its own: it has a thread, and a fork would share it.
        "skip_instance_cache": True,
    }
