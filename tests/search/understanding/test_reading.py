"""Sentences become a shorter text and a filter; any text at all becomes something sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core import filters
from services.core.types.indexes import AttributeType
from services.search.understanding import english
from services.search.understanding.reading import read
from services.search.understanding.vocabulary import vocabulary

ATTRIBUTES = {
    "price": AttributeType.NUMBER,
    "brand": AttributeType.STRING,
    "colour": AttributeType.STRING,
    "tags": AttributeType.TAGS,
    "size_inch": AttributeType.NUMBER,
    "weight_kg": AttributeType.NUMBER,
    "volume_ml": AttributeType.INTEGER,
    "pieces": AttributeType.INTEGER,
}
KNOWN = vocabulary(
    {
        "brand": ["Acme", "Dr. Martens", "Apple", "Sony"],
        "colour": ["red", "Red", "navy blue", "blue"],
        "tags": ["apple", "striped", "5", "in", "not"],
    }
)


@pytest.mark.parametrize(
    ("text", "left", "filter"),
    [
        ("55 inch OLED under $1500", "OLED", {"size_inch": {"eq": 55}, "price": {"lt": 1500}}),
        ('55" OLED below 1,500 dollars', "OLED", {"size_inch": {"eq": 55}, "price": {"lt": 1500}}),
        ("a mug under 20", "a mug", {"price": {"lt": 20}}),
        ("under 20 with a lid", "with a lid", {"price": {"lt": 20}}),
        ("lamp less than £9.99", "lamp", {"price": {"lt": 9.99}}),
        ("lamp above €9", "lamp", {"price": {"gt": 9}}),
        ("lamp over 9 EUR", "lamp", {"price": {"gt": 9}}),
        ("lamp, between 20 and 50", "lamp", {"price": {"gte": 20, "lte": 50}}),
        ("lamp between $50 and $20", "lamp", {"price": {"gte": 20, "lte": 50}}),
        ("lamp from $20 to $50", "lamp", {"price": {"gte": 20, "lte": 50}}),
        ("$20-50 lamp", "lamp", {"price": {"gte": 20, "lte": 50}}),
        ("$1.5k or less lamp", "lamp", {"price": {"lte": 1500}}),
        ("no more than 30 usd", "no more than 30 usd", {"price": {"lte": 30}}),
        ("not under $30 lamp", "lamp", {"price": {"gte": 30}}),
        ("bag 500 g", "bag", {"weight_kg": {"eq": 0.5}}),
        ("bag under 2 kg", "bag", {"weight_kg": {"lt": 2}}),
        ("can of 0.33 l", "can of", {"volume_ml": {"eq": 330}}),
        ("bottle, at least 1 litre and under $5", "bottle",
         {"volume_ml": {"gte": 1000}, "price": {"lt": 5}}),
        ("a Red mug", "a Red mug", {"colour": {"in": ["red", "Red"]}}),
        ("NAVY-BLUE hat", "NAVY-BLUE hat", {"colour": "navy blue"}),
        ("dr martens boots", "dr martens boots", {"brand": "Dr. Martens"}),
        ("striped hat", "striped hat", {"tags": {"any": ["striped"]}}),
        ("sony or acme", "sony or acme", {"brand": {"in": ["Sony", "Acme"]}}),
        ("apple pie", "apple pie", {"any": [{"brand": "Apple"}, {"tags": {"any": ["apple"]}}]}),
        ("under $9, above $3", "under $9, above $3",
         {"all": [{"price": {"lt": 9}}, {"price": {"gt": 3}}]}),
    ],
    ids=str,
)  # fmt: skip
def test_a_sentence_is_read(text, left, filter) -> None:
    reading = read(text, ATTRIBUTES, KNOWN)
    assert (reading.text, reading.filter) == (left, filter)


@pytest.mark.parametrize(
    "text",
    [
        "a plain lamp",
        "$50 voucher",
        "4k screen under 4k",
        "jeans from 1985",
        "over 65 keys",
        "iphone 12-13",
        "between $5 and",
        "under twenty",
        "5 pounds",
        "30 cm ruler",
        "size 10 in stock",
        "lamp under 20%",
        "version under 1.500.000",
        "not red",
        "without red or blue",
        "red-hot",
        "sonyx reddish",
        "in 5",
    ],
)
def test_what_says_nothing_is_left_as_it_is(text) -> None:
    reading = read(text, ATTRIBUTES, KNOWN)
    assert (reading.text, reading.filter, reading.matched) == (text, None, ())


def test_each_match_says_which_words_it_is_of() -> None:
    reading = read("Sony 55-inch tv under $900", ATTRIBUTES, KNOWN)
    assert [(each.words, each.attribute, each.value) for each in reading.matched] == [
        ("55-inch", "size_inch", {"eq": 55}),
        ("under $900", "price", {"lt": 900}),
        ("Sony", "brand", "Sony"),
    ]


def test_without_a_declared_attribute_a_number_stays_in_the_text() -> None:
    reading = read("55 inch OLED under $1500", {"price": AttributeType.NUMBER}, vocabulary({}))
    assert (reading.text, reading.filter) == ("55 inch OLED", {"price": {"lt": 1500}})
    reading = read("55 inch OLED under $1500", {"price": AttributeType.STRING}, vocabulary({}))
    assert reading.filter is None


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("lamp under $19.50", {"lt": 20}),
        ("lamp over $19.50", {"gt": 19}),
        ("lamp up to $19.50", {"lte": 19}),
        ("lamp at least $19.50", {"gte": 20}),
    ],
)
def test_bounds_of_whole_numbers_let_the_same_ones_pass(text, bounds) -> None:
    reading = read(text, {"price": AttributeType.INTEGER}, vocabulary({}))
    assert reading.filter == {"price": bounds}


@pytest.mark.parametrize(
    ("text", "attribute"),
    [("ruler 30 cm", None), ("width 30 cm", "width_cm"), ("ruler of 30 mm", "tip_mm")],
)
def test_of_several_attributes_of_one_kind_the_named_or_the_units_own_is_taken(
    text, attribute
) -> None:
    declared = dict.fromkeys(("width_cm", "height_cm", "tip_mm"), AttributeType.NUMBER)
    reading = read(text, declared, vocabulary({}))
    assert reading.filter == (None if attribute is None else {attribute: {"eq": 30}})


def test_a_vocabulary_keeps_only_what_a_sentence_could_name() -> None:
    long = "one two three four five six seven"
    known = vocabulary({"a": ["", "x", "12", "the", long, "ok", "Ω", "b" * 65]})
    assert set(known.phrases) == {("ok",)}
    assert set(vocabulary({"a": ["size 12", "Straße"]}).phrases) == {("size", "12"), ("strasse",)}


PIECES = st.one_of(
    st.sampled_from(
        [
            *(words for each in english.BOUNDS.values() for words in each),
            *(words for each in english.BOUNDS_BEHIND.values() for words in each),
            *(word for each in english.UNIT_WORDS.values() for word in each),
            *english.SIGNS, *english.CURRENCIES, *english.NEGATIONS,
            "between", "and", "to", "-", "5", "1,500", "0.33", "999999999999", "1.5k",
            "red", "Dr. Martens", "apple", "navy blue", "striped", ",", "mug",
        ]
    ),
    st.text(max_size=6),
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=14).map(" ".join),
    st.lists(PIECES, max_size=10).map("".join),
    st.text(max_size=80),
)


@given(TEXTS, st.sampled_from([AttributeType.NUMBER, AttributeType.INTEGER]))
def test_any_text_gives_a_text_and_a_filter_that_parses(text, type) -> None:
    declared = ATTRIBUTES | {"price": type}
    reading = read(text, declared, KNOWN)
    if text.strip():
        assert reading.text.strip()
    if reading.filter is None:
        assert (reading.text, reading.matched) == (text, ())
    else:
        filters.parse(reading.filter, declared)
        assert reading.matched
    assert len(reading.text) <= len(text)
    assert all(each.words in text for each in reading.matched)


@pytest.mark.parametrize("piece", [" ", "1,", "under ", "5 - ", "$", "under"])
def test_a_long_text_that_says_nothing_is_left_as_it_is(piece) -> None:
    text = piece * (2000 // len(piece))
    reading = read(text, ATTRIBUTES, KNOWN)
    assert (reading.text, reading.filter) == (text, None)
