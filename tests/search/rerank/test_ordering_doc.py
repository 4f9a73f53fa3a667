"""The worked examples of docs/ordering.md are what the stages do."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.core.types.documents import Document
from services.core.types.rerank import VlmSpec
from services.search.rerank.signals import Signals
from services.search.rerank.stage import Asked, Candidate
from services.search.rerank.vlm import guardrails
from services.search.rerank.vlm.grid import compose
from services.search.rerank.vlm.listwise import Listwise, ListwiseModel
from tests.search.rerank.test_red_team import highest
from tests.search.rerank.vlm.eyes import plain

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "ordering.md").read_text("utf-8")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
ASKED = Asked("products", ("a phone case with this",), plain((200, 120, 30)), NOW)


def table(heading: str) -> list[list[str]]:
    """The rows of the table whose header begins so."""
    lines = PAGE[PAGE.index(f"| {heading}") :].splitlines()
    rows = []
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip(" `*") for cell in line.strip("|").split(" |")])
    assert rows
    return rows


def ordinal(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_the_example_of_signals() -> None:
    rows = table("hit | place | popularity")
    found = [
        Candidate(
            Document(row[0], signals={"popularity": float(row[2]), "margin": float(row[4])}),
            0.5,
            NOW,
            None,
        )
        for row in rows
    ]
    outcome = Signals({"popularity": 2, "margin": 1}).rank(ASKED, found, timeout_s=1)
    assert [outcome.order.index(at) + 1 for at in range(len(rows))] == [
        ordinal(row[8]) for row in rows
    ]
    for at, row in enumerate(rows):
        places = float(row[6])
        assert sum(outcome.terms[at].values()) == pytest.approx(places)
        assert at - places == pytest.approx(float(row[7]))


class Answering:
    """The example's model: of the same opinion, whichever order it is shown."""

    name = "example"

    def __init__(self, ranking: list[int], forwards: bytes) -> None:
        self.ranking = ranking
        self.forwards = forwards

    def ask(self, picture: bytes, **_: object) -> str:
        count = len(self.ranking)
        turned = picture != self.forwards
        shown = [count + 1 - number if turned else number for number in self.ranking]
        return json.dumps({"ranking": shown})


def test_the_example_of_the_vision_model() -> None:
    answer = re.search(r'^\{"ranking": .*\}$', PAGE, re.MULTILINE)
    assert answer is not None
    ranking = json.loads(answer.group())["ranking"]
    rows = table("number | hit | in the answer")
    pictures = {f"med_{n}": plain((20 * n, 90, 30)) for n in range(len(rows))}
    found = [Candidate(Document(f"d{n}"), 0.5, NOW, f"med_{n}") for n in range(len(rows))]
    forwards = compose(ASKED.picture, list(pictures.values()))
    listwise = ListwiseModel(Answering(ranking, forwards))
    outcome = Listwise(listwise, pictures.get, None).rank(ASKED, found, timeout_s=20)
    listwise.close()
    assert outcome.detail == "its two looks agree by 1.00"
    blend = VlmSpec().blend
    for at, row in enumerate(rows):
        assert ordinal(row[2]) == ranking.index(at + 1) + 1
        counts = (1 - blend) * ranking.index(at + 1) + blend * at
        assert float(row[3]) == pytest.approx(counts)
        assert ordinal(row[4]) == outcome.order.index(at) + 1


def test_how_far_a_picture_that_speaks_can_rise() -> None:
    for row in table("from | 2nd"):
        blend = float(row[0].removeprefix("blend` "))
        assert [ordinal(cell) - 1 for cell in row[1:]] == [highest(p, blend) for p in range(1, 9)]


def test_what_becomes_of_answers() -> None:
    checked = 0
    for said, _, repairs in table("the model said, of three"):
        answer = said.split("`,")[0].replace("`", "")
        if not answer.startswith(("{", "[", "Ranked", "cut off")) or answer == "{}":
            continue
        answer = answer.removeprefix("cut off: ")
        if answer.startswith('["') or "x" in answer or answer == "[2, 0, 1]":
            answer = f'{{"ranking": {answer}}}'
        reading = guardrails.read(answer.split(" (")[0], count=3)
        expected = set(re.findall("[a-z_]+", repairs))
        assert {repair.value for repair in reading.repairs} == expected, answer
        checked += 1
    assert checked == 7


def test_the_page_names_the_defaults_and_shows_a_small_grid() -> None:
    default = VlmSpec()
    assert (default.top, default.blend, default.passes) == (9, 0.3, 2)
    assert "| **two** | **0.3** |" in PAGE
    assert (DOCS / "images" / "grid.jpg").stat().st_size < 150_000
