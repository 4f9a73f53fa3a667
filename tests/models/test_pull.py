"""A model is pulled whole and checked or not at all, and goes on after a cut."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models import card, lock, registry
from models.base import ModelError
from models.options import LoadOptions
from models.pull import Pulled, pull
from tests.models.hub_server import COMMIT, OTHER_COMMIT, Hub, hub_server

REPOSITORY = "someone/encoder"
NAME = f"sentence-transformers:{REPOSITORY}"
WEIGHTS = bytes(range(256)) * 4096  # one mebibyte
FILES = {
    "config.json": b'{"model_type": "x"}',
    "1_Pooling/config.json": b"{}",
    "model.safetensors": WEIGHTS,
    "README.md": b"# Readme",
    "modeling_x.py": b"raise SystemExit",
    "onnx/config.json": b"{}",
    "empty.txt": b"",
}
PICKED = {"config.json", "1_Pooling/config.json", "model.safetensors", "empty.txt"}


@pytest.fixture(scope="module")
def server() -> Iterator[Hub]:
    with hub_server() as hub:
        yield hub


@pytest.fixture
def hub(server: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    fresh = Hub(url=server.url)
    vars(server).update(vars(fresh))
    server.add(REPOSITORY, dict(FILES))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return server


def pulled(hub: Hub, folder: Path, name: str = NAME, *, revision: str | None = None) -> Pulled:
    options = LoadOptions(folder=folder)
    return pull(name, options, revision=revision, endpoint=hub.url, pause_s=0.001)


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != lock.NAME
    }


class TestPull:
    def test_brings_the_files_a_model_needs_and_no_code(self, hub: Hub, tmp_path: Path) -> None:
        done = pulled(hub, tmp_path)
        assert done.folder == tmp_path / "sentence-transformers--someone--encoder"
        assert content(done.folder) == {path: FILES[path] for path in PICKED}
        assert done.changed

    def test_the_lock_pins_the_commit_and_every_digest(self, hub: Hub, tmp_path: Path) -> None:
        done = pulled(hub, tmp_path)
        assert lock.read(done.folder) == done.lock
        assert [(each.repository, each.revision) for each in done.lock.sources] == [
            (REPOSITORY, COMMIT)
        ]
        assert {path: each.sha256 for path, each in done.lock.files.items()} == {
            path: hashlib.sha256(FILES[path]).hexdigest() for path in PICKED
        }

    def test_a_second_pull_asks_nobody_and_changes_nothing(self, hub: Hub, tmp_path: Path) -> None:
        first = pulled(hub, tmp_path)
        hub.asked.clear()
        hub.add(REPOSITORY, {**FILES, "config.json": b"{1}"}, commit=OTHER_COMMIT)
        second = pulled(hub, tmp_path)
        assert (second.changed, second.lock, hub.asked) == (False, first.lock, [])

    def test_another_revision_fetches_only_what_differs(self, hub: Hub, tmp_path: Path) -> None:
        first = pulled(hub, tmp_path)
        fewer = {path: FILES[path] for path in PICKED - {"empty.txt"}}
        hub.add(REPOSITORY, {**fewer, "config.json": b"{1}"}, commit=OTHER_COMMIT)
        hub.asked.clear()
        second = pulled(hub, tmp_path, revision="main")
        assert second.lock.sources[0].revision == OTHER_COMMIT
        assert content(second.folder) == {**fewer, "config.json": b"{1}"}
        assert hub.ranges("model.safetensors") == []
        assert first.folder == second.folder

    def test_an_altered_file_is_fetched_again(self, hub: Hub, tmp_path: Path) -> None:
        done = pulled(hub, tmp_path)
        # A pulled file may share its bytes with nobody: what is altered here is altered once.
        (done.folder / "config.json").write_bytes(b"{}")
        assert pulled(hub, tmp_path).changed
        assert content(done.folder)["config.json"] == FILES["config.json"]

    def test_a_converted_model_is_whole(self, hub: Hub, tmp_path: Path) -> None:
        done = pulled(hub, tmp_path)
        (done.folder / "model.safetensors").rename(done.folder / "converted.safetensors")
        files = dict(done.lock.files)
        before = files.pop("model.safetensors")
        origin = ("model.safetensors", before.sha256)
        files["converted.safetensors"] = replace(before, made_from=origin)
        lock.write(done.folder, replace(done.lock, files=files))
        assert not pulled(hub, tmp_path).changed

    def test_progress_rises_to_the_whole(self, hub: Hub, tmp_path: Path) -> None:
        heard: list[tuple[str, int, int]] = []
        options = LoadOptions(folder=tmp_path)
        pull(NAME, options, endpoint=hub.url, watch=lambda *said: heard.append(said))
        sizes = [here for _, here, _ in heard]
        total = sum(len(FILES[path]) for path in PICKED)
        assert sizes == sorted(sizes)
        assert sizes[-1] == total == heard[0][2]


class TestCut:
    def test_goes_on_where_the_transfer_was_cut(self, hub: Hub, tmp_path: Path) -> None:
        hub.cut_after["model.safetensors"] = [100_000, 50_000]
        done = pulled(hub, tmp_path)
        assert content(done.folder)["model.safetensors"] == WEIGHTS
        assert hub.ranges("model.safetensors") == [None, "bytes=100000-", "bytes=150000-"]

    def test_gives_up_after_cuts_without_a_byte_and_goes_on_next_time(
        self, hub: Hub, tmp_path: Path
    ) -> None:
        hub.cut_after["model.safetensors"] = [70_000] + [0] * 6
        with pytest.raises(ModelError, match="run it again to go on"):
            pulled(hub, tmp_path)
        assert not (tmp_path / "sentence-transformers--someone--encoder").exists()
        hub.asked.clear()
        done = pulled(hub, tmp_path)
        assert content(done.folder)["model.safetensors"] == WEIGHTS
        assert hub.ranges("model.safetensors") == ["bytes=70000-"]

    def test_a_server_without_ranges_starts_over(self, hub: Hub, tmp_path: Path) -> None:
        hub.ignores_ranges = True
        hub.cut_after["model.safetensors"] = [70_000]
        assert content(pulled(hub, tmp_path).folder)["model.safetensors"] == WEIGHTS

    def test_a_busy_server_is_asked_again(self, hub: Hub, tmp_path: Path) -> None:
        hub.busy["config.json"] = 2
        assert content(pulled(hub, tmp_path).folder)["config.json"] == FILES["config.json"]

    def test_a_server_that_stays_busy_is_named(self, hub: Hub, tmp_path: Path) -> None:
        hub.busy["config.json"] = 100
        with pytest.raises(ModelError, match="answers 503; try again later"):
            pulled(hub, tmp_path)


class TestWrongBytes:
    @pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
    def test_are_refused_and_removed(self, hub: Hub, tmp_path: Path, name: str) -> None:
        altered = FILES[name][:-1] + b"?"
        hub.served_instead[name] = altered
        with pytest.raises(ModelError, match=rf"{name}: .*checksum differs"):
            pulled(hub, tmp_path)
        assert altered not in content(tmp_path).values()
        hub.served_instead.clear()
        assert content(pulled(hub, tmp_path).folder)[name] == FILES[name]

    def test_more_bytes_than_named_are_not_written_on(self, hub: Hub, tmp_path: Path) -> None:
        hub.served_instead["config.json"] = FILES["config.json"] + b" " * 100
        with pytest.raises(ModelError, match="more than the"):
            pulled(hub, tmp_path)

    def test_of_the_card_are_refused(
        self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub.add("other/text", {"tokenizer.json": b"{}"})
        known = with_card(monkeypatch, tmp_path / "cards", files='"model.safetensors" = "00"')
        with pytest.raises(ModelError, match=r"model\.safetensors: its sha256 .* of the card"):
            pulled(hub, tmp_path / "models", known)
        assert WEIGHTS not in content(tmp_path / "models").values()


class TestCard:
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
