"""A model is pulled whole and checked or not at all, and goes on after a cut."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from models import lock
from models.base import ModelError
from models.options import LoadOptions
from models.pull import pull
from tests.models.hub_server import COMMIT, OTHER_COMMIT, Hub
from tests.models.pulling import FILES, NAME, PICKED, REPOSITORY, WEIGHTS, content, pulled

FOLDER = "sentence-transformers--someone--encoder"


class TestPull:
    def test_brings_the_files_a_model_needs_and_no_code(self, hub: Hub, tmp_path: Path) -> None:
        done = pulled(hub, tmp_path)
        assert done.folder == tmp_path / FOLDER
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
        assert not (tmp_path / FOLDER).exists()
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
