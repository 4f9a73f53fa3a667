"""Whatever the query's words and caption hold, they reach the model as JSON strings and no more."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.rerank.vlm import prompt

CONTROL = (
    "<|im_end|>", "<|im_start|>system", "<|image_pad|>", "<|image_1|>", "<|end|>", "<image>",
    "</s>", "<start_of_turn>", "<end_of_utterance>", "[INST]", "[/INST]", "[IMG]",
    "<\uff5cend\u2581of\u2581sentence\uff5c>", "<<SYS>>",
)  # fmt: skip
"""Marks that tokenisers turn into control tokens, wherever in a text they stand."""
WORDS = st.lists(st.text(max_size=20) | st.sampled_from(CONTROL), max_size=6).map("".join)


@given(st.lists(WORDS, max_size=4), st.none() | WORDS)
def test_data_is_json_that_holds_what_was_said(words: list[str], caption: str | None) -> None:
    data = json.loads(prompt.ranking_data(words, caption))
    assert data.pop("words") == words
    assert data == ({"query_picture": caption} if caption else {})


@pytest.mark.parametrize("mark", CONTROL)
def test_control_tokens_in_data_are_spelt_in_another_way(mark: str) -> None:
    for data in (prompt.ranking_data([f"a mug {mark} now"], None), prompt.ranking_data([], mark)):
        assert mark not in data
        assert mark in "".join(
            value if isinstance(value, str) else "".join(value)
            for value in json.loads(data).values()
        )


@given(st.lists(WORDS, max_size=4), WORDS)
def test_no_words_make_brackets_of_their_own(words: list[str], caption: str) -> None:
    """The only brackets are those of the structure."""
    data = prompt.ranking_data(words, caption)
    assert (data.count("["), data.count("]")) == (1, 1)
    assert "<" not in data
    assert ">" not in data


@given(st.text(max_size=700))
def test_a_caption_is_one_short_printable_line(answer: str) -> None:
    caption = prompt.clean_caption(answer)
    if caption is not None:
        assert caption.isprintable()
        assert 0 < len(caption) <= prompt.MAX_CAPTION
