"""Evidence: what a question asks for, and how much of it a passage bears out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rag.chunking import passage_text
from rag.lexical import fold, tokens
from rag.named import missing_part
from rag.regions import NATIONAL
from rag.types import Silence
from rag.versions import in_force, standing

if TYPE_CHECKING:
    from rag.retrieval import Query
    from rag.store import LocalStore
    from rag.types import Hit, Source

# Least confidence that lets the passages speak. Chosen on dev questions: a higher bar silences right answers, a
# lower one lets wrong ones through (benchmarks/quality.md has the curve).
SURE = 0.28
ENOUGH = 0.2  # of a question's weight that a passage must hold where there are too few to be ranked
NEAREST = 5  # passages among which a number that is asked for must stand
NOT_BORNE_OUT = "not_borne_out"
_SEAM = 0.3

Rarity = Callable[[Sequence[str]], Mapping[str, float]]  # search token → -ln of the share that holds it

_FRAME_WORDS = """
    请问 请引用 请列出 请给出 请列 想问 问一下 我想知道 告诉我 帮我查 查一下 看一下 说一下 介绍一下 介绍
    是什么 什么是 有什么 为什么 什么 怎么办 怎么样 怎么算 怎么 怎样 咋办 咋 如何 哪些 哪个 哪条 哪里 哪 谁
    多少 多久 多长时间 多长 几个 几天 几条 是不是 是否 能不能 可不可以 可以吗 可以 行不行 行吗 有没有
    要不要 会不会 该不该 应不应该 对不对 吗 呢 吧 啊 呀 了 的 我们 我 你们 你 他们 她们 他 她 它 俺们 俺 咱们 咱
    这个 那个 这种 那种 这样 那样 规定了 规定 具体 内容 原文 条文 条款 法律依据 依据 根据 按照 关于 对于 有关
    相关 情况 问题 现行 目前 现在 写报告 报告里 引用 分别 以及 如果 因为 所以 但是 可是 而且 然后 一下 时候
    需要 应当 应该 必须 到底 究竟 或者 还是 已经 一直 大家 直接 其实 才能 最多 最少 至少 有啥 啥 原来的 原来 多大
""".split()
# Words that shape a question and say nothing of its matter; longest first, since 什么是 holds 什么.
_FRAME = re.compile("|".join(sorted(_FRAME_WORDS, key=len, reverse=True)))

_NUMBER = r"(?:[\d０-９.．,，]{1,12}|[〇零一二三四五六七八九十百千万两半]{1,8})"
# What a question asks a number of, and how a sentence that answers it gives one.
_QUANTITIES = (
    (
        "金额",
        re.compile(
            r"多少钱|几[百千万]?元|几[百千万](?!人)|额度|多少元|几块|多少块|几百块|几千块|金额|how much|cost"
            r"|(?:标准|限额|上限|费用?|津贴|补贴|补助金?|慰问金|奖金|罚款|工资)(?:是|有|要|为|最[多高低]){0,2}多少(?![天日月年人名小])"
        ),
        re.compile(_NUMBER + r"\s?(?:多|余)?\s?(?:元|万元|倍|%|％|个月[^。，]{0,6}工资)|百分之|千分之"),
    ),
    (
        "比例",
        re.compile(
            r"百分之几|百分之多少|(?:多少|什么)?(?:比例|比率)(?:是?多少)?|几成|几分之几|what (?:share|percentage|percent)"
        ),
        re.compile(r"百分之|千分之|[\d０-９]\s?[%％‰]|分之|倍|半数|比例"),
    ),
    (
        "时间",
        re.compile(
            r"几天|几日|多少天|多少日|几个月|几年|多少年|多长时间|多久|几小时|多少小时|how (?:many days|long)"
        ),
        re.compile(_NUMBER + r"\s?个?(?:工作日|日|天|月|年|周|小时|星期)|半年|终身|期满|定期|每[年月季周]"),
    ),
    (
        "人数",
        re.compile(r"几个?人|多少人|多少名|几名|人数|how many (?:members|people|employees|workers)"),
        re.compile(_NUMBER + r"\s?(?:人|名|位)|半数|分之|百分之|比例"),
    ),
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a question is about, and the quantities that it asks for.

    ``readings`` are the ways to put it, each its search tokens with their weights: in the asker's own words,
    and with statute terms for the everyday ones.
    """

    readings: tuple[Mapping[str, float], ...]
    quantities: tuple[str, ...]


def unshown_addresses(query: Query, store: LocalStore) -> list[Silence]:
    """The addresses that the question names and that cannot be shown, each with its reason: the corpus does
    not hold the document, or the document has no such article, 款 or 项."""
    told = []
    for reference in query.references:
        if reference.problem:
            told.append(Silence(str(reference.problem), reference.message or ""))
        elif missing := missing_part(reference, store):
            told.append(Silence("out_of_range", missing))
    return list(dict.fromkeys(told))


def unheld_places(query: Query, store: LocalStore) -> list[Silence]:
    """That no text of a place which the question names is held: what is shown then holds for the whole country."""
    held = {source.region for source in store.sources().values()}
    return [
        Silence("no_local_text", f"没有收录{place}的文件，所列是其他文件的规定；当地规定请另查。")
        for place in query.regions
        if place != NATIONAL and place not in held
    ]


def silence(
    query: Query,
    confidence: float | None,
    hits: Sequence[Hit],
    speaking: Sequence[Hit],
    unshown: Sequence[Silence],
    store: LocalStore,
    day: date | None,
) -> Silence | None:
    """Why nothing should be said; None where the passages ``speaking`` bear the question out.

    Tells apart: no address named can be shown (``unshown`` says why); the text asked for by name was not in
    force on ``day``; the passages say nothing of the matter.
    """
    return _about_references(query, hits, unshown, store, day) or _about_passages(
        query, confidence, hits, speaking, store
    )


def _about_references(
    query: Query, hits: Sequence[Hit], unshown: Sequence[Silence], store: LocalStore, day: date | None
) -> Silence | None:
    exact = any(hit.ranks.get("exact") for hit in hits)
    stands = any(r.article and not r.problem and not missing_part(r, store) for r in query.references)
    if unshown and not (exact and stands):
        return unshown[0]
    if not query.references and says_nothing(query.asked):
        return Silence("no_matter", "请写明要问的事，例如：工会经费按工资总额的百分之几拨缴？")
    if not query.references and _BARE_ARTICLE.fullmatch(_FRAME.sub("", query.asked)):
        return Silence("no_law_named", "请写明是哪一部法律或文件，例如：工会法第四十三条。")
    sources = store.sources()
    ended = [_out_of_force(query.asked, sources[id_], day) for id_ in query.documents]
    if ended and all(ended):
        return ended[0]
    if query.documents and not exact and says_nothing(query.matter):
        title = sources[query.documents[0]].title
        return Silence("which_article", f"《{title}》已收录。请写明要查第几条，或者写出要问的事。")
    return None


def _about_passages(
    query: Query, confidence: float | None, hits: Sequence[Hit], speaking: Sequence[Hit], store: LocalStore
) -> Silence | None:
    if not hits and not store.sources():
        return Silence("empty_index", "索引还是空的。请先收录文件：rag ingest 文件夹")
    if not hits:
        return Silence("nothing_found", "没有找到相关条文。请换一种说法，或放宽层级、地区和日期的限制。")
    if any(hit.ranks.get("exact") or hit.ranks.get("known") for hit in hits):
        return None
    asked = read_question(query.matter, store.rarity)
    sure = confidence is not None and confidence >= SURE
    if confidence is None:  # a handful of passages: their words must tell
        sure = max(support(asked, passage_text(hit.source, hit.chunk)) for hit in speaking) >= ENOUGH
    if not sure:
        return Silence(
            NOT_BORNE_OUT, "语料里没有找到说明这件事的条文。下面是最接近的条文，仅供参考，不能当作答案。"
        )
    texts = [hit.chunk.text for hit in speaking[:NEAREST]]
    if not all(any(gives.search(text) for text in texts) for gives in _asked_for(asked)):
        return Silence(
            "no_quantity",
            f"检索到的条文没有给出所问的{'、'.join(asked.quantities)}。下面是最接近的条文，仅供参考。",
        )
    return None


NO_SENTENCE = Silence("no_sentence", "检索到的条文里没有能够直接回答这个问题的句子。")


def _out_of_force(asked: str, source: Source, day: date | None) -> Silence | None:
    """What to say of a text that was not in force on the day, unless the question asks for that version."""
    if day is None or in_force(source, day):
        return None
    years = {str(when.year) for when in (source.issued, source.effective) if when}
    if _OLD_VERSION.search(asked) or any(year in fold(asked) for year in years):
        return None
    begun = (
        f"{source.effective}起施行" if source.effective and day < source.effective else standing(source, day)
    )
    return Silence(
        "not_in_force",
        f"收录的《{source.title}》在{day}不是有效文本（{begun}），收录的文本里没有当日有效的版本。"
        "下面是收录的这一版，引用前请查现行文本。",
    )


_BARE_ARTICLE = re.compile(
    r"[\s，。？！?!,.]*第?[\d〇零一二三四五六七八九十百千]{1,9}条(?:第?[\d一二三四五六七八九十（）()]{1,6}[款项目])*[\s，。？！?!,.]*"
)
_OLD_VERSION = re.compile(r"原(?!因|则|文|告|来|料|件|有)|旧|以前的|修改前|修订前|废止前")


def read_question(text: str, rarity: Rarity) -> Question:
    """The matter of a question, its frame (请问, 多少, 怎么办) taken away; rare tokens weigh more.

    Each line of ``text`` is one way to put the question.
    """
    folded = fold(text)
    asked = tuple(name for name, asks, _ in _QUANTITIES if asks.search(folded))
    lines = [line for line in folded.split("\n") if line.strip()]
    return Question(tuple(_reading(line, asked, rarity) for line in lines), asked)


def _reading(line: str, asked: Sequence[str], rarity: Rarity) -> dict[str, float]:
    matter = line
    for name, asks, _ in _QUANTITIES:
        if name in asked:
            matter = asks.sub(" ", matter)
    return _weights(content_tokens(_FRAME.sub(" ", matter)) or content_tokens(line), rarity)


def quantity_phrases(text: str) -> str:
    """The words of a question that ask for a number, a blank between.

    >>> quantity_phrases("产假几天，扣多少钱")
    '多少钱 几天'
    """
    folded = fold(text)
    return " ".join(found[0] for _, asks, _ in _QUANTITIES if (found := asks.search(folded)))


def says_nothing(text: str) -> bool:
    """Whether a text is frame alone: 请问, 是怎么规定的."""
    return not content_tokens(_FRAME.sub(" ", fold(text)))


def _weights(words: Sequence[str], rarity: Rarity) -> dict[str, float]:
    """Each word's rarity, less of it for two characters that meet less often than chance would have it.

    Such a pair (发多 in 能发多少) is most often the seam of two words: its pointwise mutual information is negative.
    """
    found = rarity([*words, *(char for word in words for char in word)])
    return {word: found[word] * (_SEAM if _is_seam(word, found) else 1.0) for word in words}


def _is_seam(word: str, rarity: Mapping[str, float]) -> bool:
    return len(word) == 2 and not word.isascii() and rarity[word] > rarity[word[0]] + rarity[word[1]]


def content_tokens(text: str) -> list[str]:
    """The bigrams and whole words of ``text``, each once; single characters only where there is nothing else.

    >>> content_tokens("工会 2%")
    ['工会', '2']
    """
    found = list(dict.fromkeys(tokens(text)))
    return [t for t in found if len(t) > 1 or t.isascii()] or found


def support(question: Question, text: str) -> float:
    """The share of the question's weight that ``text`` holds, 0 to 1, in the reading that it suits best."""
    return share_held(question, frozenset(tokens(text)))


def share_held(question: Question, held: Set[str]) -> float:
    """The same for the search tokens of a text."""
    return max((_share(reading, held) for reading in question.readings), default=0.0)


def _share(reading: Mapping[str, float], held: Set[str]) -> float:
    total = sum(reading.values())
    return sum(weight for token, weight in reading.items() if token in held) / total if total else 0.0


def gives_quantity(question: Question, text: str) -> bool:
    """Whether ``text`` gives a number of a kind that the question asks for, where it asks for any."""
    wanted = _asked_for(question)
    return not wanted or any(gives.search(text) for gives in wanted)


def _asked_for(question: Question) -> list[re.Pattern[str]]:
    """How the numbers look that the question asks for, kind by kind."""
    return [gives for name, _, gives in _QUANTITIES if name in question.quantities]
