"""The command `rag`: arguments in, one Engine, its answer out as text or JSON. Holds no logic."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import QuestionError, RagError

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.settings import Settings
    from rag.types import Filter

DONE, FAILURES, UNUSABLE, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    help="工会政策问答：用原文的话回答，每条引文都与原文核对。\n\n"
    "Questions over union policy texts, answered in the texts' own words with verified citations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Index = Annotated[
    Path | None, typer.Option("--index", help="索引文件夹（默认 index/，或环境变量 RAG_INDEX）")
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="按哪一天有效的文本（YYYY-MM-DD，默认今天；all 为不限）")
]
Region = Annotated[list[str] | None, typer.Option("--region", help="地区，可多次给出，例如 全国、北京")]
Level = Annotated[list[str] | None, typer.Option("--level", help="效力层级，可多次给出，例如 法律")]
Model = Annotated[str | None, typer.Option("--model", help="向量模型：shipped、短名、模型名或文件夹")]
Questions = Annotated[
    Path | None, typer.Option("--questions", help="JSON Lines 文件，每行一个 {id, question}，逐行回答")
]


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹", show_default=False)],
    rebuild: Annotated[bool, typer.Option("--rebuild", help="全部重读，换模型后用")] = False,
    index: Index = None,
    model: Model = None,
    as_json: AsJson = False,
) -> None:
    """把文件和文件夹收进索引；只读有变化的。Read files and folders into the index."""
    try:
        from rag import screen
        from rag.ingest import ingest as run

        settings = _settings(index, model=model)
        with screen.progress(quiet=as_json) as progress:
            report = run(paths, settings, rebuild=rebuild, progress=progress)
    except KeyboardInterrupt:
        typer.echo("已中断，已提交的内容保留", err=True)
        raise typer.Exit(INTERRUPTED) from None
    _print(report.as_json()) if as_json else screen.show_report(report, settings)
    raise typer.Exit(FAILURES if report.failed else DONE)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="问题", show_default=False)] = None,
    questions: Questions = None,
    index: Index = None,
    model: Model = None,
    as_of: AsOf = None,
    region: Region = None,
    level: Level = None,
    as_json: AsJson = False,
) -> None:
    """回答问题：原文的话加引文，或说明为什么不答。Answer with verified citations."""
    from rag import screen
    from rag.wire import answer_json

    where = _filter(as_of, region, level)
    with _engine(_settings(index, model=model)) as engine:
        if questions is not None:
            _each(questions, where, lambda text, at: answer_json(engine.ask(text, at)))
            return
        answer = engine.ask(_given(question), where)
    _print(answer_json(answer)) if as_json else screen.show_answer(answer)


@app.command()
def search(
    question: Annotated[str | None, typer.Argument(help="问题", show_default=False)] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="条数")] = 10,
    questions: Questions = None,
    index: Index = None,
    model: Model = None,
    as_of: AsOf = None,
    region: Region = None,
    level: Level = None,
    as_json: AsJson = False,
) -> None:
    """只列出相关条文，按相关程度排列。Ranked passages only."""
    from rag import screen
    from rag.wire import hits_json

    where = _filter(as_of, region, level)
    with _engine(_settings(index, model=model)) as engine:
        if questions is not None:
            _each(questions, where, lambda text, at: {"hits": hits_json(engine.search(text, k, at))})
            return
        hits = engine.search(_given(question), k, where)
    _print({"question": question, "hits": hits_json(hits)}) if as_json else screen.show_hits(hits)


@app.command()
def status(index: Index = None, as_json: AsJson = False) -> None:
    """索引里有什么，是怎样建的。What is indexed, by what recipe."""
    from rag import screen
    from rag.store import LocalStore

    with closing(LocalStore.open(_settings(index).index)) as store:
        found = store.status()
    _print(found) if as_json else screen.show_status(found)


@app.command(name="list")
def list_(index: Index = None, region: Region = None, level: Level = None, as_json: AsJson = False) -> None:
    """列出已收录的文件。List the indexed documents."""
    from rag import screen
    from rag.filters import admits
    from rag.store import LocalStore
    from rag.types import Filter
    from rag.wire import listing_json

    where = Filter(region=tuple(region or ()), level=tuple(level or ()))
    with closing(LocalStore.open(_settings(index).index)) as store:
        rows = [row for row in store.listings(date.today()) if admits(where, row.source)]
    _print([listing_json(row) for row in rows]) if as_json else screen.show_listings(rows)


@app.command()
def remove(
    documents: Annotated[list[str], typer.Argument(help="文件，如 rag list 所列", show_default=False)],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """从索引里移除文件；原文件不动。Remove documents from the index; the files stay."""
    from rag.store import LocalStore

    with closing(LocalStore.open(_settings(index).index)) as store:
        known = store.digests()
        missing = [name for name in documents if name not in known]
        removed = [name for name in documents if name in known]
        with store.writing():
            for name in removed:
                store.remove(name)
    if as_json:
        _print({"removed": removed, "missing": missing})
    else:
        for name in removed:
            _say(f"已移除 {name}（原文件未动；再次收录它所在的文件夹会重新加入）")
        for name in missing:
            typer.echo(f"索引里没有 {name}。用 rag list 查看已收录的文件。", err=True)
    raise typer.Exit(FAILURES if missing else DONE)


@app.command(name="eval")
def eval_(
    questions: Annotated[
        Path | None, typer.Option("--questions", help="带标准答案的问题（JSON Lines）")
    ] = None,
    beir: Annotated[Path | None, typer.Option("--beir", help="BEIR 格式的文件夹")] = None,
    only: Annotated[
        Path | None, typer.Option("--only", help="只问这些编号的问题（每行一个，配合 --beir）")
    ] = None,
    index: Index = None,
    model: Model = None,
    as_of: AsOf = None,
    region: Region = None,
    level: Level = None,
    as_json: AsJson = False,
) -> None:
    """用带标准答案的问题测量检索和回答的质量。Figures from gold questions."""
    from rag import screen
    from rag.evaluation import evaluate_beir, evaluate_questions

    settings = _settings(index, model=model)
    if beir is not None and questions is None:
        report = evaluate_beir(beir, settings, index=index, only=only)
    elif questions is not None and beir is None:
        with _engine(settings) as engine:
            report = evaluate_questions(engine, questions, _filter(as_of, region, level))
    else:
        raise typer.BadParameter("请给出 --questions 或 --beir 其中之一")
    _print(report.as_json()) if as_json else screen.show(report.table())


@app.command()
def serve(
    index: Index = None,
    model: Model = None,
    host: Annotated[str | None, typer.Option("--host", help="监听地址")] = None,
    port: Annotated[int | None, typer.Option("--port", help="端口")] = None,
) -> None:
    """打开网页。Serve the web page."""
    from rag.web.server import serve as run

    run(_settings(index, model=model, host=host, port=port), open_browser=sys.stdout.isatty())


def main() -> None:
    """The installed command. Exit status: 0 done, 1 finished with failures or findings, 2 unusable call."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None: closed by the caller
        stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except RagError as error:
        typer.echo(f"错误：{error}", err=True)
        sys.exit(UNUSABLE)
    except OSError as error:  # the output's disk is full, or the like
        from rag.screen import drop_output

        drop_output()
        typer.echo(f"错误：{error}。结果没有写完，请检查磁盘空间和权限。", err=True)
        sys.exit(UNUSABLE)


# --- what the commands share ---------------------------------------------------------------------------------


def _settings(index: Path | None, **given: object) -> Settings:
    from rag.settings import load_settings

    return load_settings(index=index, **given)


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    from rag.engine import Engine

    with closing(Engine.open(settings)) as engine:
        yield engine


def _filter(as_of: str | None, region: list[str] | None, level: list[str] | None) -> Filter:
    from rag.types import Filter

    return Filter(region=tuple(region or ()), level=tuple(level or ()), in_force_on=_day(as_of))


def _day(text: str | None) -> date | None:
    """The day that --as-of means: today when not given, None (any) for ``all``."""
    if text is None:
        return date.today()
    if text == "all":
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise typer.BadParameter(f"{text} 不是日期，请写成 2024-07-01 这样") from None


def _given(question: str | None) -> str:
    if question is None:
        raise typer.BadParameter("请给出问题，或用 --questions 给出问题文件")
    return question


def _each(path: Path, where: Filter, answer: Callable[[str, Filter], dict[str, Any]]) -> None:
    """One JSON line for each line of the file that is not blank, in order; its ``as_of`` wins over --as-of.

    A line that cannot be read or answered gives its ``error``, and the exit status is 1.
    """
    import time

    try:
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
    except OSError as error:
        raise RagError(f"不能读取 {path}（{error.strerror}）。请检查路径和权限。") from error
    failures = 0
    for number, given in enumerate(lines, 1):
        if not given.strip():
            continue
        begun = time.perf_counter()
        line: dict[str, Any] = {"id": str(number)}
        try:
            record = _record(given)
            line |= {"id": record.get("id", str(number)), "question": record.get("question")}
            at = replace(where, in_force_on=_day(record["as_of"])) if record.get("as_of") else where
            text = record.get("question")
            line |= answer(text if isinstance(text, str) else "", at)
        except (RagError, typer.BadParameter) as error:
            line["error"] = str(error)
            failures += 1
        line["seconds"] = round(time.perf_counter() - begun, 4)
        _say(json.dumps(line, ensure_ascii=False))
    if failures:
        raise typer.Exit(FAILURES)


def _record(line: bytes) -> dict[str, Any]:
    """The object of a line of JSON. Raises QuestionError."""
    try:
        record = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"这一行不是 UTF-8 的 JSON（{error}）。请改正这一行。") from error
    if not isinstance(record, dict):
        raise QuestionError('这一行不是 JSON 对象。应是 {"id": …, "question": …}。')
    return record


def _print(value: object) -> None:
    _say(json.dumps(value, ensure_ascii=False, indent=2))


def _say(text: str) -> None:
    try:
        typer.echo(text)
    except BrokenPipeError:
        from rag.screen import reader_left

        reader_left()
