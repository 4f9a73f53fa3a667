"""What every store of query sets must do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.core.errors import NotFound
from services.core.ports.work import Database
from services.core.types.evaluations import JudgedMedium, JudgedQuery
from tests.contract.database import NOW

WORDS = JudgedQuery("words", text="a red mug", grades={"a": 2, "b": 0}, category="mugs")
PICTURE = JudgedQuery(
    "picture", media=(JudgedMedium("image", "judged/s/1"),), paraphrase_of="words", grades={"a": 1}
)
BOTH = JudgedQuery("both", text="this in red", media=(JudgedMedium("image", "judged/s/2"),))


class QuerySetStoreContract:
    """Provide `database` and `shop`."""

    def test_queries_come_back_in_their_order(self, database: Database, shop: str) -> None:
        with database.work() as work:
            assert work.query_sets.put("s", index=shop, description="d", now=NOW)
            work.query_sets.add("s", [WORDS])
            work.query_sets.add("s", [PICTURE, BOTH])
        with database.read() as work:
            assert work.query_sets.queries("s", after=None, limit=9) == [WORDS, PICTURE, BOTH]
            assert work.query_sets.queries("s", after="words", limit=1) == [PICTURE]
            assert work.query_sets.queries("s", after="both", limit=9) == []
            assert work.query_sets.media_keys("s") == {"judged/s/1", "judged/s/2"}

    def test_its_queries_are_counted_by_kind(self, database: Database, shop: str) -> None:
        with database.work() as work:
            work.query_sets.put("s", index=shop, description="d", now=NOW)
            work.query_sets.put("bare", index=shop, description="", now=NOW)
            work.query_sets.add("s", [WORDS, PICTURE, BOTH, replace(WORDS, id="more")])
        with database.read() as work:
            info = work.query_sets.get("s")
            assert (info.index, info.description, info.created_at) == (shop, "d", NOW)
            assert info.kinds == {"composed": 1, "image": 1, "text": 2}
            bare, found = work.query_sets.all()
            assert (bare.name, dict(bare.kinds)) == ("bare", {})
            assert found == info

    def test_a_query_of_the_same_id_takes_its_place(self, database: Database, shop: str) -> None:
        changed = replace(WORDS, text="a blue mug", grades={"c": 1})
        with database.work() as work:
            work.query_sets.put("s", index=shop, description="", now=NOW)
            work.query_sets.add("s", [WORDS, PICTURE])
            work.query_sets.add("s", [BOTH, changed])
            assert work.query_sets.queries("s", after=None, limit=9) == [changed, PICTURE, BOTH]

    def test_a_set_that_is_made_again_is_empty(self, database: Database, shop: str) -> None:
        with database.work() as work:
            work.query_sets.put("s", index=shop, description="", now=NOW)
            work.query_sets.add("s", [WORDS])
            assert not work.query_sets.put("s", index=shop, description="new", now=NOW)
            assert work.query_sets.queries("s", after=None, limit=9) == []
            assert work.query_sets.get("s").description == "new"

    def test_it_goes_with_its_index(self, database: Database, shop: str) -> None:
        with database.work() as work:
            work.query_sets.put("s", index=shop, description="", now=NOW)
            work.query_sets.add("s", [WORDS])
            work.indexes.remove(shop)
            with pytest.raises(NotFound, match="'s'"):
                work.query_sets.queries("s", after=None, limit=9)

    def test_an_absent_set_is_not_found(self, database: Database, shop: str) -> None:
        with database.work() as work:
            with pytest.raises(NotFound, match="nowhere"):
                work.query_sets.get("nowhere")
            with pytest.raises(NotFound, match="nowhere"):
                work.query_sets.add("nowhere", [WORDS])
            with pytest.raises(NotFound, match="nowhere"):
                work.query_sets.remove("nowhere")
            with pytest.raises(NotFound, match="lost"):
                work.query_sets.put("s", index="lost", description="", now=NOW)
            work.query_sets.put("s", index=shop, description="", now=NOW)
            work.query_sets.remove("s")
            assert work.query_sets.all() == []
