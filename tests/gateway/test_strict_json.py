"""JSON that a store cannot keep is refused with its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway import strict_json
from services.gateway.errors import NotJson

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(VALUES, st.booleans())
def test_ordinary_json_reads_as_the_standard_library_reads_it(
    value: object, ascii_only: bool
) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert strict_json.loads(raw) == value


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"a": NaN}', "body"),
        (b'{"a": -Infinity}', "body"),
        (b'{"a": 1e999}', "a"),
        (b'{"a": [1, {"b": 9223372036854775808}]}', "a[1].b"),
        (b'{"a": ' + b"9" * 5000 + b"}", "body"),
        (b'{"a": 1, "a": 2}', "body"),
        (b'{"a": "x\\u0000y"}', "a"),
        (b'{"a": ["\\ud800"]}', "a[0]"),
        (b'{"a": "\xff"}', "body"),
        (b'{"a": "\xed\xa0\x80"}', "body"),
        (b'{"a\\ud800": 1}', "body"),
        (b"[" * 65 + b"]" * 65, "[0]" * 64),
        (b"[" * 100_000 + b"]" * 100_000, "body"),
        (b"", "body"),
        (b"{", "body"),
        (b"\xef\xbb\xbf{}", "body"),
        (b'{"a": 1} x', "body"),
    ],
)  # fmt: skip
def test_what_no_store_can_keep_is_refused(raw: bytes, field: str) -> None:
    with pytest.raises(NotJson) as refused:
        strict_json.loads(raw)
    assert refused.value.status == 400
    assert refused.value.fields[0].field == field[:200]


@pytest.mark.parametrize(
    "raw",
    [
        b'"\\\\u0000"',
        b'"\\ud83d\\ude00"',
        b"-9223372036854775808",
        b"1e99",
        b'"1234567890123456789012345"',
        b"[" * 64 + b"]" * 64,
    ],
)
def test_what_only_looks_suspicious_is_read(raw: bytes) -> None:
    assert strict_json.loads(raw) == json.loads(raw)
