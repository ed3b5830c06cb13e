"""Reranking: the head of the ranking put in a better order by a cross-encoder, where one is set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.chunking import passage_text
from rag.embedding.folders import Kind, check_folder, find_folder, read_json
from rag.embedding.transformer import load_safely
from rag.errors import ModelMissing, RagError
from rag.retrieval import z_scores
from rag.types import Hit, Reranker

RERANKERS: Mapping[str, str] = {
    "bge-reranker-v2-m3": "BAAI/bge-reranker-v2-m3",
    "Qwen3-Reranker-0.6B": "Qwen/Qwen3-Reranker-0.6B",
}
LONGEST = 1024  # tokens of a pair; a passage has 800 characters at most, with its headings some 700 tokens

_KIND = Kind("RAG_RERANKER", RERANKERS, (), "去掉 reranker 这一项，不重排")
_BATCH = 16
_QWEN3 = re.compile(r"qwen3-reranker(?:-\d[\d.]{0,3}B)?\Z", re.IGNORECASE)
# The form of the model card of Qwen/Qwen3-Reranker-0.6B, whose own template is that of a chat and holds no pair.
_RULE = (
    "Judge whether the Document meets the requirements based on the Query and the Instruct provided. "
    'Note that the answer can only be "yes" or "no".'
)
_TASK = "Given a question about labour law or trade unions, retrieve the provisions that answer it"
_QWEN3_TEMPLATE = (
    f"{{{{ '<|im_start|>system\n{_RULE}<|im_end|>\n<|im_start|>user\n<Instruct>: {_TASK}\n<Query>: ' }}}}"
    '{{ messages | selectattr("role", "eq", "query") | map(attribute="content") | first }}'
    "{{ '\n<Document>: ' }}"
    '{{ messages | selectattr("role", "eq", "document") | map(attribute="content") | first }}'
    "{{ '<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n' }}"
)


def open_reranker(model: str) -> Reranker:
    """The cross-encoder named: a folder, a short name, or a hub name (owner/model).

    Sought and checked as an embedding model is: folder, then local cache, then hub; safetensors alone, and no
    code of its own. Of models that generate text, Qwen3-Reranker is taken, and any whose folder
    SentenceTransformers' CrossEncoder saved.
    Raises ModelMissing when there is no such model here, its files are not safe to load, or it is none that
    gives one score for a pair.
    """
    folder, name = find_folder(model, _KIND)
    check_folder(folder, _KIND)
    return CrossEncoderReranker(folder, name)


class CrossEncoderReranker:
    """Scores of (question, passage) pairs, read together; a folder that ``check_folder`` has passed.

    The cost is one forward pass of the whole model for each pair, and nothing of it can be computed before
    the question comes: 20 passages of 300 characters are 20 passes of about 250 tokens, where the embedder
    needs one pass of the question's 20. By count of operations (two for each weight and token) a model with
    300 million weights beside its token table takes 3·10¹² of them: under a second on a GPU, many seconds on
    an office PC.
    """

    def __init__(self, folder: Path, name: str) -> None:
        from sentence_transformers import CrossEncoder

        form = _form(folder, name)
        try:
            self._model = load_safely(CrossEncoder, folder, **form)
            self._model.predict([(name, name)], show_progress_bar=False)  # what cannot read a pair fails here
        except Exception as error:  # whatever a foreign model's files make the libraries raise
            raise ModelMissing(f"重排模型 {name} 载入失败：{error}。{_KIND.ways_out}") from error
        if self._model.num_labels != 1:
            raise ModelMissing(
                f"模型 {name} 给每一对文字 {self._model.num_labels} 个分数，不是重排模型。{_KIND.ways_out}"
            )
        self._model.max_seq_length = min(self._model.max_seq_length or LONGEST, LONGEST)
        self.name = name

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score for each passage, higher is better; on the model's own scale, without bounds.

        Raises RagError where the model gives a score that is no number.
        """
        import numpy as np
        import torch

        if not passages:
            return []
        found = self._model.predict(
            [(question, passage) for passage in passages],
            batch_size=_BATCH,
            show_progress_bar=False,
            activation_fn=torch.nn.Identity(),  # a sigmoid makes ties of all high scores
        )
        values = np.asarray(found, np.float64).reshape(len(passages))
        if not np.isfinite(values).all():
            raise RagError(f"重排模型 {self.name} 给出了无效的分数（NaN）。请换一个模型，或去掉 reranker。")
        return [float(value) for value in values]


def _form(folder: Path, name: str) -> dict[str, Any]:
    """What CrossEncoder must be told to feed this model pairs. Raises ModelMissing if it takes none.

    A model without a head for scores would get a random one, and a chat model would be asked for nothing.
    """
    settings = folder / "config_sentence_transformers.json"
    if settings.exists() and read_json(settings).get("model_type") == "CrossEncoder":
        return {}
    config = folder / "config.json"
    heads = read_json(config).get("architectures") if config.exists() else None
    head = str(heads[0]) if heads else ""
    if head.endswith("ForSequenceClassification"):
        return {}
    if head.endswith("ForCausalLM") and _QWEN3.search(name):
        return {"processor_kwargs": {"chat_template": _QWEN3_TEMPLATE}}
    raise ModelMissing(f"模型 {name} 不是重排模型（交叉编码器）。可用：{'、'.join(RERANKERS)}。")


def rerank(
    hits: Sequence[Hit],
    question: str,
    reranker: Reranker,
    first: int,
    bonus: Callable[[Hit], float] = lambda _: 0.0,
) -> list[Hit]:
    """The first ``first`` hits in the reranker's order, the rest as they were.

    What the question names by its address keeps its place. The others are ordered by the reranker's z-score
    and what ``bonus`` gives a hit, in standard deviations: a cross-encoder does not know which place's
    rules hold for the asker. ``ranks["rerank"]`` tells the new order, from 1. The scores stay with the places:
    falling, and on the scale that the first stage gave them.
    """
    places = [place for place, hit in enumerate(hits[:first]) if not hit.ranks.get("exact")]
    moved = [hits[place] for place in places]
    found = z_scores(reranker.scores(question, [passage_text(hit.source, hit.chunk) for hit in moved]))
    worth = [score + bonus(hit) for score, hit in zip(found, moved, strict=True)]
    order = sorted(range(len(moved)), key=lambda i: (-worth[i], i))
    ranked = list(hits)
    for rank, (place, i) in enumerate(zip(places, order, strict=True), 1):
        ranks = {**moved[i].ranks, "rerank": rank}
        ranked[place] = replace(moved[i], score=hits[place].score, ranks=ranks)
    return ranked
