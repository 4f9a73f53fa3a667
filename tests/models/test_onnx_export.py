"""Exports in the hub's layout give the vectors of the torch models they were made from."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from transformers import CLIPImageProcessor, SiglipImageProcessor

from models import registry
from models.base import Content, Embedder, ModelError, Purpose
from models.onnx_dual_encoder import OnnxDualEncoder, load
from models.options import Device, LoadOptions
from tests.contract.embedder import TEXTS, EmbedderContract
from tests.contract.sample_media import picture
from tests.models import tiny_export
from tests.models.tiny_export import Reference

WORDS = ["RED, red", "a", *TEXTS, "Ünïcode 漢字"]
SIZES = [(160, 120), (90, 400), (400, 90), (33, 32), (31, 32), (32, 32), (101, 77), (5, 2)]
SIGLIP_TEXT = {"padding": "max_length", "max_length": 64}


def noise(size: tuple[int, int]) -> bytes:
    """A PNG without two equal neighbours: the hardest to scale."""
    width, height = size
    values = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Pair:
    reference: Reference
    embedder: Embedder
    text_options: dict[str, object]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    reference = tiny_export.clip(tmp_path_factory.mktemp("exports") / "clip")
    return Pair(reference, registry.load(f"onnx:{reference.folder}", LoadOptions(threads=2)), {})


@pytest.fixture(scope="module")
def siglip(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    reference = tiny_export.siglip2(tmp_path_factory.mktemp("exports") / "siglip2")
    embedder = registry.load(f"onnx:{reference.folder}", LoadOptions(threads=2))
    return Pair(reference, embedder, SIGLIP_TEXT)


@pytest.fixture(params=["clip", "siglip"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    return request.getfixturevalue(request.param)


class TestClip(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, clip: Pair) -> Embedder:
        return clip.embedder

    def test_weighs_tokens_and_patches(self, embedder: Embedder) -> None:
        assert embedder.weigh(Content(text="four byte" * 4)) == 2 + 9
        assert embedder.weigh(Content(text="long " * 999)) == 77
        assert embedder.weigh(Content(image=b"")) == 4 * 4 + 1


class TestSiglip2(EmbedderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls, siglip: Pair) -> Embedder:
        return siglip.embedder

    def test_every_content_weighs_something_and_more_of_it_weighs_more(
        self, embedder: Embedder, mixed: list[Content]
    ) -> None:
        """Not here: it pads every text to one length, so all weigh the same."""
        assert {embedder.weigh(Content(text=text)) for text in TEXTS} == {64}
        assert embedder.weigh(Content(image=b"")) == 4 * 4


class TestAgainstTorch:
    tolerance: ClassVar[float] = 1e-5

    def test_texts(self, pair: Pair) -> None:
        ours = pair.embedder.embed([Content(text=text) for text in WORDS], Purpose.QUERY)
        theirs = pair.reference.texts(WORDS, **pair.text_options)
        np.testing.assert_allclose(ours, theirs, atol=self.tolerance)

    def test_pictures_of_every_shape(self, pair: Pair) -> None:
        encoded = [noise(size) for size in SIZES]
        ours = pair.embedder.embed([Content(image=each) for each in encoded], Purpose.INDEX)
        theirs = pair.reference.pictures([Image.open(io.BytesIO(each)) for each in encoded])
        np.testing.assert_allclose(ours, theirs, atol=self.tolerance)

    @pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1"])
    def test_pictures_of_every_mode(self, pair: Pair, mode: str) -> None:
        file = io.BytesIO()
        Image.open(io.BytesIO(picture("teal"))).convert(mode).save(file, "PNG")
        ours = pair.embedder.embed([Content(image=file.getvalue())], Purpose.INDEX)
        theirs = pair.reference.pictures([Image.open(file)])
        np.testing.assert_allclose(ours, theirs, atol=self.tolerance)

    @pytest.mark.parametrize("size", SIZES)
    def test_torchvision_would_scale_to_almost_the_same_pixels(
        self, pair: Pair, size: tuple[int, int]
    ) -> None:
        """Its processors round differently: by at most one of 255 levels, even for noise."""
        made = {"clip": CLIPImageProcessor, "siglip": SiglipImageProcessor}
        ours_of_pillow = pair.reference.processor.image_processor
        rival = made[pair.reference.model.config.model_type](**ours_of_pillow.to_dict())
        shown = Image.open(io.BytesIO(noise(size)))
        one, other = (
            np.asarray(each(images=[shown], return_tensors="np")["pixel_values"])
            * np.reshape(each.image_std, (3, 1, 1)) * 255
            for each in (ours_of_pillow, rival)
        )  # fmt: skip
        assert np.abs(one - other).max() < 1.001


class TestVariants:
    @pytest.fixture(scope="class")
    @classmethod
    def several(cls, siglip: Pair, tmp_path_factory: pytest.TempPathFactory) -> Reference:
        reference = tiny_export.siglip2(tmp_path_factory.mktemp("variants") / "siglip2")
        tiny_export.halve(reference.folder)
        tiny_export.quantise(reference.folder)
        return reference

    def _load(self, folder: Path, variant: str) -> Embedder:
        known = registry.find("siglip2-base-onnx").card
        assert known is not None
        card = replace(known, name="tiny", variant=variant, dimensions=(32,))
        return load(card, folder, name="tiny", fingerprint="00", options=LoadOptions())

    @pytest.mark.parametrize("variant", ["fp16", "int8"])
    def test_the_card_chooses_a_smaller_file_with_almost_the_same_vectors(
        self, several: Reference, variant: str
    ) -> None:
        contents = [Content(text=text) for text in WORDS]
        contents += [Content(image=picture(colour)) for colour in ("red", "blue", "green")]
        plain, small = (
            self._load(several.folder, each).embed(contents, Purpose.INDEX)
            for each in ("fp32", variant)
        )
        assert small.dtype == np.float32
        assert np.abs(plain - small).max() > 1e-6, "the same file twice"
        assert (plain * small).sum(axis=1).min() > 0.99

    def test_without_a_card_it_is_the_plain_one(self, several: Reference, siglip: Pair) -> None:
        contents = [Content(text="a red mug"), Content(image=picture("red"))]
        embedder = registry.load(f"onnx:{several.folder}")
        np.testing.assert_allclose(
            embedder.embed(contents, Purpose.INDEX),
            self._load(several.folder, "fp32").embed(contents, Purpose.INDEX),
            atol=1e-6,
        )
        assert "fp32" in embedder.describe().summary

    def test_weights_beside_the_graph_are_read_and_belong_to_the_fingerprint(
        self, tmp_path: Path, clip: Pair
    ) -> None:
        reference = tiny_export.clip(tmp_path / "split")
        tiny_export.split(reference.folder)
        name = f"onnx:{reference.folder}"
        embedder = registry.load(name)
        contents = [Content(text="a red mug"), Content(image=picture("red"))]
        np.testing.assert_allclose(
            embedder.embed(contents, Purpose.INDEX),
            clip.embedder.embed(contents, Purpose.INDEX),
            atol=1e-6,
        )
        weights = reference.folder / "onnx" / "text_model.onnx_data"
        weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\x40")
        assert registry.load(name).describe().fingerprint != embedder.describe().fingerprint

    def test_the_card_describes_it(self, several: Reference) -> None:
        described = self._load(several.folder, "").describe()
        assert described.licence == "Apache-2.0"
        assert described.advice
        assert described.max_text_tokens == 64

    def test_a_card_of_other_dimensions_is_refused(self, several: Reference) -> None:
        known = registry.find("siglip2-base-onnx").card
        with pytest.raises(ModelError, match="32 dimensions, its card says 768"):
            load(known, several.folder, name="x", fingerprint="00", options=LoadOptions())


class TestLoading:
    @pytest.mark.skipif(
        "CUDAExecutionProvider" in onnxruntime.get_available_providers(),
        reason="this ONNX Runtime has CUDA",
    )
    def test_cuda_without_its_runtime_says_what_to_install(self, clip: Pair) -> None:
        options = LoadOptions(device=Device.CUDA)
        with pytest.raises(ModelError, match="install onnxruntime-gpu"):
            load(None, clip.reference.folder, name="x", fingerprint="00", options=options)

    def test_a_network_of_another_picture_size_is_refused(self, tmp_path: Path) -> None:
        folder = tiny_export.siglip2(tmp_path / "x").folder
        size = {"height": 40, "width": 40}
        tiny_export.change(folder / "preprocessor_config.json", size=size)
        with pytest.raises(ModelError, match="32 pixels"):
            OnnxDualEncoder(folder, name="x", fingerprint="00")

    def test_clip_before_its_projection_is_refused(self, tmp_path: Path, siglip: Pair) -> None:
        folder = tiny_export.siglip2(tmp_path / "x").folder
        tiny_export.change(folder / "config.json", model_type="clip")
        with pytest.raises(ModelError, match="none is text_embeds"):
            OnnxDualEncoder(folder, name="x", fingerprint="00")

    def test_closing_gives_the_networks_back(self, tmp_path: Path) -> None:
        embedder = OnnxDualEncoder(
            tiny_export.clip(tmp_path / "x").folder, name="x", fingerprint="00"
        )
        embedder.close()
        with pytest.raises(AttributeError):
            embedder.embed([Content(text="x")], Purpose.QUERY)
