"""What each measure of the page tells, in a few words for who does not know its name."""

from __future__ import annotations

from typing import Final

from services.insight.evaluation.page.markup import Html, element

ANSWERED: Final = "queries with at least one document in their answer"
_MEANINGS: Final = {
    "ndcg": "how near the first {cut} are to the best order there is; higher grades and earlier "
    "places count more",
    "mrr": "1 over the place of the first right answer: 1 is first, 0.5 second; "
    "0 where none of the first {cut} is right",
    "map": "how early all right answers come within the first {cut}",
    "precision": "of the first {cut} shown, how many are right",
    "recall": "of all right answers, how many are among the first {cut}; "
    "where more than {cut} fit, it cannot be 1",
    "hit": "how often any of the first {cut} is right",
}


def meaning(measure: str) -> str:
    """What a measure counts: `recall@10` and the like; nothing for one that is not known."""
    family, _, cut = measure.partition("@")
    if measure == "precision@1":
        return "how often the very first is right"
    return _MEANINGS.get(family, "").format(cut=cut)


def shown_of(k: int) -> str:
    """What a share of the catalog is of."""
    return f"documents that were among the first {k} of any query"


def explained(name: str, words: str) -> Html:
    """A name with what it means below it."""
    return element("span", name, element("small", words), class_="explained")
