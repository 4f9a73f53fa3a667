"""A bucket of Amazon's S3 or of MinIO with the calls of a folder, each of them one request."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from services.core.errors import InsufficientStorage, SettingsError, Unavailable
from services.core.media.s3 import HOME_REGION

PAGE_KEYS: Final = 1_000
"""Keys of one listing; no server gives more."""
_FULL: Final = frozenset(
    {
        *("XMinioStorageFull", "XMinioStorageResourceInsufficient", "InsufficientStorage"),
        *("QuotaExceeded", "XMinioAdminBucketQuotaExceeded", "507"),
    }
)
_REFUSED: Final = frozenset(
    {
        *("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403"),
        *("AuthorizationHeaderMalformed", "InvalidToken", "ExpiredToken"),
    }
)
_MADE: Final = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})


class S3Files:
    """The calls that the media store makes, on paths `bucket/key`.

    A server that is away at the beginning is looked for again at each call; the bucket is made
    once it is there. Not to be carried over a fork.
    """

    def __init__(self, files: Any, root: str) -> None:
        """`files` is an s3fs.S3FileSystem. Raises SettingsError when the server refuses us."""
        self._files = files
        self._files.retries = 1  # botocore does it, for more kinds of errors
        self._bucket, _, self._root = root.partition("/")
        self._there = False
        self._making = threading.Lock()
        try:
            self._make_bucket()
        except PermissionError as error:
            raise SettingsError(
                f"the S3 server refuses the bucket {self._bucket!r} ({error}); check "
                "MARGAY_STORES__S3_ACCESS_KEY, MARGAY_STORES__S3_SECRET_KEY, "
                "MARGAY_STORES__S3_REGION and what the key may do"
            ) from error
        except (Unavailable, InsufficientStorage):
            return  # it may come

    def pipe_file(self, path: str, data: bytes) -> None:
        """Put an object: there whole, and on the server's disks, when this returns."""
        self._call("put_object", Key=self._key(path), Body=data)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None) -> bytes:
        """Get an object, or a part of it."""
        if start is None or end is None:
            return self._read(path)
        if end <= start:
            self._call("head_object", Key=self._key(path))
            return b""
        try:
            return self._read(path, start=start, end=end)
        except OSError as error:
            if _code(error) == "InvalidRange":
                return b""  # it ends before
            raise

    def isfile(self, path: str) -> bool:
        """Tell whether there is such an object."""
        try:
            self._call("head_object", Key=self._key(path))
        except FileNotFoundError:
            return False
        return True

    def rm_file(self, path: str) -> None:
        """Delete the object, if it is there."""
        self._call("delete_object", Key=self._key(path))

    def find(self, path: str) -> Iterator[str]:
        """Every object below."""
        key = self._key(f"{path}/")
        more: dict[str, Any] = {"MaxKeys": PAGE_KEYS} | ({} if key == "/" else {"Prefix": key})
        while True:
            answer = self._call("list_objects_v2", **more)
            yield from (f"{self._bucket}/{each['Key']}" for each in answer.get("Contents", ()))
            if not answer.get("IsTruncated"):
                return
            more["ContinuationToken"] = answer["NextContinuationToken"]

    def invalidate_cache(self) -> None:
        """Nothing is cached."""

    def _read(self, path: str, **which: int) -> bytes:
        self._make_bucket()
        with _translated():
            data: bytes = self._files.cat_file(f"{self._bucket}/{self._key(path)}", **which)
            return data

    def _call(self, name: str, **given: Any) -> Any:
        self._make_bucket()
        return self._ask(name, **given)

    def _ask(self, name: str, **given: Any) -> Any:
        with _translated():
            return self._files.call_s3(name, Bucket=self._bucket, **given)

    def _make_bucket(self) -> None:
        if self._there:
            return
        with self._making:
            try:
                self._ask("head_bucket")
            except FileNotFoundError:
                self._create_bucket()
            self._there = True

    def _create_bucket(self) -> None:
        region = self._files.client_kwargs.get("region_name", HOME_REGION)
        place: dict[str, Any] = {}
        if region != HOME_REGION:
            place["CreateBucketConfiguration"] = {"LocationConstraint": region}
        try:
            self._ask("create_bucket", **place)
        except OSError as error:
            if _code(error) not in _MADE:  # another process was first
                raise

    def _key(self, path: str) -> str:
        return path.removeprefix(self._bucket).lstrip("/") or "/"


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the server as those of a disk: full, refused, absent; others as Unavailable."""
    try:
        yield
    except (BotoCoreError, aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(f"the S3 server does not answer: {error}") from error
    except (OSError, ClientError) as error:
        code = _code(error)
        if code in _FULL:
            raise InsufficientStorage("no space is left where media are stored") from error
        if code in _REFUSED:
            raise PermissionError(errno.EACCES, f"access denied: {error}") from error
        if code == "NoSuchBucket":
            raise Unavailable(f"the bucket for media is gone: {error}") from error
        if isinstance(error, ClientError):
            raise Unavailable(f"the S3 server failed: {error}") from error
        raise


def _code(error: Exception) -> str:
    """What the server calls the error; empty if it is none of the server's."""
    cause = error if isinstance(error, ClientError) else error.__cause__
    if not isinstance(cause, ClientError):
        return ""
    return str(cause.response.get("Error", {}).get("Code", ""))
