"""Words for a product: its title, its description, and the many ways people name it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from datasets.sample_catalog.palette import SYNONYMS
from datasets.sample_catalog.specs import ProductSpec
from datasets.sample_catalog.vocabulary import (
    KIND_NAMES,
    PATTERN_ADJECTIVES,
    PATTERN_PHRASES,
    TITLE_PATTERNS,
    USES,
)

CAPTIONS = (
    "{colour} {pattern} {kind}",
    "a {colour} {pattern} {kind}",
    "{pattern} {kind} in {colour}",
    "{pattern} {colour} {kind}",
    "{kind}, {pattern}, {colour}",
    "{colour} {kind} {phrase}",
    "a {kind} {phrase} in {colour}",
    "{kind} in {colour} {phrase}",
    "a photo of a {colour} {pattern} {kind}",
    "I am looking for a {colour} {kind} {phrase}",
    "{brand} {pattern} {kind} in {colour}, made of {material}",
    "{kind} {phrase}. Colour: {colour}. Material: {material}.",
    "The {kind} comes in {colour} {phrase}.",
)
PAIRS = frozenset({"headphones", "sneakers"})
ENDS = frozenset({"with", "in", "like", "that", "covered", "of", "a"})
"""Words after which no noun of the same phrase comes."""
WISHES = (
    "a {kind} with this",
    "{kind} like this",
    "a {kind} in this pattern and colour",
    "this print on a {kind}",
    "a {kind} with this pattern",
    "I want a {kind} that looks like this",
    "{kind} with this design",
    "the same look as a {kind}",
    "show me a {kind} in this style",
    "{kind}",
)


def title(spec: ProductSpec, rng: Random) -> str:
    """A shop's title, such as "Leopard Print Phone Case in Amber"."""
    names = {
        "pattern": rng.choice(TITLE_PATTERNS[spec.pattern]),
        "kind": "T-Shirt" if spec.kind == "t-shirt" else spec.kind.title(),
        "colour": spec.colour.title(),
        "brand": spec.brand,
        "material": _title_case(spec.material),
    }
    form = rng.choice(
        (
            "{pattern} {kind} in {colour}",
            "{brand} {pattern} {kind}, {colour}",
            "{colour} {pattern} {kind}",
            "{brand} {colour} {kind}, {pattern}",
            "{pattern} {material} {kind} in {colour}",
            "{brand} {pattern} {kind} in {colour}",
        )
    )
    return form.format(**names)


def description(spec: ProductSpec, rng: Random) -> str:
    """Two to four sentences: looks, use, material and sometimes a word more."""
    words = _words(spec, rng)
    looks = rng.choice(
        (
            "a {kind} in {colour} {phrase}.",
            "a {pattern} {kind} in {colour}, designed by {brand}.",
            "{Colour} {kind} {phrase}, from {brand}.",
            "{brand}'s {pattern} {kind} in {colour}, made of {material}.",
        )
    )
    looks = with_article(looks.format(**words))
    sentences = [looks[0].upper() + looks[1:], rng.choice(USES[spec.kind])]
    if rng.random() < 0.6:
        more = rng.choice(
            (
                "Made of {material} by {brand}.",
                "The {pattern} design in {synonym} is a favourite of the season.",
                "{Material} that lasts, in a {synonym} that is easy to combine.",
                "Also looked for as: {pattern} {other} in {synonym}.",
            )
        )
        sentences.append(more.format(**words))
    if rng.random() < 0.35:
        sentences.append(
            rng.choice(
                (
                    "A good present.",
                    "Ships in recycled paper.",
                    "Thirty days to change your mind.",
                    "Made in small batches.",
                )
            )
        )
    return " ".join(sentences)


def captions(spec: ProductSpec, rng: Random) -> tuple[str, ...]:
    """Thirteen true captions of the product, short and long, each in other words."""
    made = []
    for form in CAPTIONS:
        words = _words(spec, rng)
        words["kind"] = rng.choice(KIND_NAMES[spec.kind][:1] * 2 + KIND_NAMES[spec.kind])
        words["colour"] = rng.choice(SYNONYMS[spec.colour][:1] * 3 + SYNONYMS[spec.colour])
        made.append(with_article(form.format(**words)))
    return tuple(made)


def wish(kind: str, rng: Random) -> str:
    """Words that name only the kind; a picture beside them gives pattern and colour."""
    name = rng.choice(KIND_NAMES[kind][:1] * 3 + KIND_NAMES[kind])
    return with_article(rng.choice(WISHES).format(kind=name))


def with_article(text: str) -> str:
    """The text with every "a" made right for what follows: "an amber mug", "a pair of sneakers"."""
    words = text.split(" ")
    made = []
    for place, word in enumerate(words):
        rest = words[place + 1 :]
        if word != "a" or not rest:
            made.append(word)
        elif _counts_pairs(rest):
            made.append("a pair of")
        else:
            made.append("an" if rest[0][0].lower() in "aeiou" else "a")
    return " ".join(made)


def _counts_pairs(words: Sequence[str]) -> bool:
    """Whether the noun that these words lead to comes in pairs, as headphones do."""
    for word in words[:5]:
        if word.rstrip(",.") in PAIRS:
            return True
        if word in ENDS:
            return False
    return False


def _words(spec: ProductSpec, rng: Random) -> dict[str, str]:
    pattern = rng.choice(
        PATTERN_ADJECTIVES[spec.pattern][:2] * 2 + PATTERN_ADJECTIVES[spec.pattern]
    )
    return {
        "kind": spec.kind,
        "other": rng.choice(KIND_NAMES[spec.kind][1:]),
        "colour": spec.colour,
        "Colour": spec.colour.capitalize(),
        "synonym": rng.choice(SYNONYMS[spec.colour]),
        "pattern": pattern,
        "phrase": rng.choice(PATTERN_PHRASES[spec.pattern]),
        "brand": spec.brand,
        "material": spec.material,
        "Material": spec.material[:1].upper() + spec.material[1:],
    }


def _title_case(text: str) -> str:
    return " ".join(word if word.isupper() else word.capitalize() for word in text.split(" "))
