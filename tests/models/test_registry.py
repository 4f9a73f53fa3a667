"""Names become embedders, or a sentence that says what is wrong."""

import shutil
from pathlib import Path

import pytest

from models import card, lock, registry
from models.base import Content, ModelError, Purpose
from models.card import Card
from models.lock import Lock, LockedFile, Origin
from models.options import LoadOptions
from tests.models.tiny_dual_encoder import SETTINGS, build


def test_every_shipped_card_reads_and_verifies() -> None:
    cards = registry.cards()
    assert "pocket" in {each.name for each in cards}
    for each in cards:
        if each.shipped():
            assert card.verify(each, each.path()) == []


def test_the_shipped_model_stays_small() -> None:
    pocket = next(each for each in registry.cards() if each.name == "pocket")
    assert sum((pocket.path() / name).stat().st_size for name in pocket.files) < 25_000_000


def test_a_card_says_what_its_embedder_says() -> None:
    for each in filter(Card.shipped, registry.cards()):
        described = registry.load(each.name).describe()
        assert described.name == each.name
        assert described.modalities == each.modalities
        assert described.dimensions == each.dimensions
        assert described.max_text_tokens == each.max_text_tokens
        assert (described.joint, described.licence) == (each.joint, each.licence)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        ModelError, match=r"'poket'; known are .*pocket, .*, onnx:<hub id or folder>"
    ):
        registry.load("poket")


class TestFolder:
    def test_other_weights_have_another_fingerprint(self, tmp_path: Path) -> None:
        first = registry.load(f"onnx:{build(tmp_path / 'a')}").describe()
        same = registry.load(f"onnx:{build(tmp_path / 'b')}").describe()
        other = build(tmp_path / "c", settings=SETTINGS.replace('"pad"', '"crop"'))
        assert first.fingerprint == same.fingerprint
        assert first.fingerprint != registry.load(f"onnx:{other}").describe().fingerprint

    @pytest.mark.parametrize("name", ["image.onnx", "text.onnx", "tokenizer.json"])
    def test_a_missing_file_is_named(self, tmp_path: Path, name: str) -> None:
        (build(tmp_path) / name).unlink()
        with pytest.raises(ModelError, match=f"{name} is missing"):
            registry.load(f"onnx:{tmp_path}")

    def test_a_folder_of_neither_layout_is_refused(self, tmp_path: Path) -> None:
        (build(tmp_path) / "margay.toml").unlink()
        with pytest.raises(ModelError, match="is missing"):
            registry.load(f"onnx:{tmp_path}")

    @pytest.mark.parametrize("name", ["image.onnx", "text.onnx", "tokenizer.json"])
    def test_a_damaged_file_is_named(self, tmp_path: Path, name: str) -> None:
        (build(tmp_path) / name).write_bytes(b"\x00\x01damaged")
        with pytest.raises(ModelError, match=name):
            registry.load(f"onnx:{tmp_path}")

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ("[16, 8]", "[8, 16]", "dimensions must fall"),
            ('"pad"', '"squash"', "squash is none of stretch, crop, pad"),
            ("size = 8", "size = 0", "size must be between"),
            ("[0.2, 0.2, 0.2]", "[0.2, 0.0, 0.2]", "std none of them zero"),
            ("max_tokens = 12", "max_tokens = 0", "max_tokens must be at least 1"),
            ("max_tokens = 12", "max_tokens = 12\nmax_words = 3", "unknown max_words"),
        ],
    )
    def test_a_wrong_setting_is_named(self, tmp_path: Path, old: str, new: str, named: str) -> None:
        assert old in SETTINGS
        build(tmp_path, settings=SETTINGS.replace(old, new))
        with pytest.raises(ModelError, match=named):
            registry.load(f"onnx:{tmp_path}")

    def test_a_width_that_the_network_does_not_have_is_refused(self, tmp_path: Path) -> None:
        build(tmp_path, settings=SETTINGS.replace("[16, 8]", "[32, 8]"))
        embedder = registry.load(f"onnx:{tmp_path}")
        with pytest.raises(ModelError, match="16"):
            embedder.embed([Content(text="red mug")], Purpose.INDEX)


def test_an_altered_pocket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "models"
    shutil.copytree(card.CARDS, copy / "cards")
    shutil.copytree(card.CARDS.parent / "pocket", copy / "pocket")
    with (copy / "pocket" / "text.onnx").open("ab") as file:
        file.write(b"\x00")
    monkeypatch.setattr(card, "CARDS", copy / "cards")
    with pytest.raises(ModelError, match=r"text\.onnx: its sha256"):
        registry.load("pocket")


class TestPulled:
    """Of models in the folder of all models, by the name they were pulled under."""

    NAME = "onnx:someone/encoder"

    def pulled(self, folder: Path) -> Path:
        where = build(folder / "onnx--someone--encoder")
        files = {
            path: LockedFile(card.sha256(where / path), (where / path).stat().st_size)
            for path in lock.inside(where)
        }
        lock.write(where, Lock(self.NAME, (Origin("someone/encoder", "a" * 40),), files))
        return where

    def test_is_the_same_model_as_the_folder(self, tmp_path: Path) -> None:
        where = self.pulled(tmp_path)
        described = registry.load(self.NAME, LoadOptions(folder=tmp_path)).describe()
        assert described.name == self.NAME
        assert described.fingerprint == registry.load(f"onnx:{where}").describe().fingerprint

    def test_without_a_lock_it_counts_as_half_pulled(self, tmp_path: Path) -> None:
        (self.pulled(tmp_path) / lock.NAME).unlink()
        with pytest.raises(ModelError, match=f"finish it: margay models pull {self.NAME}"):
            registry.load(self.NAME, LoadOptions(folder=tmp_path))

    def test_one_that_was_never_pulled_says_how(self, tmp_path: Path) -> None:
        for name in (self.NAME, "clip-vit-b32-onnx"):
            with pytest.raises(ModelError, match=f"pull it first: margay models pull {name}"):
                registry.load(name, LoadOptions(folder=tmp_path))
        with pytest.raises(ModelError, match="no folder of pulled models"):
            registry.load(self.NAME)

    def test_an_altered_file_is_refused(self, tmp_path: Path) -> None:
        with (self.pulled(tmp_path) / "text.onnx").open("ab") as file:
            file.write(b"\0")
        with pytest.raises(ModelError, match=r"not those of its lock: text\.onnx"):
            registry.load(self.NAME, LoadOptions(folder=tmp_path))

    def test_given_weights_stand_in_for_the_pulled_ones(self, tmp_path: Path) -> None:
        where = self.pulled(tmp_path)
        described = registry.load("onnx:no/where", LoadOptions(weights=where)).describe()
        assert (described.name, described.dimensions) == ("onnx:no/where", (16, 8))


def test_a_hub_id_of_a_card_is_that_card() -> None:
    known = registry.find("sentence-transformers:google/embeddinggemma-2")
    assert known.card is not None
    assert known.folder_name() == "embeddinggemma-2"
    # Three cards are from this repository: none of them is meant more than the others.
    assert registry.find("onnx:onnx-community/siglip2-base-patch16-224-ONNX").card is None
