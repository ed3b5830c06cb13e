"""Measures of rankings under their usual names, and the report that holds them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import RagError

if TYPE_CHECKING:
    from rich.table import Table

CHANNELS = {"bm25": "仅字词", "dense": "仅向量"}


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one evaluation; shares are 0–1, times milliseconds a question.

    ``overall``, ``kinds`` and ``channels`` hold measures under their usual names, and ``questions``, how many
    they are the mean of. ``questions`` has a row for each question: the rank of each gold article, or None.
    """

    overall: Mapping[str, float]
    kinds: Mapping[str, Mapping[str, float]]
    milliseconds: Mapping[str, float]
    seconds: float
    channels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    abstention: Mapping[str, float | None] = field(default_factory=dict)
    quotes: Mapping[str, float | None] = field(default_factory=dict)
    questions: Sequence[Mapping[str, Any]] = ()
    warnings: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values, figures rounded to four places."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: _rounded(value) for name, value in values.items()}

    def table(self) -> Table:
        """The report for the screen: a row for all questions, for each kind and each channel."""
        from rich.table import Table

        rows = {"全部": self.overall, **self.kinds}
        rows |= {CHANNELS[name]: figures for name, figures in self.channels.items()}
        names = [name for name in self.overall if name != "questions"]
        table = Table("", "题数", *names, caption="\n".join(self._lines()), caption_justify="left")
        for label, figures in rows.items():
            table.add_row(label, str(figures["questions"]), *(f"{figures[name]:.3f}" for name in names))
        return table

    def _lines(self) -> Iterator[str]:
        if shown := _shown(self.abstention):
            yield "拒答：没有答案的 {unanswerable} 题中 {abstained_rightly}".format_map(shown)
            yield "误拒：有答案的 {answerable} 题中 {abstained_wrongly}".format_map(shown)
        if shown := _shown(self.quotes):
            yield "标准引文 {gold} 条：见于所列段落 {in_passages}，见于回答的引文 {in_citations}".format_map(
                shown
            )
            yield "回答的引文 {citations} 处：与原文相符 {verified}".format_map(shown)
        yield "每题用时：中位 {p50:.1f} 毫秒，p95 {p95:.1f} 毫秒".format_map(self.milliseconds)
        yield from (f"注意：{warning}" for warning in self.warnings)


def measure(
    gold: Mapping[str, Mapping[str, int]], found: Mapping[str, Sequence[str]], names: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Question → measure → value, for every question of ``gold``; a question that found nothing has 0.

    ``gold`` maps questions to what answers them and how well (1, 2, …); ``found`` to what was found, best
    first and each once. Raises RagError where ir-measures is not installed.
    """
    ir = load_measures()
    qrels = [
        ir.Qrel(question, unit, grade) for question, units in gold.items() for unit, grade in units.items()
    ]
    run = [
        ir.ScoredDoc(question, unit, -rank)
        for question in gold
        for rank, unit in enumerate(found.get(question, ()))
    ]
    values: dict[str, dict[str, float]] = {question: dict.fromkeys(names, 0.0) for question in gold}
    for metric in ir.iter_calc([ir.parse_measure(name) for name in names], qrels, run):
        values[metric.query_id][str(metric.measure)] = float(metric.value)
    return values


def mean(rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Means of the measures, and ``questions``, their number."""
    rows = list(rows)
    return {
        "questions": len(rows),
        **{name: math.fsum(row[name] for row in rows) / len(rows) for name in rows[0]},
    }


def percentiles(ms: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, by nearest rank.

    >>> percentiles([3.0, 1.0, 2.0])
    {'p50': 2.0, 'p95': 3.0}
    """
    ordered = sorted(ms)
    return {f"p{share}": ordered[math.ceil(len(ordered) * share / 100) - 1] for share in (50, 95)}


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of each line that is not blank. Raises RagError, naming the line, if not."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # splitlines() would cut at U+2028 too
    except (OSError, UnicodeDecodeError) as error:
        raise RagError(f"不能读取 {path}（{error}）。请检查路径；文件应为 UTF-8 的 JSON 行。") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise RagError(f"{path} 第 {number} 行不是 JSON（{error}）。请改正这一行。") from error
        if not isinstance(record, dict):
            raise RagError(f"{path} 第 {number} 行不是 JSON 对象。每行应是一个 {{…}}。")
        yield number, record


def load_measures() -> Any:
    """The package ir_measures. Raises RagError with the way to install it where it is missing."""
    try:
        import ir_measures
    except ImportError as error:
        raise RagError("评测要用 ir-measures，这里没有安装。请运行：pip install -e .[eval]") from error
    return ir_measures


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value


def _shown(values: Mapping[str, float | None]) -> dict[str, str]:
    """Figures for a sentence: counts whole, shares as per cent."""
    return {
        name: "—" if value is None else f"{value:.1%}" if isinstance(value, float) else str(value)
        for name, value in values.items()
    }
