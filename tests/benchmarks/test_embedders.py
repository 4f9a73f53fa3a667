"""What the benchmark of the embedders computes, on sides whose seconds are known."""

from benchmarks.beside import bars, beside, in_turns
from benchmarks.embedders import forward, loop, prepare
from models import base
from tests.embedder.listed import Listed


def test_sides_take_turns_and_the_first_round_does_not_count() -> None:
    order: list[str] = []

    def side(name: str, seconds: float):
        def work() -> float:
            order.append(name)
            return seconds

        return work

    taken = in_turns({"ours": side("ours", 1), "other": side("other", 2)}, 2)
    assert taken == {"ours": [1, 1], "other": [2, 2]}
    assert order == ["other", "ours", "ours", "other", "other", "ours"]


def test_a_ratio_is_the_middle_of_the_rounds() -> None:
    seconds = {"ours": [1.0, 2.0, 10.0], "bare": [1.0, 3.0, 10.0]}
    row = beside("images", seconds, "bare", count=6, limit=0.95)
    assert (row.ours_per_s, row.other_per_s, row.ratio) == (3.0, 2.0, 1.0)
    assert [bar.met for bar in bars([row])] == [True]
    assert bars([beside("images", seconds, "bare", count=6, limit=None)]) == []


def test_the_bare_loop_runs_every_content_once() -> None:
    contents = [base.Content(text=f"text {n}") for n in range(70)]
    model = Listed()
    loop(model, contents)
    assert [len(texts) for texts in model.passes] == [32, 32, 6]
    forward(model, prepare(model, contents))
    assert [len(texts) for texts in model.passes[3:]] == [32, 32, 6]
