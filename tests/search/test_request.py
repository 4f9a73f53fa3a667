"""Every refusal of a request names its field."""

import math
from dataclasses import replace

import pytest

from services.core.errors import InputError
from services.core.settings import Search
from services.search.request import GroupBy, Part, SearchRequest, check

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
        {"parts": (Part(text="a", weight=-10), Part(document_id="d"), Part(media_id=MEDIA))},
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
        ({"parts": (Part(text="a", image=b"b"),)}, "parts[0]"),
        ({"parts": (Part(text="a"), Part(text=" \n", field="parts[1].text"))}, "parts[1].text"),
        ({"parts": (Part(text="a" * 21, field="text"),)}, "text"),
        ({"parts": (Part(text="a\0b"),)}, "parts[0]"),
        ({"parts": (Part(text="\ud800"),)}, "parts[0]"),
        ({"parts": (Part(image=b""),)}, "parts[0]"),
        ({"parts": (Part(image_url="ftp://host/a.png"),)}, "parts[0]"),
        ({"parts": (Part(image_url="https://host/" + "a" * 2048),)}, "parts[0]"),
        ({"parts": (Part(media_id="med_1"),)}, "parts[0]"),
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
        ({"hybrid": 0.5, "parts": (Part(document_id="d"),)}, "hybrid"),
        ({"hybrid": 0.5, "parts": (Part(text="a", weight=-1), Part(document_id="d"))}, "hybrid"),
        ({"hybrid": 0.5, "group_by": GroupBy.VIEW}, "group_by"),
    ],
    ids=str,
)
def test_what_does_not_is_refused_by_field(change, field) -> None:
    with pytest.raises(InputError) as refused:
        check(replace(GOOD, **change), limits=LIMITS)
    assert [problem.field for problem in refused.value.fields] == [field]


@pytest.mark.parametrize(
    ("reference", "part"),
    [
        ("https://host/a.png", Part(image_url="https://host/a.png", field="image")),
        ("HTTP://host/a.png", Part(image_url="HTTP://host/a.png", field="image")),
        ("data:image/png;base64,AA", Part(image_url="data:image/png;base64,AA", field="image")),
        (MEDIA, Part(media_id=MEDIA, field="image")),
        (f"media:{MEDIA}", Part(media_id=MEDIA, field="image")),
    ],
)
def test_a_picture_is_known_by_the_form_of_its_reference(reference, part) -> None:
    assert Part.picture(reference) == part


@pytest.mark.parametrize("reference", ["", "file:///etc/passwd", "med_x", "a.png", "//host/a"])
def test_any_other_form_of_reference_is_refused(reference) -> None:
    with pytest.raises(InputError, match=r"parts\[1\]\.image"):
        Part.picture(reference, field="parts[1].image")
