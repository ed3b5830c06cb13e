"""The shipped model's tokenizer: a Unigram model whose words and weights are counts over statutes."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rag.lexical import fold

UNKNOWN = "[UNK]"
WORDS = 21_000
OWN = 11_000  # words of the questions beside them: with more the model would pass 20 MB
SHARED_BY = 3  # words that a beginning of a foreign word must belong to
STEM = 4  # shortest beginning of a foreign word that may stand for its inflections

_HAN = re.compile(r"[\u3400-\u9fff〇]")
_HAN_WORD = re.compile(r"[\u3400-\u9fff〇]{1,8}\Z")
_FOREIGN = re.compile(r"[^\W\u3400-\u9fff〇_]+")
# Article numbers as whole words would fill the vocabulary and mean nothing to a mean of words.
_NUMERAL = re.compile(r"第?[一二三四五六七八九十百千零〇]{1,12}[条款项章节编]?\Z")


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often each Chinese word, and each run of other letters or digits, stands in the texts."""
    import rjieba

    counts: Counter[str] = Counter()
    for text in texts:
        folded = fold(text)
        counts.update(word for word in rjieba.cut(folded) if _HAN_WORD.match(word))
        counts.update(_FOREIGN.findall(folded))
    return counts


def choose_words(statutes: Counter[str], questions: Counter[str], size: int = WORDS) -> dict[str, int]:
    """The vocabulary with its counts: every Han character, the commonest words, the questions' own words.

    Of ``questions`` come the commonest words, seen twice at least, and for languages that inflect the beginnings that several
    of their words share, so that *dismissed* still finds *dismissal*.
    """
    merged = statutes + questions
    chars: Counter[str] = Counter()
    for word, count in merged.items():
        if _HAN.match(word):
            for char in word:
                chars[char] += count
    chosen = dict(sorted(chars.items()))
    own = [word for word, count in questions.items() if count > 1 and not _NUMERAL.match(word)]
    own = sorted(own, key=lambda word: (-questions[word], word))[:OWN]
    chosen |= {word: merged[word] for word in sorted(own)}
    chosen |= stems(word for word in questions if not _HAN.match(word))
    common = sorted(merged.items(), key=lambda item: (-item[1], item[0]))
    for word, count in common:
        if len(chosen) >= size + len(own):
            break
        if not _NUMERAL.match(word):
            chosen[word] = count
    return chosen


def stems(words: Iterable[str]) -> dict[str, int]:
    """Beginnings of STEM letters and more that SHARED_BY different words share, with how many share them.

    >>> stems(["dismissed", "dismissal", "dismissing", "wage"])
    {'dism': 3, 'dismi': 3, 'dismis': 3, 'dismiss': 3}
    """
    shared: Counter[str] = Counter()
    for word in set(words):
        shared.update(word[:end] for end in range(STEM, min(len(word), 9)))
    return {stem: count for stem, count in sorted(shared.items()) if count >= SHARED_BY}


def build_tokenizer(words: dict[str, int]) -> Any:
    """A tokenizers.Tokenizer: NFKC, lower case, runs of one script, then the likeliest split into ``words``.

    Id 0 is the unknown token.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    total = sum(words.values())
    ranked = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    vocabulary = [(UNKNOWN, 0.0), *((word, math.log(count / total)) for word, count in ranked)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[^\p{L}\p{M}\p{N}]+"), "removed"),
            pre_tokenizers.Split(Regex(r"\p{Han}+"), "isolated"),
        ]
    )
    return tokenizer


def encode(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of each text, folded as at run time, unknown ones left out."""
    encoded = tokenizer.encode_batch_fast([fold(text) for text in texts], add_special_tokens=False)
    return [[token for token in one.ids if token] for one in encoded]
