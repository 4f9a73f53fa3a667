"""`margay search` with a sound and a video, against a server that hears."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.output import hits_table
from tests.cli.conftest import Margay
from tests.gateway.listening import CLIP, SOUND, listening
from tests.gateway.running_server import serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and index of a running server."""
    with (
        listening(tmp_path_factory.mktemp("listening")) as (client, shop),
        serving(client.app) as address,  # type: ignore[arg-type]
    ):
        yield address, shop.name


@pytest.mark.parametrize(
    ("option", "data", "first", "moment"),
    [("--audio", SOUND, "bell", "audio 0:00"), ("--video", CLIP, "film", "video 0:01")],
)
def test_a_recording_is_searched_with_and_its_moment_shown(
    margay: Margay,
    server: tuple[str, str],
    tmp_path: Path,
    option: str,
    data: bytes,
    first: str,
    moment: str,
) -> None:
    file = tmp_path / "query"
    file.write_bytes(data)
    address, index = server
    ran = margay("search", option, file, "--url", address, "--index", index)
    assert (ran.code, ran.err) == (0, "")
    best = ran.out.splitlines()[1]
    assert first in best
    assert moment in best
    plain = margay("search", option, file, "--url", address, "--index", index, "--json")
    assert json.loads(plain.out)["hits"][0]["id"] == first


def test_a_page_and_words_are_named_too() -> None:
    hit = {"rank": 1, "score": None, "document": {"id": "a", "title": "b", "attributes": {}}}
    page = {"modality": "image", "start_s": None, "end_s": None, "page": 3}
    table = hits_table({"hits": [hit | {"matched": page}, hit | {"matched": None}]})
    assert list(table.columns[-1].cells) == ["image page 3", "words"]
