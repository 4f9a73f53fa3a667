"""Media of questions on their way through a real Redis: read once, soon gone, on no disk."""

import pytest
import redis as client_of_redis

from services.core.errors import EmbedderDown
from services.core.queue.exchange import Exchange
from tests.core.embedding.fixtures import exchange_of
from tests.core.embedding.puppet import Puppet
from tests.servers import redis
from tests.servers.processes import wait_until

pytestmark = pytest.mark.stack


def test_a_blob_is_read_once_and_runs_out_by_itself(exchange: Exchange, puppet: Puppet) -> None:
    first, second = exchange.put_blobs([b"\x00\xff", b""], ttl_s=60)
    assert 0 < puppet.redis.pttl(f"margay:blob:{first}") <= 60_000
    assert (exchange.take_blob(first), exchange.take_blob(second)) == (b"\x00\xff", b"")
    with pytest.raises(EmbedderDown, match="gone"):
        exchange.take_blob(first)
    short = exchange.put_blob(b"x", ttl_s=0.001)
    wait_until(lambda: not puppet.redis.exists(f"margay:blob:{short}"), what="it runs out")


def test_a_blob_is_not_on_the_brokers_disk() -> None:
    with (
        redis.server() as server,
        exchange_of(server.url) as keeping,
        client_of_redis.Redis.from_url(server.url) as plain,
    ):
        plain.set("plain", "written down")
        blob = keeping.put_blob(b"a picture of somebody", ttl_s=600)
        assert plain.exists(f"margay:blob:{blob}")
        server.kill()
        server.start()
        assert plain.exists("plain")
        assert not plain.exists(f"margay:blob:{blob}")


def test_blobs_that_nobody_took_are_dropped(exchange: Exchange, puppet: Puppet) -> None:
    exchange.drop_blobs(exchange.put_blobs([b"a", b"b"], ttl_s=60))
    exchange.drop_blobs([])
    assert not puppet.redis.keys("margay:blob:*")
