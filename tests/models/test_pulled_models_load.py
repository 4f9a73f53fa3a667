"""What was pulled loads by its name and gives the vectors of the files it came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models import conversion, inventory, registry
from models.base import Content, Purpose
from models.options import LoadOptions
from models.pull import pull
from tests.models.hub_server import Hub
from tests.models.sentence_transformer import tiny_checkpoints
from tests.models.visualized_bge.kit import TINY

TEXT = [Content(text="a red bicycle")]


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def vectors(name: str, options: LoadOptions) -> np.ndarray:
    return registry.load(name, options).embed(TEXT, Purpose.QUERY)


def test_any_repository_that_sentence_transformers_loads(hub: Hub, tmp_path: Path) -> None:
    made = tiny_checkpoints.bert(tmp_path / "made")
    hub.add("someone/bert", files(made))
    options = LoadOptions(folder=tmp_path / "models")
    name = "sentence-transformers:someone/bert"
    pull(name, options, endpoint=hub.url)
    assert np.array_equal(vectors(name, options), vectors(f"sentence-transformers:{made}", options))


def test_visualized_bge_from_the_repositories_of_its_card(hub: Hub, tmp_path: Path) -> None:
    name = "visualized-bge-base-en-v1.5"
    made = TINY.assemble("tiny_base", tmp_path / "made", pickled=True)
    given = files(made)
    checkpoint, encoder = registry.find(name).card.sources  # type: ignore[union-attr]
    hub.add(
        checkpoint.repository,
        {checkpoint.pick[0]: given["made_up.pth"]},
        commit=checkpoint.revision,
    )
    hub.add(encoder.repository, given, commit=encoder.revision)
    options = LoadOptions(folder=tmp_path / "models")
    done = pull(name, options, endpoint=hub.url)
    before = registry.load(name, options)
    # The numbers do not depend on what the checkpoint is called.
    assert np.array_equal(
        before.embed(TEXT, Purpose.QUERY), vectors(name, LoadOptions(weights=made))
    )
    conversion.convert(done.folder, name=name)
    after = registry.load(name, options)
    assert after.describe() == before.describe()
    assert np.array_equal(after.embed(TEXT, Purpose.QUERY), before.embed(TEXT, Purpose.QUERY))
    assert inventory.verify(inventory.named(name, tmp_path / "models")) == []
    assert not pull(name, options, endpoint=hub.url).changed
