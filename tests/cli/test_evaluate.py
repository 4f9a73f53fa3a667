"""`margay evaluate` prints the table of sizes, and refuses one that the model does not offer."""

import json
import sys
from pathlib import Path

import pytest

from datasets.sample_catalog import generate
from tests.cli.conftest import Margay


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("catalog") / "small", count=5).folder


@pytest.fixture(autouse=True)
def _data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARGAY_STORES__DATA_DIR", str(tmp_path))


def test_json_has_every_size_and_type(margay: Margay, catalog: Path) -> None:
    ran = margay("evaluate", "--queries", catalog, "--dimensions", "128,256", "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert (report["embedder"], report["documents"], report["target"]) == ("pocket", 5, "any")
    assert [size["dimensions"] for size in report["sizes"]] == [256, 128]
    for size in report["sizes"]:
        assert size["quality"].keys() == size["kept"].keys() == {"text", "image", "composed"}


def test_a_missing_library_is_said_before_anything_is_embedded(
    margay: Margay, catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    ran = margay("evaluate", "--queries", catalog)
    assert (ran.code, ran.out) == (1, "")
    assert "scripts/venv.sh evaluate" in ran.err


def test_the_table_names_sizes_and_queries(margay: Margay, catalog: Path) -> None:
    ran = margay("evaluate", "--queries", catalog, "--target", "image")
    assert ran.code == 0, ran.err
    rows = [line.split() for line in ran.out.splitlines()]
    assert [row[0] for row in rows if len(row) == 10 and row[0].isdigit()] == ["256", "128", "64"]
    assert sum("composed" in row for row in rows) == 3
    assert "…" not in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["--dimensions", "100"], 1, "256, 128, 64"),
        (["--dimensions", "64,x"], 2, "--dimensions"),
        (["--embedder", "nobody"], 1, "nobody"),
        (["--queries", "/no/such/folder"], 2, "--queries"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(
    margay: Margay, catalog: Path, arguments: list[str], code: int, named: str
) -> None:
    given = arguments if "--queries" in arguments else [*arguments, "--queries", str(catalog)]
    ran = margay("evaluate", *given)
    assert ran.code == code
    assert named in ran.err
    assert "Traceback" not in ran.err


def test_a_folder_without_judgments_is_refused(margay: Margay, tmp_path: Path) -> None:
    ran = margay("evaluate", "--queries", tmp_path)
    assert ran.code == 1
    assert "qrels.txt" in ran.err
