"""What the command line shows a person: answers, passages, lists and progress as plain text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn

    from rag.bank import Question
    from rag.faq import Report as FaqReport
    from rag.ingest import Progress, Report
    from rag.lookup import Lookup
    from rag.settings import Settings
    from rag.store import Listing
    from rag.types import Answer, Citation, Hit, Source


def console(*, stderr: bool = False) -> Console:
    """Where text goes: wrapped to the terminal, never marked up by what it says."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            reader_left()

    return Plain(stderr=stderr, markup=False, highlight=False, emoji=False)


def reader_left() -> NoReturn:
    """End well: the reader of the output (head, less) has had enough."""
    drop_output()
    raise SystemExit(0)


def drop_output() -> None:
    """Send what stdout still holds nowhere: it would fail again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress | None]:
    """A bar with files, rate and time left on stderr; nothing where ``quiet``."""
    if quiet:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.text import Text

    name = TextColumn("{task.description}", markup=False)
    rate = _rate_column()
    with Progress(
        name,
        BarColumn(),
        MofNCompleteColumn(),
        rate,
        TimeRemainingColumn(),
        console=console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("读取文件", total=None)

        def update(done: int, total: int, document: str) -> None:
            bar.update(task, completed=done, total=total, description=Text(document[-40:] or "完成").plain)

        yield update


def _rate_column() -> ProgressColumn:
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Rate(ProgressColumn):
        """Files a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.0f} 份/秒" if task.speed else "")

    return Rate()


def show_report(report: Report, settings: Settings) -> None:
    """What an ingest did; failures with their remedies."""
    from rag.embedding import LARGER

    out = console()
    out.print(
        f"新增 {len(report.added)}，更新 {len(report.changed)}，未变 {report.unchanged}，"
        f"移除 {len(report.removed)}，失败 {len(report.failed)}（{report.seconds:.1f} 秒）→ {settings.index}",
        soft_wrap=True,
    )
    for failure in report.failed:
        out.print(f"  ✗ {failure.document}：{failure.reason}。{failure.remedy}。", soft_wrap=True)
    if settings.model == "shipped" and (report.added or report.changed):
        out.print(LARGER, style="dim", soft_wrap=True)


def show_answer(answer: Answer) -> None:
    """Numbered statements with their citations, or why there is none."""
    from rag.wire import numbered

    out = console()
    if answer.abstained:
        out.print(f"没有给出答案：{answer.reason}", soft_wrap=True)
        show_hits(answer.hits[:3])
        return
    citations = numbered(answer)
    for i, statement in enumerate(answer.statements, 1):
        marks = "".join(f"[{citations.index(citation) + 1}]" for citation in statement.citations)
        out.print(f"{i}. {statement.text} {marks}", soft_wrap=True)
    for told in answer.unshown:
        out.print(f"注意：{told.reason}", soft_wrap=True)
    out.print()
    for i, citation in enumerate(citations, 1):
        out.print(f"[{i}] {address(citation)}  {_facts(citation)}", soft_wrap=True)


def address(citation: Citation) -> str:
    """《标题》（文号）第X条第X款第X项.

    >>> from rag.types import Citation, Source, Span
    >>> address(Citation("a", Source("工会法"), (), "第二条", "第二条第一款", None, Span(0, 1), "工"))
    '《工会法》第二条第一款'
    """
    number = f"（{citation.source.number}）" if citation.source.number else ""
    page = f" 第{citation.page}页" if citation.page else ""
    return f"《{citation.source.title}》{number}{citation.locator or ''}{page}"


def _facts(citation: Citation) -> str:
    return f"{_standing(citation.source)}  {citation.document_id}"


def _standing(source: Source) -> str:
    since = f"，{source.effective}起施行{_inferred(source)}" if source.effective else ""
    return f"{source.level}·{source.region}·{source.status}{since}"


def _inferred(source: Source) -> str:
    """A mark for a first day that no text states."""
    return "（推断）" if source.origin.get("effective") == "推断" else ""


def show_hits(hits: Sequence[Hit]) -> None:
    """Passages in order, each with its address and its text."""
    out = console()
    if not hits:
        out.print("没有找到相关条文。请换一种说法，或放宽层级、地区和日期的限制。")
    for i, hit in enumerate(hits, 1):
        source, chunk = hit.source, hit.chunk
        page = f" 第{chunk.page}页" if chunk.page else ""
        place = chunk.locator or "，".join(chunk.path)
        out.print(
            f"{i}. 《{source.title}》{place}{page}  {source.level}·{source.region}·{source.status}",
            style="bold",
            soft_wrap=True,
        )
        out.print(f"   {chunk.text}", soft_wrap=True)
        out.print(f"   {chunk.document_id}", style="dim", soft_wrap=True)
        for other in hit.also:
            where = f"《{other.source.title}》{other.chunk.locator or ''}（{other.source.status}）"
            out.print(f"   同文另见：{where}  {other.chunk.document_id}", style="dim", soft_wrap=True)


def show_lookups(found: Sequence[tuple[Lookup, int]]) -> None:
    """Each address that a text names, with how often; the words that stand there, or why they cannot be shown."""
    out = console()
    if not found:
        out.print("没有认出法律文件的名称或条文的地址。请写成：工会法第四十三条第一款。")
    for one, count in found:
        times = f"（出现 {count} 次）" if count > 1 else ""
        if one.problem:
            out.print(f"{one.named}：{one.problem.reason}{times}", soft_wrap=True)
        elif one.citation:
            out.print(f"{address(one.citation)}{times}  {_facts(one.citation)}", style="bold", soft_wrap=True)
            out.print(f"   {one.citation.quote}", soft_wrap=True)
        elif one.document:
            source = one.document.source
            number = f"（{source.number}）" if source.number else ""
            out.print(
                f"《{source.title}》{number}{times}  {_standing(source)}  {one.document.id}",
                style="bold",
                soft_wrap=True,
            )


def write_questions(own: Sequence[Question]) -> None:
    """The users' own questions as CSV, which rag faq takes in again."""
    from rag.faq_table import as_csv

    console().out(as_csv(own), end="")


def show_faq(report: FaqReport) -> None:
    """What became of a file of questions; on stderr the lines that could not be taken, and the doubtful ones."""
    told = console(stderr=True)
    for line, reason in report.failed:
        told.print(f"第 {line} 行：{reason}", soft_wrap=True)
    for line, reason in report.warned:
        told.print(f"第 {line} 行已加入，但请注意：{reason}", soft_wrap=True)
    kept = "" if report.taken else "。没有可用的行，原有的问题没有变"
    console().print(f"加入 {report.taken} 个问题，未加入 {len(report.failed)} 行{kept}", soft_wrap=True)


def show_removed(count: int, kinds: Sequence[str]) -> None:
    """How many questions were taken back, or what there is to take back."""
    if count:
        console().print(f"已撤回 {count} 个问题", soft_wrap=True)
        return
    there = "、".join(kind.removeprefix("faq:") for kind in kinds) or "无"
    console(stderr=True).print(f"没有这份文件加入的问题。可撤回的有：{there}", soft_wrap=True)


def show_status(found: Mapping[str, object]) -> None:
    """Counts and recipe."""
    names = {
        "index": "索引", "documents": "文件", "articles": "条文", "chunks": "片段", "bytes": "大小（字节）",
        "generation": "提交次数", "format": "格式", "model": "模型", "model_digest": "模型指纹",
        "dimensions": "维数", "chunking": "切分", "tokens": "分词",
    }  # fmt: skip
    out = console()
    for key, value in found.items():
        if key == "questions":
            out.print(f"题库：{_bank(found)}", soft_wrap=True)
        elif key not in ("own_questions", "own_detached", "articles_with_questions"):
            out.print(f"{names.get(key, key)}：{value}", soft_wrap=True)


def _bank(found: Mapping[str, object]) -> str:
    """How many questions the index holds, for how many of its articles, and how many are the users' own."""
    asked, own = found["questions"], found["own_questions"]
    covered, articles = int(str(found["articles_with_questions"])), int(str(found["articles"]))
    share = f"（{covered / articles:.1%}）" if articles else ""
    added = f"；自己加入的 {own} 个" if own else ""
    lost = f"（其中 {found['own_detached']} 个的条文已改，暂不起作用）" if found.get("own_detached") else ""
    return f"{asked} 个问题，覆盖 {covered}/{articles} 条{share}{added}{lost}"


def show_listings(rows: Sequence[Listing]) -> None:
    """One document a line: validity, level, place, title, number, articles, file."""
    out = console()
    for row in rows:
        source = row.source
        number = f"（{source.number}）" if source.number else ""
        since = f"{source.effective}{_inferred(source)}" if source.effective else "施行日期不详"
        out.print(
            f"{source.status}  {source.level}·{source.region}  《{source.title}》{number}"
            f"  {since}  {row.articles} 条  {row.document}",
            soft_wrap=True,
        )
        if row.problem:
            out.print(f"    ! {row.problem}", soft_wrap=True)
    out.print(f"共 {len(rows)} 份")


def show(table: object) -> None:
    """Anything that rich can print."""
    console().print(table)
