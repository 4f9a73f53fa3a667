"""The catalog on disk: whole, the same for the same seed, and never on top of other files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from datasets.sample_catalog import Catalog, generate

COUNT = 6


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return generate(tmp_path_factory.mktemp("shop") / "catalog", seed=7, count=COUNT)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_has_as_many_products_as_asked_for_with_ids_and_skus_of_their_own(catalog):
    products = lines(catalog.products)
    assert len(products) == COUNT
    assert len({product["id"] for product in products}) == COUNT
    assert len({product["sku"] for product in products}) == COUNT


def test_a_document_has_the_fields_of_the_contract_and_no_others(catalog):
    for product in lines(catalog.products):
        assert list(product) == [
            "id", "sku", "title", "description", "images", "attributes", "signals",
        ]  # fmt: skip
        assert set(product["attributes"]) == {
            "brand", "category", "kind", "colour", "pattern", "price", "rating", "in_stock",
        }  # fmt: skip
        assert set(product["signals"]) == {"popularity", "margin", "stock", "sponsored"}


def test_every_named_picture_opens_at_its_size_and_no_other_picture_lies_there(catalog):
    named = {path for product in lines(catalog.products) for path in product["images"]}
    named |= {query["image"] for query in lines(catalog.queries) if "image" in query}
    on_disk = {
        path.relative_to(catalog.folder).as_posix() for path in catalog.folder.rglob("*.jpg")
    }
    assert named <= on_disk
    assert on_disk - named <= {
        f"queries/{name}.jpg" for name in ("leopard-fur-2", "zebra-fur", "zebra-fur-2")
    }
    for path in on_disk:
        with Image.open(catalog.folder / path) as picture:
            picture.load()
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (384, 384))


def test_the_leopard_is_there_and_the_demo_asks_with_it(catalog):
    assert (catalog.folder / "queries/leopard-fur.jpg").is_file()
    demo = {
        "query_id": "composed-001",
        "type": "composed",
        "text": "a phone case with this",
        "image": "queries/leopard-fur.jpg",
    }
    assert demo in lines(catalog.queries)


def test_the_same_seed_draws_the_same_bytes_and_another_seed_does_not(catalog, tmp_path):
    again = generate(tmp_path / "again", seed=7, count=COUNT)
    assert files(again.folder) == files(catalog.folder)
    other = generate(tmp_path / "other", seed=8, count=COUNT)
    assert other.products.read_bytes() != catalog.products.read_bytes()
    first = "images/phone-case-0001.jpg"
    assert (other.folder / first).read_bytes() != (catalog.folder / first).read_bytes()


def test_progress_ends_when_all_pictures_are_drawn(tmp_path):
    seen: list[tuple[int, int]] = []
    catalog = generate(tmp_path / "c", count=2, progress=lambda *step: seen.append(step))
    total = len(list(catalog.folder.rglob("*.jpg")))
    assert seen[-1] == (total, total)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_complete_catalog_is_left_as_it_is(tmp_path):
    catalog = generate(tmp_path / "c", count=1)
    before = {path: path.stat().st_mtime_ns for path in catalog.folder.rglob("*")}
    assert generate(tmp_path / "c", count=1) == catalog
    assert {path: path.stat().st_mtime_ns for path in catalog.folder.rglob("*")} == before


def test_a_catalog_that_lost_a_picture_is_drawn_again(tmp_path):
    catalog = generate(tmp_path / "c", count=1)
    picture = catalog.folder / "images/phone-case-0001.jpg"
    drawn = picture.read_bytes()
    picture.unlink()
    generate(tmp_path / "c", count=1)
    assert picture.read_bytes() == drawn


def test_another_seed_replaces_the_catalog_and_leaves_no_draft(tmp_path):
    generate(tmp_path / "c", seed=1, count=2)
    generate(tmp_path / "c", seed=2, count=1)
    assert len(lines(tmp_path / "c/products.jsonl")) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_an_interrupted_run_leaves_nothing(tmp_path):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "c", count=1, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_leaves_the_old_catalog(tmp_path):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    before = files(generate(tmp_path / "c", seed=1, count=1).folder)
    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "c", seed=2, count=1, progress=stop)
    assert files(tmp_path / "c") == before


def test_files_of_others_are_never_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="no sample catalog"):
        generate(tmp_path, count=1)
    assert files(tmp_path) == {"thesis.txt": b"years of work"}


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "c").write_text("a file")
    with pytest.raises(NotADirectoryError, match="c is a file"):
        generate(tmp_path / "c", count=1)


@pytest.mark.parametrize("count", [0, -1, 50_001])
def test_a_count_out_of_bounds_is_refused_by_its_limit(tmp_path, count):
    with pytest.raises(ValueError, match=r"count: .* 1 and 50,000"):
        generate(tmp_path / "c", count=count)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder where even root cannot write")
def test_a_place_that_cannot_be_written_is_named():
    with pytest.raises(OSError, match="nothing can be written to /proc"):
        generate(Path("/proc/catalog"), count=1)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "datasets.sample_catalog", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_draws_a_catalog_and_says_where(tmp_path):
    done = command("--out", str(tmp_path / "c"), "--count", "1", "--seed", "3")
    assert (done.returncode, done.stdout) == (0, f"1 products in {tmp_path / 'c'}\n")
    assert len(lines(tmp_path / "c/products.jsonl")) == 1


def test_the_command_says_in_a_sentence_why_it_cannot(tmp_path):
    done = command("--out", str(tmp_path / "c"), "--count", "0")
    assert done.returncode == 1
    assert "was not written: count: 0 is not between" in done.stderr
    assert "Traceback" not in done.stderr
