"""Questions to the catalog, with the right answers graded from the products' specifications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from datasets.sample_catalog.palette import SYNONYMS
from datasets.sample_catalog.products import Look, Product
from datasets.sample_catalog.specs import NATURAL, ProductSpec
from datasets.sample_catalog.vocabulary import KIND_NAMES, PATTERN_ADJECTIVES, PATTERN_PHRASES
from datasets.sample_catalog.wording import wish, with_article

TEXTS, IMAGES, COMPOSED = 150, 100, 100
FURS_OF_EACH = 2
"""Close-ups of each animal."""
FORMS = (
    "a {colour} {pattern} {kind}",
    "{colour} {pattern} {kind}",
    "{kind} {phrase} in {colour}",
    "{pattern} {kind}, {colour}",
    "do you have a {kind} in {colour} {phrase}",
    "looking for a {pattern} {kind} in {colour}",
)
DEMO_WISH = "a phone case with this"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer should be; `id` is the very product on the picture, if there is one."""

    kind: str
    colour: str
    pattern: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One question; `type` is text, image or composed."""

    query_id: str
    type: str
    wanted: Wanted
    text: str | None = None
    image: str | None = None

    def line(self) -> dict[str, str]:
        """The query as it stands in `queries.jsonl`."""
        line = {"query_id": self.query_id, "type": self.type}
        if self.text is not None:
            line["text"] = self.text
        if self.image is not None:
            line["image"] = self.image
        return line


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """A picture to ask with: a photographed product, a swatch, or a fur (`colour` is None)."""

    path: str
    seed: str
    photographed: ProductSpec | None = None
    colour: str | None = None
    pattern: str | None = None


def questions(
    products: Sequence[Product], *, seed: int
) -> tuple[tuple[Query, ...], tuple[QueryPicture, ...]]:
    """All queries, and the pictures they need; fewer for a catalog too small to answer them all."""
    shown, photographs = _image_queries(products, seed)
    composed, close_ups = _composed_queries(products, seed)
    return (*_text_queries(products, seed), *shown, *composed), (*photographs, *close_ups)


def grade(query: Query, product: Product) -> int:
    """How right an answer is, 0..3.

    Text and composed: 3 for kind, colour and pattern, 2 for the kind and one of them, 1 for the
    kind alone. Image: 3 for the product itself, 2 for another of its kind, colour and pattern,
    1 for its kind and pattern.
    """
    wanted, spec = query.wanted, product.spec
    if spec.kind != wanted.kind:
        return 0
    same_colour, same_pattern = spec.colour == wanted.colour, spec.pattern == wanted.pattern
    if query.type != "image":
        return 1 + same_colour + same_pattern
    if product.id == wanted.id:
        return 3
    return (1 + same_colour) if same_pattern else 0


def qrels(queries: Iterable[Query], products: Sequence[Product]) -> str:
    """The graded answers in TREC's format, best first within a query."""
    lines = []
    for query in queries:
        graded = [(grade(query, product), product.id) for product in products]
        best_first = sorted((-value, name) for value, name in graded if value)
        lines += [f"{query.query_id} 0 {name} {-value}\n" for value, name in best_first]
    return "".join(lines)


def _text_queries(products: Sequence[Product], seed: int) -> list[Query]:
    rng = Random(f"{seed}/text")
    designs = _designs(products)
    rng.shuffle(designs)
    made = []
    for number, wanted in enumerate(designs[:TEXTS], start=1):
        kinds, colours = KIND_NAMES[wanted.kind], SYNONYMS[wanted.colour]
        text = rng.choice(FORMS).format(
            kind=rng.choice(kinds[:1] * 5 + kinds),
            colour=rng.choice(colours[:1] * 6 + colours),
            pattern=rng.choice(PATTERN_ADJECTIVES[wanted.pattern][:3]),
            phrase=rng.choice(PATTERN_PHRASES[wanted.pattern]),
        )
        made.append(Query(f"text-{number:03d}", "text", wanted, text=with_article(text)))
    return made


def _image_queries(
    products: Sequence[Product], seed: int
) -> tuple[list[Query], list[QueryPicture]]:
    rng = Random(f"{seed}/image")
    chosen = rng.sample(products, min(IMAGES, len(products)))
    queries, pictures = [], []
    for number, product in enumerate(chosen, start=1):
        name = f"image-{number:03d}"
        path = f"queries/photo-{product.id}.jpg"
        spec = product.spec
        wanted = Wanted(spec.kind, spec.colour, spec.pattern, product.id)
        queries.append(Query(name, "image", wanted, image=path))
        pictures.append(QueryPicture(path, f"{seed}/{path}", photographed=spec))
    return queries, pictures


def _composed_queries(
    products: Sequence[Product], seed: int
) -> tuple[list[Query], list[QueryPicture]]:
    rng = Random(f"{seed}/composed")
    designs = _designs(products)
    first = designs[:1]  # the phone case with the leopard's own look, which the demo asks for
    rest = designs[1:]
    rng.shuffle(rest)
    pictures = {path: QueryPicture(path, f"{seed}/{path}", pattern=p) for p, path in _furs()}
    queries = []
    for number, wanted in enumerate((first + rest)[:COMPOSED], start=1):
        path = _close_up((wanted.colour, wanted.pattern), number)
        text = DEMO_WISH if number == 1 else wish(wanted.kind, rng)
        queries.append(Query(f"composed-{number:03d}", "composed", wanted, text=text, image=path))
        look = QueryPicture(path, f"{seed}/{path}", colour=wanted.colour, pattern=wanted.pattern)
        pictures.setdefault(path, look)
    return queries, list(pictures.values())


def _furs() -> list[tuple[str, str]]:
    return [(p, fur_path(p, number)) for p in NATURAL for number in range(1, FURS_OF_EACH + 1)]


def fur_path(pattern: str, number: int = 1) -> str:
    """Where the animal's close-up lies; the first has no number in its name."""
    return f"queries/{pattern}-fur.jpg" if number == 1 else f"queries/{pattern}-fur-{number}.jpg"


def _close_up(look: Look, number: int) -> str:
    colour, pattern = look
    if NATURAL.get(pattern) == colour:
        return fur_path(pattern, (number - 1) % FURS_OF_EACH + 1)
    return f"queries/swatch-{colour}-{pattern}-{number % 2 + 1}.jpg"


def _designs(products: Iterable[Product]) -> list[Wanted]:
    """Every kind, colour and pattern on sale, once, in the catalog's order."""
    specs = (product.spec for product in products)
    return list(dict.fromkeys(Wanted(spec.kind, spec.colour, spec.pattern) for spec in specs))
