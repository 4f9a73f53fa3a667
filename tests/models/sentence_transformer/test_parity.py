"""Our vectors are those of Sentence Transformers itself, and of transformers where it has any."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from sentence_transformers import SentenceTransformer

from models import film, pixels, sound
from models.base import Content, Purpose, unit
from models.sentence_transformer import SentenceTransformerEmbedder
from tests.contract.sample_media import clip, picture, tone

Load = Callable[[str], SentenceTransformerEmbedder]
TEXTS = ("a red mug", "x", "phone case with a leopard print, " * 3)
PICTURES = (picture("red"), picture("blue", size=(90, 400)))
TONES = (tone(220), tone(880, seconds=2.5))
CLIPS = (clip("red", hertz=330.0), clip("blue"))
CHOSEN = {"processing_kwargs": {"video": {"do_sample_frames": False}}}


@pytest.fixture(scope="session")
def reference(folder: Callable[[str], Path]) -> Callable[[str], Any]:
    """The library's own model of a kind."""
    known: dict[str, Any] = {}

    def load(kind: str) -> Any:
        if kind not in known:
            known[kind] = SentenceTransformer(
                str(folder(kind)), device="cpu", local_files_only=True
            )
        return known[kind]

    return load


def encode(model: Any, inputs: list[Any], purpose: Purpose, **options: Any) -> np.ndarray:
    call = model.encode_query if purpose is Purpose.QUERY else model.encode_document
    return unit(call(inputs, show_progress_bar=False, **options))


def frames(data: bytes, count: int = 4) -> dict[str, Any]:
    length_s = film.length_s(data)
    metadata = {
        "fps": count / length_s, "total_num_frames": count, "duration": length_s,
        "frames_indices": list(range(count)),
    }  # fmt: skip
    return {"array": film.frames(data, count=count), "video_metadata": metadata}


def heard(data: bytes) -> dict[str, Any]:
    return {"array": sound.decode(data, rate=16_000), "sampling_rate": 16_000}


def same(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1e-5


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("kind", ["bert", "clip", "qwen3_vl", "embedding_gemma"])
def test_texts(kind: str, purpose: Purpose, loaded: Load, reference: Callable[[str], Any]) -> None:
    ours = loaded(kind).embed([Content(text=text) for text in TEXTS], purpose)
    same(ours, encode(reference(kind), list(TEXTS), purpose))


@pytest.mark.parametrize("kind", ["bert", "embedding_gemma"])
def test_a_query_and_a_document_of_the_same_words_differ(kind: str, loaded: Load) -> None:
    query, document = (loaded(kind).embed([Content(text="mug")], each)[0] for each in Purpose)
    assert np.abs(query - document).max() > 1e-3


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("kind", ["clip", "siglip2", "qwen3_vl", "embedding_gemma"])
def test_pictures(
    kind: str, purpose: Purpose, loaded: Load, reference: Callable[[str], Any]
) -> None:
    ours = loaded(kind).embed([Content(image=data) for data in PICTURES], purpose)
    theirs = encode(reference(kind), [pixels.decode(data) for data in PICTURES], purpose)
    same(ours, theirs)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("kind", ["qwen3_vl", "embedding_gemma"])
def test_text_and_picture_together(
    kind: str, purpose: Purpose, loaded: Load, reference: Callable[[str], Any]
) -> None:
    pairs = list(zip(TEXTS[:2], PICTURES, strict=True))
    ours = loaded(kind).embed([Content(text=text, image=data) for text, data in pairs], purpose)
    theirs = [{"image": pixels.decode(data), "text": text} for text, data in pairs]
    same(ours, encode(reference(kind), theirs, purpose))


@pytest.mark.parametrize("purpose", list(Purpose))
def test_sounds(purpose: Purpose, loaded: Load, reference: Callable[[str], Any]) -> None:
    ours = loaded("embedding_gemma").embed([Content(audio=data) for data in TONES], purpose)
    same(ours, encode(reference("embedding_gemma"), [heard(data) for data in TONES], purpose))


@pytest.mark.parametrize("kind", ["qwen3_vl", "embedding_gemma"])
def test_videos_without_their_sound(
    kind: str, loaded: Load, reference: Callable[[str], Any]
) -> None:
    contents = [Content(video=data, sound=False) for data in CLIPS]
    ours = loaded(kind).embed(contents, Purpose.INDEX)
    theirs = [frames(data) for data in CLIPS]
    same(ours, encode(reference(kind), theirs, Purpose.INDEX, **CHOSEN))


def test_videos_with_their_sound(loaded: Load, reference: Callable[[str], Any]) -> None:
    ours = loaded("embedding_gemma").embed([Content(video=data) for data in CLIPS], Purpose.INDEX)
    both = {"video": frames(CLIPS[0]), "audio": heard(CLIPS[0])}
    model = reference("embedding_gemma")
    same(ours[:1], encode(model, [both], Purpose.INDEX, **CHOSEN))
    same(ours[1:], encode(model, [frames(CLIPS[1])], Purpose.INDEX, **CHOSEN))


def test_siglip_reads_texts_padded_to_full_length_as_it_was_trained(
    loaded: Load, folder: Callable[[str], Path]
) -> None:
    model = transformers.Siglip2Model.from_pretrained(folder("siglip2")).eval()
    processor = transformers.Siglip2Processor.from_pretrained(folder("siglip2"))
    tokens = processor(text=list(TEXTS), return_tensors="pt")
    assert tokens["input_ids"].shape == (len(TEXTS), 64)
    with torch.inference_mode():
        theirs = model.get_text_features(**tokens).pooler_output.numpy()
    same(
        loaded("siglip2").embed([Content(text=text) for text in TEXTS], Purpose.QUERY), unit(theirs)
    )


def test_clip_is_transformers_clip(loaded: Load, folder: Callable[[str], Path]) -> None:
    model = transformers.CLIPModel.from_pretrained(folder("clip")).eval()
    processor = transformers.CLIPProcessor.from_pretrained(folder("clip"))
    decoded = [pixels.decode(data) for data in PICTURES]
    with torch.inference_mode():
        seen = model.get_image_features(**processor(images=decoded, return_tensors="pt"))
    ours = loaded("clip").embed([Content(image=data) for data in PICTURES], Purpose.INDEX)
    same(ours, unit(seen.pooler_output.numpy()))
