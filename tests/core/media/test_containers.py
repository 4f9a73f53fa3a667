"""What a file is said to be follows from its bytes alone."""

from __future__ import annotations

import pytest

from services.core.media.containers import Container, container, is_pdf
from tests.core.media.pdfs import pdf
from tests.core.media.pictures import encoded, gradient
from tests.models.recordings import film, sound


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (sound(0.1, format="wav"), Container.WAV),
        (sound(0.1, format="ogg"), Container.OGG),
        (sound(0.1, format="mp3"), Container.MP3),
        (sound(0.1, format="mp4"), Container.MP4),
        (film(0.2), Container.MP4),
        (film(0.2, format="webm"), Container.MATROSKA),
        (b"fLaC" + bytes(9), Container.FLAC),
        (b"\xff\xf1\x50\x80", Container.AAC),
        (b"\xff\xfb\x90\x64", Container.MP3),
        (b"ID3\x04\x00\x00\x00\x00\x00\x02..fLaC", Container.FLAC),
        (b"ID3\x04\x00\x00\x00\x00\x00\x02..\xff\xf9\x50", Container.AAC),
        (b"ID3\x04\x00\x00\x00\x00\x7f\x7f" + bytes(20), Container.MP3),
        (b"\x00\x00\x00\x08wide", Container.MP4),
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"\x00\x00\x00\x18ftypavif", None),
        (encoded(gradient(), "JPEG"), None),
        (encoded(gradient(), "WEBP"), None),
        (encoded(gradient(), "PNG"), None),
        (b"RIFF\x00\x00\x00\x00AVI ", None),
        (b"#EXTM3U\nhttp://10.0.0.1/", None),
        (b"ID3", None),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_containers_are_known_by_content(data: bytes, expected: Container | None) -> None:
    assert container(data) is expected


def test_a_pdf_is_known_even_behind_a_few_bytes() -> None:
    assert is_pdf(pdf("x"))
    assert is_pdf(b"\r\n" + pdf("x"))
    assert not is_pdf(bytes(2000) + pdf("x"))
