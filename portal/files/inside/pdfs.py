"""PDFs, by PDFium; merged by pypdf first. Libraries are imported by the task that needs them: a start costs 0.1 s."""

import os
import time

from sealing import TALLEST, Refused, seal, written


def pdfium():
    """PDFium, and all that it looks for later, when nothing can be opened any more."""
    import encodings.utf_16_le  # noqa: F401

    import pypdfium2
    from PIL import Image

    Image.preinit()
    return pypdfium2


def mapped(source: int):
    """The bytes behind a descriptor without reading them; to be called before `seal()`."""
    import ctypes
    import mmap

    if not os.fstat(source).st_size:
        raise Refused("pdf_unreadable")
    content = mmap.mmap(source, 0, access=mmap.ACCESS_COPY)
    return (ctypes.c_char * len(content)).from_buffer(content)


def opened_pdf(content):
    """The PDF in mapped bytes; no one needs its password where that is empty."""
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        protected = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
        raise Refused("protected" if protected else "pdf_unreadable") from error


def sealed_pdf(order: dict):
    """The only source of an order as a PDF, the process sealed."""
    pdfium()
    content = mapped(order["sources"][0])
    seal()
    return opened_pdf(content)


def inspect_pdf(order: dict) -> dict:
    import pypdfium2.raw as raw

    document = sealed_pdf(order)
    return {"pages": len(document), "is_encrypted": raw.FPDF_GetSecurityHandlerRevision(document) != -1}


def draw_pdf(order: dict) -> dict:
    number, width = order["given"]["page"], order["given"]["width"]
    document = sealed_pdf(order)
    document.init_forms()  # what was typed into a form is part of the page
    pages = len(document)
    if not 1 <= number <= pages:
        raise Refused("no_such_page")
    page = document[number - 1]
    across, down = page.get_size()
    if not (0 < across < 1e6 and 0 < down < 1e6):
        raise Refused("pdf_unreadable")
    # A hair less than asked: PDFium rounds each side up.
    scale = min((width - 0.01) / across, (TALLEST * width - 0.01) / down)
    image = page.render(scale=scale, limit_image_cache=True).to_pil()
    return {"pages": pages, **written(image, order["into"])}


def text_of_pdf(order: dict) -> dict:
    """Text of the pages, a form feed between them, up to `most` characters or half of the processor time."""
    most = order["given"]["most"]
    document = sealed_pdf(order)
    texts: list[str] = []
    length = 0
    for number in range(len(document)):
        if length >= most or time.process_time() > order["limits"]["cpu"] / 2:
            return {"text": "\f".join(texts)[:most], "is_complete": False}
        try:
            text = document[number].get_textpage().get_text_bounded()
        except Exception:  # one page that cannot be read hides no other
            text = ""
        texts.append(text.replace("\r\n", "\n").replace("\0", ""))
        length += len(texts[-1]) + 1
    text = "\f".join(texts)
    return {"text": text[:most], "is_complete": len(text) <= most}


def merge(order: dict) -> dict:
    """All pages of the sources, one after the other, by pypdf, which keeps forms; where it fails, by PDFium.

    pypdf gives up on one in six files that PDFium opens (60 mutations), PDFium on one in thirty that pypdf opens.
    """
    try:
        return {"pages": merged_by_pypdf(order["sources"], order["into"])}
    except (Refused, MemoryError):
        raise
    except Exception:  # ten kinds were counted (quality.md, fact 10)
        os.ftruncate(order["into"], 0)
        os.lseek(order["into"], 0, os.SEEK_SET)
    return {"pages": merged_by_pdfium(order["sources"], order["into"])}


def merged_by_pypdf(sources: list[int], into: int) -> int:
    """The number of pages written. Pure Python, which imports as it goes: no seal yet."""
    import logging

    from pypdf import PdfReader, PdfWriter

    logging.disable()
    writer = PdfWriter()
    for index, source in enumerate(sources):
        file = open(source, "rb", closefd=False)  # noqa: SIM115 - read until the end is written
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("protected", index)
        if not reader.pages:  # it forgives so much that it would leave the file out
            raise ValueError("no page")
        writer.append(reader, import_outline=False)
    with open(into, "wb", closefd=False) as out:
        writer.write(out)
    return len(writer.pages)


def merged_by_pdfium(sources: list[int], into: int) -> int:
    merged = pdfium().PdfDocument.new()
    contents = [mapped(source) for source in sources]
    seal()
    for index, content in enumerate(contents):
        try:
            merged.import_pages(opened_pdf(content))
        except Exception as error:
            raise Refused(getattr(error, "cause", "pdf_unreadable"), index) from error
    with open(into, "wb", closefd=False) as out:
        merged.save(out)
    return len(merged)
