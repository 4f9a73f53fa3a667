"""Commands explain themselves, and wrong usage ends with a sentence and the documented code."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Margay
from tests.integration.server_process import free_port

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"
COMMANDS = re.findall(r"^\| `margay ([a-z ]+)` \|", DOCS.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_documented_command_has_help(margay: Margay, command: str) -> None:
    ran = margay(*command.split(), "--help")
    assert ran.code == 0
    assert "Usage:" in ran.out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nope"], "nope"),
        (["search"], "--image"),
        (["search", "mug", "--filter", "{"], "--filter"),
        (["search", "mug", "--filter", "[]"], "--filter"),
        (["search", "mug", "--image", "/no/such/file.jpg"], "--image"),
        (["search", "mug", "--audio", "/no/such/file.wav"], "--audio"),
        (["search", "--video", "/no/such/file.mp4"], "--video"),
        (["search", "mug", "--limit", "0"], "--limit"),
        (["search", "mug", "--url", "somewhere"], "--url"),
        (["index", "create", "shop", "--attribute", "price"], "--attribute"),
        (["index", "create", "shop", "--tag", "colour"], "--tag"),
        (["ingest", "/no/such/file.csv"], "source"),
        (["embed"], "--image"),
        (["embed", "mug", "--purpose", "nope"], "--purpose"),
        (["evaluate", "--configurations", "words"], "--query-set"),
        (["evaluate", "--html", "report.html"], "--query-set"),
        (["evaluate", "--query-set", "spring", "--dimensions", "64"], "--dimensions"),
        (["evaluate", "--query-set", "spring", "--html", "/no/such/report.html"], "--html"),
        (["evaluate", "--query-set", "spring", "--html", "/"], "--html"),
    ],
)
def test_wrong_usage_names_the_option_and_ends_with_2(
    margay: Margay, arguments: list[str], named: str
) -> None:
    ran = margay(*arguments)
    assert ran.code == 2
    assert named.lower() in ran.err.lower()
    assert ran.out == ""


def test_a_wrong_choice_is_named_with_those_there_are_and_no_word_of_the_framework(
    margay: Margay,
) -> None:
    for arguments in (["analytics", "clicks", "--by", "foo"], ["evaluate", "--target", "foo"]):
        ran = margay(*arguments)
        assert ran.code == 2
        assert "'foo' is not one of" in " ".join(ran.err.split())
        assert "value error" not in ran.err.lower()


@pytest.mark.parametrize(
    "arguments", [["search", "mug"], ["jobs", "list"], ["index", "list"], ["index", "stats", "x"]]
)
def test_without_a_server_a_sentence_says_how_to_start_one(
    margay: Margay, arguments: list[str]
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ran = margay(*arguments, "--url", url)
    assert ran.code == 1
    assert ran.err.strip() == f"margay: no server answers at {url}; start one with: margay serve"


def test_embed_prints_a_unit_vector_of_the_asked_size(margay: Margay) -> None:
    ran = margay("embed", "a mug", "--dimensions", 64, "--json")
    vector = json.loads(ran.out)["embedding"]
    assert len(vector) == 64
    assert math.hypot(*vector) == pytest.approx(1, abs=1e-4)


def test_embed_refuses_what_the_model_does_not_offer(margay: Margay, tmp_path: Path) -> None:
    (tmp_path / "fake.jpg").write_bytes(b"not a picture")
    assert "65" not in margay("embed", "mug", "--dimensions", 64).err
    for arguments in (
        ["mug", "--dimensions", 65],
        ["mug", "--embedder", "nope"],
        ["--image", tmp_path / "fake.jpg"],
    ):
        ran = margay("embed", *arguments)
        assert ran.code == 1
        assert ran.err.startswith("margay: ")


def test_models_list_shows_the_pocket_model(margay: Margay) -> None:
    assert "pocket" in margay("models", "list").out
    assert json.loads(margay("models", "list", "--json").out)[0]["name"] == "pocket"


def test_a_command_does_not_wait_for_the_servers_libraries() -> None:
    slow = "pymilvus pandas sqlalchemy alembic fastapi"
    script = (
        f"import services.cli.main, sys\nprint(*sorted(set(sys.modules) & set({slow!r}.split())))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
