"""Drawing with several processes gives what one process gives."""

from __future__ import annotations

from datasets.sample_catalog.catalog import BATCH, _drawn
from datasets.sample_catalog.products import assortment


def test_several_processes_draw_every_picture_once(tmp_path):
    products = assortment(seed=5, count=6 * BATCH)
    (tmp_path / "images").mkdir()
    assert sum(_drawn(tmp_path, products)) == len(products)
    assert {f"images/{path.name}" for path in (tmp_path / "images").iterdir()} == {
        product.image for product in products
    }
