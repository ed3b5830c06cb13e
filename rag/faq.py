"""The users' own questions: a CSV of theirs, and what they marked as the answer, added to the bank of their index."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.attaching import attach
from rag.bank import Bank, Question, attachable, load_bank, name_key, signature
from rag.errors import QuestionError, RagError
from rag.faq_table import Row, read_rows
from rag.glossary import language
from rag.lexical import fold
from rag.named import missing_part
from rag.numerals import numeral
from rag.references import Catalogue, Reference, resolve
from rag.structure import articles, at, find
from rag.types import Span
from rag.versions import ENDED, as_of

if TYPE_CHECKING:
    from rag.store import LocalStore
    from rag.types import Chunk, Document, Embedder, Hit, Source

ANSWERED = "answered"  # the kind of what was marked on the page
FILE = "faq:"  # begins the kind of what a file gave
MOST_ANSWERED = 20_000
LONGEST = 500  # characters of a question

_NUMBER = re.compile(
    r"(?:第?(?P<number>[\d〇零一二三四五六七八九十百千]{1,9})条?|art(?:icle|\.) ?(?P<latin>\d{1,4}))"
)
_ARTICLE = re.compile(r"第[\d〇零一二三四五六七八九十百千]{1,9}条")
_SIGNATURE = re.compile(r"[0-9a-f]{16}")


@dataclass(slots=True)
class Report:
    """What became of the rows of a file.

    ``taken`` counts the different questions that are in the index now; ``failed`` holds the lines that could not be
    taken, with the reason, ``warned`` those that lead to a text no longer in force.
    """

    taken: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)
    warned: list[tuple[int, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The report as the command line prints it with --json."""
        failed, warned = (
            [{"line": line, "reason": reason} for line, reason in lines]
            for lines in (self.failed, self.warned)
        )
        return {"taken": self.taken, "failed": failed, "warned": warned}


class Places:
    """Where the words that questions were written for stand now; each law is read once, when it is asked about."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._documents: dict[str, list[str]] = defaultdict(list)
        for id_, source in store.sources().items():
            self._documents[name_key(source.title)].append(id_)
        self._laws: dict[str, Mapping[str, Sequence[tuple[Source, str]]]] = {}

    def holds(self, law: str) -> bool:
        """Whether a text of that name is in the index."""
        return name_key(law) in self._documents

    def of(self, law: str, signed: str) -> Sequence[tuple[Source, str]]:
        """The texts of a law that hold the words, each with the number that they have there; first those in force."""
        key = name_key(law)
        if key not in self._laws:
            self._laws[key] = self._read(key)
        return self._laws[key].get(signed, ())

    def documents(self, laws: Iterable[str]) -> list[Document]:
        """The texts of those names."""
        keys = dict.fromkeys(map(name_key, laws))
        return [self._store.document(id_) for key in keys for id_ in self._documents.get(key, ())]

    def _read(self, key: str) -> Mapping[str, Sequence[tuple[Source, str]]]:
        today = date.today()
        found: dict[str, list[tuple[Source, str]]] = defaultdict(list)
        for document in self.documents([key]):
            source = as_of(document.source, today)
            for label, span in attachable(document):
                found[signature(span.of(document.text))].append((source, label))
        for places in found.values():
            places.sort(key=lambda place: place[0].status in ENDED)
        return found


def add_file(path: Path, store: LocalStore, embedder: Embedder, catalogue: Catalogue) -> Report:
    """Take in a CSV of question, law and article, in place of what a file of that name gave before.

    Each row must lead to exactly one article of the index, by its signature where it has one; a row that does not
    is reported and the rest goes in. Where no row can be taken, what was there stays. Raises RagError on a file
    that is no such table, StoreBusy, StoreUnwritable.
    """
    report, found = Report(), list[Question]()
    kind, places = FILE + path.name, Places(store)
    for row in read_rows(path):
        try:
            one = _pointed(row, kind, places, store, catalogue)
        except RagError as error:
            report.failed.append((row.line, str(error).rstrip("。")))
            continue
        found.append(one)
        source, label = places.of(one.law, one.signature)[0]
        if source.status in ENDED:
            report.warned.append((row.line, f"《{source.title}》{label}{source.status}"))
    if found:
        replace_kind(kind, found, store, embedder)
    report.taken = len({one.question for one in found})
    return report


def remove_file(name: str, store: LocalStore, embedder: Embedder) -> int:
    """Take away what a file of that name gave, or the marks of the page (``answered``); how many questions."""
    kinds = defaultdict[str, set[str]](set)
    for one in store.own_questions():
        kinds[one.kind].add(one.question)
    kind = name if name in kinds else FILE + Path(name).name
    if kind not in kinds:
        return 0
    replace_kind(kind, (), store, embedder)
    return len(kinds[kind])


def replace_kind(kind: str, found: Sequence[Question], store: LocalStore, embedder: Embedder) -> None:
    """Let ``found`` take the place of the users' questions of that kind, in one commit."""
    with store.writing():
        before = store.own_questions()
        stay = [question for question in before if question.kind != kind]
        gone = [question for question in before if question.kind == kind]
        store.drop_own(kind)
        store.keep_own(found)
        touched = Places(store).documents(question.law for question in (*gone, *found))
        attach(touched, store, embedder, load_bank([*stay, *found]))


def own_questions(store: LocalStore) -> list[Question]:
    """What the users have added, each with the name and the number that its words have now, if they still stand."""
    places = Places(store)
    return [
        replace(one, law=now[0][0].title, article=now[0][1])
        if (now := places.of(one.law, one.signature))
        else one
        for one in store.own_questions()
    ]


def mark_answered(question: str, hit: Hit, store: LocalStore, embedder: Embedder) -> None:
    """Keep that what was shown answered the question, for this index alone: the article, or the passage of none.

    Raises QuestionError on a question that cannot be kept, RagError when there are too many or the passage is
    no longer as it was, StoreBusy, StoreUnwritable.
    """
    text = _checked(question)
    document = store.document(hit.chunk.document_id)
    label, span = _shown(hit.chunk, document)
    signed = signature(span.of(document.text))
    one = Question(document.source.title, label, signed, language(text), ANSWERED, text)
    if all(place != span for place, _ in Bank([one]).attach(document)):
        raise RagError("这段条文与索引里的不一致，没有记下。请重新提问。")
    with store.writing():
        if sum(kept.kind == ANSWERED for kept in store.own_questions()) >= MOST_ANSWERED:
            raise RagError(f"已记下 {MOST_ANSWERED:,} 个问题，不再增加。可用 rag faq 导出后整理。")
        store.keep_own([one])
        attach(Places(store).documents([one.law]), store, embedder, Bank([one]), add=True)


def _shown(chunk: Chunk, document: Document) -> tuple[str, Span]:
    """The article that holds a passage, or the passage itself."""
    for section in at(document.outline, chunk.span.start):
        if section.level == "article" and chunk.span.end <= section.span.end:
            return section.label, section.span
    return chunk.article or "", chunk.span


def _checked(question: str) -> str:
    """The question on one line. Raises QuestionError on one that cannot be kept."""
    text = " ".join(question.split())
    if not 2 <= len(text) <= LONGEST:
        raise QuestionError(f"只能记下 2 到 {LONGEST} 个字的问题，这个有 {len(text)} 个字。")
    if not any(char.isalpha() for char in text):
        raise QuestionError("问题里没有文字。请写出要问的事。")
    return text


def _pointed(row: Row, kind: str, places: Places, store: LocalStore, catalogue: Catalogue) -> Question:
    """The question signed with the words that the row leads to. Raises RagError, saying what is wrong."""
    if row.problem:
        raise RagError(row.problem)
    text = _checked(row.question)
    if row.signature:
        signed = row.signature.lower()
        if not _SIGNATURE.fullmatch(signed) or not (now := places.of(row.law, signed)):
            raise RagError("条文已改或不在索引里")
        return Question(now[0][0].title, now[0][1], signed, language(text), kind, text)
    law = _bare(row.law)
    if _ARTICLE.search(law) and not places.holds(law):
        raise RagError(f"“{row.law}”里有条号，请把条号写在“条”一栏")
    reference = _meant(law, row.article, store, catalogue)
    document = store.document(str(reference.document_id))
    label, words = _named(reference, document)
    one = Question(document.source.title, label, signature(words), language(text), kind, text)
    if not places.of(one.law, one.signature):
        raise RagError(f"《{document.source.title}》的“{row.article}”不能单独指向，请只写文件")
    return one


def _bare(law: str) -> str:
    """A law's name without the book marks around the whole. Raises RagError where marks stand alone in it."""
    name = law[1:-1].strip() if law[:1] == "《" and law[-1:] == "》" and _paired(law[1:-1]) else law
    if not name:
        raise RagError("没有写文件")
    if not _paired(name):
        raise RagError(f"“{law}”的书名号没有成对，请只写一份文件的名称")
    return name


def _paired(name: str) -> bool:
    depth = 0
    for char in name:
        depth += (char == "《") - (char == "》")
        if depth < 0:
            return False
    return depth == 0


def _meant(law: str, article: str, store: LocalStore, catalogue: Catalogue) -> Reference:
    """The one address that law and article name, whole. Raises RagError where they do not name exactly one."""
    told, heard = "", False
    for asked in _ways(law, fold(article).strip()):
        found = resolve(asked, catalogue)
        if len(found) == 1 and found[0].span == Span(0, len(asked)) and not found[0].problem:
            if missing := missing_part(found[0], store):
                raise RagError(missing)
            return found[0]
        heard = heard or any(one.document_id for one in found)
        told = told or next((one.message for one in found if one.problem and one.message), "")
    if heard and not told:
        raise RagError(
            f"“{article}”不是一条的条号，请写成 第四十三条" if article else f"“{law}”不是一份文件的名称"
        )
    raise RagError(told or f"索引里没有《{law}》")


def _ways(law: str, article: str) -> Iterator[str]:
    """How law and article may be put together: as a title, as a 文号 or a name in use, in English."""
    number = _NUMBER.fullmatch(article)
    place = f"第{number['number'] or number['latin']}条" if number else article
    yield f"《{law}》{place}"
    yield f"{law}{place}"
    if law.isascii():
        yield (
            f"{law}, Article {numeral(number['number'] or number['latin'])}"
            if number
            else f"{law}, {article}"
        )


def _named(reference: Reference, document: Document) -> tuple[str, str]:
    """The number and the words of the article that a reference leads to, '' and the whole of a text without."""
    title = document.source.title
    if reference.article is None:
        if next(articles(document.outline), None):
            raise RagError(f"《{title}》分条，请写明第几条")
        return "", document.text
    section = find(document.outline, reference.article)
    if section is None:
        raise RagError(f"《{title}》里不止一处{reference.article}，不能确定是哪一处")
    return section.label, section.span.of(document.text)
