"""An export is what ingestion and evaluation read, and goes on where it was cut off."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from datasets import export as module
from datasets import grocery
from datasets.errors import DatasetError
from datasets.export import Wanted, export
from datasets.export_state import Counts
from datasets.folder import Folder
from datasets.grocery import open_grocery
from datasets.records import About, Judged, Packed, Product, Totals
from services.core.settings import Ingest
from services.ingest import parse
from services.ingest.references import IMPORT_FORMS
from services.ingest.sources import mapping
from services.ingest.sources import open as sources
from services.ingest.sources.spec import ImportSpec, SourceType
from services.insight import query_set


def listing(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_evaluation_reads_it(published_grocery: Path, tmp_path: Path) -> None:
    counts = export(open_grocery(published_grocery), tmp_path / "out")
    assert counts == Counts(products=3, queries=11, grades=17)
    read = query_set.read(tmp_path / "out")
    assert [one.id for one in read.documents] == ["0", "1", "2"]
    assert [one.type for one in read.queries].count("composed") == 2
    assert read.grades["photo-val-Red-Bell-Pepper_001"] == {"0": 2, "1": 1}
    assert "MIT" in (tmp_path / "out/LICENCE.txt").read_text("utf-8")


def test_ingestion_reads_every_line(catalog: Path, tmp_path: Path) -> None:
    export(Folder(catalog), tmp_path / "out")
    spec = ImportSpec(SourceType.JSONL, tmp_path / "out/products.jsonl")
    documents = [
        parse.document(
            mapping.raw_document(row.fields, spec, attributes={}),
            attributes={},
            limits=Ingest(),
            allowed=IMPORT_FORMS,
        )
        for row in sources.rows(spec, None)
    ]
    assert [one.id for one in documents] == ["a", "b", "c"]
    assert documents[0].images[0].startswith("path:media/")
    assert (tmp_path / "out" / documents[0].images[0].removeprefix("path:")).is_file()
    assert documents[2].images == ("https://x.test/c.jpg",)


def test_an_export_of_an_export_says_the_same(catalog: Path, tmp_path: Path) -> None:
    export(Folder(catalog), tmp_path / "one")
    export(Folder(tmp_path / "one"), tmp_path / "two")
    one, two = Folder(tmp_path / "one"), Folder(tmp_path / "two")
    assert [q.grades for q in one.queries()] == [q.grades for q in two.queries()]
    assert [(p.id, p.title, p.attributes) for p in one.products()] == [
        (p.id, p.title, p.attributes) for p in two.products()
    ]


def test_what_is_missing_is_left_out_and_counted(catalog: Path, tmp_path: Path) -> None:
    (catalog / "queries/red.png").unlink()
    counts = export(Folder(catalog), tmp_path / "out", wanted=Wanted(limit=2))
    assert counts == Counts(
        products=2,
        queries=3,
        grades=4,
        missing_media=1,
        queries_left_out=3,
        grades_left_out=3,
    )
    assert [one["query_id"] for one in lines_of(tmp_path / "out/queries.jsonl")] == [
        "q1",
        "q3",
        "q5",
    ]
    assert "q1 0 c" not in (tmp_path / "out/qrels.txt").read_text("utf-8")


def test_only_judged_products_of_the_queries_asked_for(catalog: Path, tmp_path: Path) -> None:
    wanted = Wanted(judged_only=True, query_limit=1)
    counts = export(Folder(catalog), tmp_path / "all", wanted=wanted)
    assert (counts.products, counts.queries) == (3, 1)
    (catalog / "qrels.txt").write_text("q1 0 b 1\nq2 0 a 1\n", "utf-8")
    counts = export(Folder(catalog), tmp_path / "one", wanted=wanted)
    assert [one["id"] for one in lines_of(tmp_path / "one/products.jsonl")] == ["b"]
    assert (counts.products, counts.products_left_out, counts.queries) == (1, 2, 1)


def test_addresses_are_fetched_if_asked_for(catalog: Path, tmp_path: Path) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes | None:
        asked.append(url)
        return b"picture" if url.startswith("https://x.test/c") else None

    export(Folder(catalog), tmp_path / "out", fetch=fetch)
    (name,) = lines_of(tmp_path / "out/products.jsonl")[2]["images"]
    assert asked == ["https://x.test/c.jpg"]
    assert (tmp_path / "out" / name).read_bytes() == b"picture"


def test_media_can_share_their_bytes(reduced_grocery: Path, tmp_path: Path) -> None:
    export(open_grocery(reduced_grocery), tmp_path / "out", link=True)
    (name,) = lines_of(tmp_path / "out/products.jsonl")[0]["images"]
    assert (tmp_path / "out" / name).samefile(reduced_grocery / "iconic/00.jpg")


MANY = About("many", "Many", "ours", "here", "none")


@dataclass(frozen=True)
class Many:
    """Products that come from an archive, and a failure after some of them."""

    archive: Path
    products_until: int = 1_000
    queries_until: int = 1_000
    about: About = MANY

    def totals(self) -> Totals:
        return Totals(9, 9)

    def products(self, after: str | None = None) -> Iterator[Product]:
        for at in range(int(after or 0), 9):
            if at == self.products_until:
                raise DatasetError("cut off")
            image = Packed(self.archive, f"{at}.jpg", at, 1)
            yield Product(f"p{at // 2 * 2}", title="t", images=(image,), cursor=str(at + 1))

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        for at in range(int(after or 0), 9):
            if at == self.queries_until:
                raise DatasetError("cut off")
            yield Judged(f"q{at}", text="t", grades={f"p{at}": 1}, cursor=str(at + 1))


@pytest.mark.parametrize("judged_only", [False, True])
def test_a_cut_export_goes_on_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, judged_only: bool
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    archive = tmp_path / "all.bin"
    archive.write_bytes(b"012345678")
    wanted = Wanted(judged_only=judged_only)
    whole = export(Many(archive), tmp_path / "whole", wanted=wanted)
    assert (whole.products, whole.products_left_out, whole.queries) == (5, 4, 5)
    for cut in (0, 1, 4, 8):
        for stage in ("products_until", "queries_until"):
            out = tmp_path / f"{stage}{cut}"
            with pytest.raises(DatasetError, match="cut off"):
                export(Many(archive, **{stage: cut}), out, wanted=wanted)
            with (out / "qrels.txt").open("a", encoding="utf-8") as torn:
                torn.write("q0 0")  # what a crash leaves behind the last settled point
            assert export(Many(archive), out, wanted=wanted) == whole
            assert listing(out) == listing(tmp_path / "whole")


def test_a_complete_export_is_left_as_it_is(reduced_grocery: Path, tmp_path: Path) -> None:
    first = export(open_grocery(reduced_grocery), tmp_path / "out")
    before = listing(tmp_path / "out")
    gone = Folder(tmp_path / "nowhere", about=grocery.ABOUT)
    assert export(gone, tmp_path / "out") == first
    assert listing(tmp_path / "out") == before


def test_a_folder_of_something_else_is_refused(catalog: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds other files"):
        export(Folder(catalog), catalog)
    export(Folder(catalog), tmp_path / "out")
    with pytest.raises(DatasetError, match="name another folder"):
        export(Folder(catalog), tmp_path / "out", wanted=Wanted(limit=1))
    with pytest.raises(DatasetError, match="is a file"):
        export(Folder(catalog), catalog / "qrels.txt")
    (tmp_path / "out/export.json").write_text("{}", "utf-8")
    with pytest.raises(DatasetError, match="not the state of an export"):
        export(Folder(catalog), tmp_path / "out")
