"""What the model is shown: numbers and pictures agree, nothing is stretched, QUERY is visible."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from services.search.rerank.vlm.grid import compose, side
from tests.search.rerank.vlm.eyes import cells, plain

GOLDEN = Path(__file__).parent / "golden"
COLOURS = [(16 * n, 255 - 15 * n, (n * 70) % 256) for n in range(16)]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.mark.parametrize("count", [1, 2, 4, 5, 9, 10, 16])
def test_candidates_stand_row_by_row_in_the_order_given(count: int) -> None:
    pictures = [plain(colour) for colour in COLOURS[:count]]
    query, shown = cells(opened(compose(plain((1, 2, 250)), pictures)), cell=300)
    np.testing.assert_allclose(query, (1, 2, 250), atol=6)
    np.testing.assert_allclose(shown[:count], COLOURS[:count], atol=6)


@pytest.mark.parametrize(("count", "across"), [(1, 2), (4, 2), (5, 3), (9, 3), (10, 4), (16, 4)])
def test_the_grid_is_the_smallest_square(count: int, across: int) -> None:
    assert side(count) == across
    with_query = opened(compose(plain((0, 0, 0)), [None] * count))
    assert with_query.size == ((across + 1) * 300, across * 300)
    assert opened(compose(None, [None] * count)).size == (across * 300, across * 300)


def test_pictures_are_letter_boxed_not_stretched() -> None:
    wide = Image.new("RGB", (400, 100), (0, 200, 0))
    file = io.BytesIO()
    wide.save(file, "JPEG")
    cell = np.asarray(opened(compose(None, [file.getvalue()])).crop((60, 10, 290, 290)), dtype=int)
    green = (cell[:, :, 1] > 150) & (cell[:, :, 0] < 90)
    rows = green.any(axis=1).sum()
    assert 65 <= rows <= 82  # 296 wide at 4 : 1 is 74 high
    assert (cell[:30] > 240).all()  # the rest is white


@pytest.mark.parametrize("broken", [None, b"", b"not a picture", plain((9, 9, 9))[:60]])
def test_a_candidate_without_a_picture_keeps_its_numbered_cell(broken: bytes | None) -> None:
    _, shown = cells(opened(compose(None, [plain((250, 0, 0)), broken])), cell=300)
    np.testing.assert_allclose(shown[1], (225, 225, 225), atol=6)


@pytest.mark.parametrize("count", [0, 17])
def test_too_few_or_too_many_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 16"):
        compose(None, [None] * count)


@pytest.mark.parametrize(("name", "count", "cell"), [("nine", 9, 150), ("sixteen", 16, 120)])
def test_marks_look_as_they_did(name: str, count: int, cell: int) -> None:
    found = opened(compose(plain((240, 240, 240)), [None] * count, cell=cell))
    golden = Image.open(GOLDEN / f"{name}.png").convert("RGB")
    assert found.size == golden.size
    difference = np.asarray(ImageChops.difference(found, golden), dtype=float)
    assert difference.mean() < 1.5


def test_every_number_has_a_look_of_its_own() -> None:
    """In a 300 pixel cell each label differs clearly from each other one."""
    picture = opened(compose(None, [None] * 16))
    labels = []
    for at in range(16):
        row, column = divmod(at, 4)
        corner = (column * 300 + 2, row * 300 + 2)
        box = (*corner, corner[0] + 75, corner[1] + 55)
        labels.append(np.asarray(picture.crop(box).convert("L"), dtype=float))
    for at, one in enumerate(labels):
        for other in labels[at + 1 :]:
            assert (np.abs(one - other) > 100).sum() > 60
