"""PDF → Raw: the text layer page by page, with a box for every line."""

from __future__ import annotations

import ctypes
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import LoadError
from rag.types import Box, Fix, Page, Raw, Span

PAGES = 5_000
CHARACTERS = 20_000_000
FEW = 10  # visible characters a page below which a file with pictures is a scan with a stamp or two
NOISE = 0.3  # share of characters without meaning above which the text layer is of no use
SCALE = 100  # device units a point: PDFium gives device coordinates as whole numbers

_PDFIUM = threading.Lock()  # PDFium is not thread-safe, not even across documents
_HYPHENS = frozenset("\u0002\ufffe\uffff")  # PDFium's sign for a word that was hyphenated at a line's end

OCR = "请先做文字识别（OCR），导出带文字层的 PDF 或 .docx 后再导入"


def load_pdf(path: Path) -> Raw:
    """A .pdf file: each page's lines, blanks that only the letter-spacing suggests left out.

    Pages follow each other with a line break; page spans do not overlap. Raises LoadError for what is
    encrypted or damaged, has no text layer (a scan), or one that means nothing.
    """
    import pypdfium2

    with _PDFIUM:
        try:
            with closing(pypdfium2.PdfDocument(path)) as document:
                return _read(document)
        except pypdfium2.PdfiumError as error:
            raise _refused(error) from error


def _refused(error: Any) -> LoadError:
    import pypdfium2.raw as pdfium

    if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        return LoadError("PDF 加了密码", "请用密码打开并另存为不加密的 PDF 后再导入")
    return LoadError("PDF 已损坏，无法读取", "请重新下载，或用阅读器打开并另存后再导入")


@dataclass
class _Line:
    """One line as it is read: its characters, and the corners of what is visible of it."""

    text: list[str] = field(default_factory=list)
    left: float = float("inf")
    bottom: float = float("inf")
    right: float = float("-inf")
    top: float = float("-inf")

    def cover(self, left: float, bottom: float, right: float, top: float) -> None:
        self.left, self.bottom = min(self.left, left), min(self.bottom, bottom)
        self.right, self.top = max(self.right, right), max(self.top, top)


def _read(document: Any) -> Raw:
    if len(document) > PAGES:
        raise LoadError(f"PDF 有 {len(document)} 页，超过上限 {PAGES} 页", "请拆分后再导入")
    texts: list[str] = []
    pages: list[Page] = []
    start, gaps, without = 0, _Gaps(), []
    for number in range(1, len(document) + 1):
        with closing(document[number - 1]) as page:
            lines = _lines(page, gaps)
            width, height = page.get_size()
            boxes, text = _boxes(page, lines, start, width, height)
            if not text.strip() and _has_picture(page):
                without.append(number)
        texts.append(text)
        pages.append(Page(number, Span(start, start + len(text)), width, height, tuple(boxes)))
        start += len(text) + 1
        if start > CHARACTERS:
            raise LoadError("PDF 里的文字多得反常，可能是恶意文件", "请核对文件来源，或拆分后再导入")
    _check("".join(texts), len(pages), without)
    fixes = [Fix("字间空格", gaps.count, gaps.example)] if gaps.count else []
    if without:
        fixes.append(
            Fix("没有文字层的页（未读入）", len(without), "第" + "、".join(map(str, without[:20])) + "页")
        )
    return Raw("\n".join(texts), tuple(pages), fixes=tuple(fixes))


def _check(text: str, pages: int, without: list[int]) -> None:
    visible = "".join(text.split())
    if not visible or (without and len(visible) < FEW * pages):
        raise LoadError("扫描件，没有文字层" if without else "PDF 里没有文字", OCR)
    noise = sum(unicodedata.category(c) in ("Co", "Cn", "Cc") or c == "\ufffd" for c in visible)
    if noise > NOISE * len(visible):
        raise LoadError("PDF 的文字层是乱码（字体没有给出字符对应）", OCR)


@dataclass
class _Gaps:
    """Blanks that PDFium inferred from wide letter-spacing beside Chinese characters, and left out here."""

    count: int = 0
    example: str = ""

    def note(self, line: list[str], following: str) -> None:
        self.count += 1
        self.example = self.example or "".join(line[-3:]) + " " + following


def _lines(page: Any, gaps: _Gaps) -> list[_Line]:
    with closing(page.get_textpage()) as textpage:
        characters = list(_characters(textpage))
    lines, line = [], _Line()
    for i, (char, inferred, box) in enumerate(characters):
        if char in "\r\n":
            if char == "\n" or i + 1 == len(characters) or characters[i + 1][0] != "\n":
                lines.append(line)
                line = _Line()
        elif char in _HYPHENS:
            continue
        elif inferred and char == " " and _beside_wide(line.text, characters, i):
            gaps.note(line.text, characters[i + 1][0] if i + 1 < len(characters) else "")
        else:
            line.text.append(char)
            if box and not char.isspace():
                line.cover(*box)
    return [*lines, line]


def _beside_wide(before: list[str], characters: list[tuple[str, bool, Any]], i: int) -> bool:
    after = characters[i + 1][0] if i + 1 < len(characters) else "\n"
    return _wide(before[-1] if before else "\n") or _wide(after)


def _wide(char: str) -> bool:
    return (char > "\u1100" and unicodedata.east_asian_width(char) in "WF") or char in "“”‘’—…·"


def _characters(textpage: Any) -> Iterator[tuple[str, bool, tuple[float, float, float, float] | None]]:
    """(character, inferred by PDFium rather than drawn, left-bottom-right-top in page units)."""
    import pypdfium2.raw as pdfium

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    lead = 0
    for i in range(pdfium.FPDFText_CountChars(textpage)):
        code = pdfium.FPDFText_GetUnicode(textpage, i)
        if 0xD800 <= code < 0xDC00:
            lead = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((lead - 0xD800) << 10) + (code - 0xDC00) if lead else 0xFFFD
        lead = 0
        if not code:
            continue
        drawn = pdfium.FPDFText_GetCharBox(textpage, i, left, right, bottom, top)
        box = (left.value, bottom.value, right.value, top.value) if drawn else None
        yield chr(code), pdfium.FPDFText_IsGenerated(textpage, i) == 1, box


def _boxes(page: Any, lines: list[_Line], start: int, width: float, height: float) -> tuple[list[Box], str]:
    """(a box for each line that shows something, the text of the page), spans counted from ``start``."""
    boxes, texts, at = [], [], start
    for line in lines:
        text = "".join(line.text)
        if line.right >= line.left:
            corners = [
                _on_page(page, x, y, width, height)
                for x, y in ((line.left, line.top), (line.right, line.bottom))
            ]
            (x0, y0), (x1, y1) = corners
            boxes.append(Box(Span(at, at + len(text)), min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
        texts.append(text)
        at += len(text) + 1
    return boxes, "\n".join(texts)


def _on_page(page: Any, x: float, y: float, width: float, height: float) -> tuple[float, float]:
    """A point of the page's own space as it is shown: from the top left corner, rotation and crop applied."""
    import pypdfium2.raw as pdfium

    across, down = ctypes.c_int(), ctypes.c_int()
    size = round(width * SCALE), round(height * SCALE)
    pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value / SCALE, down.value / SCALE


def _has_picture(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    return next(iter(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)), None) is not None
