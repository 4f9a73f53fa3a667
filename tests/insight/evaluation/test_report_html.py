"""The page holds everything in itself, and nothing that anybody wrote runs in it."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insight.evaluation.compare import compare
from services.insight.evaluation.page.markup import Html, element
from services.insight.evaluation.page.meanings import meaning
from services.insight.evaluation.page.numbers import (
    chance,
    milliseconds,
    part,
    relative,
    signed,
    ticks,
)
from services.insight.evaluation.page.worst import MAX_PICTURE_BYTES, data_uri
from services.insight.evaluation.report_html import (
    Pictures,
    content_security_policy,
    render,
    wanted,
)
from services.insight.evaluation.wording import title
from tests.insight.evaluation.made import answers, queries
from tests.insight.evaluation.whole import HOSTILE, whole_report

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
VOID = {"meta", "img", "line", "polyline", "rect"}


class Reader(HTMLParser):
    """Every element with its attributes, and whether all that open close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.style = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data


@pytest.fixture(scope="module")
def page() -> str:
    asked = wanted(whole_report())
    pictures = Pictures(
        queries=dict.fromkeys(asked.queries, PNG),
        documents=dict.fromkeys(asked.documents, PNG),
        titles=dict.fromkeys(asked.documents, HOSTILE),
    )
    return render(whole_report(), pictures)


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


def test_every_element_is_closed(read: Reader) -> None:
    assert read.open == []
    assert read.found[0][0] == "html"


def test_nothing_runs_and_nothing_is_fetched(read: Reader) -> None:
    tags = {tag for tag, _ in read.found}
    assert not tags & {"script", "link", "iframe", "object", "form", "a", "base"}
    for _, attributes in read.found:
        assert not any(name.startswith("on") or name in ("style", "href") for name in attributes)
        assert (attributes.get("src") or "data:image/").startswith("data:image/")


def test_what_people_wrote_is_shown_as_text(page: str) -> None:
    assert "<script" not in page
    assert "&lt;/style&gt;&lt;script&gt;alert(&quot;x&quot;)" in page


def test_the_policy_allows_the_style_that_is_there_and_no_more(read: Reader) -> None:
    policy = next(
        attributes["content"]
        for tag, attributes in read.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert content_security_policy() == f"{policy}; frame-ancestors 'none'"
    digest = b64encode(sha256(read.style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_every_part_is_there_once(read: Reader) -> None:
    parts = [attributes["id"] for tag, attributes in read.found if tag == "section"]
    assert parts == [
        "quality", "differences", "slices", "latency", "suggestions", "rerank", "modalities",
        "robustness", "sizes", "recall", "worst",
    ]  # fmt: skip


def test_what_was_not_measured_has_no_part() -> None:
    asked = queries(6)
    alone = compare(asked, {"a": answers(asked, noise=1)}, control="a", depth=20, seed=1)
    parts = {attributes.get("id") for tag, attributes in Reader(render(alone)).found}
    assert not parts & {"differences", "rerank", "modalities", "sizes", "recall"}
    assert {"quality", "worst"} <= parts


def test_every_measure_says_what_it_counts(page: str) -> None:
    counts = "of all right answers, how many are among the first 10; where more than 10 fit"
    assert f"recall@10<small>{counts}" in page
    for measure in whole_report().measured[0].overall.measures:
        assert meaning(measure)
        assert f"{title(measure)}<small>" in page


def test_a_pair_is_named_the_control_last() -> None:
    asked = queries(6)
    found = {name: answers(asked, noise=1) for name in ("default", "words")}
    told = render(compare(asked, found, control="default", depth=20, seed=1))
    assert "<h1>words against default</h1>" in told


def test_no_number_has_a_hyphen_for_a_minus(page: str) -> None:
    texts = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    assert re.findall(r"(?:>|[\s(])-\d", texts) == []


def test_every_picture_drawn_says_what_it_shows(read: Reader) -> None:
    drawn = [attributes for tag, attributes in read.found if tag == "svg"]
    assert len(drawn) > 20
    assert all(one["aria-label"] for one in drawn)


def test_wanted_pictures_are_named_once_and_shown(read: Reader) -> None:
    asked = wanted(whole_report())
    assert asked.queries == ("media/1",)
    assert len(set(asked.documents)) == len(asked.documents) > 10
    shown = [attributes for tag, attributes in read.found if tag == "img"]
    hits = sum(
        len(query.hits) + len(query.missed) + len(query.media)
        for one in whole_report().measured
        for query in one.worst
    )
    assert len(shown) == hits


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"GIF89a", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
    ],
)
def test_a_picture_is_told_by_its_first_bytes(picture: bytes, kind: str) -> None:
    assert (data_uri(picture) or "").startswith(f"data:image/{kind};base64,")


@pytest.mark.parametrize(
    "picture", [None, b"", b"<svg onload=alert(1)>", PNG + bytes(MAX_PICTURE_BYTES)]
)
def test_no_picture_or_one_too_large_is_left_out(picture) -> None:
    assert data_uri(picture) is None


@given(st.text(), st.text())
def test_text_and_attributes_come_back_as_they_were(text: str, value: str) -> None:
    text, value = (part.replace("\r", "").replace("\0", "") for part in (text, value))
    seen: list[str] = []

    class Texts(HTMLParser):
        def handle_data(self, data) -> None:
            seen.append(data)

        def handle_starttag(self, tag, attrs) -> None:
            assert attrs == [("title", value)]

    reader = Texts()
    reader.feed(element("p", text, title=value))
    reader.close()
    assert "".join(seen) == text
    assert element("p", Html("<b></b>")) == "<p><b></b></p>"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_ticks_hold_every_value_and_are_few_and_even(values) -> None:
    marks = ticks(values)
    slack = 1e-6 * (marks[-1] - marks[0])
    assert marks[0] - slack <= min(values)
    assert max(values) <= marks[-1] + slack
    assert 2 <= len(marks) <= 7
    steps = [after - before for before, after in pairwise(marks)]
    assert max(steps) == pytest.approx(min(steps), rel=1e-3)


def test_numbers_are_written_with_a_real_minus_and_never_as_minus_nought() -> None:
    assert (signed(-0.01), signed(0.01), signed(-0.0001)) == ("−0.010", "+0.010", "0.000")
    assert (relative(-0.1), relative(None), relative(-1e-9)) == ("−10.0 %", "–", "0.0 %")
    assert (chance(0.0001), chance(0.0123), chance(1.0)) == ("< 0.001", "0.012", "1")


def test_where_nothing_was_reranked_only_the_ceilings_are_drawn() -> None:
    asked = queries(12)
    found = {
        name: replace(one, first_stage=one.documents, matched=("image",) * 20)
        for name, one in answers(asked, noise=1).items()
    }
    told = render(compare(asked, {"a": found}, control="a", depth=20, seed=1))
    assert "as nothing was reranked" in told
    assert "faultless over 20: " in told
    assert "What reranking added" not in told
    # Every hit was found by a picture, since only those were looked at: no share to speak of.
    assert 'id="modalities"' not in told


def test_small_numbers_are_never_nothing() -> None:
    assert (part(0.001), part(0.0), part(0.25)) == ("under 1 %", "0 %", "25 %")
    assert [milliseconds(value) for value in (None, 0.042, 3.14, 1234.5)] == [
        "–", "0.042 ms", "3.1 ms", "1,234 ms",
    ]  # fmt: skip
