"""Answers that wait in the ledger come back as they were, and millions of them fit into memory."""

from __future__ import annotations

import json

from services.core.types.evaluations import Answered
from services.insight.evaluation import answer_json
from services.insight.evaluation.answer_json import Part


def answered(query_id: str) -> Answered:
    return Answered(
        query_id=query_id,
        documents=("mug-1", "mug-2"),
        scores=(0.5, 0.25),
        first_stage=("mug-2", "mug-1"),
        took_ms=3.5,
        stages_ms={"embed": 2.0},
        degraded=False,
        matched=("text", None),
    )


def stored(query_id: str) -> Part:
    """A part with one answer and one refusal, from the text that the ledger keeps."""
    part = Part({query_id: answered(query_id)}, {"other": "is too long"})
    return answer_json.load(json.loads(json.dumps(answer_json.dump(part))))


def test_a_part_comes_back_as_it_was() -> None:
    assert stored("q1") == Part({"q1": answered("q1")}, {"other": "is too long"})


def test_a_document_of_many_answers_is_held_once() -> None:
    one, other = stored("q1").answers["q1"], stored("q2").answers["q2"]
    assert one.documents[0] is other.documents[0] is other.first_stage[1]
