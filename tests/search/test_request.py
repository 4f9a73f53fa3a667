"""Every refusal of a request names its field."""

import math
from dataclasses import replace

import pytest

from services.core.errors import InputError
from services.core.media.kinds import Kind
from services.core.settings import Search
from services.core.types.facets import Facet, Span
from services.search.parts import Medium, Part
from services.search.request import GroupBy, SearchRequest, check
from tests.search.shop import medium

LIMITS = Search(max_parts=3, max_text_characters=20, max_limit=50, max_offset=100)
GOOD = SearchRequest("shop", (Part(text="a mug"),))
MEDIA = "med_" + "a" * 32


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"limit": 50, "offset": 100},
        {"min_score": -1.0},
        {"min_score": 1.0},
        {"hybrid": 0.0},
        {"hybrid": 1.0},
        {"hybrid": 0.5, "rrf_k": 1},
        {"understand": True, "parts": (Part(text="a"), Part(text="b", weight=-1))},
        {"facets": tuple(Facet(f"a{n}", (Span(None, 1), Span(1, 2))) for n in range(10))},
        {"max_per": {"a": 1, "b": 100, "c": 5}},
        {"hybrid": 0.5, "rrf_k": 1000},
        {"parts": (Part(text="a", weight=-10), Part(document_id="d"), medium(media_id=MEDIA))},
    ],
    ids=str,
)
def test_what_makes_sense_passes(change) -> None:
    check(replace(GOOD, **change), limits=LIMITS)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"index": "No"}, "index"),
        ({"parts": ()}, "parts"),
        ({"parts": (Part(text="a"),) * 4}, "parts"),
        ({"parts": (Part(),)}, "parts[0]"),
        ({"parts": (replace(medium(b"b"), text="a"),)}, "parts[0]"),
        ({"parts": (replace(medium(b"b"), document_id="a"),)}, "parts[0]"),
        ({"parts": (medium(b"b", kind=Kind.AUDIO, media_id=MEDIA),)}, "parts[0]"),
        ({"parts": (medium(),)}, "parts[0]"),
        ({"parts": (Part(text="a"), Part(text=" \n", field="parts[1].text"))}, "parts[1].text"),
        ({"parts": (Part(text="a" * 21, field="text"),)}, "text"),
        ({"parts": (Part(text="a\0b"),)}, "parts[0]"),
        ({"parts": (Part(text="\ud800"),)}, "parts[0]"),
        ({"parts": (medium(b""),)}, "parts[0]"),
        ({"parts": (medium(url="ftp://host/a.png"),)}, "parts[0]"),
        ({"parts": (medium(url="https://host/" + "a" * 2048),)}, "parts[0]"),
        ({"parts": (medium(media_id="med_1"),)}, "parts[0]"),
        ({"parts": (Part(document_id="../x"),)}, "parts[0]"),
        ({"parts": (Part(text="a", weight=10.1),)}, "parts[0].weight"),
        ({"parts": (Part(text="a", weight=math.nan),)}, "parts[0].weight"),
        ({"parts": (Part(text="a", weight=-math.inf),)}, "parts[0].weight"),
        ({"parts": (Part(text="a", weight=0), Part(text="b", weight=0))}, "parts"),
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"offset": -1}, "offset"),
        ({"offset": 101}, "offset"),
        ({"offset": 5, "cursor": "x"}, "cursor"),
        ({"min_score": 1.01}, "min_score"),
        ({"min_score": math.nan}, "min_score"),
        ({"hybrid": 1.5}, "hybrid"),
        ({"hybrid": math.nan}, "hybrid"),
        ({"hybrid": 0.5, "rrf_k": 0}, "hybrid.k"),
        ({"hybrid": 0.5, "rrf_k": 1001}, "hybrid.k"),
        ({"hybrid": 0.5, "parts": (Part(document_id="d"),)}, "hybrid"),
        ({"hybrid": 0.5, "parts": (Part(text="a", weight=-1), Part(document_id="d"))}, "hybrid"),
        ({"hybrid": 0.5, "group_by": GroupBy.VIEW}, "group_by"),
        ({"facets": (Facet("a"),) * 2}, "facets[1]"),
        ({"facets": tuple(Facet(f"a{n}") for n in range(11))}, "facets"),
        ({"facets": (Facet("a"), Facet("b", (Span(0, 1),) * 21))}, "facets[1].ranges"),
        ({"facets": (Facet("a", (Span(0, 1), Span(2, 2))),)}, "facets[0].ranges[1]"),
        ({"facets": (Facet("a", (Span(math.nan, 2),)),)}, "facets[0].ranges[0]"),
        ({"understand": True, "parts": (Part(document_id="d"),)}, "understand"),
        ({"understand": True, "parts": (Part(text="a"), Part(text="b"))}, "understand"),
        ({"understand": True, "parts": (Part(text="a", weight=-1),)}, "understand"),
        ({"max_per": {"brand": 0}}, "max_per.brand"),
        ({"max_per": {"brand": 101}}, "max_per.brand"),
        ({"max_per": dict.fromkeys("abcd", 1)}, "max_per"),
    ],
    ids=str,
)
def test_what_does_not_is_refused_by_field(change, field) -> None:
    with pytest.raises(InputError) as refused:
        check(replace(GOOD, **change), limits=LIMITS)
    assert [problem.field for problem in refused.value.fields] == [field]


@pytest.mark.parametrize("kind", [Kind.IMAGE, Kind.AUDIO, Kind.VIDEO])
@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("https://host/a.png", {"url": "https://host/a.png"}),
        ("HTTP://host/a.png", {"url": "HTTP://host/a.png"}),
        ("data:image/png;base64,AA", {"url": "data:image/png;base64,AA"}),
        (MEDIA, {"media_id": MEDIA}),
        (f"media:{MEDIA}", {"media_id": MEDIA}),
    ],
)
def test_a_medium_is_known_by_the_form_of_its_reference(kind, reference, expected) -> None:
    assert Medium.named(kind, reference, field="x") == Medium(kind, **expected)


@pytest.mark.parametrize("reference", ["", "file:///etc/passwd", "med_x", "a.png", "//host/a"])
def test_any_other_form_of_reference_is_refused(reference) -> None:
    with pytest.raises(InputError, match=r"parts\[1\]\.video: .*data:video/"):
        Medium.named(Kind.VIDEO, reference, field="parts[1].video")
