"""Word .docx → Raw: what the page shows, in its order, with Word's automatic numbers written out.

Own walk over the XML: libraries lose the automatic 第X条, text boxes, tracked insertions or content controls.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from rag.errors import LoadError
from rag.loaders.numbering import Numbering, attribute, child, local, read_numbering, value
from rag.types import Fix, Raw

ENTRIES = 10_000
TOTAL_BYTES = 1024 * 1024 * 1024
PART_BYTES = 64 * 1024 * 1024
RATIO = 200  # office XML packs 5 to 30 times; a bomb thousands
RATIO_FROM = 20 * 1024 * 1024

RESAVE = "请用 Word 或 WPS 打开并另存为 .docx 后再导入"
DROPPED = frozenset(
    ("del", "moveFrom", "instrText", "delText", "delInstrText", "pPr", "rPr", "sectPr", "rt", "comment")
)
CELL_CHARS = 400  # a row with more text than that lays out a page, it is no row of data


def load_docx(path: Path) -> Raw:
    """A .docx file: paragraphs, tables (a row a line, cells parted by tabs), text boxes, footnotes last.

    Tracked insertions are kept, deletions and hidden text dropped. ``head`` holds the core properties
    ``title`` and ``subject``. Raises LoadError for what is no .docx, is encrypted, damaged or a bomb.
    """
    if not zipfile.is_zipfile(path):
        raise LoadError("不是有效的 .docx 文件", RESAVE)
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive)
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError) as error:
        raise LoadError("文件已损坏，无法解压", RESAVE) from error


def _check(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    total = sum(e.file_size for e in entries)
    packed = max(1, sum(e.compress_size for e in entries))
    if len(entries) > ENTRIES or total > TOTAL_BYTES or (total > RATIO_FROM and total > RATIO * packed):
        raise LoadError("压缩包解开后大得反常，可能是恶意文件", "请核对文件来源；确需导入时请另存后再试")
    if any(e.flag_bits & 1 for e in entries):
        raise LoadError("文件加了密码", "请去掉密码后再导入")


def _read(archive: zipfile.ZipFile) -> Raw:
    main = _main_part(archive)
    folder = PurePosixPath(main).parent
    related = {kind: str(folder / name) for kind, name in _relations(archive, main)}
    body = _xml(archive, main)
    numbering = read_numbering(
        _optional(archive, related.get("numbering")), _optional(archive, related.get("styles"))
    )
    walk = _Walk(numbering)
    text = "\n".join(walk.blocks(body))
    notes = list(_notes(archive, related, walk))
    fixes = [Fix("自动编号", walk.numbered, walk.example)] if walk.numbered else []
    if notes:
        text += "\n\n附：脚注\n" + "\n".join(notes)
        fixes.append(Fix("脚注移到文末", len(notes), notes[0][:40]))
    if walk.dropped:
        fixes.append(Fix("修订中删除的文字", walk.dropped))
    return Raw(text, head=_properties(archive), fixes=tuple(fixes))


def _main_part(archive: zipfile.ZipFile) -> str:
    names = set(archive.namelist())
    for kind, target in _relations(archive, ""):
        if kind == "officeDocument" and target.lstrip("/") in names:
            target = target.lstrip("/")
            if not target.startswith("word/") and target.startswith(("xl/", "ppt/")):
                break
            return target
    if "word/document.xml" in names:
        return "word/document.xml"
    kinds = {"xl": "Excel 表格", "ppt": "PowerPoint 演示文稿"}
    kind = next(
        (k for start, k in kinds.items() if any(n.startswith(start + "/") for n in names)), "普通压缩包"
    )
    raise LoadError(f"扩展名是 .docx，内容却是{kind}", "请改正扩展名，或" + RESAVE.removeprefix("请"))


def _relations(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str]]:
    """(kind, target) of what a part refers to; the package itself is the part ''."""
    path = PurePosixPath(part)
    rels = str(path.parent / "_rels" / f"{path.name}.rels") if part else "_rels/.rels"
    root = _optional(archive, rels)
    for element in root if root is not None else ():
        if element.get("TargetMode") != "External":
            yield (element.get("Type") or "").rpartition("/")[2], element.get("Target") or ""


def _optional(archive: zipfile.ZipFile, name: str | None) -> Any:
    return _xml(archive, name) if name is not None and name in archive.NameToInfo else None


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    if archive.getinfo(name).file_size > PART_BYTES:
        raise LoadError("文档内容大得反常，可能是恶意文件", "请拆分文档，或核对文件来源")
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        with archive.open(name) as part:
            tree = etree.parse(part, parser)
    except (etree.XMLSyntaxError, UnicodeDecodeError) as error:
        raise LoadError("文档内容已损坏", RESAVE) from error
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise LoadError("文档里有外部实体声明（DTD），可能是恶意文件", "请核对文件来源；" + RESAVE)
    return tree.getroot()


def _properties(archive: zipfile.ZipFile) -> Mapping[str, str]:
    root = _optional(archive, "docProps/core.xml")
    found = {local(e): (e.text or "").strip() for e in (root if root is not None else ())}
    return {name: found[name] for name in ("title", "subject") if found.get(name)}


def _notes(archive: zipfile.ZipFile, related: Mapping[str, str], walk: _Walk) -> Iterator[str]:
    for kind in ("footnotes", "endnotes"):
        root = _optional(archive, related.get(kind))
        texts = {attribute(e, "id"): walk.blocks(e) for e in (root if root is not None else ())}
        for shown, number in enumerate(walk.references[kind], 1):
            words = " ".join(filter(None, (line.strip() for line in texts.get(number, ()))))
            if words:
                yield f"［{shown}］{words}"


@dataclass
class _Walk:
    """One pass over the document's elements, depth first; counts what it numbered and dropped."""

    numbering: Numbering
    numbered: int = 0
    example: str = ""
    dropped: int = 0
    references: dict[str, list[str | None]] = field(default_factory=lambda: {"footnotes": [], "endnotes": []})

    def blocks(self, container: Any) -> list[str]:
        """The lines of a body, cell, text box or note."""
        lines: list[str] = []
        carried = ""  # a paragraph whose mark was deleted runs on into the next
        for element in _flat(container):
            if local(element) == "tbl":
                lines.extend(self._table(element))
            else:
                text, boxes = self._paragraph(element)
                if _mark_deleted(element):
                    carried += text
                else:
                    lines.extend((carried + text).split("\n"))
                    carried = ""
                lines.extend(boxes)
        return [*lines, carried] if carried else lines

    def _paragraph(self, element: Any) -> tuple[str, list[str]]:
        parts: list[str] = []
        boxes: list[str] = []
        self._runs(element, parts, boxes)
        text = "".join(parts)
        properties = child(element, "pPr")
        label = self.numbering.label(
            properties, value(properties, "pStyle") if properties is not None else None
        )
        if label and (text.strip() or label.strip().startswith("第")):
            self.numbered += 1
            self.example = self.example or f"{label}{text.strip()}"[:40]
            text = label + text.lstrip(" \t\u3000")
        return text, boxes

    def _runs(self, element: Any, parts: list[str], boxes: list[str]) -> None:
        for part in element:
            kind = local(part)
            if kind in ("del", "moveFrom"):
                self.dropped += 1
            elif kind in DROPPED or (kind == "r" and _hidden(part)):
                continue
            elif kind == "t":
                parts.append(part.text or "")
            elif kind in SIGNS:
                parts.append(SIGNS[kind])
            elif kind in ("footnoteReference", "endnoteReference"):
                self.references[kind.removesuffix("Reference") + "s"].append(attribute(part, "id"))
            elif kind == "txbxContent":
                boxes.extend(line for line in self.blocks(part) if line.strip())
            elif kind == "AlternateContent":
                self._alternative(part, parts, boxes)
            else:
                self._runs(part, parts, boxes)

    def _alternative(self, element: Any, parts: list[str], boxes: list[str]) -> None:
        """The same drawing twice, for new and for old Word: read once."""
        for option in element:
            before = len(parts) + len(boxes)
            self._runs(option, parts, boxes)
            if len(parts) + len(boxes) > before:
                return

    def _table(self, element: Any) -> list[str]:
        lines: list[str] = []
        for row in _within(element, "tr"):
            properties = child(row, "trPr")
            if properties is not None and child(properties, "del") is not None:
                self.dropped += 1
                continue
            cells = [[x for x in self.blocks(cell) if x.strip()] for cell in _within(row, "tc")]
            lines.extend(_row([cell for cell in cells if cell]))
        return lines


SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}


def _row(cells: Sequence[Sequence[str]]) -> list[str]:
    if len(cells) > 1 and sum(len(line) for cell in cells for line in cell) <= CELL_CHARS:
        return ["\t".join(" ".join(line.strip() for line in cell) for cell in cells)]
    return [line for cell in cells for line in cell]


def _flat(container: Any) -> Iterator[Any]:
    """Paragraphs and tables, through the wrappers that hold no words of their own."""
    for element in container:
        kind = local(element)
        if kind in ("p", "tbl"):
            yield element
        elif kind == "AlternateContent":
            yield from _flat(next(iter(element), ()))
        elif kind not in DROPPED and kind not in ("tcPr", "tblPr", "tblGrid", "sdtPr", "sdtEndPr"):
            yield from _flat(element)


def _within(element: Any, wanted: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, through content controls and tracked insertions."""
    for part in element:
        kind = local(part)
        if kind == wanted:
            yield part
        elif kind in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"):
            yield from _within(part, wanted)


def _hidden(run: Any) -> bool:
    properties = child(run, "rPr")
    hidden = child(properties, "vanish") if properties is not None else None
    return hidden is not None and attribute(hidden, "val") not in ("0", "false", "off")


def _mark_deleted(paragraph: Any) -> bool:
    properties = child(paragraph, "pPr")
    marks = child(properties, "rPr") if properties is not None else None
    return marks is not None and child(marks, "del") is not None
