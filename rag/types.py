"""The values that pass between rooms, and the seams (Protocols) where something real is swapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]  # (dim,), unit length
    Vectors = NDArray[np.float32]  # (n, dim), rows of unit length


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters [start, end) of Document.text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters themselves.

        >>> Span(2, 4).of("工会经费")
        '经费'
        """
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Box:
    """Where one line of text stands on its page, in PDF points from the page's top left corner."""

    span: Span
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a paged file: its number (from 1), the text that stands on it, its size in points."""

    number: int
    span: Span
    width: float = 0.0
    height: float = 0.0
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Fix:
    """One kind of repair that cleaning made: its name, how often, and one example as it stood before."""

    name: str
    count: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """What a loader read: text as the file has it, pages where the format has pages.

    ``head`` holds name → content of the file's own metadata that describe() may use
    (an HTML <title>, a meta tag); never trusted over the text.
    """

    text: str
    pages: tuple[Page, ...] = ()
    head: Mapping[str, str] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """What a document is: the facts that a citation and a filter need.

    ``title`` is the full official title. ``number`` is the 文号. ``issued`` is the date of
    adoption or publication of this version, ``effective`` the day from which this version applies,
    ``repealed`` the first day on which it no longer does. ``level`` is one of LEVELS, ``status`` one
    of STATUSES, ``region`` 全国 or a province-level name without 省/市 (北京, 浙江, 新疆).
    ``origin`` says where each value came from: 正文, 清单, 文件名, 修改决定 (a known amendment), 推断.
    """

    title: str
    number: str | None = None
    issuer: str | None = None
    issued: date | None = None
    effective: date | None = None
    repealed: date | None = None
    status: str = "待核实"
    level: str = "其他"
    region: str = "全国"
    url: str | None = None
    note: str | None = None
    origin: Mapping[str, str] = field(default_factory=dict, hash=False)


FROM_TEXT, FROM_MANIFEST, FROM_NAME, FROM_DECISION, GUESSED = "正文", "清单", "文件名", "修改决定", "推断"
LEVELS = ("宪法", "法律", "行政法规", "司法解释", "部门规章", "地方性法规", "地方政府规章",
          "总工会文件", "规范性文件", "典型案例", "其他")  # fmt: skip
STATUSES = ("现行有效", "尚未施行", "已修改", "被取代", "已废止", "待核实")


@dataclass(frozen=True, slots=True)
class Section:
    """A node of a document's outline.

    ``level``: root, part 编, subpart 分编, chapter 章, section 节, article 条, paragraph 款, item 项,
    subitem 目; of notices: heading 一、 subheading （一） point 1.; and appendix 附件/附录,
    contents 目录, signature 落款, preamble (what stands before the first heading).
    ``label`` is the number as the text writes it (第四十三条, 第一款, 第二项, 一, （一）, 附件1),
    ``heading`` the words that follow it on its line where the line is a heading (工会的经费和财产).
    ``span`` runs from the label's first character to the end of the last child.
    """

    level: str
    label: str
    heading: str
    span: Span
    children: tuple[Section, ...] = ()

    @property
    def name(self) -> str:
        """As a path shows it: 第五章 工会的经费和财产."""
        return f"{self.label} {self.heading}".strip()


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read. ``id`` is its path below ``root``, the folder that was ingested; ``digest`` the sha256
    of the file and of what a manifest says about it."""

    id: str
    digest: str
    source: Source
    text: str
    outline: Section
    pages: tuple[Page, ...] = ()
    fixes: tuple[Fix, ...] = ()
    problem: str | None = None
    root: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unit of retrieval: an article, or the part of a long one that fits.

    ``text`` is ``span`` of the document, letter for letter. ``path`` holds the names of the sections above
    and of the article itself; ``article`` is 第X条 (or the notice heading's numeral, 一) or None;
    ``locator`` the whole address (第四十三条第一款第二项, or the article alone). ``lead`` is the
    text that a split-off 项 needs to be understood (the 款 that opens the list); it is searched, never cited.
    """

    document_id: str
    span: Span
    path: tuple[str, ...]
    article: str | None
    locator: str | None
    page: int | None
    text: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. ``ranks`` maps each channel (exact, bm25, dense, bank) to the rank there, from 1, or None;
    ``known`` stands in it where the bank has the very question that was asked.

    ``highlights`` are spans of ``chunk.text`` (not of the document).
    """

    chunk: Chunk
    source: Source
    score: float
    ranks: Mapping[str, int | None] = field(default_factory=dict)
    highlights: tuple[Span, ...] = ()
    id: int = 0  # the store's own number of the passage
    also: tuple[Hit, ...] = ()  # passages of other documents that say the same, word for word


@dataclass(frozen=True, slots=True)
class Draft:
    """One statement that a Writer claims: its words, and what it rests on, (index of hit, quoted words).

    ``focus`` is the sentence of the quotes that answers, to be highlighted; empty: all of them.
    """

    text: str
    quotes: tuple[tuple[int, str], ...]
    focus: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation that stands in its document; citations.cite() is the only maker.

    ``quote`` is ``span`` of the document's text, letter for letter; the address is that of the smallest
    section that holds it.
    """

    document_id: str
    source: Source
    path: tuple[str, ...]
    article: str | None
    locator: str | None
    page: int | None
    span: Span
    quote: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One numbered sentence of an answer, with the citations that bear it out (never none)."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """Why nothing is said: ``kind`` for programs, ``reason`` for the user.

    Kinds: unknown_document, out_of_range, ambiguous (the address asked for cannot be shown), no_law_named,
    no_matter, no_local_text, not_in_force, nothing_found, not_borne_out, no_quantity, no_sentence.
    """

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the ask path gives: statements, or an abstention with its reason; the passages either way.

    ``unshown`` tells of the addresses that the question names beside those answered, and that cannot be shown.
    ``confidence`` is how likely the texts answer such a question, 0 to 1, were as many questions answered as not; of
    an address that is shown it is 1, and None where something else decided that nothing is said.
    """

    question: str
    statements: tuple[Statement, ...]
    hits: tuple[Hit, ...]
    abstained: bool
    silence: Silence | None = None
    seconds: float = 0.0
    unshown: tuple[Silence, ...] = ()
    confidence: float | None = None

    @property
    def reason(self) -> str | None:
        """Why nothing is said, for the user; None where something is."""
        return self.silence.reason if self.silence else None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents may answer. Empty tuples and None mean any.

    ``region`` and ``level`` hold the values allowed; ``issuer`` is part of the issuer's name;
    ``in_force_on`` leaves out what was not in force on that day.
    """

    region: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    issuer: str | None = None
    in_force_on: date | None = None


EVERYTHING = Filter()


class Embedder(Protocol):
    """Texts to vectors of one space; ``name`` and ``digest`` change whenever the space does."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...
    def encode_question(self, text: str) -> Vector: ...
    def encode_questions(self, texts: Sequence[str]) -> Vectors: ...


class Reranker(Protocol):
    """Hits in a better order: scores of (question, passage) pairs, higher is better."""

    @property
    def name(self) -> str: ...
    def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]: ...


class Writer(Protocol):
    """An untrusted witness: what it claims stays only where its quotes stand in the passages."""

    def write(self, question: str, hits: Sequence[Hit]) -> Sequence[Draft]: ...


class Store(Protocol):
    """The index behind one address; every store ranks alike (tests/store_contract.py)."""

    def digests(self) -> Mapping[str, str]: ...
    def put(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors) -> None: ...
    def remove(self, document_id: str) -> None: ...
    def document(self, document_id: str) -> Document: ...
    def search_text(self, question: str, k: int, where: Filter) -> Sequence[Hit]: ...
    def search_vector(self, vector: Vector, k: int, where: Filter) -> Sequence[Hit]: ...
