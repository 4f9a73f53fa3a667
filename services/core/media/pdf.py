"""An untrusted PDF, checked, its pages drawn and their words read; what is kept is a clean copy.

The copy has the pages and nothing else: no scripts, attachments, outlines, name of an author.
"""

from __future__ import annotations

import ctypes
import hashlib
import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from services.core.errors import MediaRefused, Unavailable
from services.core.media import containers, images, sniff
from services.core.media.kinds import Kind, check_bytes
from services.core.settings import MediaLimits

MAX_PAGE_CHARACTERS: Final = 20_000
"""Of one page's words; a densely printed one has 6,000."""
MAX_WORDS: Final = 200_000
"""Characters of all pages together."""
MAX_PAGE_S: Final = 10.0
"""A page that takes longer to draw is refused: it is made to be slow."""
_ONE_AT_A_TIME: Final = Lock()
"""PDFium is for one thread."""
_OF_NOW: Final = re.compile(rb"(?<=/CreationDate\(D:)\d{14}|(?<=/ID\[<)[0-9A-F]{32}><[0-9A-F]{32}")
_BROKEN: Final = (
    pypdfium2.PdfiumError, OSError, ValueError, TypeError, LookupError, ArithmeticError,
    RuntimeError, AttributeError, AssertionError, ctypes.ArgumentError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NormalisedPdf:
    """`pages` are JPEGs of all pages in order, `words` their texts (empty: a page has none)."""

    full: bytes
    content_type: str
    thumbnail: bytes
    """A JPEG of the first page."""
    pages: tuple[bytes, ...]
    words: tuple[str, ...]
    sha256_of_input: str
    """Hexadecimal."""


def normalise(data: bytes, limits: MediaLimits) -> NormalisedPdf:
    """Check the bytes of a PDF, draw its pages and read their words.

    Raises MediaRefused with the reason `empty_file`, `too_many_bytes`, `unsupported_type`,
    `encrypted`, `too_many_pages`, `too_slow` or `corrupt_pdf`; Unavailable if memory ran out.
    """
    check_bytes(data, Kind.FILE, limits)
    if not containers.is_pdf(data):
        raise sniff.refused("the file must be a PDF", data)
    with _ONE_AT_A_TIME, _refusing_broken(), _opened(data) as document:
        count = len(document)
        if count == 0:
            raise MediaRefused("the PDF has no pages", reason="corrupt_pdf")
        if count > limits.max_pdf_pages:
            raise MediaRefused(
                f"the PDF has {count} pages; the limit is {limits.max_pdf_pages}",
                reason="too_many_pages",
            )
        thumbnail = b""
        pages: list[bytes] = []
        words: list[str] = []
        left = MAX_WORDS
        for number in range(count):
            picture, text = _page(document, number, limits)
            thumbnail = thumbnail or images.thumbnail(picture, limits)
            pages.append(images.full(picture))
            words.append(text[:left])
            left -= len(words[-1])
        return NormalisedPdf(
            full=_clean(document),
            content_type="application/pdf",
            thumbnail=thumbnail,
            pages=tuple(pages),
            words=tuple(words),
            sha256_of_input=hashlib.sha256(data).hexdigest(),
        )


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise MediaRefused("the PDF is encrypted", reason="encrypted") from error
        raise
    try:
        yield document
    finally:
        document.close()


def _page(document: Any, number: int, limits: MediaLimits) -> tuple[Image.Image, str]:
    """Draw a page so that its longer side has `stored_image_pixels`, and read its words."""
    page = document[number]
    try:
        width, height = page.get_size()
        if not (0 < width < 1e6 and 0 < height < 1e6):
            raise MediaRefused(f"page {number + 1} has no size", reason="corrupt_pdf")
        scale = limits.stored_image_pixels / max(width, height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return _drawn(page, size, number=number + 1), _words(page)
    finally:
        page.close()


def _drawn(page: Any, size: tuple[int, int], *, number: int) -> Image.Image:
    """Draw step by step, so that a page made to take for ever can be left."""
    width, height = size
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGRx)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        deadline = time.monotonic() + MAX_PAGE_S
        pause = _pause_after(deadline)
        state = pdfium.FPDF_RenderPageBitmap_Start(
            bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT, pause
        )
        while state == pdfium.FPDF_RENDER_TOBECONTINUED and time.monotonic() < deadline:
            state = pdfium.FPDF_RenderPage_Continue(page, pause)
        pdfium.FPDF_RenderPage_Close(page)
        if state == pdfium.FPDF_RENDER_TOBECONTINUED:
            raise MediaRefused(
                f"page {number} takes more than {MAX_PAGE_S:g} seconds to draw", reason="too_slow"
            )
        if state != pdfium.FPDF_RENDER_DONE:
            raise MediaRefused(f"page {number} cannot be drawn", reason="corrupt_pdf")
        drawn: Image.Image = bitmap.to_pil().convert("RGB")
        return drawn
    finally:
        bitmap.close()


def _pause_after(deadline: float) -> Any:
    callback = dict(pdfium.IFSDK_PAUSE._fields_)["NeedToPauseNow"]
    return pdfium.IFSDK_PAUSE(
        version=1, NeedToPauseNow=callback(lambda _: int(time.monotonic() > deadline))
    )


def _words(page: Any) -> str:
    text = page.get_textpage()
    try:
        count = min(text.count_chars(), MAX_PAGE_CHARACTERS)
        raw = text.get_text_range(0, count) if count > 0 else ""
    finally:
        text.close()
    # What no store keeps, and the marks PDFium leaves where a word is divided.
    plain = raw.replace("\ufffe", "").replace("\0", "").encode("utf-8", "ignore").decode()
    return " ".join(plain.split())


def _clean(document: Any) -> bytes:
    made = pypdfium2.PdfDocument.new()
    try:
        made.import_pages(document)
        target = io.BytesIO()
        made.save(target)
        # The same input, the same bytes: neither the time of now nor a random name is kept.
        return _OF_NOW.sub(lambda found: re.sub(rb"[0-9A-F]", b"0", found[0]), target.getvalue())
    finally:
        made.close()


@contextmanager
def _refusing_broken() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise Unavailable("not enough memory for a PDF; it is tried again") from error
    except _BROKEN as error:
        raise MediaRefused("the PDF is damaged", reason="corrupt_pdf") from error
