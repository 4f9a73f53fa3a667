"""`margay backup` beside a running server, `margay restore` into another one's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datasets.sample_catalog import generate
from tests.cli.conftest import Margay
from tests.integration.server_process import ServerProcess


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup") / "catalog"
    generate(folder, count=12)
    return folder


def searched(margay: Margay, server: ServerProcess) -> list[dict[str, Any]]:
    ran = margay(
        *("search", "a lamp", "--index", "products", "--json", "--limit", "12"),
        *("--url", f"http://127.0.0.1:{server.port}"),
    )
    assert ran.code == 0, ran.err
    return [
        {"id": hit["document"]["id"], "score": round(hit["score"], 5)}
        for hit in json.loads(ran.out)["hits"]
    ]


@pytest.mark.thorough
def test_a_server_comes_back_from_its_backup(
    margay: Margay,
    server: ServerProcess,
    catalog: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = ("--url", f"http://127.0.0.1:{server.port}")
    assert margay("index", "create", "products", *url).code == 0
    assert margay("ingest", catalog / "products.jsonl", "--index", "products", *url).code == 0
    before = searched(margay, server)
    assert len(before) == 12

    monkeypatch.setenv("MARGAY_STORES__DATA_DIR", str(server.folder / "data"))
    saved = margay("backup", tmp_path / "saved")
    assert saved.code == 0, saved.err
    assert "12 documents" in saved.out
    over = margay("restore", tmp_path / "saved")
    assert over.code == 1
    assert "another process holds the data folder" in over.err
    assert searched(margay, server) == before

    second = ServerProcess(tmp_path / "second")
    monkeypatch.setenv("MARGAY_STORES__DATA_DIR", str(second.folder / "data"))
    restored = margay("restore", tmp_path / "saved")
    assert restored.code == 0, restored.err
    assert "margay index rebuild products" in restored.out
    with second:
        url = ("--url", f"http://127.0.0.1:{second.port}")
        assert searched(margay, second) == []
        assert margay("index", "rebuild", "products", *url).code == 0
        assert searched(margay, second) == before
        assert margay("index", "verify", "products", *url).code == 0


def test_a_folder_that_is_no_backup_is_named(
    margay: Margay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARGAY_STORES__DATA_DIR", str(tmp_path / "data"))
    ran = margay("restore", tmp_path)
    assert ran.code == 1
    assert f"{tmp_path} holds no finished backup" in ran.err


def test_nothing_to_back_up_is_said_in_a_sentence(
    margay: Margay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARGAY_STORES__DATA_DIR", str(tmp_path / "data"))
    ran = margay("backup", tmp_path / "saved")
    assert ran.code == 1
    assert "nothing to back up" in ran.err
