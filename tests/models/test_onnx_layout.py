"""What the folder of an export must hold, and what each of its files may ask for."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, normalizers
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from models import onnx_layout, onnx_pictures, onnx_texts
from models.base import ModelError, Purpose, UnsupportedContent
from tests.contract.sample_media import picture

CLIP_PICTURES: dict[str, Any] = {
    "image_processor_type": "CLIPImageProcessor",
    "size": {"shortest_edge": 24},
    "crop_size": {"height": 20, "width": 16},
    "resample": 3,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.2, 0.2, 0.2],
}
SIGLIP_PICTURES = CLIP_PICTURES | {
    "image_processor_type": "SiglipImageProcessor",
    "size": {"height": 20, "width": 16},
    "crop_size": None,
}
WORDS = ("<pad>", "<eos>", "<unk>", "red", "mug", "Red")


def export(folder: Path, *suffixes: str, kind: str = "siglip", **config: Any) -> Path:
    """A folder whose networks are empty files."""
    (folder / "onnx").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": kind} | config))
    for suffix in suffixes:
        for tower in ("text_model", "vision_model"):
            (folder / "onnx" / f"{tower}{suffix}.onnx").write_bytes(b"")
    return folder


def with_tokenizer(folder: Path, *, lowers: bool = False, ends: bool = True, **config: Any) -> Path:
    """Add a tokenizer of a few whole words."""
    tokenizer = Tokenizer(
        WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = Whitespace()
    if lowers:
        tokenizer.normalizer = normalizers.Lowercase()
    if ends:
        tokenizer.post_processor = TemplateProcessing(
            single="$A <eos>", special_tokens=[("<eos>", 1)]
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    stated = {"pad_token": "<pad>", "eos_token": "<eos>", "add_eos_token": True} | config
    (folder / "tokenizer_config.json").write_text(json.dumps(stated))
    return folder


def texts_of(folder: Path) -> onnx_texts.TextSteps:
    return onnx_texts.from_hub(folder, onnx_layout.read(folder))


def pictures_of(folder: Path, values: dict[str, Any]) -> onnx_pictures.PictureSteps:
    (folder / "preprocessor_config.json").write_text(json.dumps(values))
    return onnx_pictures.from_hub(folder)


class TestVariants:
    @pytest.mark.parametrize(
        ("suffixes", "asked", "chosen"),
        [
            (("", "_fp16", "_quantized"), None, "text_model.onnx"),
            (("_fp16",), None, "text_model_fp16.onnx"),
            (("", "_fp16"), "fp16", "text_model_fp16.onnx"),
            (("", "_quantized"), "int8", "text_model_quantized.onnx"),
            (("_int8", "_quantized"), "int8", "text_model_int8.onnx"),
            (("", "_q4f16"), "q4f16", "text_model_q4f16.onnx"),
        ],
    )
    def test_the_one_asked_for_else_the_plain_else_the_only_one(
        self, tmp_path: Path, suffixes: tuple[str, ...], asked: str | None, chosen: str
    ) -> None:
        found = onnx_layout.read(export(tmp_path / "x", *suffixes), variant=asked)
        assert found.text_model.name == chosen
        assert found.vision_model.name == chosen.replace("text", "vision")

    def test_one_that_is_not_there_is_refused_with_those_that_are(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="has fp32, fp16, not int8"):
            onnx_layout.read(export(tmp_path / "x", "", "_fp16"), variant="int8")

    def test_several_without_the_plain_one_need_a_card(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="fp16, int8"):
            onnx_layout.read(export(tmp_path / "x", "_fp16", "_int8"))

    def test_half_a_variant_is_none(self, tmp_path: Path) -> None:
        folder = export(tmp_path / "x", "")
        (folder / "onnx" / "vision_model.onnx").unlink()
        with pytest.raises(ModelError, match="holds no onnx/text_model"):
            onnx_layout.read(folder)

    def test_files_may_lie_beside_the_configuration(self, tmp_path: Path) -> None:
        folder = export(tmp_path / "x", "")
        for path in (folder / "onnx").iterdir():
            path.rename(folder / path.name)
        (folder / "onnx").rmdir()
        assert onnx_layout.read(folder).text_model == folder / "text_model.onnx"


class TestFolder:
    def test_its_files_are_those_of_the_variant_and_their_weights(self, tmp_path: Path) -> None:
        folder = with_tokenizer(export(tmp_path / "x", "", "_fp16"))
        for name in ("text_model.onnx_data", "text_model.onnx_data_1", "text_model_fp16.onnx_data"):
            (folder / "onnx" / name).write_bytes(b"")
        assert set(onnx_layout.files(folder)) == {
            "config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "onnx/text_model.onnx",
            "onnx/text_model.onnx_data",
            "onnx/text_model.onnx_data_1",
            "onnx/vision_model.onnx",
        }

    def test_a_kind_of_model_we_do_not_run_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="model_type: bert is none of clip, siglip"):
            onnx_layout.read(export(tmp_path / "x", "", kind="bert"))

    @pytest.mark.parametrize("text", ["", "{", "[]", "\xff"])
    def test_a_broken_configuration_is_refused(self, tmp_path: Path, text: str) -> None:
        folder = export(tmp_path / "x", "")
        (folder / "config.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(ModelError, match=r"config\.json"):
            onnx_layout.read(folder)

    def test_a_picture_weighs_its_patches(self, tmp_path: Path) -> None:
        folder = export(tmp_path / "x", "", kind="clip", vision_config={"patch_size": 14})
        assert onnx_layout.read(folder).picture_tokens(height=224, width=224) == 16 * 16 + 1


class TestPictures:
    def test_the_middle_is_cropped_after_scaling_the_shorter_edge(self, tmp_path: Path) -> None:
        steps = pictures_of(tmp_path, CLIP_PICTURES)
        assert (steps.height, steps.width) == (20, 16)
        assert steps.square(picture("red")).shape == (20, 16, 3)

    def test_a_crop_beyond_the_edge_is_black_there(self, tmp_path: Path) -> None:
        wider = CLIP_PICTURES | {"size": {"shortest_edge": 10}}
        square = pictures_of(tmp_path, wider).square(picture("white"))
        assert square[0, 0].tolist() == [0, 0, 0]
        assert square[10, 8].tolist() == [255, 255, 255]

    def test_old_files_give_bare_numbers_and_leave_the_usual_out(self, tmp_path: Path) -> None:
        old = CLIP_PICTURES | {"size": 24, "crop_size": 18, "do_center_crop": True}
        old["feature_extractor_type"] = "CLIPFeatureExtractor"
        del old["image_processor_type"]
        steps = pictures_of(tmp_path, old)
        assert (steps.height, steps.width) == (18, 18)
        np.testing.assert_allclose(steps.mean, [127.5, 102, 76.5])

    @pytest.mark.parametrize(
        ("switches", "black", "white"),
        [
            ({}, -2.5, 2.5),
            ({"do_normalize": False}, 0, 1),
            ({"do_normalize": False, "do_rescale": False}, 0, 255),
            ({"rescale_factor": 1 / 127.5}, -2.5, 7.5),
        ],
    )
    def test_pixels_are_rescaled_and_normalised_as_said(
        self, tmp_path: Path, switches: dict[str, Any], black: float, white: float
    ) -> None:
        values = SIGLIP_PICTURES | {"image_mean": [0.5] * 3} | switches
        steps = pictures_of(tmp_path, values)
        row = np.array([[[0, 0, 0], [255, 255, 255]]], dtype=np.uint8)
        made = steps.array([row])
        assert made.shape == (1, 3, 1, 2)
        assert made.dtype == np.float32
        np.testing.assert_allclose(made[0, :, 0], [[black, white]] * 3, rtol=1e-6)

    def test_a_processor_inside_the_whole_configuration_counts(self, tmp_path: Path) -> None:
        whole = {"processor_class": "SiglipProcessor", "image_processor": SIGLIP_PICTURES}
        (tmp_path / "processor_config.json").write_text(json.dumps(whole))
        assert onnx_pictures.from_hub(tmp_path).height == 20

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"do_resize": False}, "do_resize: "),
            ({"do_pad": True}, "do_pad: this step is not supported"),
            ({"crop_pct": 0.9}, "crop_pct: "),
            ({"size": {"shortest_edge": 24, "longest_edge": 40}}, "size: must be height and width"),
            ({"size": {"shortest_edge": 0}}, "size: must be between"),
            ({"size": {"height": 9999, "width": 9999}}, "size: must be between"),
            ({"size": None}, "size: "),
            ({"do_center_crop": False}, "size: a shortest edge without a crop"),
            ({"do_center_crop": "yes"}, "do_center_crop: must be true or false"),
            ({"crop_size": None}, "crop_size: "),
            ({"resample": 6}, "resample: "),
            ({"resample": None}, "resample: "),
            ({"image_mean": [0.5]}, "image_mean: "),
            ({"image_mean": None}, "image_mean: "),
            ({"image_std": [0.5, 0, 0.5]}, "image_std: must not be zero"),
            ({"image_std": [True, True, True]}, "image_std: "),
            ({"rescale_factor": 0}, "rescale_factor: "),
            ({"image_processor_type": "ViTImageProcessor"}, "ViTImageProcessor is none of"),
            ({"image_processor_type": "Siglip2ImageProcessor"}, "NaFlex"),
        ],
    )
    def test_what_is_not_done_is_refused_by_its_key(
        self, tmp_path: Path, change: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ModelError, match=message):
            pictures_of(tmp_path, CLIP_PICTURES | change)


class TestTexts:
    def test_siglip_lowers_pads_to_the_limit_and_looks_at_its_padding(self, tmp_path: Path) -> None:
        steps = texts_of(with_tokenizer(export(tmp_path / "x", "")))
        ids, mask = steps.arrays(["Red mug"], Purpose.QUERY)
        assert ids.shape == (1, 64)
        assert ids[0, :5].tolist() == [3, 4, 1, 0, 0]
        assert mask.min() == 1

    def test_clip_pads_to_the_longest_and_masks(self, tmp_path: Path) -> None:
        steps = texts_of(with_tokenizer(export(tmp_path / "x", "", kind="clip")))
        ids, mask = steps.arrays(["Red mug", "red"], Purpose.QUERY)
        assert ids.tolist() == [[5, 4, 1], [3, 1, 0]]
        assert mask.tolist() == [[1, 1, 1], [1, 1, 0]]

    def test_case_is_kept_where_the_file_says_so(self, tmp_path: Path) -> None:
        folder = with_tokenizer(export(tmp_path / "x", ""), do_lower_case=False)
        assert texts_of(folder).arrays(["Red"], Purpose.QUERY)[0][0, 0] == 5

    def test_a_tokenizer_that_lowers_is_left_alone(self, tmp_path: Path) -> None:
        steps = texts_of(with_tokenizer(export(tmp_path / "x", ""), lowers=True))
        assert isinstance(steps.tokenizer.normalizer, normalizers.Lowercase)

    def test_padding_on_the_left_is_done(self, tmp_path: Path) -> None:
        folder = with_tokenizer(export(tmp_path / "x", ""), padding_side="left")
        assert texts_of(folder).arrays(["red"], Purpose.QUERY)[0][0, -3:].tolist() == [0, 3, 1]

    @pytest.mark.parametrize(
        ("limit", "positions", "expected"),
        [(None, None, 64), (16, 32, 16), (10**30, 32, 32), (512, None, 64), (16, None, 16)],
    )
    def test_the_smallest_limit_counts_and_the_end_mark_survives_it(
        self, tmp_path: Path, limit: int | None, positions: int | None, expected: int
    ) -> None:
        config = {} if positions is None else {"max_position_embeddings": positions}
        folder = export(tmp_path / "x", "", text_config=config)
        steps = texts_of(with_tokenizer(folder, model_max_length=limit))
        ids, _ = steps.arrays(["red " * 99], Purpose.QUERY)
        assert ids.shape == (1, expected)
        assert ids[0, -1] == 1

    def test_a_network_of_one_length_gets_that_length(self, tmp_path: Path) -> None:
        steps = texts_of(with_tokenizer(export(tmp_path / "x", "", kind="clip"))).of_length(5)
        assert steps.arrays(["red"], Purpose.QUERY)[0].shape == (1, 5)
        assert steps.arrays(["red " * 9], Purpose.QUERY)[0][0].tolist() == [3, 3, 3, 3, 1]

    def test_an_end_mark_that_is_promised_and_missing_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="add_eos_token"):
            texts_of(with_tokenizer(export(tmp_path / "x", ""), ends=False))

    def test_without_a_padding_token_it_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="pad_token"):
            texts_of(with_tokenizer(export(tmp_path / "x", ""), pad_token=None))

    def test_the_padding_token_may_be_written_out_or_stand_elsewhere(self, tmp_path: Path) -> None:
        folder = with_tokenizer(export(tmp_path / "x", ""), pad_token=None)
        (folder / "special_tokens_map.json").write_text('{"pad_token": {"content": "<unk>"}}')
        assert texts_of(folder).pad_id == 2

    @pytest.mark.parametrize("others", [[], ["red"]])
    def test_half_a_surrogate_pair_is_refused(self, tmp_path: Path, others: list[str]) -> None:
        steps = texts_of(with_tokenizer(export(tmp_path / "x", "")))
        with pytest.raises(UnsupportedContent, match="surrogate"):
            steps.arrays(["\ud800", *others], Purpose.QUERY)
