"""The figures of the stack's benchmark are held against their bars; its parts measure."""

import contextlib
import json
import socket
import threading

import pytest

from benchmarks import broker, device, http_load
from benchmarks.broker import Found, Ingest, RoundTrip
from benchmarks.http_load import Load
from models.base import Content
from models.base import Purpose as ModelPurpose
from tests.contract.embedder import EmbedderContract


def found(*, over_ms: float, per_s: float, device_s: float) -> Found:
    trips = {"in process": RoundTrip(1, 1, 2), "over the broker": RoundTrip(1, 1 + over_ms, 9)}
    return Found(trips, Load(per_s, 1, 2, 0), 100, Ingest(10, 20, 10.0, device_s))


def test_bars_are_met_at_their_limits_and_missed_beyond() -> None:
    good = found(over_ms=5, per_s=300, device_s=9)
    assert [bar.met for bar in good.bars()] == [True, True, True]
    bad = found(over_ms=5.1, per_s=299, device_s=8.9)
    assert [bar.met for bar in bad.bars()] == [False, False, False]
    assert json.loads(json.dumps(broker.as_dict(bad, "")))["broker"]["bars"][0]["met"] is False


def test_what_could_not_be_measured_is_said(capsys) -> None:
    broker.show(None, "needs Redis")
    assert "needs Redis" in capsys.readouterr().out
    assert broker.as_dict(None, "needs Redis") == {"broker_missing": "needs Redis"}


class TestTheDevice(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls) -> device.Device:
        return device.Device(0.0)

    def test_refuses_damaged_media(self) -> None:  # type: ignore[override]
        """It looks at no medium."""

    def test_its_pass_takes_as_long_as_its_contents(self, monkeypatch) -> None:
        slept = []
        monkeypatch.setattr(device.time, "sleep", slept.append)
        device.Device(20.0).embed([Content(text=each) for each in "abc"], ModelPurpose.QUERY)
        assert slept == [pytest.approx(0.06)]


def test_the_load_counts_answers_and_failures() -> None:
    statuses = iter([200] * 5 + [503] * 2 + [200] * 10_000)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve(connection: socket.socket) -> None:
            with connection, contextlib.suppress(ConnectionError):
                while connection.recv(1 << 16):
                    head = f"HTTP/1.1 {next(statuses)} Said\r\nContent-Length: 2\r\n\r\n".encode()
                    connection.sendall(head)
                    connection.sendall(b"{}")

        def accept() -> None:
            for _ in range(3):
                threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        load = http_load.run(server.getsockname(), "/", b"{}", key="k", clients=3, seconds=0.2)
    assert load.failures == 2
    assert load.per_s * 0.2 > 7
    assert load.p50_ms <= load.p95_ms
