"""Prompts: what a model family wants before a question and before a passage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompts:
    """What stands before a question and before a passage."""

    question: str = ""
    passage: str = ""


_TASK = "Given a question about labour law or trade unions, retrieve the provisions that answer it"
_SEARCH = "Represent this sentence for searching relevant passages: "


def _family(pattern: str, question: str = "", passage: str = "") -> tuple[re.Pattern[str], Prompts]:
    return re.compile(pattern, re.IGNORECASE), Prompts(question, passage)


# What the model cards ask for. A name is matched at its end or before its size and version; the first row that
# fits counts. Rows without prompts are families that their cards say to feed with the bare text.
FAMILIES: Sequence[tuple[re.Pattern[str], Prompts]] = (
    # intfloat/multilingual-e5-large-instruct, intfloat/e5-mistral-7b-instruct: the task is one English sentence,
    # a blank follows "Query:", passages stay bare.
    _family(r"e5-[\w-]{1,40}-instruct\Z", f"Instruct: {_TASK}\nQuery: "),
    # intfloat/multilingual-e5-small, -base, -large and intfloat/e5-*: both sides, for every language.
    _family(r"e5-(?:small|base|large)(?:-v2)?\Z", "query: ", "passage: "),
    # Qwen/Qwen3-Embedding-0.6B, -4B, -8B: no blank follows "Query:"; English instructions are advised.
    _family(r"qwen3-embedding(?:-\d[\d.]{0,3}B)?\Z", f"Instruct: {_TASK}\nQuery:"),
    # Alibaba-NLP/gte-Qwen2-1.5B-instruct, -7B-instruct.
    _family(r"gte-qwen[\d.]{1,3}-[\w.]{1,8}-instruct\Z", f"Instruct: {_TASK}\nQuery: "),
    # BAAI/bge-small-zh-v1.5 and its sizes: the question alone, advised for short questions.
    _family(r"bge-(?:small|base|large)-zh(?:-v1\.5)?\Z", "为这个句子生成表示以用于检索相关文章："),
    # BAAI/bge-small-en-v1.5 and its sizes.
    _family(r"bge-(?:small|base|large)-en(?:-v1\.5)?\Z", _SEARCH),
    # Snowflake/snowflake-arctic-embed-m-v2.0, -l-v2.0; the English ones before them (-xs to -l, v1.5).
    _family(r"arctic-embed-[ml]-v2\.0\Z", "query: "),
    _family(r"arctic-embed-(?:xs|s|m|l|m-long)(?:-v1\.5)?\Z", _SEARCH),
    # google/embeddinggemma-300m: a passage without a title of its own is titled "none".
    _family(r"embeddinggemma-\d{1,4}m\Z", "task: search result | query: ", "title: none | text: "),
    # jinaai/jina-embeddings-v3; v2 takes the bare text.
    _family(
        r"jina-embeddings-v3\Z",
        "Represent the query for retrieving evidence documents: ",
        "Represent the document for retrieval: ",
    ),
    _family(r"jina-embeddings-v2-[\w-]{1,20}\Z"),
    # ibm-granite/granite-embedding-97m-multilingual-r2, -311m-multilingual-r2: "no prefixes".
    _family(r"granite-embedding-[\w-]{1,40}\Z"),
    # BAAI/bge-m3: "no instruction for the queries".
    _family(r"bge-m3\Z"),
    # thenlper/gte-*-zh, Alibaba-NLP/gte-multilingual-base, gte-modernbert-base.
    _family(r"gte-[\w-]{1,40}\Z"),
)

_QUESTION_KEYS = ("query", "retrieval.query")
_PASSAGE_KEYS = ("document", "passage", "corpus", "retrieval.passage")


def prompts_for(name: str, configured: Mapping[str, str | None]) -> Prompts:
    """The prompts of a model: those of its own configuration where it has any, else those of its family.

    ``configured`` is the ``prompts`` of config_sentence_transformers.json. An empty value there says nothing:
    it is what saving a model writes where none was set.

    >>> prompts_for("intfloat/multilingual-e5-small", {"query": "", "document": ""})
    Prompts(question='query: ', passage='passage: ')
    >>> prompts_for("Qwen/Qwen3-Embedding-0.6B", {"query": "Instruct: "})
    Prompts(question='Instruct: ', passage='')
    >>> prompts_for("someone/unheard-of", {})
    Prompts(question='', passage='')
    """
    own = Prompts(_first(configured, _QUESTION_KEYS), _first(configured, _PASSAGE_KEYS))
    if own != Prompts():
        return own
    plain = name.rstrip("/\\")
    return next((prompts for family, prompts in FAMILIES if family.search(plain)), Prompts())


def _first(configured: Mapping[str, str | None], keys: Sequence[str]) -> str:
    return next((prompt for key in keys if (prompt := configured.get(key))), "")
