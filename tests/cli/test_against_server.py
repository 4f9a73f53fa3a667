"""Commands against a real server: what a person types, and what comes of it."""

from __future__ import annotations

import json
import shutil
import wave
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.sample_catalog import generate
from tests.cli.conftest import Margay
from tests.core.media.pdfs import pdf
from tests.integration.server_process import ServerProcess
from tests.models.recordings import film


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "catalog"
    generate(folder, count=36)
    return folder


@pytest.fixture
def products(server: ServerProcess, url: str, margay: Margay, catalog: Path) -> str:
    """The sample catalog, ingested by the command itself the first time."""
    if server.client.get("/v1/indexes/products").status_code == 404:
        attributes = ["brand:string", "kind:string", "price:number", "in_stock:boolean"]
        options = [part for one in attributes for part in ("--attribute", one)]
        assert margay("index", "create", "products", *options).code == 0
        ran = margay("ingest", _declared(catalog))
        assert ran.code == 0, ran.err
        assert "36 of 36 documents are in products" in ran.out
    return "products"


def _declared(catalog: Path) -> Path:
    """The catalog with only the attributes that this test's index declares."""
    lines = [json.loads(line) for line in (catalog / "products.jsonl").read_text().splitlines()]
    for line in lines:
        kept = ("brand", "kind", "price", "in_stock")
        line["attributes"] = {name: line["attributes"][name] for name in kept}
    path = catalog / "declared.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_search_json_is_the_answer_of_the_api(
    margay: Margay, server: ServerProcess, products: str
) -> None:
    ran = margay("search", "a mug", "--json", "--explain", "-n", 5)
    request = {"text": "a mug", "explain": True, "limit": 5}
    answer = server.client.post("/v1/indexes/products/search", json=request).json()
    assert _lasting(json.loads(ran.out)) == _lasting(answer)


def _lasting(answer: dict[str, Any]) -> str:
    """Everything but what differs from one search to the next, as text: order counts."""
    changing = {"query_id": "", "timings_ms": list(answer["timings_ms"]), "next_cursor": ""}
    return json.dumps(answer | changing)


def test_a_table_of_hits_fits_80_columns(margay: Margay, catalog: Path, products: str) -> None:
    picture = catalog / "queries" / "leopard-fur.jpg"
    ran = margay("search", "a phone case with this", "--image", picture, "-n", 3)
    assert ran.code == 0
    assert "phone-case-" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_like_starts_from_a_document(margay: Margay, products: str) -> None:
    found = json.loads(margay("search", "--like", "mug-0001", "--json", "-n", 3).out)
    assert len(found["hits"]) == 3


def test_a_filter_narrows_and_a_wrong_one_names_the_field(margay: Margay, products: str) -> None:
    cheap = margay("search", "a mug", "--filter", '{"price": {"lt": 15}}', "--json")
    prices = [hit["document"]["attributes"]["price"] for hit in json.loads(cheap.out)["hits"]]
    assert prices
    assert max(prices) < 15
    wrong = margay("search", "a mug", "--filter", '{"price": {"lt": "x"}}')
    assert (wrong.code, wrong.err.strip()) == (1, "margay: filter.price.lt: must be a number")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["search", "mug", "--index", "nowhere"], "nowhere"),
        (["search", "mug", "--image", __file__], "image"),
        (["search", "mug", "--audio", __file__], "audio"),
        (["search", "mug", "--video", __file__], "video"),
        (["search", "mug", "--target", "sound"], "target"),
        (["index", "create", "Shop"], "index"),
        (["index", "create", "shop", "-a", "price:money"], "attributes.price"),
        (["index", "rebuild", "nowhere"], "nowhere"),
        (["jobs", "show", "job_1"], "job_id"),
        (["jobs", "cancel", "job_" + "0" * 28], "job_0000"),
        (["ingest", __file__], "source"),
    ],
)
def test_a_refusal_is_one_sentence_that_names_the_field(
    margay: Margay, url: str, arguments: list[str], named: str
) -> None:
    ran = margay(*arguments)
    assert ran.code == 1
    assert ran.out == ""
    assert named in ran.err
    assert "Traceback" not in ran.err


def test_verify_stats_jobs_and_rebuild_agree(margay: Margay, products: str) -> None:
    assert "36 documents" in margay("index", "verify", products).out
    assert json.loads(margay("index", "stats", products, "--json").out)["documents"] == 36
    job = json.loads(margay("jobs", "list", "--json").out)["items"][0]["id"]
    assert job in margay("jobs", "list").out
    assert "succeeded" in margay("jobs", "show", job).out
    assert margay("jobs", "watch", job).code == 0
    assert margay("index", "rebuild", products).code == 0
    assert margay("index", "verify", products).code == 0
    assert "former" in margay("index", "stats", products).out
    assert "256 dimensions" in margay("index", "rollback", products).out
    assert margay("index", "verify", products).code == 0
    assert margay("index", "drop-former", products).code == 0
    assert "no former collection" in margay("index", "rollback", products).err


def test_models_say_how_they_do(margay: Margay, products: str) -> None:
    listed = json.loads(margay("models", "status", "--json").out)["items"]
    assert [each["name"] for each in listed][:1] == ["pocket"]
    ran = margay("models", "status")
    assert ran.code == 0
    assert "forward" in ran.out


@pytest.fixture
def shop(margay: Margay, url: str) -> str:
    assert margay("index", "create", "shop", "-a", "price:number").code == 0
    return "shop"


def test_a_csv_comes_in_by_its_columns_and_a_bad_row_stays_out_alone(
    margay: Margay, shop: str, catalog: Path, tmp_path: Path
) -> None:
    shutil.copy(catalog / "images" / "mug-0001.jpg", tmp_path / "mug.jpg")
    rows = ["A1,[bold]Tin[/x] mug,mug.jpg,12.5", "A2,Blue mug,gone.jpg,9", "A3,Mug,mug.jpg,cheap"]
    (tmp_path / "shop.csv").write_text("\n".join(["sku,name,photo,price", *rows]))
    columns = ("id=sku", "title=name", "images=photo", "attributes.price=price")
    options = [part for one in columns for part in ("--map", one)]
    ran = margay("ingest", tmp_path / "shop.csv", "--index", shop, *options)
    assert ran.code == 1
    assert "row 2: images: 'gone.jpg'" in ran.out
    assert "row 3: attributes.price: must be a number" in ran.out
    assert "1 of 3 documents are in shop" in ran.out
    assert "[bold]Tin[/x] mug" in margay("search", "tin mug", "--index", shop).out


def test_columns_that_fit_no_field_are_refused_before_anything_is_sent(
    margay: Margay, shop: str, tmp_path: Path
) -> None:
    (tmp_path / "odd.csv").write_text("colour of the box\nred\nblue\n")
    ran = margay("ingest", tmp_path / "odd.csv", "--index", shop)
    assert ran.code == 1
    assert "colour of the box" in ran.err


def test_parquet_and_a_folder_of_pictures_come_in(
    margay: Margay, shop: str, catalog: Path, tmp_path: Path
) -> None:
    pq.write_table(pa.table({"id": ["p1", "p2"], "title": ["Oak", "Ash"]}), tmp_path / "a.parquet")
    ran = margay("ingest", tmp_path / "a.parquet", "--index", shop)
    assert "2 of 2 documents are in shop" in ran.out
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(catalog / "images" / "mug-0001.jpg", folder / "cup.jpg")
    assert "1 of 1 documents are in shop" in margay("ingest", folder, "--index", shop).out
    (folder / "empty.png").touch()
    ran = margay("ingest", folder, "--index", shop)
    assert "empty.png: images[0]: must not be empty" in ran.out
    assert "1 of 2 documents are in shop" in ran.out


def test_a_folder_that_is_too_much_for_one_request_is_sent_in_parts(
    margay: Margay, shop: str, tmp_path: Path
) -> None:
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name in ("one", "two", "three"):
        with wave.open(str(folder / name), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(48_000)
            file.writeframes(bytes(23_000_000))  # three of them are more than a request may have
    (folder / "manual.bin").write_bytes(pdf("Valve"))
    (folder / "film.mp4").write_bytes(film(1.0))
    ran = margay("ingest", folder, "--index", shop)
    assert "5 of 5 documents are in shop" in ran.out, ran.out + ran.err
