"""Evidence: what a question asks for, and how much of it a passage bears out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.chunking import passage_text
from rag.lexical import fold, tokens

if TYPE_CHECKING:
    from rag.retrieval import Query
    from rag.store import LocalStore
    from rag.types import Hit

ENOUGH = 0.35  # share of a question's weight that the best passage must hold

Rarity = Callable[[Sequence[str]], Mapping[str, float]]  # search token → inverse document frequency

# Words that shape a question and say nothing of its matter; longest first, since 是不是 holds 是.
_FRAME = re.compile(
    "|".join(
        sorted(
            """请问 请引用 请列出 请给出 请列 想问 问一下 我想知道 告诉我 帮我查 查一下 看一下 说一下 介绍一下 介绍
            是什么 什么是 有什么 为什么 什么 怎么办 怎么样 怎么算 怎么 怎样 咋办 咋 如何 哪些 哪个 哪条 哪里 哪 谁
            多少 多久 多长时间 多长 几个 几天 几条 是不是 是否 能不能 可不可以 可以吗 可以 行不行 行吗 有没有
            要不要 会不会 该不该 应不应该 对不对 吗 呢 吧 啊 呀 了 的 我们 我 你们 你 他们 她们 他 她 它 俺们 俺 咱们 咱
            这个 那个 这种 那种 这样 那样 规定了 规定 具体 内容 原文 条文 条款 法律依据 依据 根据 按照 关于 对于 有关
            相关 情况 问题 现行 目前 现在 写报告 报告里 引用 分别 以及 如果 因为 所以 但是 可是 而且 然后 一下 时候
            需要 应当 应该 必须""".split(),
            key=len,
            reverse=True,
        )
    )
)

_NUMBER = r"(?:[\d０-９.．,，]{1,12}|[〇零一二三四五六七八九十百千万两半]{1,8})"
# What a question asks a number of, and how a sentence that answers it gives one.
_QUANTITIES = (
    (
        "金额",
        re.compile(r"多少钱|几[百千万]?元|多少元|几块|多少块|几百块|几千块|金额|how much|cost"),
        re.compile(_NUMBER + r"\s?(?:多|余)?\s?(?:元|万元|倍|%|％|个月)|百分之|千分之"),
    ),
    (
        "比例",
        re.compile(r"百分之几|百分之多少|多少比例|什么比例|比例是多少|几成|几分之几|what (?:share|percentage|percent)"),
        re.compile(r"百分之|千分之|[\d０-９]\s?[%％‰]|分之|倍|半数|比例"),
    ),
    (
        "时间",
        re.compile(r"几天|几日|多少天|多少日|几个月|几年|多少年|多长时间|多久|几小时|多少小时|how (?:many days|long)"),
        re.compile(_NUMBER + r"\s?个?(?:工作日|日|天|月|年|周|小时|星期)|半年|终身|期满"),
    ),
    (
        "人数",
        re.compile(r"几个?人|多少人|多少名|几名|人数|how many (?:members|people|employees|workers)"),
        re.compile(_NUMBER + r"\s?(?:人|名|位)|半数|分之|百分之|比例"),
    ),
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a question is about: its search tokens with their weights, and the quantities it asks for."""

    weights: Mapping[str, float]
    quantities: tuple[str, ...]

    @property
    def total(self) -> float:
        """Weight of all tokens."""
        return sum(self.weights.values())


def silence(query: Query, hits: Sequence[Hit], store: LocalStore) -> str | None:
    """Why nothing should be said, as the user reads it; None where the passages bear the question out.

    Tells apart: the corpus does not hold the document; the document has no such article; the passages
    say nothing of the matter.
    """
    broken = [reference for reference in query.references if reference.problem]
    if broken and not any(hit.ranks.get("exact") for hit in hits):
        return broken[0].message
    if not hits:
        return "没有找到相关条文。请换一种说法，或放宽层级、地区和日期的限制。"
    if hits[0].ranks.get("exact"):
        return None
    asked = read_question(query.text, store.rarity)
    shares = [support(asked, passage_text(hit.source, hit.chunk)) for hit in hits]
    if max(shares) < ENOUGH:
        return "语料里没有找到说明这件事的条文。下面是最接近的条文，仅供参考，不能当作答案。"
    if not any(gives_quantity(asked, hit.chunk.text) for hit in hits):
        return f"检索到的条文没有给出所问的{'、'.join(asked.quantities)}。下面是最接近的条文，仅供参考。"
    return None


def read_question(text: str, rarity: Rarity) -> Question:
    """The matter of a question, its frame (请问, 多少, 怎么办) taken away; rare tokens weigh more."""
    folded = fold(text)
    words = content_tokens(_FRAME.sub(" ", folded)) or content_tokens(folded)
    asked = tuple(name for name, asks, _ in _QUANTITIES if asks.search(folded))
    return Question(rarity(words), asked)


def content_tokens(text: str) -> list[str]:
    """The bigrams and whole words of ``text``, each once; single characters only where there is nothing else.

    >>> content_tokens("工会 2%")
    ['工会', '2']
    """
    found = list(dict.fromkeys(tokens(text)))
    return [t for t in found if len(t) > 1 or t.isascii()] or found


def support(question: Question, text: str) -> float:
    """The share of the question's weight that ``text`` holds, 0 to 1."""
    total = question.total
    if not total:
        return 0.0
    held = set(tokens(text))
    return sum(weight for token, weight in question.weights.items() if token in held) / total


def gives_quantity(question: Question, text: str) -> bool:
    """Whether ``text`` gives a number of each kind that the question asks for."""
    return all(gives.search(text) for name, _, gives in _QUANTITIES if name in question.quantities)
