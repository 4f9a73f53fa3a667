"""Whatever text comes back, the order is a permutation with the valid picks first."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.rerank.vlm.guardrails import MAX_CHARACTERS, MAX_REASON, Repair, read

SCRAPS = st.sampled_from(
    [
        '{"ranking": [', "]}", "[", "]", ",", "3", "0", "-1", "99", '"2"', "Ranked list: ",
        "ranking", "{", "}", "reason", "Reasons: ", "\\", "null", "1e400", "NaN", "\n", "9" * 400,
        "{" * 30, "[" * 30, "\ud83d\ude00", "7, 8, 5, 3, 2, 4, 1, 6",
    ]
)  # fmt: skip


@given(
    answer=st.lists(SCRAPS | st.text(max_size=8), max_size=40).map("".join),
    count=st.integers(0, 16),
)
def test_any_text_gives_a_permutation(answer: str, count: int) -> None:
    reading = read(answer, count=count)
    assert sorted(reading.order) == list(range(count))
    assert 0 <= reading.picked <= count
    rest = reading.order[reading.picked :]
    assert list(rest) == sorted(rest)  # as they stood


@given(st.data())
def test_valid_picks_come_first_in_the_models_order(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 16))
    numbers = data.draw(st.lists(st.integers(1, count + 5), max_size=30))
    reading = read(json.dumps({"ranking": numbers}), count=count)
    wanted = list(dict.fromkeys(number - 1 for number in numbers if number <= count))
    assert list(reading.order[: reading.picked]) == wanted


@given(st.data())
def test_a_whole_answer_needs_no_repair(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 16))
    numbers = data.draw(st.permutations(range(1, count + 1)))
    reading = read(json.dumps({"ranking": numbers, "reason": "It fits."}), count=count)
    assert reading.order == tuple(number - 1 for number in numbers)
    assert reading.repairs == {}
    assert reading.reason == "It fits."


@pytest.mark.parametrize(
    ("answer", "order", "repairs"),
    [
        ('Sure! ```json\n{"ranking": [3, 1, 2], "reason": "x"}\n```', (2, 0, 1), {}),
        ("Ranked list: [3, 1]", (2, 0, 1), {Repair.PROSE: 1, Repair.MISSING: 1}),
        ("I looked at [2] first. Ranked list: [3, 1, 2]", (2, 0, 1), {Repair.PROSE: 1}),
        ("See [1]. My order: [3, 2, 1]", (2, 1, 0), {Repair.PROSE: 1}),
        ("Ranked list: [3, 1, 2", (2, 0, 1), {Repair.PROSE: 1}),
        ('{"ranking": [3, 1', (2, 0, 1), {Repair.PROSE: 1, Repair.MISSING: 1}),
        ('{"ranking": ["3", "#1", "Image 2"]}', (2, 0, 1), {}),
        ('{"ranking": [2, 0, 1]}', (2, 0, 1), {Repair.ZERO_BASED: 1}),
        ('{"ranking": [3.0, 1, 2]}', (2, 0, 1), {}),
        (
            '{"ranking": [3, 3, 9, true, null, 1.5, 1]}',
            (2, 0, 1),
            {
                Repair.REPEATED: 1, Repair.OUT_OF_RANGE: 1, Repair.NOT_A_NUMBER: 3,
                Repair.MISSING: 1,
            },
        ),
        ('{"note": {}} {"ranking": [2, 1, 3]}', (1, 0, 2), {}),
    ],
)  # fmt: skip
def test_usual_faults_are_repaired(
    answer: str, order: tuple[int, ...], repairs: dict[Repair, int]
) -> None:
    reading = read(answer, count=3)
    assert reading.order == order
    assert reading.repairs == repairs
    assert reading.usable


@pytest.mark.parametrize(
    "answer", ["", "I cannot help with that.", "{}", '{"ranking": []}', '{"ranking": "3"}', "[]"]
)
def test_an_answer_without_a_pick_is_not_usable(answer: str) -> None:
    reading = read(answer, count=3)
    assert not reading.usable
    assert reading.order == (0, 1, 2)


def test_the_notebooks_lost_item_is_put_back() -> None:
    reading = read("Ranked list: [7, 8, 5, 3, 2, 4, 1, 6] Reasons: The leopard.", count=9)
    assert reading.order == (6, 7, 4, 2, 1, 3, 0, 5, 8)
    assert reading.repairs == {Repair.PROSE: 1, Repair.MISSING: 1}
    assert reading.reason == "The leopard."


def test_a_reason_is_one_short_printable_line() -> None:
    answer = json.dumps({"ranking": [1], "reason": "a\x00b\n" + "c" * 900})
    reason = read(answer, count=1).reason
    assert reason is not None
    assert reason.startswith("a b c")
    assert reason.isprintable()
    assert len(reason) == MAX_REASON


def test_endless_output_is_cut() -> None:
    reading = read('{"ranking": [2, 1]} ' + "blah " * MAX_CHARACTERS, count=2)
    assert reading.order == (1, 0)
    assert reading.repairs == {Repair.CUT: 1}


def test_a_list_inside_the_reason_does_not_win_over_the_ranking() -> None:
    answer = json.dumps({"reason": "Ranked list: [1, 2, 3]", "ranking": [3, 2, 1]})
    assert read(answer, count=3).order == (2, 1, 0)


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ([{"number": 2, "reason": "It\nfits."}], {1: "It fits."}),
        ([{"number": "#2", "reason": "a"}, {"number": 2, "reason": "b"}], {1: "a"}),
        ([{"number": 9, "reason": "a"}, {"number": 0, "reason": "b"}, {"number": 1}], {}),
        (["a", 3, None, {"reason": "a"}, {"number": 1, "reason": 5}], {}),
        ({"1": "a"}, {}),
        ("a", {}),
    ],
)
def test_reasons_of_single_candidates_are_read_as_far_as_they_make_sense(
    said: object, reasons: dict[int, str]
) -> None:
    reading = read(json.dumps({"ranking": [3, 2, 1], "reasons": said}), count=3)
    assert reading.reasons == reasons
    assert reading.order == (2, 1, 0)
