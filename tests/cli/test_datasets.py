"""`margay datasets` lists, shows and exports public data sets, and says what is wrong."""

import json
from pathlib import Path

import pytest

from datasets import registry
from services.cli.datasets import guarded
from services.core.errors import FetchFailed
from tests.cli.conftest import Margay
from tests.datasets.conftest import picture, write_lines


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    picture(folder / "a.jpg")
    write_lines(folder / "products.jsonl", [{"id": "a", "title": "[b]A", "images": ["a.jpg"]}])
    write_lines(folder / "queries.jsonl", [{"query_id": "q", "text": "a", "image": "a.jpg"}])
    (folder / "qrels.txt").write_text("q 0 a 2\nq 0 gone 1\n", "utf-8")
    return folder


def test_the_list_has_every_data_set_with_its_licence(margay: Margay) -> None:
    ran = margay("datasets", "list", "--json")
    listed = {one["name"]: one["licence"] for one in json.loads(ran.out)}
    assert listed.keys() == {one.name for one in registry.EVERY}
    assert all(listed.values())
    assert all(name in margay("datasets", "list").out for name in listed)


def test_show_prints_the_licence_and_what_is_there(margay: Margay, catalog: Path) -> None:
    assert "licence: MIT" in margay("datasets", "show", "grocery").out
    ran = margay("datasets", "show", "folder", catalog)
    assert "products: 1, queries: 1" in ran.out
    assert "a  [b]A" in ran.out
    assert "q  a + " in ran.out
    assert "-> a=2, gone=1" in ran.out.replace("\n", " ")


def test_export_writes_a_folder_and_says_what_it_left_out(
    margay: Margay, catalog: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ran = margay("datasets", "export", "folder", catalog, "--out", out)
    assert ran.code == 0, ran.err
    assert "1 product, 1 query and 1 grade in" in ran.out
    assert "left out: 1 grade (" in ran.out
    assert (out / "qrels.txt").read_text("utf-8") == "q 0 a 2\n"
    assert margay("datasets", "export", "folder", catalog, "--out", out).out == ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "nothing"], "'nothing' is not one of"),
        (["show", "grocery", "."], "not a Grocery Store"),
        (["show", "grocery", "/no/such/folder"], "is not a folder"),
        (["show", "grocery", ".", "--split", "dev"], "val, train, test"),
        (["show", "folder", ".", "--locale", "us"], "has no locale"),
    ],
)
def test_what_is_wrong_is_a_sentence(
    margay: Margay, arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = margay("datasets", *arguments)
    assert ran.code == 1
    assert said in ran.err


def test_an_address_that_is_gone_is_missing() -> None:
    def fetch(url: str) -> bytes:
        if url == "gone":
            raise FetchFailed("gone")
        return b"here"

    assert (guarded(fetch)("gone"), guarded(fetch)("there")) == (None, b"here")
