"""The command `rag`: arguments in, one Engine, its answer out as text or JSON. Holds no logic."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from rag.command import (
    DONE,
    FAILURES,
    INTERRUPTED,
    UNUSABLE,
    each_line,
    engine_over,
    filter_of,
    given,
    print_json,
    say,
    settings_for,
)
from rag.errors import RagError

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

        settings = settings_for(index, model=model)
        with screen.progress(quiet=as_json) as progress:
            report = run(paths, settings, rebuild=rebuild, progress=progress)
    except KeyboardInterrupt:
        typer.echo("已中断，已提交的内容保留", err=True)
        raise typer.Exit(INTERRUPTED) from None
    print_json(report.as_json()) if as_json else screen.show_report(report, settings)
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

    where = filter_of(as_of, region, level)
    with engine_over(settings_for(index, model=model)) as engine:
        if questions is not None:
            each_line(questions, where, lambda text, at: answer_json(engine.ask(text, at)))
            return
        answer = engine.ask(given(question), where)
    print_json(answer_json(answer)) if as_json else screen.show_answer(answer)


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

    where = filter_of(as_of, region, level)
    with engine_over(settings_for(index, model=model)) as engine:
        if questions is not None:
            each_line(questions, where, lambda text, at: {"hits": hits_json(engine.search(text, k, at))})
            return
        hits = engine.search(given(question), k, where)
    print_json({"question": question, "hits": hits_json(hits)}) if as_json else screen.show_hits(hits)


@app.command()
def cite(
    text: Annotated[
        str | None, typer.Argument(help="写有条文地址的话，例如 工会法第四十三条第一款", show_default=False)
    ] = None,
    questions: Questions = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="文本文件（.txt），查出其中写到的条文；不给则读标准输入")
    ] = None,
    index: Index = None,
    model: Model = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """查出文字里写到的条文：地址、效力、原文。The words at every address that a text names."""
    from rag import screen
    from rag.citing import RUN_CHARS, cite_line, cite_running, text_to_cite, where_of
    from rag.wire import lookup_json

    where = where_of(as_of)
    if questions is not None:
        with engine_over(settings_for(index, model=model)) as engine:
            troubled: list[str] = []
            each_line(questions, where, lambda asked, at: cite_line(engine, asked, at, troubled))
        raise typer.Exit(FAILURES if troubled else DONE)
    running = text_to_cite(text, file)
    long = {} if text is not None else {"question_chars": RUN_CHARS}
    with engine_over(settings_for(index, model=model, **long)) as engine:
        found, more = cite_running(engine, running, where, None if text is not None else RUN_CHARS)
    if as_json:
        listed = [{**lookup_json(one), "count": count} for one, count in found]
        print_json({"text": text, "found": listed, "left_off": more})
    else:
        screen.show_lookups(found)
        if more:
            say(f"以上是前 {len(found)} 处，另有 {more} 处没有列出。请把文字分成几段再查。")
    troubles = not found or more or any(one.problem for one, _ in found)
    raise typer.Exit(FAILURES if troubles else DONE)


@app.command()
def faq(
    file: Annotated[
        Path | None, typer.Argument(help="CSV：问题,文件,条；不给则列出已有的", show_default=False)
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="撤回这份文件加入的问题；文件写 answered 则撤回网页上标记的")
    ] = False,
    index: Index = None,
    model: Model = None,
    as_json: AsJson = False,
) -> None:
    """把本单位的常见问题加入索引，指向回答它的条文。Add your own questions, each with its article."""
    from rag import screen

    if remove and file is None:
        raise typer.BadParameter("请写明撤回哪份文件加入的问题，例如：rag faq 常见问题.csv --remove")
    with engine_over(settings_for(index, model=model)) as engine:
        if file is None:
            own = engine.own_questions()
            print_json([asdict(one) for one in own]) if as_json else screen.write_questions(own)
            return
        if remove:
            count = engine.remove_faq(file.name)
            kinds = sorted({one.kind for one in engine.own_questions()})
            print_json({"removed": count, "left": kinds}) if as_json else screen.show_removed(count, kinds)
            raise typer.Exit(DONE if count else FAILURES)
        report = engine.add_faq(file)
    print_json(report.as_json()) if as_json else screen.show_faq(report)
    raise typer.Exit(DONE if report.taken and not report.failed else FAILURES)


@app.command(name="export-model")
def export_model(
    model: Annotated[str, typer.Argument(help="模型名或文件夹")],
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹")],
) -> None:
    """把更大的向量模型转成小而快的 ONNX int8，可离线使用。Export a larger model as ONNX int8."""
    from rag.embedding import export_onnx

    say(
        f"已写入 {export_onnx(model, folder)}。使用：设 RAG_MODEL={folder}，再运行 rag ingest 原来的路径 --rebuild"
    )


@app.command()
def status(index: Index = None, as_json: AsJson = False) -> None:
    """索引里有什么，是怎样建的。What is indexed, by what recipe."""
    from rag import screen
    from rag.store import LocalStore

    with closing(LocalStore.open(settings_for(index).index)) as store:
        found = store.status()
    print_json(found) if as_json else screen.show_status(found)


@app.command(name="list")
def list_(index: Index = None, region: Region = None, level: Level = None, as_json: AsJson = False) -> None:
    """列出已收录的文件。List the indexed documents."""
    from rag import screen
    from rag.filters import admits
    from rag.store import LocalStore
    from rag.types import Filter
    from rag.wire import listing_json

    where = Filter(region=tuple(region or ()), level=tuple(level or ()))
    with closing(LocalStore.open(settings_for(index).index)) as store:
        rows = [row for row in store.listings(date.today()) if admits(where, row.source)]
    print_json([listing_json(row) for row in rows]) if as_json else screen.show_listings(rows)


@app.command()
def remove(
    documents: Annotated[list[str], typer.Argument(help="文件，如 rag list 所列", show_default=False)],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """从索引里移除文件；原文件不动。Remove documents from the index; the files stay."""
    from rag.store import LocalStore

    with closing(LocalStore.open(settings_for(index).index)) as store:
        known = store.digests()
        missing = [name for name in documents if name not in known]
        removed = [name for name in documents if name in known]
        with store.writing():
            for name in removed:
                store.remove(name)
    if as_json:
        print_json({"removed": removed, "missing": missing})
    else:
        for name in removed:
            say(f"已移除 {name}（原文件未动；再次收录它所在的文件夹会重新加入）")
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

    settings = settings_for(index, model=model)
    if beir is not None and questions is None:
        report = evaluate_beir(beir, settings, index=index, only=only)
    elif questions is not None and beir is None:
        with engine_over(settings) as engine:
            report = evaluate_questions(engine, questions, filter_of(as_of, region, level))
    else:
        raise typer.BadParameter("请给出 --questions 或 --beir 其中之一")
    print_json(report.as_json()) if as_json else screen.show(report.table())


@app.command()
def serve(
    index: Index = None,
    model: Model = None,
    host: Annotated[str | None, typer.Option("--host", help="监听地址")] = None,
    port: Annotated[int | None, typer.Option("--port", help="端口")] = None,
) -> None:
    """打开网页。Serve the web page."""
    from rag.web.server import serve as run

    run(settings_for(index, model=model, host=host, port=port), open_browser=sys.stdout.isatty())


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
