"""Starts the page; where no index stands yet, reads the sample documents of corpus/ first."""

from __future__ import annotations

import sys
from pathlib import Path

from rag import screen
from rag.errors import IndexMissing, RagError
from rag.ingest import ingest
from rag.settings import Settings, load_settings
from rag.web.server import serve

CORPUS = Path(__file__).resolve().parent / "corpus"


def main() -> int:
    """Exit status: 0 stopped by the user, 2 could not start."""
    try:
        settings = load_settings()
        try:
            serve(settings, open_browser=sys.stdout.isatty())
        except IndexMissing:
            first_index(settings)
            serve(settings, open_browser=sys.stdout.isatty())
    except RagError as error:
        print(f"错误：{error}", file=sys.stderr)
        return 2
    return 0


def first_index(settings: Settings) -> None:
    """An index of the sample documents, with a bar while it is built."""
    print(f"还没有索引，先读入示例文件：{CORPUS}")
    with screen.progress(quiet=False) as progress:
        report = ingest([CORPUS], settings, progress=progress)
    screen.show_report(report, settings)


if __name__ == "__main__":
    sys.exit(main())
