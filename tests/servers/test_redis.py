"""A server of the tests keeps its port and what it was told through kills, stops and pauses."""

from __future__ import annotations

import pytest
import redis as client_of_redis

from tests.servers import redis

pytestmark = pytest.mark.stack


def test_a_killed_redis_comes_back_on_its_port_with_its_data() -> None:
    with redis.server() as server, client_of_redis.Redis.from_url(server.url) as client:
        client.set("told", "yes")
        server.kill()
        with pytest.raises(client_of_redis.ConnectionError):
            client.get("told")
        server.start()
        assert client.get("told") == b"yes"


def test_a_stopped_redis_comes_back_on_its_port_with_its_data() -> None:
    with redis.server() as server, client_of_redis.Redis.from_url(server.url) as client:
        client.set("told", "yes")
        server.stop()
        server.start()
        assert client.get("told") == b"yes"


def test_a_paused_redis_keeps_connections_and_answers_nothing() -> None:
    with (
        redis.server() as server,
        client_of_redis.Redis.from_url(server.url, socket_timeout=0.3) as client,
    ):
        client.ping()
        server.pause()
        with pytest.raises(client_of_redis.TimeoutError):
            client.ping()
        server.resume()
        assert client.ping()


def test_a_redis_without_the_password_is_refused() -> None:
    with redis.server() as server:
        address = server.url.replace(f":{redis.PASSWORD}@", "")
        with (
            client_of_redis.Redis.from_url(address) as client,
            pytest.raises(client_of_redis.AuthenticationError),
        ):
            client.ping()
