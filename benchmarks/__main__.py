"""Speed and memory of the main path over one folder of texts: python -m benchmarks [FOLDER] [--questions FILE].

Every figure stands beside one measured in the same run, since absolute times differ from machine to machine:
an ingest beside the sha256 of the same files, an answer beside the words alone, a process beside an empty one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from rag.engine import Engine
from rag.ingest import ingest
from rag.settings import Settings
from rag.store import LocalStore
from rag.types import Filter

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5
_EMPTY_PROCESS = "import numpy"


def main() -> None:
    """Measure, and print one line a figure: what, value, what it is compared with, ratio."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, default=ROOT / "corpus")
    options.add_argument("--questions", type=Path, help="JSON Lines with a question each")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(index=Path(place))
        for line in (*bringing_in(given.folder, settings), *asking(given.questions, settings)):
            print(line, flush=True)
        for line in starting(settings):
            print(line, flush=True)
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def bringing_in(folder: Path, settings: Settings) -> Iterator[str]:
    """A first ingest and one without a change, beside reading the files."""
    hashing = seconds(
        lambda: [hashlib.sha256(path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    )
    first = ingest([folder], settings)
    second = ingest([folder], settings)
    yield line(f"first ingest of {len(first.added)} files", first.seconds, "sha256 of the files", hashing)
    yield line("second ingest, nothing changed", second.seconds, "first ingest", first.seconds)


def asking(questions: Path | None, settings: Settings) -> Iterator[str]:
    """Questions in a warm process, beside the words alone."""
    with closing(Engine.open(settings)) as engine, closing(LocalStore.open(settings.index)) as store:
        texts = (
            read(questions) if questions else [f"{row.source.title}有什么规定" for row in engine.documents()]
        )
        engine.ask(texts[0])
        words = [seconds(lambda t=t: store.search_text(t, settings.candidates)) for t in texts]
        search = [seconds(lambda t=t: engine.search(t, 10)) for t in texts]
        ask = [seconds(lambda t=t: engine.ask(t, Filter())) for t in texts]
    base = statistics.median(words)
    for name, times in (("search", search), ("ask", ask)):
        yield line(f"{name}, p50 of {len(times)} questions", statistics.median(times), "words alone", base)
        yield line(f"{name}, p95", statistics.quantiles(times, n=20)[-1], "words alone, p50", base)


def starting(settings: Settings) -> Iterator[str]:
    """Whole processes: the help, and a question to its answer."""
    empty = process("-c", _EMPTY_PROCESS)
    rag = ("-c", "from rag.cli import main; main()")
    yield line("rag --help, whole process", process(*rag, "--help"), "an empty process", empty)
    asked = process(*rag, "ask", "工会经费怎么用", "--index", str(settings.index))
    yield line("rag ask, whole process", asked, "an empty process", empty)


def process(*arguments: str) -> float:
    """Median wall seconds of a Python process with these arguments."""
    command = [sys.executable, *arguments]
    run = lambda: subprocess.run(command, check=True, capture_output=True, cwd=ROOT)  # noqa: E731 - ours
    return statistics.median(seconds(run) for _ in range(RUNS))


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds that ``work`` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def read(path: Path) -> list[str]:
    """The questions of a JSON Lines file."""
    return [
        json.loads(row)["question"] for row in path.read_text(encoding="utf-8").splitlines() if row.strip()
    ]


def line(what: str, value: float, beside: str, other: float) -> str:
    """One figure and its ratio."""
    return f"{what}: {_time(value)} ({beside}: {_time(other)}; ratio {value / other:.2f})"


def _time(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


if __name__ == "__main__":
    main()
