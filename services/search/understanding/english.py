"""The English that the rules know: bounds, money, units, and words that name nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BOUNDS: Final[Mapping[str, tuple[str, ...]]] = {
    "lt": ("under", "below", "less than", "cheaper than", "lower than", "smaller than",
           "lighter than", "shorter than", "<"),
    "lte": ("up to", "at most", "no more than", "not more than", "not over", "not above",
            "maximum", "within", "<="),
    "gt": ("over", "above", "more than", "greater than", "bigger than", "larger than",
           "heavier than", "longer than", ">"),
    "gte": ("at least", "no less than", "not less than", "not under", "not below",
            "starting at", "starting from", "from", "minimum", ">="),
}  # fmt: skip
"""What stands before a number, by the comparison it means."""

BOUNDS_BEHIND: Final[Mapping[str, tuple[str, ...]]] = {
    "lte": ("or less", "or under", "or below", "or cheaper", "and under", "max", "maximum"),
    "gte": ("or more", "or above", "or over", "and up", "and above", "and over", "minimum"),
}
"""What stands behind one."""

LOOSE: Final = frozenset(
    {"from", "within", "starting from", "starting at", "smaller than", "lighter than",
     "shorter than", "bigger than", "larger than", "heavier than", "longer than"}
)  # fmt: skip
"""Bounds of a price only where the number has a currency: "jeans from 1985"."""

RANGES: Final = (("between", "and"), ("from", "to"), ("from", "up to"))
"""Words around two numbers."""

SIGNS: Final = ("$", "€", "£", "us$")
CURRENCIES: Final = (
    "usd", "eur", "gbp", "dollar", "dollars", "euro", "euros", "pound", "pounds", "bucks", "quid",
)  # fmt: skip
"""Read, not converted: a catalog's prices are in one currency."""

UNITS: Final[Mapping[str, tuple[str, float]]] = {
    "mm": ("length", 1.0), "cm": ("length", 10.0), "m": ("length", 1000.0),
    "inch": ("inch", 1.0), "ft": ("foot", 1.0),
    "g": ("mass", 1.0), "kg": ("mass", 1000.0), "lb": ("pound", 1.0), "oz": ("ounce", 1.0),
    "ml": ("volume", 1.0), "cl": ("volume", 10.0), "l": ("volume", 1000.0),
    "w": ("power", 1.0), "kw": ("power", 1000.0), "v": ("voltage", 1.0),
    "wh": ("energy", 1.0), "mah": ("charge", 1.0), "hz": ("frequency", 1.0),
    "gb": ("gigabyte", 1.0), "tb": ("terabyte", 1.0), "mp": ("megapixel", 1.0),
}  # fmt: skip
"""By the last part of an attribute's name: what it measures, and how many of the smallest unit.

Only what is exact is converted (kilograms and grams, not inches and centimetres).
"""

UNIT_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "mm": ("mm", "millimetre", "millimetres", "millimeter", "millimeters"),
    "cm": ("cm", "centimetre", "centimetres", "centimeter", "centimeters"),
    "m": ("m", "metre", "metres", "meter", "meters"),
    "inch": ("inch", "inches", '"', "″"),
    "ft": ("ft", "foot", "feet"),
    "g": ("g", "gram", "grams", "gramme", "grammes"),
    "kg": ("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"),
    "lb": ("lb", "lbs"),
    "oz": ("oz", "ounce", "ounces"),
    "ml": ("ml", "millilitre", "millilitres", "milliliter", "milliliters"),
    "cl": ("cl", "centilitre", "centilitres", "centiliter", "centiliters"),
    "l": ("l", "litre", "litres", "liter", "liters"),
    "w": ("w", "watt", "watts"),
    "kw": ("kw", "kilowatt", "kilowatts"),
    "v": ("v", "volt", "volts"),
    "wh": ("wh",),
    "mah": ("mah",),
    "hz": ("hz", "hertz"),
    "gb": ("gb", "gigabyte", "gigabytes"),
    "tb": ("tb", "terabyte", "terabytes"),
    "mp": ("mp", "megapixel", "megapixels"),
}
"""How a unit is written behind a number. `in` is none: "10 in stock"."""

SUFFIXES: Final[Mapping[str, str]] = {"in": "inch", "inches": "inch", "litre": "l", "liter": "l"}
"""Other last parts of an attribute's name."""

JOINING: Final = frozenset(
    ("a", "an", "and", "any", "at", "but", "by", "for", "from", "i", "in", "is", "it", "me", "of",
     "on", "only", "or", "please", "that", "the", "this", "to", "under", "want", "which", "with")
)  # fmt: skip
"""Words that a price without a currency may stand before: "under 20 with a lid", not "20 pieces".

None of them alone is a value of the catalog either.
"""

NEGATIONS: Final = frozenset(
    ("no", "not", "without", "except", "excluding", "minus", "non", "never", "nor")
)
LISTING: Final = frozenset(["and", "or", "nor"])
"""Words that carry a negation on: "not red or blue"."""
