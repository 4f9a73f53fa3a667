"""Makes small PDFs with known words, by PDFium itself."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium


def pdf(*pages: str, size: tuple[float, float] = (300, 200), title: str = "") -> bytes:
    """A PDF with a page for each text; an empty text gives an empty page."""
    document = pypdfium2.PdfDocument.new()
    for text in pages:
        page = document.new_page(*size)
        if text:
            _write(document, page, text)
    target = io.BytesIO()
    document.save(target)
    document.close()
    data = target.getvalue()
    # Four letters longer than the name it replaces would break the offsets: the same length.
    return (
        data.replace(b"Creator(PDFium", b"Creator(" + title.encode()[:6].ljust(6))
        if title
        else data
    )


def encrypted() -> bytes:
    """What a reader sees of a PDF with a password: its trailer names a cipher it has no key for."""
    objects: Sequence[bytes] = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        b"<</Filter/Standard/V 1/R 2/P -44/O<" + b"ab" * 32 + b">/U<" + b"cd" * 32 + b">>>",
    )
    body, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += (
        b"trailer\n<</Size %d/Root 1 0 R/Encrypt 4 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, b"00" * 16, b"00" * 16, start)
    )
    return bytes(body)


def _write(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, text: str) -> None:
    font = pdfium.FPDFText_LoadStandardFont(document, b"Helvetica")
    written = pdfium.FPDFPageObj_CreateTextObj(document, font, 24)
    encoded = (text + "\0").encode("utf-16-le")
    letters = (ctypes.c_ushort * (len(encoded) // 2)).from_buffer_copy(encoded)
    pdfium.FPDFText_SetText(written, letters)
    pdfium.FPDFPageObj_Transform(written, 1, 0, 0, 1, 20, 100)
    pdfium.FPDFPage_InsertObject(page, written)
    pdfium.FPDFPage_GenerateContent(page)
