"""Cards are read strictly, and the files they name are verified."""

from dataclasses import replace
from pathlib import Path

import pytest

from models import card
from models.base import Modality, ModelError
from models.card import Problem, Source

TEXT = """
name = "sample"
summary = "A sample."
licence = "MIT"
loader = "models.sample:load"
repository = "self"
revision = "1"
folder = "sample"
modalities = ["text"]
joint = false
dimensions = [4, 2]
max_text_tokens = 8
limits = "None."

[files]
"a.onnx" = "00"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "sample.toml"
    path.write_text(text, encoding="utf-8")
    return path


class TestRead:
    def test_a_card_is_read_whole(self, tmp_path: Path) -> None:
        read = card.read(written(tmp_path, TEXT))
        assert read.modalities == {Modality.TEXT}
        assert read.dimensions == (4, 2)
        assert read.files == {"a.onnx": "00"}
        assert read.min_scores == {}

    def test_measured_cuts_are_numbers_by_name(self, tmp_path: Path) -> None:
        cuts = "[min_scores]\ntext = 0.25\nimage = 1\n"
        assert card.read(written(tmp_path, TEXT + cuts)).min_scores == {"text": 0.25, "image": 1.0}
        with pytest.raises(ModelError, match="every value of min_scores"):
            card.read(written(tmp_path, TEXT + cuts.replace("1", "true")))

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ('licence = "MIT"', 'licence = "MIT"\nlicense = "MIT"', "unknown license"),
            ('licence = "MIT"', "", "licence is missing"),
            ("joint = false", 'joint = "no"', "joint must be a bool"),
            ("max_text_tokens = 8", "max_text_tokens = true", "max_text_tokens must be a int"),
            ("[4, 2]", '[4, "2"]', "dimensions must be a list of int"),
            ('["text"]', '["smell"]', "smell is none of"),
            ('"a.onnx" = "00"', '"a.onnx" = 0', "every value of files"),
            ("joint = false", "joint = ", "not valid TOML"),
            ("models.sample:load", "os:system", "loader must look like"),
            ('"self"', '"nowhere"', "nowhere is no hub id"),
            ('"self"', '"some/where"', "pick is missing"),
            ('folder = "sample"', "", "a shipped model needs folder and files"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, old: str, new: str, named: str) -> None:
        with pytest.raises(ModelError, match=named):
            card.read(written(tmp_path, TEXT.replace(old, new)))

    def test_every_card_of_ours_says_what_its_model_is_good_for(self) -> None:
        cards = [card.read(path) for path in card.CARDS.glob("*.toml")]
        assert {each.name for each in cards if not each.advice} == set()
        assert "pocket" in {each.name for each in cards}

    def test_a_missing_card_is_a_model_error(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"absent\.toml is missing"):
            card.read(tmp_path / "absent.toml")


class TestVerify:
    def test_names_missing_and_altered_files(self, tmp_path: Path) -> None:
        (tmp_path / "good").write_bytes(b"good")
        (tmp_path / "altered").write_bytes(b"altered")
        files = {"good": card.sha256(tmp_path / "good"), "altered": "00", "missing": "00"}
        sample = replace(card.read(written(tmp_path, TEXT)), files=files)
        assert card.verify(sample, tmp_path) == [
            Problem("altered", "its sha256 is not the one of the card"),
            Problem("missing", "missing"),
        ]


class TestSources:
    def test_one_source_stands_in_the_card_itself(self, tmp_path: Path) -> None:
        read = card.read(written(tmp_path, of_the_hub("main")))
        assert read.sources == (Source("some/where", "main", ("*.onnx",)),)
        assert (read.repository, read.revision, read.shipped()) == ("some/where", "main", False)

    def test_several_have_tables(self, tmp_path: Path) -> None:
        table = '[[sources]]\nrepository = "a/{0}"\nrevision = "{0}"\npick = ["{0}"]\n'
        lines = "\n".join(line for line in of_the_hub("main").splitlines() if line[:4] not in KEYS)
        read = card.read(written(tmp_path, lines + "\n" + table.format("b") + table.format("c")))
        assert read.sources == (Source("a/b", "b", ("b",)), Source("a/c", "c", ("c",)))

    def test_code_of_a_repository_needs_a_pinned_commit(self, tmp_path: Path) -> None:
        trusting = "trust_remote_code = true\n"
        with pytest.raises(ModelError, match="trust_remote_code needs a revision pinned"):
            card.read(written(tmp_path, trusting + of_the_hub("main")))
        read = card.read(written(tmp_path, trusting + of_the_hub("a" * 40)))
        assert read.trust_remote_code


KEYS = {"repo", "revi", "pick"}


def of_the_hub(revision: str) -> str:
    """The sample, from a repository of the hub."""
    return (
        TEXT.partition("[files]")[0]
        .replace('"self"', '"some/where"')
        .replace('revision = "1"', f'revision = "{revision}"\npick = ["*.onnx"]')
    )
