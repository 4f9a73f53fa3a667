"""Drawings of the sample catalog as training data, and what can be said and wished about them."""

from collections import defaultdict
from dataclasses import dataclass
from random import Random

from datasets.sample_catalog import wish
from datasets.sample_catalog.vocabulary import KIND_NAMES, PATTERN_ADJECTIVES, PATTERN_PHRASES
from models.pocket.training.samples import OTHER, Caption, Samples, claim

KIND, COLOUR = 2, 3
TOGETHER = 3
"""How many pictures of one colour and pattern a batch holds, so that wishes come true in it."""
CLOTH_SHARE = 0.35
"""How often one of those is a swatch or a fur."""
SOME = (
    "{kind}",
    "{pattern} {kind}",
    "{kind} {phrase}",
    "{colour} {kind}",
    "{kind} in {colour}",
    "{colour} {pattern}",
    "{pattern}",
)
ALL = ("{colour} {pattern} {kind}", "{pattern} {kind} in {colour}", "{colour} {kind} {phrase}")
FRAMES = ("{}", "{}", "{}", "{}", "a {}", "a photo of a {}", "a picture of {}", "buy {}")
CLOTHS = ("{colour} {pattern} fabric", "{colour} {pattern} swatch", "{colour} {pattern} pattern")
PARTS_OF_CLOTH = (*CLOTHS, *CLOTHS, "{pattern}", "{pattern} fur", "{colour} {pattern}", "{phrase}")


@dataclass(frozen=True, slots=True)
class Written:
    """What the catalog itself says about one drawing; nothing about swatches and furs."""

    titles: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()


class Drawings:
    """Pictures with all facts known, grouped by colour and pattern."""

    def __init__(
        self,
        samples: Samples,
        written: list[Written],
        *,
        kinds: tuple[str, ...],
        colours: dict[str, tuple[str, ...]],
        patterns: tuple[str, ...],
    ) -> None:
        self.samples = samples
        self.facts = samples.facts
        self.written = written
        self.kinds = kinds
        self.colours = list(colours.items())
        self.patterns = patterns
        self._products: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._cloths: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row, (kind, colour, pattern) in enumerate(self.facts[:, KIND:].tolist()):
            group = self._cloths if kind == OTHER else self._products
            group[colour, pattern].append(row)

    def choose(self, count: int, random: Random) -> list[int]:
        """Rows for one batch: triples of one colour and pattern, a cloth in some of them."""
        looks = sorted(self._products)
        rows: list[int] = []
        while len(rows) < count:
            look = random.choice(looks)
            group = self._products[look]
            three = random.sample(group, min(TOGETHER, len(group)))
            if random.random() < CLOTH_SHARE and self._cloths[look]:
                three[-1] = random.choice(self._cloths[look])
            rows += three
        return rows[:count]

    def samples_at(self, rows: list[int]) -> Samples:
        """The pictures and facts of some rows."""
        return Samples(self.samples.pictures[rows], self.facts[rows])

    def caption(self, row: int, random: Random) -> Caption:
        """Something true of the drawing: the shop's text, a caption, or one or two facts."""
        written = self.written[row]
        if not written.captions:
            return self._fill(random.choice(PARTS_OF_CLOTH), row, random)
        form = random.random()
        if form < 0.2:
            return Caption(random.choice(written.titles), self._all_claims(row))
        if form < 0.5:
            return Caption(random.choice(written.captions), self._all_claims(row))
        return self._fill(random.choice(SOME if form < 0.85 else ALL), row, random)

    def title(self, row: int, random: Random) -> Caption:
        """The shop's text about the drawing."""
        titles = self.written[row].titles
        if not titles:
            return self.caption(row, random)
        return Caption(random.choice(titles), self._all_claims(row))

    def wish(self, row: int, chosen: list[int], random: Random) -> int:
        """A kind to wish for: one that the batch holds in the row's colour and pattern."""
        there = [
            int(self.facts[other][KIND])
            for other in chosen
            if (self.facts[other][COLOUR:] == self.facts[row][COLOUR:]).all()
            and self.facts[other][KIND] != OTHER
        ]
        return random.choice(there) if there else self.kinds.index("phone case")

    def kind_caption(self, kind: int, random: Random) -> str:
        """A wish for a kind, as somebody would say it with a picture in hand."""
        return wish(self.kinds[kind], random)

    def _all_claims(self, row: int) -> tuple[int, ...]:
        kind, colour, pattern = self.facts[row][KIND:].tolist()
        return claim(kind=kind, colour=colour, pattern=pattern)

    def _fill(self, form: str, row: int, random: Random) -> Caption:
        kind, colour, pattern = self.facts[row][KIND:].tolist()
        text = form.format(
            kind="" if kind == OTHER else usual(KIND_NAMES[self.kinds[kind]], random),
            colour=usual(self.colours[colour][1], random),
            pattern=usual(PATTERN_ADJECTIVES[self.patterns[pattern]], random),
            phrase=random.choice(PATTERN_PHRASES[self.patterns[pattern]]),
        )
        said = {}
        if "{kind}" in form:
            said["kind"] = kind
        if "{colour}" in form:
            said["colour"] = colour
        if "{pattern}" in form or "{phrase}" in form:
            said["pattern"] = pattern
        return Caption(random.choice(FRAMES).format(text), claim(**said))


def usual(words: tuple[str, ...], random: Random) -> str:
    """One of several names, the first more often than not."""
    return words[0] if random.random() < 0.5 else random.choice(words)
