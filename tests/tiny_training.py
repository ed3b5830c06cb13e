"""A tiny invented copy of what the training reads: two laws of STARD's kind, five texts, a bank of questions."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.bank import COLUMNS, signature

THINGS = re.findall("..", "苹果香蕉桌子椅子电脑手机汽车飞机轮船火车大象老虎狮子猴子兔子月亮太阳星星高山大海")
NUMERALS = "一二三四五六七八九十"
KEPT = "{0}应当{1}，由{0}的主人办理。{0}{1}时，不得损坏{0}。"

# Law → what its articles say; each of these texts stands in the folder of union texts.
TEXTS = {
    "会费法": ("会费应当按月缴纳。", "会费用于职工。", "会费的账目每年公布。"),
    "帮扶法": ("困难职工可以申请帮扶。", "帮扶资金专款专用。", "帮扶名单应当公示。"),
    "调解法": ("争议由调解委员会调解。", "调解应当在十五日内结束。", "调解不收取费用。"),
    "休假法": ("职工享受年休假。", "年休假不得少于五天。", "未休假的支付三倍工资。"),
}
OLD = "会费应当按年缴纳。"  # what 会费法 said before it was amended
BOTH = "钱和假都要"  # asked about the first articles of 会费法 and 休假法


def questions(text: str) -> list[tuple[str, str]]:
    """Language and words of what is asked about an article of TEXTS, each question about it alone."""
    words = text.rstrip("。")
    return [
        ("zh", f"{words}，是真的吗"),
        ("zh", f"请问是不是{words}"),
        ("en", f"is it so that {' '.join(f'w{ord(c):x}' for c in words)}"),
    ]


def write_shared(folder: Path) -> Path:
    """40 articles of two laws with 20 lay questions, and below corpora/union-law TEXTS and one of the two laws."""
    corpus: list[dict[str, Any]] = [
        {
            "_id": f"a{number}",
            "title": "",
            "text": KEPT.format(thing, verb),
            "metadata": {"law": law, "article": f"第{NUMERALS[number % 10]}条", "heads": ["第一章 总则"]},
        }
        for number, (thing, (law, verb)) in enumerate(
            (thing, law) for law in (("保管法", "保管"), ("运输法", "运输")) for thing in THINGS
        )
    ]
    _write_lines(folder / "stard/corpus.jsonl", corpus)
    asked = [{"_id": f"q{number}", "text": f"咋弄我的{thing}"} for number, thing in enumerate(THINGS)]
    _write_lines(folder / "stard/queries.jsonl", asked)
    # Of the twenty, the last five are about the other law, which the union texts do not hold.
    qrels = [f"q{number}\ta{number if number < 15 else number + 20}\t1" for number in range(20)]
    _write(folder / "stard/qrels.tsv", "\n".join(["query-id\tcorpus-id\tscore", *qrels]))
    texts = {**TEXTS, "保管法": tuple(row["text"] for row in corpus[:3])}
    for law, articles in texts.items():
        _write(folder / f"corpora/union-law/{law}.md", statute(law, articles))
    return folder


def statute(law: str, articles: Sequence[str]) -> str:
    """A law as a file holds it."""
    lines = [f"第{numeral}条 {text}" for numeral, text in zip(NUMERALS, articles, strict=False)]
    return "\n\n".join([law, *lines]) + "\n"


def write_bank(path: Path) -> Path:
    """Questions about each article of TEXTS, one about STARD's, one that an amendment lost, one about two laws."""
    rows = [
        (law, text, language, question)
        for law, articles in TEXTS.items()
        for text in articles
        for language, question in questions(text)
    ]
    rows += [
        ("保管法", KEPT.format("香蕉", "保管"), "zh", "香蕉归谁管"),
        ("会费法", OLD, "zh", "会费一年交一次吗"),
        *((law, TEXTS[law][0], "zh", BOTH) for law in ("会费法", "休假法")),
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(COLUMNS)
        for law, text, language, question in rows:
            written.writerow([law, "第一条", signature(text), language, "lay", question])
    return path


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_lines(path: Path, rows: Sequence[object]) -> None:
    _write(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
