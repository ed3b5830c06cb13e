"""Attaching: the questions of the bank that documents answer, put into the index beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.bank import Bank
    from rag.store import LocalStore
    from rag.types import Document, Embedder


def attach(
    documents: Sequence[Document], store: LocalStore, embedder: Embedder, bank: Bank, *, add: bool = False
) -> None:
    """Replace the questions that documents of the index answer, or ``add`` to them, inside ``store.writing()``."""
    found = [(document.id, bank.attach(document)) for document in documents]
    unknown = store.unknown(question.question for _, some in found for _, question in some)
    vectors = dict(zip(unknown, embedder.encode_questions(unknown), strict=True)) if unknown else {}
    for id_, some in found:
        store.attach(id_, some, vectors, add=add)
