"""Reads the Grocery Store data set: pictures of 81 products, and photos taken of them in shops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datasets.cursors import numbered
from datasets.errors import DatasetError
from datasets.grocery_layouts import Class, Photo, classes, is_here, photos
from datasets.records import About, Judged, Product, Totals

ABOUT: Final = About(
    name="grocery",
    title="Grocery Store (Klasson, Zhang and Kjellström, WACV 2019)",
    licence="MIT; copyright 2019 Marcus Klasson.",
    source="https://github.com/marcusklasson/GroceryStoreDataset",
    layout="dataset/classes.csv, {train,val,test}.txt, train/, val/, test/ and "
    "iconic-images-and-descriptions/; or the reduced products.jsonl, photos.csv, photos/, iconic/",
    splits=("val", "train", "test"),
)
SAME, KIN = 2, 1
"""Grades of the product itself, and of another sort of it (any apple for an apple)."""
MAX_NEW_WORDS: Final = 2


@dataclass(frozen=True, slots=True)
class Grocery:
    """81 products; photos of a split ask for them by picture, their names by words, both for kin.

    Composed queries show one sort and name what another one has in its place (a red pepper,
    "yellow instead"), so that neither the photo nor the words are enough.
    """

    folder: Path
    split: str
    about: About = ABOUT

    def totals(self) -> Totals:
        """Exact: the lists are short."""
        return Totals(sum(1 for _ in self.products()), sum(1 for _ in self.queries()))

    def products(self, after: str | None = None) -> Iterator[Product]:
        """One product a class, by class number, with its iconic picture."""
        return numbered(self._products(), after=after)

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        """Words, then each photo alone and with words; category is the department."""
        return numbered(self._queries(), after=after)

    def _products(self) -> Iterator[Product]:
        for one in classes(self.folder):
            yield Product(
                id=one.id,
                title=one.name,
                description=one.description,
                images=(one.picture,),
                attributes={"category": one.category, "department": one.department},
            )

    def _queries(self) -> Iterator[Judged]:
        known = classes(self.folder)
        by_id = {one.id: one for one in known}
        for one in known:
            yield from _in_words(one, known)
        shown: Counter[str] = Counter()
        for photo in photos(self.folder, self.split):
            if photo.product not in by_id:
                raise DatasetError(f"{photo.where}: {photo.product} is not a product")
            one = by_id[photo.product]
            yield _photo(photo, one, known)
            yield from _instead(photo, one, known, number=shown[one.id])
            shown[one.id] += 1


def open_grocery(folder: Path, *, split: str | None = None) -> Grocery:
    """Open either layout. Raises DatasetError for an unknown split or a folder with neither."""
    split = split or ABOUT.splits[0]
    if split not in ABOUT.splits:
        raise DatasetError(f"split {split!r} is not one of {', '.join(ABOUT.splits)}")
    if not is_here(folder):
        raise DatasetError(f"{folder} is not a Grocery Store data set; it needs {ABOUT.layout}")
    return Grocery(folder, split)


def grades(one: Class, known: Sequence[Class]) -> dict[str, int]:
    """The product itself, and its kin."""
    kin = {other.id: KIN for other in known if other.category == one.category}
    return kin | {one.id: SAME}


def instead(one: Class, known: Sequence[Class]) -> list[tuple[Class, str]]:
    """Other sorts that differ from this one in a few words, with those words.

    Red and yellow bell peppers do; a Granny Smith and a Pink Lady have no word in common.
    """
    mine = one.name.split()
    found = []
    for other in known:
        theirs = other.name.split()
        new = [word for word in theirs if word not in mine]
        shared = [word for word in theirs if word in mine]
        if other.category == one.category and 0 < len(new) <= MAX_NEW_WORDS and shared:
            found.append((other, " ".join(new).lower()))
    return found


def _in_words(one: Class, known: Sequence[Class]) -> Iterator[Judged]:
    """The name, and the name beside what it is a sort of."""
    right = grades(one, known)
    sort = "" if one.category == one.name else f", a kind of {one.category.lower()}"
    yield Judged(f"name-{one.id}", text=one.name, grades=right, category=one.department)
    yield Judged(
        f"wish-{one.id}",
        text=f"I am looking for {one.name.lower()}{sort}",
        grades=right,
        category=one.department,
        paraphrase_of=f"name-{one.id}",
    )


def _photo(photo: Photo, one: Class, known: Sequence[Class]) -> Judged:
    return Judged(
        f"photo-{photo.id}",
        image=photo.path,
        grades=grades(one, known),
        category=one.department,
    )


def _instead(photo: Photo, one: Class, known: Sequence[Class], *, number: int) -> Iterator[Judged]:
    """The photo with the words of another sort; each photo of a product names the next one."""
    others = instead(one, known)
    if others:
        other, words = others[number % len(others)]
        yield Judged(
            f"instead-{photo.id}",
            text=f"{words} instead",
            image=photo.path,
            grades={other.id: SAME},
            category=one.department,
        )
