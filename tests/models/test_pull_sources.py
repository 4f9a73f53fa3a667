"""Where a model may be pulled from, and what is said when it cannot be had."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from models import card, registry
from models.base import ModelError
from models.options import LoadOptions
from models.pull import pull
from tests.models.hub_server import COMMIT, Hub
from tests.models.pulling import FILES, NAME, REPOSITORY, WEIGHTS, content, pulled


class TestCard:
    def test_other_bytes_than_its_own_are_refused(
        self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.add("other/text", {"tokenizer.json": b"{}"})
        known = with_card(monkeypatch, tmp_path / "cards", files='"model.safetensors" = "00"')
        with pytest.raises(ModelError, match=r"model\.safetensors: its sha256 .* of the card"):
            pulled(hub, tmp_path / "models", known)
        assert WEIGHTS not in content(tmp_path / "models").values()

    def test_files_of_several_repositories_make_one_model(
        self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.add("other/text", {"tokenizer.json": b"{}", "config.json": b"no"})
        digest = hashlib.sha256(WEIGHTS).hexdigest()
        known = with_card(
            monkeypatch, tmp_path / "cards", files=f'"model.safetensors" = "{digest}"'
        )
        done = pulled(hub, tmp_path / "models", known)
        assert content(done.folder) == {"model.safetensors": WEIGHTS, "tokenizer.json": b"{}"}
        assert [each.repository for each in done.lock.sources] == [REPOSITORY, "other/text"]
        assert not pulled(hub, tmp_path / "models", known).changed

    def test_a_hub_id_of_a_card_is_that_card(
        self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.add("other/text", {"tokenizer.json": b"{}"})
        with_card(monkeypatch, tmp_path / "cards", files="")
        assert pulled(hub, tmp_path / "models").folder.name == "sample"

    def test_a_file_that_is_not_there_is_named(
        self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.add("other/text", {"vocab.txt": b"a"})
        known = with_card(monkeypatch, tmp_path / "cards", files="")
        with pytest.raises(ModelError, match=r"other/text has no file tokenizer\.json"):
            pulled(hub, tmp_path / "models", known)


class TestRefused:
    def test_a_gated_repository_says_how_to_get_in(
        self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.gated.add(REPOSITORY)
        for token in (None, "hf_wrong"):
            if token is not None:
                monkeypatch.setenv("HF_TOKEN", token)
            with pytest.raises(ModelError, match=rf"licence on .*{REPOSITORY} and set HF_TOKEN"):
                pulled(hub, tmp_path)
        # The token goes to the hub and not to the host that it redirects to, which would refuse.
        monkeypatch.setenv("HF_TOKEN", hub.token)
        assert pulled(hub, tmp_path).changed

    @pytest.mark.parametrize(
        ("name", "revision", "named"),
        [
            ("sentence-transformers:no/where", None, "no/where: the hub"),
            (NAME, "v9", f"{REPOSITORY} has no revision v9"),
            ("pocket", None, "nothing to pull"),
            ("onnx:/tmp", None, "no hub id"),
            ("nope", None, "unknown model"),
            (f"onnx:{REPOSITORY}", None, r"no file tokenizer\.json|no onnx/text_model\.onnx"),
        ],
    )
    def test_what_cannot_be_had_is_named(
        self, hub: Hub, tmp_path: Path, name: str, revision: str | None, named: str
    ) -> None:
        with pytest.raises(ModelError, match=named):
            pulled(hub, tmp_path, name, revision=revision)

    def test_pickled_weights_are_not_pulled(self, hub: Hub, tmp_path: Path) -> None:
        hub.add(REPOSITORY, {"config.json": b"{}", "pytorch_model.bin": WEIGHTS})
        with pytest.raises(ModelError, match="no safetensors"):
            pulled(hub, tmp_path)

    def test_a_path_out_of_the_folder_is_refused(self, hub: Hub, tmp_path: Path) -> None:
        hub.add(REPOSITORY, {**FILES, "../evil.json": b"{}"})
        with pytest.raises(ModelError, match="no path inside"):
            pulled(hub, tmp_path)

    def test_an_unreachable_hub_is_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="cannot be reached"):
            pull(NAME, LoadOptions(folder=tmp_path), endpoint="http://127.0.0.1:9", pause_s=0.001)

    def test_a_full_disk_is_said_before_a_byte_is_fetched(
        self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        full = shutil.disk_usage(tmp_path)._replace(free=1000)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
        with pytest.raises(ModelError, match="GB are missing"):
            pulled(hub, tmp_path)
        assert hub.ranges("model.safetensors") == []

    def test_files_of_somebody_else_are_left_alone(self, hub: Hub, tmp_path: Path) -> None:
        mine = tmp_path / "sentence-transformers--someone--encoder" / "my.bin"
        mine.parent.mkdir()
        mine.write_bytes(b"mine")
        with pytest.raises(ModelError, match=r"my\.bin"):
            pulled(hub, tmp_path)
        assert mine.read_bytes() == b"mine"

    def test_two_pulls_at_once_do_not_mix(self, hub: Hub, tmp_path: Path) -> None:
        def again(*_: object) -> None:
            with pytest.raises(ModelError, match="another process"):
                pulled(hub, tmp_path)

        options = LoadOptions(folder=tmp_path)
        assert pull(NAME, options, endpoint=hub.url, watch=again).changed


def with_card(monkeypatch: pytest.MonkeyPatch, cards: Path, *, files: str) -> str:
    """Make `sample` the only model with a card; its name."""
    cards.mkdir()
    (cards / "sample.toml").write_text(
        f"""
name = "sample"
summary = "A sample."
licence = "MIT"
loader = "models.sentence_transformer:load"
extra = "torch"
modalities = ["text"]
dimensions = [4]
max_text_tokens = 8
limits = "None."

[[sources]]
repository = "{REPOSITORY}"
revision = "{COMMIT}"
pick = ["model.safetensors"]

[[sources]]
repository = "other/text"
revision = "main"
pick = ["tokenizer.json"]

[files]
{files}
""",
        encoding="utf-8",
    )
    monkeypatch.setattr(card, "CARDS", cards)
    assert [each.name for each in registry.cards()] == ["sample"]
    return "sample"
