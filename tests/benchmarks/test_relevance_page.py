"""The tables of the relevance page go between its marks and say what the reports say."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import relevance_page
from benchmarks.relevance_page import BEGIN, END, Measured
from services.insight.evaluation.compare import compare
from tests.insight.evaluation.made import answers, queries

INDEX = {"documents": 60, "embedder": "pocket", "dimensions": 256}


def test_tables_stand_between_the_marks_and_replace_what_stood_there(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\nold\n{END}\nafter\n")
    relevance_page.write("new", page)
    assert page.read_text() == f"before\n\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    page.write_text("no marks")
    with pytest.raises(ValueError, match="marks"):
        relevance_page.write("new", page)


def test_every_configuration_has_a_row_for_every_kind() -> None:
    asked = queries(60)
    answered = {"good": answers(asked, noise=0.2), "bad": answers(asked, noise=3.0, seed=1)}
    report = compare(asked, answered, control="good", depth=20, seed=1)
    lines = relevance_page.tables([Measured("A shop", report, INDEX, 1.0)]).splitlines()
    rows = [line for line in lines if line.startswith(("| good |", "| bad |"))]
    kinds = [row.split("|")[2].strip() for row in rows]
    assert kinds == ["20 text", "20 image", "20 composed", "60 all"] * 2
    assert "**-" in rows[-1], "the worse one's difference is bold"
    assert f"- {report.summary}" in lines
