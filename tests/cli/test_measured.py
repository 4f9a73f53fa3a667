"""Configurations, query sets and evaluations from the command line, on a real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datasets.sample_catalog import generate
from services.cli.configurations import choices_of
from tests.cli.conftest import Margay


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("measured") / "catalog"
    generate(folder, count=24)
    lines = [json.loads(line) for line in (folder / "products.jsonl").read_text().splitlines()]
    bare = [{name: line[name] for name in ("id", "title", "images")} for line in lines]
    (folder / "bare.jsonl").write_text("\n".join(map(json.dumps, bare)))
    return folder


@pytest.mark.slow
def test_a_folder_is_asked_and_configurations_compared(
    margay: Margay, url: str, catalog: Path, tmp_path: Path
) -> None:
    assert margay("index", "create", "products").code == 0
    assert margay("ingest", catalog / "bare.jsonl").code == 0
    sent = margay("query-sets", "put", "spring", catalog, "--description", "drawn")
    assert sent.code == 0, sent.err
    assert "composed" in sent.out
    assert "drawn" in margay("query-sets", "list").out
    saved = margay("configurations", "put", "words", '{"hybrid": {"lexical": 0.4}}')
    assert '"lexical": 0.4' in saved.out
    page = tmp_path / "report.html"
    options = ["--query-set", "spring", "--configurations", "default,words", "--html", page]
    ran = margay("evaluate", *options)
    assert ran.code == 0, ran.err
    assert "words" in ran.out
    assert max(map(len, ran.out.split("\n\n", 1)[0].splitlines()[:7])) <= 80
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert f"The report is written to {page}" in ran.err
    found = json.loads(margay("evaluate", *options[:4], "--recall", "--json").out)
    assert [point["ef"] for point in found["report"]["recall"]] == [16, 32, 64, 128, 256, 512]


def test_configurations_are_shown_and_forgotten(margay: Margay, url: str, tmp_path: Path) -> None:
    file = tmp_path / "pictures.json"
    file.write_text('{"target": "image"}')
    assert margay("configurations", "put", "pictures", file).code == 0
    assert json.loads(margay("configurations", "show", "pictures").out)["target"] == "image"
    assert "pictures" in margay("configurations", "list").out
    assert margay("configurations", "delete", "pictures").code == 0
    assert "pictures" not in margay("configurations", "list").out


def test_a_configuration_is_shown_by_what_it_chooses_not_by_defaults(
    margay: Margay, url: str
) -> None:
    chosen = {"hybrid": {"lexical": 0.4}, "rerank": [{"stage": "signals", "weights": {"ctr": 2}}]}
    said = (
        """ctr: hybrid {"lexical": 0.4}, rerank [{"stage": "signals", "weights": {"ctr": 2.0}}]"""
    )
    assert margay("configurations", "put", "ctr", json.dumps(chosen)).out.split() == said.split()
    listed = margay("configurations", "list").out
    assert "max_places" not in listed
    assert "deadline_ms" not in listed
    assert margay("configurations", "delete", "ctr").code == 0


def test_what_a_newer_server_chooses_is_shown_whole() -> None:
    saved = {"name": "a", "hybrid": {"lexical": 0.4, "k": 60}, "mood": "calm", "target": None}
    assert choices_of(saved) == {"hybrid": {"lexical": 0.4, "k": 60}, "mood": "calm"}


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["evaluate", "--query-set", "nowhere"], 1, "nowhere"),
        (["query-sets", "delete", "nowhere"], 1, "nowhere"),
        (["configurations", "put", "x", "no.json"], 2, "no.json"),
        (["configurations", "put", "x", '{"target": "smell"}'], 1, "target"),
    ],
)
def test_a_refusal_names_what_is_wrong(
    margay: Margay, url: str, arguments: list[str], code: int, named: str
) -> None:
    ran = margay(*arguments)
    assert ran.code == code
    assert named in ran.err
    assert "Traceback" not in ran.err
