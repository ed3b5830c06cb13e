"""PDF → Raw: the text layer page by page, with a box for every line."""

from __future__ import annotations

import ctypes
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path
from statistics import median
from typing import Any

from rag.errors import LoadError
from rag.types import Box, Fix, Page, Raw, Span

PAGES = 5_000
CHARACTERS = 20_000_000
FEW = 10  # visible characters a page below which a file with pictures is a scan with a stamp or two
NOISE = 0.3  # share of characters without meaning above which the text layer is of no use
COLUMN_GAP = 1.5  # times a character and its usual distance to the next
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


_Corners = tuple[float, float, float, float]  # left, bottom, right, top in the page's own units


@dataclass(frozen=True, slots=True)
class _Glyph:
    """One character; ``inferred`` when PDFium put it there (a blank in a gap) and the page draws nothing."""

    char: str
    inferred: bool
    corners: _Corners

    @property
    def seen(self) -> bool:
        return not self.inferred and not self.char.isspace()


@dataclass(slots=True)
class _Gaps:
    """Blanks that PDFium inferred beside Chinese characters, and that were left out."""

    count: int = 0
    example: str = ""


def _read(document: Any) -> Raw:
    if len(document) > PAGES:
        raise LoadError(f"PDF 有 {len(document)} 页，超过上限 {PAGES} 页", "请拆分后再导入")
    texts: list[str] = []
    pages: list[Page] = []
    start, gaps, without = 0, _Gaps(), []
    for number in range(1, len(document) + 1):
        with closing(document[number - 1]) as page:
            lines = _lines(page)
            written = [_written(line, gaps) for line in lines]
            text = "\n".join(written)
            boxes = tuple(_boxes(page, lines, written, start))
            width, height = page.get_size()
            pages.append(Page(number, Span(start, start + len(text)), width, height, boxes))
            if not text.strip() and _has_picture(page):
                without.append(number)
        texts.append(text)
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


def _lines(page: Any) -> list[list[_Glyph]]:
    with closing(page.get_textpage()) as textpage:
        glyphs = list(_glyphs(textpage))
    lines: list[list[_Glyph]] = [[]]
    for glyph, following in zip_longest(glyphs, glyphs[1:]):
        if glyph.char == "\n" or (glyph.char == "\r" and (following is None or following.char != "\n")):
            lines.append([])
        elif glyph.char not in _HYPHENS and glyph.char != "\r":
            lines[-1].append(glyph)
    return lines


def _written(line: list[_Glyph], gaps: _Gaps) -> str:
    """The line's text: a gap between columns is a tab, one that only spreads Chinese characters nothing."""
    column = _column_gap(line)
    parts: list[str] = []
    last: _Glyph | None = None  # the last character that is drawn
    for i, glyph in enumerate(line):
        following = next((g for g in line[i + 1 :] if not g.inferred), None)
        if glyph.inferred and glyph.char == " " and last is not None and following is not None:
            if last.seen and following.seen and following.corners[0] - last.corners[2] > column:
                parts.append("\t")
            elif _wide(last.char) or _wide(following.char):
                gaps.count += 1
                gaps.example = gaps.example or f"{last.char} {following.char}"
            else:
                parts.append(" ")
        else:
            parts.append(glyph.char)
        last = last if glyph.inferred else glyph
    return "".join(parts)


def _column_gap(line: list[_Glyph]) -> float:
    """The distance of two characters beyond which they stand in two columns."""
    seen = [glyph.corners for glyph in line if glyph.seen]
    if len(seen) < 2:
        return float("inf")
    usual = median(max(0.0, b[0] - a[2]) for a, b in pairwise(seen))
    return COLUMN_GAP * (usual + median(right - left for left, _, right, _ in seen))


def _wide(char: str) -> bool:
    return (char > "\u1100" and unicodedata.east_asian_width(char) in "WF") or char in "“”‘’—…·"


def _glyphs(textpage: Any) -> Iterator[_Glyph]:
    import pypdfium2.raw as pdfium

    box, lead = pdfium.FS_RECTF(), 0
    for i in range(pdfium.FPDFText_CountChars(textpage)):
        code = pdfium.FPDFText_GetUnicode(textpage, i)
        if 0xD800 <= code < 0xDC00:
            lead = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((lead - 0xD800) << 10) + (code - 0xDC00) if lead else 0xFFFD
        lead = 0
        if code:
            pdfium.FPDFText_GetLooseCharBox(textpage, i, box)
            inferred = pdfium.FPDFText_IsGenerated(textpage, i) == 1
            yield _Glyph(chr(code), inferred, (box.left, box.bottom, box.right, box.top))


def _boxes(page: Any, lines: list[list[_Glyph]], texts: list[str], start: int) -> Iterator[Box]:
    """A box for each line that shows something; its span is counted from ``start``."""
    width, height = page.get_size()
    for line, text in zip(lines, texts, strict=True):
        seen = [glyph.corners for glyph in line if glyph.seen]
        if seen:
            left, bottom = min(c[0] for c in seen), min(c[1] for c in seen)
            right, top = max(c[2] for c in seen), max(c[3] for c in seen)
            (x0, y0), (x1, y1) = (
                _on_page(page, x, y, width, height) for x, y in ((left, top), (right, bottom))
            )
            span = Span(start, start + len(text))
            yield Box(span, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        start += len(text) + 1


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
