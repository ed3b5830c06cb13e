"""The ingest path: walk, digest, skip what is known, load, clean, describe, parse, split, encode, put."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.attaching import attach
from rag.bank import Bank, bank_digest, load_bank
from rag.chunking import passage_text, split
from rag.cleaning import clean
from rag.embedding import open_embedder
from rag.engine import recipe
from rag.errors import LoadError
from rag.loaders.apart import Apart
from rag.metadata import describe, override
from rag.settings import Settings
from rag.store import LocalStore
from rag.structure import parse
from rag.types import Chunk, Document, Embedder
from rag.walk import Failure, Found, find_files

_BATCH_CHUNKS = 8_000  # passages encoded and committed at once: bounds memory, and what a kill can lose

Progress = Callable[[int, int, str], None]  # files done, files in all, the one in hand


@dataclass(slots=True)
class Report:
    """What an ingest did, by document id."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The report as the command line prints it with --json."""
        return {
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "failed": [{"document": f.document, "reason": f.reason, "remedy": f.remedy} for f in self.failed],
            "seconds": round(self.seconds, 3),
        }


def ingest(
    paths: Sequence[Path], settings: Settings, *, rebuild: bool = False, progress: Progress | None = None
) -> Report:
    """Read files and folders into ``settings.index``: only what changed is read, what vanished is removed.

    A file that fails is reported and the rest goes on; what the index held of it before stays. ``rebuild``
    reads everything again, folders ingested before included, and commits once: until then the old index serves.
    Raises NothingToRead where the paths hold no readable file (never an order to empty the index),
    StoreBusy, StoreMismatch (unless ``rebuild``), StoreUnwritable, ModelMissing.
    """
    begun = time.perf_counter()
    embedder = open_embedder(settings.model, settings.truncate_dim)
    if rebuild:
        paths = [*paths, *_other_roots(paths, settings.index)]
    roots = LocalStore.roots_of(settings.index)
    files, failed = find_files(paths, set(roots.values()))
    report = Report(failed=failed)
    store = LocalStore.create(settings.index, recipe(embedder), rebuild=rebuild)
    try:
        with Apart() as reader, store.locked(), store.writing() if rebuild else nullcontext():
            if rebuild:
                store.clear(recipe(embedder))
            known = {} if rebuild else store.digests()
            new = _new(files, known, roots, report)
            bank = (
                load_bank(store.own_questions()) if new or store.noted("bank") != bank_digest() else Bank(())
            )
            _bring_in(new, known, reader, store, embedder, bank, report, progress)
            _drop_vanished(paths, files, roots, store, report)
            if store.noted("bank") != bank_digest():
                attach_again(known.keys() - {*report.changed, *report.removed}, store, embedder, bank)
    finally:
        store.close()
    report.seconds = time.perf_counter() - begun
    return report


def _other_roots(paths: Sequence[Path], index: Path) -> list[Path]:
    """Folders that the index was built from and that ``paths`` do not name."""
    named = {str(path.resolve()) for path in paths}
    return [Path(r) for r in sorted(set(LocalStore.roots_of(index).values()) - named) if Path(r).is_dir()]


def _new(
    files: Sequence[Found], known: Mapping[str, str], roots: Mapping[str, str], report: Report
) -> list[tuple[Found, str]]:
    """The files that are not in the index as they stand now, with their digests."""
    new = []
    for found in files:
        try:
            digest = _digest(found)
        except OSError as error:
            report.failed.append(
                Failure(found.id, f"读不了这个文件（{error.strerror}）", "请检查文件的访问权限")
            )
            continue
        other = roots.get(found.id, found.root)
        if known.get(found.id) == digest:
            report.unchanged += 1
        elif other != found.root and (Path(other) / found.id).is_file():
            report.failed.append(
                Failure(
                    found.id,
                    f"与 {other} 里的另一份文件同名",
                    "请改名，或把两个文件夹放进同一个上级文件夹再收录",
                )
            )
        else:
            new.append((found, digest))
    return new


def _digest(found: Found) -> str:
    """sha256 of the file and of its row of the manifest."""
    with found.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(repr(sorted(found.row.items())).encode() if found.row else b"")
    return digest.hexdigest()


def _bring_in(
    new: Sequence[tuple[Found, str]],
    known: Mapping[str, str],
    reader: Apart,
    store: LocalStore,
    embedder: Embedder,
    bank: Bank,
    report: Report,
    progress: Progress | None,
) -> None:
    """Read the new files, and put them in by batches."""
    batch: list[tuple[Document, list[Chunk]]] = []
    held = 0
    for done, (found, digest) in enumerate(new):
        if progress:
            progress(done, len(new), found.id)
        try:
            document = read_document(found, digest, reader)
        except LoadError as error:
            report.failed.append(Failure(found.id, error.reason, error.remedy))
            continue
        chunks = split(document)
        batch.append((document, chunks))
        held += len(chunks)
        (report.changed if found.id in known else report.added).append(found.id)
        if held >= _BATCH_CHUNKS:
            put_documents(batch, store, embedder, bank)
            batch, held = [], 0
    put_documents(batch, store, embedder, bank)
    if progress and new:
        progress(len(new), len(new), "")


def read_document(found: Found, digest: str, reader: Apart) -> Document:
    """One file, read (in a process of its own), cleaned, described and parsed. Raises LoadError."""
    raw = clean(reader.load(found.path), found.path.name)
    source = override(describe(raw.text, found.id, raw.head), found.row)
    return Document(
        found.id, digest, source, raw.text, parse(raw.text), raw.pages, raw.fixes, None, found.root
    )


def put_documents(
    batch: Sequence[tuple[Document, Sequence[Chunk]]], store: LocalStore, embedder: Embedder, bank: Bank
) -> None:
    """Encode a batch at once and put it in as one commit, with the questions that it answers."""
    if not batch:
        return
    texts = [passage_text(document.source, chunk) for document, chunks in batch for chunk in chunks]
    vectors = embedder.encode_passages(texts)
    with store.writing():
        at = 0
        for document, chunks in batch:
            store.put(document, chunks, vectors[at : at + len(chunks)])
            at += len(chunks)
        attach([document for document, _ in batch], store, embedder, bank)


def attach_again(documents: Iterable[str], store: LocalStore, embedder: Embedder, bank: Bank) -> None:
    """Give documents the questions that they answer by this bank, in one commit."""
    with store.writing():
        attach([store.document(id_) for id_ in documents], store, embedder, bank)
        store.note("bank", bank_digest())


def _drop_vanished(
    paths: Sequence[Path], files: Sequence[Found], roots: Mapping[str, str], store: LocalStore, report: Report
) -> None:
    """Remove the documents of the ingested folders whose files are gone, not those that could not be read."""
    walked = {str(path.resolve()) for path in paths if path.is_dir()}
    here = {found.id for found in files}
    report.removed = sorted(
        id_
        for id_, root in roots.items()
        if root in walked and id_ not in here and not any(failure.covers(id_) for failure in report.failed)
    )
    if report.removed:
        with store.writing():
            for id_ in report.removed:
                store.remove(id_)
