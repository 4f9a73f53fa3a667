"""Speaks with the model hub: which files a repository has at a commit, and their bytes.

`HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE` mean what they mean to huggingface_hub. Files are
fetched here and not by its `hf_hub_download`, which throws away what it has when it is cut.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from huggingface_hub import HfApi, get_session, hf_hub_url
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

from models import card
from models.base import ModelError
from models.card import Source

TIMEOUT_S = 30.0
TRIES = 6
"""Times a file is taken up again without one new byte before the pull gives up."""
BLOCK = 1 << 20
REFUSED = (401, 403)
HERE_BEFORE = 206
BUSY = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository. The hub knows a sha256 of large files, a git hash of small ones."""

    path: str
    size: int
    sha256: str | None
    git_sha1: str | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The picked files of a repository at one commit."""

    repository: str
    revision: str
    files: tuple[RemoteFile, ...]


def look_up(source: Source, *, endpoint: str | None = None) -> Snapshot:
    """Resolve a revision to its commit, and pick the files.

    A pattern of the source that names one file must find it; one with a wildcard may find none;
    one that starts with `!` takes files out again. Raises `ModelError` with a sentence that says
    what to do.
    """
    with _translated(source.repository, source.revision):
        info = HfApi(endpoint=endpoint).model_info(
            source.repository, revision=source.revision, files_metadata=True, timeout=TIMEOUT_S
        )
    if not card.COMMIT.fullmatch(info.sha or ""):
        raise ModelError(f"{source.repository}: the hub names no commit for {source.revision}")
    files = {each.rfilename: _file(each, source) for each in info.siblings or []}
    return Snapshot(source.repository, info.sha, _pick(files, source))


def download(
    snapshot: Snapshot,
    file: RemoteFile,
    unfinished: Path,
    *,
    endpoint: str | None = None,
    pause_s: float = 1.0,
    watch: Callable[[int], None] = lambda _: None,
) -> None:
    """Bring `unfinished` to the whole file, going on where it stops now.

    After a cut it goes on, `TRIES` times without a new byte, each after a longer pause. `watch`
    hears how many bytes are there. Raises `ModelError`; what is there by then stays.
    """
    url = hf_hub_url(snapshot.repository, file.path, revision=snapshot.revision, endpoint=endpoint)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    left = TRIES
    with _translated(snapshot.repository, snapshot.revision):
        while (before := _size(unfinished)) != file.size or not unfinished.exists():
            cut: HTTPError | None = None
            try:
                _stream(url, unfinished, size=file.size, watch=watch)
            except HTTPError as error:
                if not _may_pass(error):
                    raise
                cut = error
            left = TRIES if _size(unfinished) > before else left - 1
            if left <= 0:
                raise cut or ModelError(f"{file.path}: the hub sends too little, again and again")
            if cut is not None:
                time.sleep(pause_s * (TRIES - left))
    watch(file.size)


def is_intact(path: Path, file: RemoteFile) -> bool:
    """Whether a file has the size and the hash that the hub names."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    if file.sha256 is not None:
        return card.sha256(path) == file.sha256
    return file.git_sha1 is None or git_sha1(path) == file.git_sha1


def git_sha1(path: Path) -> str:
    """The name that git gives the content of a file."""
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _stream(url: str, unfinished: Path, *, size: int, watch: Callable[[int], None]) -> None:
    have = _size(unfinished)
    if have > size:
        have = 0
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with (
        get_session().stream(
            "GET", url, headers=headers, timeout=TIMEOUT_S, follow_redirects=True
        ) as response,
        unfinished.open("r+b" if have else "wb") as file,
    ):
        hf_raise_for_status(response)
        if response.status_code == HERE_BEFORE:
            file.seek(have)
        else:
            have = 0  # the server sends all of it again
        file.truncate()
        # As they come: a block that is still being filled would be lost when the transfer is cut.
        for block in response.iter_bytes():
            file.write(block)
            have += len(block)
            watch(have)
            if have > size:
                raise ModelError(f"{unfinished.name}: the hub sends more than the {size} bytes")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _may_pass(error: HTTPError) -> bool:
    """Whether trying again can help: cuts and busy servers, not refusals."""
    if not isinstance(error, HfHubHTTPError):
        return True
    return error.response.status_code in BUSY


def _file(sibling: Any, source: Source) -> RemoteFile:
    path = PurePosixPath(sibling.rfilename)
    if path.is_absolute() or ".." in path.parts or "\\" in sibling.rfilename:
        raise ModelError(f"{source.repository}: {sibling.rfilename!r} is no path inside a folder")
    return RemoteFile(
        path=path.as_posix(),
        size=sibling.size or 0,
        sha256=None if sibling.lfs is None else sibling.lfs.sha256,
        git_sha1=sibling.blob_id if sibling.lfs is None else None,
    )


def _pick(files: dict[str, RemoteFile], source: Source) -> tuple[RemoteFile, ...]:
    wanted = [pattern for pattern in source.pick if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in source.pick if pattern.startswith("!")]
    for pattern in wanted:
        if not any(sign in pattern for sign in "*?[") and pattern not in files:
            raise ModelError(f"{source.repository} has no file {pattern} at {source.revision}")
    return tuple(
        file
        for path, file in sorted(files.items())
        if any(fnmatchcase(path, pattern) for pattern in wanted)
        and not any(fnmatchcase(path, pattern) for pattern in unwanted)
    )


@contextmanager
def _translated(repository: str, revision: str) -> Iterator[None]:
    """Errors of the hub and of the way to it, as sentences that say what to do."""
    page = f"https://huggingface.co/{repository}"
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise ModelError(
            f"{repository}: HF_HUB_OFFLINE is set, so nothing is downloaded; unset it to pull"
        ) from error
    except RevisionNotFoundError as error:
        raise ModelError(
            f"{repository} has no revision {revision}; choose another with --revision"
        ) from error
    except EntryNotFoundError as error:
        raise ModelError(f"{repository} lacks a file it lists at {revision}") from error
    except (GatedRepoError, RepositoryNotFoundError, HfHubHTTPError) as error:
        status = error.response.status_code
        if isinstance(error, GatedRepoError) or status in REFUSED:
            raise ModelError(
                f"{repository}: the hub refuses access ({status}); accept the licence on {page} "
                "and set HF_TOKEN to a token of that account (or check the name)"
            ) from error
        if isinstance(error, RepositoryNotFoundError):
            raise ModelError(f"{repository}: the hub knows no such repository") from error
        raise ModelError(f"{repository}: the hub answers {status}; try again later") from error
    except HTTPError as error:
        raise ModelError(
            f"{repository}: the hub cannot be reached or cut the transfer "
            f"({type(error).__name__}); run it again to go on from here"
        ) from error
