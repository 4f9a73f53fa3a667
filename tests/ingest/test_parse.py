"""Documents are read strictly, and every refusal names its field."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import InputError
from services.core.settings import Ingest
from services.core.types.documents import Document
from services.core.types.indexes import AttributeType
from services.ingest import document_json, parse, references

DECLARED = {"price": AttributeType.NUMBER, "tags": AttributeType.TAGS}
LIMITS = Ingest(max_documents_per_request=3, max_images_per_document=2)
MEDIA = "med_" + "a" * 32


def read(raw: object) -> Document:
    return parse.document(raw, attributes=DECLARED, limits=LIMITS)


def refused(raw: object) -> str:
    with pytest.raises(InputError) as caught:
        read(raw)
    assert caught.value.fields, "a refusal names its field"
    return caught.value.detail


def test_a_whole_document_is_read() -> None:
    made = read(
        {
            "id": "mug-1",
            "title": "Mug",
            "description": "Blue",
            "sku": "M1",
            "images": ["https://example.com/a.jpg", MEDIA],
            "attributes": {"price": 3, "tags": ["a"], "free": {"x": [1, None]}, "gone": None},
            "signals": {"popularity": 1},
            "owner": "me",
            "consent": {"terms": "2026-01"},
            "expires_at": "2027-01-31T12:00:00+02:00",
        }
    )
    assert made.images == ("https://example.com/a.jpg", f"media:{MEDIA}")
    assert made.attributes == {"price": 3, "tags": ["a"], "free": {"x": [1, None]}}
    assert made.signals == {"popularity": 1.0}
    assert made.expires_at == datetime(2027, 1, 31, 10, tzinfo=UTC)
    assert document_json.load(document_json.dump(made)) == made


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "document.colour"),
        ({"id": None}, "document.id"),
        ({"id": "a/b"}, "document.id"),
        ({"id": 7}, "document.id"),
        ({"title": "x" * 513}, "document.title"),
        ({"title": 7}, "document.title"),
        ({"title": "a\0b"}, "document.title"),
        ({"title": "\ud800"}, "document.title"),
        ({"description": "x" * 16_385}, "document.description"),
        ({"sku": "x" * 129}, "document.sku"),
        ({"owner": "x" * 257}, "document.owner"),
        ({"images": "https://example.com"}, "document.images"),
        ({"images": ["https://a", "https://b", "https://c"]}, "document.images"),
        ({"images": ["ftp://example.com/a"]}, "document.images[0]"),
        ({"images": ["path:../secret"]}, "document.images[0]"),
        ({"images": ["stage:stg_1"]}, "document.images[0]"),
        ({"images": ["media:med_x"]}, "document.images[0]"),
        ({"images": ["file:"]}, "document.images[0]"),
        ({"images": ["https://a/\0"]}, "document.images[0]"),
        ({"images": ["https://a/" + "x" * 2048]}, "document.images[0]"),
        ({"attributes": []}, "document.attributes"),
        ({"attributes": {"price": "3"}}, "document.attributes.price"),
        ({"attributes": {"tags": "a"}}, "document.attributes.tags"),
        ({"attributes": {"x": float("nan")}}, "document.attributes.x"),
        ({"attributes": {"x": 2**63}}, "document.attributes.x"),
        ({"attributes": {"x": "y" * 65_537}}, "document.attributes"),
        ({"attributes": {"": 1}}, "document.attributes"),
        ({"attributes": {"x": "\ud800"}}, "document.attributes.x"),
        ({"signals": {"p": "1"}}, "document.signals.p"),
        ({"signals": {"p": float("inf")}}, "document.signals.p"),
        ({"signals": {"p": True}}, "document.signals.p"),
        ({"signals": {"p": None}}, "document.signals.p"),
        ({"signals": {f"p{n}": n for n in range(65)}}, "document.signals"),
        ({"signals": {"Not A Name": 1}}, "document.signals"),
        ({"consent": "yes"}, "document.consent"),
        ({"expires_at": "2027-01-31"}, "document.expires_at"),
        ({"expires_at": "2027-01-31T12:00:00"}, "document.expires_at"),
        ({"expires_at": "2027-02-30T12:00:00Z"}, "document.expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+23:00"}, "document.expires_at"),
        ({"expires_at": 5}, "document.expires_at"),
        ({"title": " "}, "document"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(change: dict[str, object], field: str) -> None:
    assert refused({"id": "a", "title": "t"} | change).startswith(f"{field}: ")


def test_attributes_may_nest_eight_levels_and_no_more() -> None:
    def nested(levels: int) -> dict[str, object]:
        return {"x": 1} if levels == 1 else {"x": nested(levels - 1)}

    assert read({"id": "a", "title": "t", "attributes": nested(8)})
    assert "8 levels" in refused({"id": "a", "title": "t", "attributes": nested(9)})


def test_problems_of_several_documents_are_named_together() -> None:
    raw = [{"id": "a", "title": "t"}, {"id": "b"}, {"id": "c", "title": 1}]
    with pytest.raises(InputError) as caught:
        parse.documents(raw, attributes={}, limits=LIMITS)
    fields = [problem.field for problem in caught.value.fields]
    assert fields == ["documents[1]", "documents[2].title"]


@pytest.mark.parametrize("raw", [None, {}, "x", [], [{"id": "a", "title": "t"}] * 4])
def test_only_lists_of_allowed_length_are_taken(raw: object) -> None:
    with pytest.raises(InputError, match="documents: "):
        parse.documents(raw, attributes={}, limits=LIMITS)


def test_an_import_may_name_files_but_no_uploaded_parts() -> None:
    def images(reference: str) -> tuple[str, ...]:
        raw = {"id": "a", "images": [reference]}
        allowed = references.IMPORT_FORMS
        return parse.document(raw, attributes={}, limits=LIMITS, allowed=allowed).images

    assert images("path:photos/a.jpg") == ("path:photos/a.jpg",)
    with pytest.raises(InputError):
        images("file:a.jpg")


@pytest.mark.parametrize("raw", [{}, [], {"title": "x"}, {"attributes": {"price": "1"}}])
def test_a_patch_changes_only_attributes_and_signals(raw: object) -> None:
    with pytest.raises(InputError):
        parse.patch(raw, attributes=DECLARED)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = st.sampled_from([*parse.FIELDS, "other"])


@given(st.dictionaries(NAMES, JSON) | JSON)
def test_any_json_is_either_read_or_refused_by_field(raw: object) -> None:
    try:
        made = read(raw)
    except InputError as error:
        named = bool(error.fields)
    else:
        named = document_json.load(document_json.dump(made)) == made
    assert named
