"""The users' own questions: a CSV of theirs, and what they marked as the answer, added to the bank of their index."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rag.attaching import attach
from rag.bank import Bank, Question, load_bank, name_key, parts, signature
from rag.errors import LoadError, QuestionError, RagError
from rag.glossary import language
from rag.loaders.encoding import decode
from rag.references import Catalogue, resolve
from rag.structure import find

if TYPE_CHECKING:
    from rag.store import LocalStore
    from rag.types import Document, Embedder, Hit

ANSWERED = "answered"  # the kind of what was marked on the page
COLUMNS = {
    "question": ("question", "问题", "提问", "问"),
    "law": ("law", "document", "文件", "法律", "法规", "标题"),
    "article": ("article", "条", "条文", "条号"),
}
MOST_BYTES = 20 * 2**20
MOST_ANSWERED = 20_000
LONGEST = 500  # characters of a question

_ANY_ARTICLE = re.compile(r"\A第?(?P<number>[\d〇零一二三四五六七八九十百千]{1,9})条?")


@dataclass(slots=True)
class Report:
    """What became of the rows of a file: questions taken, and the lines that could not be, with the reason."""

    taken: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)


def add_file(path: Path, store: LocalStore, embedder: Embedder, catalogue: Catalogue) -> Report:
    """Take in a CSV of question, law and article, in place of what a file of that name gave before.

    Each row must lead to exactly one article of the index; a row that does not is reported and the rest goes
    in. Raises RagError on a file that is no such table, StoreBusy, StoreUnwritable.
    """
    report, found = Report(), list[Question]()
    kind = f"faq:{path.name}"
    for line, text, law, article in _rows(path):
        try:
            found.append(_pointed(text, law, article, kind, store, catalogue))
        except RagError as error:
            report.failed.append((line, str(error)))
    report.taken = len(found)
    replace_kind(kind, found, store, embedder)
    return report


def remove_file(name: str, store: LocalStore, embedder: Embedder) -> int:
    """Take away what a file of that name gave; how many questions that were."""
    kind = f"faq:{Path(name).name}"
    count = sum(question.kind == kind for question in store.own_questions())
    replace_kind(kind, (), store, embedder)
    return count


def replace_kind(kind: str, found: Sequence[Question], store: LocalStore, embedder: Embedder) -> None:
    """Let ``found`` take the place of the users' questions of that kind, in one commit."""
    before = store.own_questions()
    stay = [question for question in before if question.kind != kind]
    gone = [question for question in before if question.kind == kind]
    with store.writing():
        store.drop_own(kind)
        store.keep_own(found)
        attach(_of_laws([*gone, *found], store), store, embedder, load_bank([*stay, *found]))


def mark_answered(question: str, hit: Hit, store: LocalStore, embedder: Embedder) -> None:
    """Keep that the passage answered the question, for this index alone.

    Raises QuestionError on a question that is empty or too long, RagError when there are too many, StoreBusy,
    StoreUnwritable.
    """
    text = " ".join(question.split())
    if not 2 <= len(text) <= LONGEST:
        raise QuestionError(f"只能记下 2 到 {LONGEST} 个字的问题，这个有 {len(text)} 个字。")
    own = store.own_questions()
    if sum(one.kind == ANSWERED for one in own) >= MOST_ANSWERED:
        raise RagError(f"已记下 {MOST_ANSWERED:,} 个问题，不再增加。可用 rag faq 导出后整理。")
    document = store.document(hit.chunk.document_id)
    path = find(document.outline, hit.chunk.article) if hit.chunk.article else None
    words = path.span.of(document.text) if path else document.text
    one = Question(
        document.source.title, hit.chunk.article or "", signature(words), language(text), ANSWERED, text
    )
    with store.writing():
        store.keep_own([one])
        attach(_of_laws([one], store), store, embedder, Bank([one]), add=True)


def _of_laws(questions: Iterable[Question], store: LocalStore) -> list[Document]:
    """The documents of the laws that questions are about."""
    laws = {name_key(question.law) for question in questions}
    return [store.document(id_) for id_, source in store.sources().items() if name_key(source.title) in laws]


def _rows(path: Path) -> Iterator[tuple[int, str, str, str]]:
    """Line, question, law and article of each row. Raises RagError on a file that is no such table."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RagError(f"{path} 超过 {MOST_BYTES // 2**20} MB。请分成几个文件。")
        text = decode(path.read_bytes())
    except OSError as error:
        raise RagError(f"不能读取 {path}（{error.strerror}）。请检查路径和权限。") from error
    except LoadError as error:
        raise RagError(f"{path}：{error.reason}。{error.remedy}。") from error
    rows = csv.reader(text.splitlines(), strict=True)
    try:
        head = [cell.strip().lower().removeprefix("\ufeff") for cell in next(rows, [])]
        places = {
            name: next((head.index(c) for c in known if c in head), -1) for name, known in COLUMNS.items()
        }
        if min(places["question"], places["law"]) < 0:
            raise RagError(
                f"{path} 的第一行应是表头：问题,文件,条（或 question,law,article）。请补上后再试。"
            )
        for row in rows:
            if any(cell.strip() for cell in row):
                values = [row[at].strip() if 0 <= at < len(row) else "" for at in places.values()]
                yield rows.line_num, values[0], values[1], values[2]
    except csv.Error as error:
        raise RagError(f"{path} 第 {rows.line_num} 行不是有效的 CSV（{error}）。请改正后再试。") from error


def _pointed(
    text: str, law: str, article: str, kind: str, store: LocalStore, catalogue: Catalogue
) -> Question:
    """The question signed with the words of the article that the row names. Raises RagError, saying what is wrong."""
    text = " ".join(text.split())
    if not 2 <= len(text) <= LONGEST:
        raise RagError(f"问题应有 2 到 {LONGEST} 个字")
    number = _ANY_ARTICLE.match(article)
    if article and not number:
        raise RagError(f"“{article}”不是条号，请写成 第四十三条")
    name = law.strip("《》 ")
    asked = f"《{name}》" + (
        article if article.startswith("第") else f"第{article.removesuffix('条')}条" if article else ""
    )
    found = [one for one in resolve(asked, catalogue) if one.document_id or one.problem]
    if not found:
        raise RagError(f"索引里没有《{name}》")
    if found[0].problem:
        raise RagError(found[0].message or f"{asked} 找不到")
    document = store.document(str(found[0].document_id))
    section = find(document.outline, found[0].article) if found[0].article else None
    if section is None and parts(document)[0][0]:
        raise RagError(f"《{document.source.title}》分条，请写明第几条")
    words = section.span.of(document.text) if section else document.text
    label = section.label if section else ""
    return Question(document.source.title, label, signature(words), language(text), kind, text)
