"""Reading in a process of its own, with limits: a hostile file can end that process, not this one.

PDFium ends its process where memory runs out, and no parser of office files is proof against every file.
The two processes speak JSON lines: nothing that the reader sends back is ever run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from rag.errors import LoadError
from rag.loaders import load
from rag.types import Box, Fix, Page, Raw, Span

APART = frozenset((".pdf", ".docx", ".html", ".htm"))  # plain text needs no parser
MEMORY_BYTES = 4 * 1024**3
FILE_SECONDS = 120.0
COMMAND = (sys.executable, "-m", "rag.loaders.apart")


class Apart:
    """A reader in another process, which is started when first needed, and again after a file ended it.

    ``load`` gives and raises what rag.loaders.load does; a file that ends the reader, or holds it longer than
    ``file_seconds``, raises LoadError.
    """

    def __init__(self, command: Sequence[str] = COMMAND, file_seconds: float = FILE_SECONDS) -> None:
        self._command = command
        self._seconds = file_seconds
        self._process: subprocess.Popen[str] | None = None
        self._waiting = ThreadPoolExecutor(1)

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._waiting.shutdown()

    def load(self, path: Path) -> Raw:
        """What ``path`` says. Raises LoadError."""
        if path.suffix.lower() not in APART:
            return load(path)
        try:
            answer = json.loads(self._ask(str(path.resolve())))
        except (TooLate, OSError, ValueError) as error:
            self._stop()
            late = isinstance(error, TooLate)
            reason = f"读取超过 {self._seconds:.0f} 秒" if late else "读取时超出内存限制或异常中断"
            raise LoadError(reason, "文件可能已损坏或有意构造，请用原软件打开并另存后再导入") from error
        if "reason" in answer:
            raise LoadError(answer["reason"], answer["remedy"])
        return _raw(answer)

    def _ask(self, path: str) -> str:
        """The reader's answer, a line of JSON; empty when the reader has ended."""
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise OSError("no pipes")
        process.stdin.write(json.dumps(path) + "\n")
        process.stdin.flush()
        answer: Future[str] = self._waiting.submit(process.stdout.readline)
        return answer.result(self._seconds)

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            here = str(Path(__file__).resolve().parents[2])
            paths = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of this package
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="ascii",
                env={**os.environ, "PYTHONPATH": paths},
            )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            _closed(pipe)


def _closed(pipe: IO[str] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except OSError:  # words that the reader no longer took
        return


def _raw(answer: dict[str, Any]) -> Raw:
    pages = tuple(
        Page(
            number,
            Span(*span),
            width,
            height,
            tuple(Box(Span(start, end), *sides) for start, end, *sides in boxes),
        )
        for number, span, width, height, boxes in answer["pages"]
    )
    return Raw(answer["text"], pages, answer["head"], tuple(Fix(*fix) for fix in answer["fixes"]))


def _answer(path: Path) -> dict[str, Any]:
    try:
        raw = load(path)
    except LoadError as error:
        return {"reason": error.reason, "remedy": error.remedy}
    return {
        "text": raw.text,
        "pages": [
            (p.number, (p.span.start, p.span.end), p.width, p.height, [_box(box) for box in p.boxes])
            for p in raw.pages
        ],
        "head": dict(raw.head),
        "fixes": [(fix.name, fix.count, fix.example) for fix in raw.fixes],
    }


def _box(box: Box) -> tuple[float, ...]:
    return (box.span.start, box.span.end, box.left, box.top, box.right, box.bottom)


def _limit_memory() -> None:
    """Where the system can (not on Windows): memory beyond the limit ends the reader, not the machine."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main() -> None:
    """Answer each path that comes in, until none does."""
    _limit_memory()
    for line in sys.stdin:
        print(json.dumps(_answer(Path(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
