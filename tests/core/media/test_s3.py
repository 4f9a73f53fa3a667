"""The media store in a bucket: the contract, one request a call, and what an ailing server does."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest

from services.core.errors import InsufficientStorage, NotFound, SettingsError, Unavailable
from services.core.media.s3 import options
from services.core.media.store import FsspecMediaStore
from services.core.settings import Stores
from tests.contract.media_store import MediaStoreContract
from tests.servers import s3
from tests.servers.processes import free_port

pytestmark = pytest.mark.stack

_numbers = count(1)


def opened(url: str, bucket: str, **others: object) -> FsspecMediaStore:
    stores = s3.stores(url, bucket, **others)
    return FsspecMediaStore(stores.resolved_media_url(), options(stores))


def new_bucket() -> str:
    return f"bucket-{next(_numbers)}"


@pytest.fixture(scope="module")
def in_a_folder(s3_url: str) -> FsspecMediaStore:
    """Opening a client takes longer than a test."""
    bucket = new_bucket()
    opened(s3_url, bucket).put("media/of/others", b"not in the folder")
    return opened(s3_url, f"{bucket}/media/of/ours")


class TestInABucket(MediaStoreContract):
    @pytest.fixture
    def store(self, in_a_folder: FsspecMediaStore) -> FsspecMediaStore:
        for key in list(in_a_folder.keys("")):
            in_a_folder.delete(key)
        return in_a_folder


def test_keys_of_several_pages_are_all_listed(
    in_a_folder: FsspecMediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.core.media.s3_files.PAGE_KEYS", 2)
    keys = {f"pages/k{number}" for number in range(5)}
    for key in keys:
        in_a_folder.put(key, b"x")
    assert set(in_a_folder.keys("pages/")) == keys


def test_many_make_one_bucket_at_once(s3_url: str) -> None:
    bucket = new_bucket()
    start = threading.Barrier(4)

    def make(number: int) -> None:
        start.wait()
        opened(s3_url, bucket).put(f"k{number}", b"x")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    assert set(opened(s3_url, bucket).keys("")) == {"k0", "k1", "k2", "k3"}


def test_a_bucket_that_is_taken_away_is_unavailable_not_empty(s3_url: str) -> None:
    store = opened(s3_url, new_bucket())
    store._files._call("delete_bucket")
    for call in (lambda: store.get("a"), lambda: store.put("a", b"x"), store.check):
        with pytest.raises(Unavailable):
            call()


def test_a_folder_has_no_options_of_s3(tmp_path: Path) -> None:
    assert options(Stores(data_dir=tmp_path)) == {}
    assert options(Stores(media_url="file:///somewhere")) == {}


def test_another_region_is_named_when_the_bucket_is_made(s3_url: str) -> None:
    store = opened(s3_url, new_bucket(), s3_region="eu-central-1")
    store.put("a", b"x")
    assert store.get("a") == b"x"


class Ailing(ThreadingHTTPServer):
    """Answers every request but those for the bucket itself with one status and error code."""

    daemon_threads = True

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        self.refuses_all = False
        self.asked: Counter[str] = Counter()
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    server: Ailing
    protocol_version = "HTTP/1.1"  # a client may wait to be told to go on
    timeout = 5

    def do_HEAD(self) -> None:
        self._answer()

    do_GET = do_PUT = do_DELETE = do_HEAD  # noqa: N815 - http.server's names

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        of_a_key = self.path.count("/") > 1
        status = self.server.status if of_a_key or self.server.refuses_all else 200
        if of_a_key:
            self.server.asked[self.command] += 1
        body = f"<Error><Code>{self.server.code}</Code><Message>no</Message></Error>".encode()
        sent = b"" if status == 200 or self.command == "HEAD" else body
        self.send_response(status)
        self.send_header("content-length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def ailing(status: int, code: str) -> Iterator[tuple[Ailing, str]]:
    with Ailing(status, code) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server, f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def test_each_call_is_one_request() -> None:
    with ailing(200, "") as (server, url):
        store = opened(url, "bucket")
        store.put("media/a", bytes(100_000))
        assert store.exists("media/a")
        store.get("media/a")
        store.delete("media/a")
        assert server.asked == {"PUT": 1, "HEAD": 1, "GET": 1, "DELETE": 1}


@pytest.mark.parametrize(
    ("status", "code"),
    [(507, "XMinioStorageFull"), (400, "XMinioAdminBucketQuotaExceeded"), (403, "QuotaExceeded")],
)
def test_a_full_bucket_says_so(status: int, code: str) -> None:
    with ailing(status, code) as (_, url):
        store = opened(url, "bucket")
        with pytest.raises(InsufficientStorage):
            store.put("a", b"x")
        with pytest.raises(Unavailable):
            store.check()


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AccessDenied"), (500, "InternalError"), (503, "SlowDown"), (400, "Unheard")],
)
def test_a_server_that_fails_is_unavailable(status: int, code: str) -> None:
    with ailing(status, code) as (_, url):
        store = opened(url, "bucket")
        for call in (lambda: store.get("a"), lambda: store.put("a", b"x"), store.check):
            with pytest.raises(Unavailable):
                call()
        with pytest.raises(Unavailable):
            store.exists("a")


def test_an_absent_key_is_asked_for_once() -> None:
    with ailing(404, "NoSuchKey") as (server, url):
        with pytest.raises(NotFound):
            opened(url, "bucket").get("a")
        assert server.asked == {"GET": 1}


def test_wrong_keys_are_told_at_the_opening() -> None:
    with ailing(403, "InvalidAccessKeyId") as (server, url):
        server.refuses_all = True
        with pytest.raises(SettingsError, match="S3_ACCESS_KEY"):
            opened(url, "bucket")


def test_a_server_that_is_away_is_used_once_it_is_there() -> None:
    port = free_port()
    store = opened(f"http://127.0.0.1:{port}", "bucket")
    with pytest.raises(Unavailable):
        store.put("a", b"x")
    with pytest.raises(Unavailable):
        store.check()
    with s3.server() as server:
        store = opened(server.url, "bucket")
        store.put("a", b"x")
        server.kill()
        with pytest.raises(Unavailable):
            store.get("a")
        server.start()  # moto's has forgotten the bucket, MinIO has not
        with pytest.raises((Unavailable, NotFound)):
            store.get("never-put")


@pytest.mark.thorough
def test_a_server_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.core.media.s3.READ_S", 0.2)

    class Silent(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(4096):
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Silent) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        store = opened(f"http://127.0.0.1:{server.server_address[1]}", "bucket")
        with pytest.raises(Unavailable, match="does not answer"):
            store.exists("a")
        server.shutdown()
