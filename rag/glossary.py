"""From everyday words and from English to the terms that Chinese statutes use, for every search channel."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import SettingsError
from rag.lexical import fold

SHIPPED = Path(__file__).with_name("glossary.csv")
COLUMNS = ["zh", "lay", "en"]

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff〇]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_FOREIGN = re.compile(r"[0-9A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"\d{1,9}\.\d{1,9}%?|[0-9a-z\u00df-\u024f\u1e00-\u1eff]+%?")
_POSSESSIVE = re.compile(r"['’]s?\b")
_NARROW = re.compile(r"[0-9a-z]")

_PERSONS = re.compile("[我你他她咱俺]们|[我你他她咱俺]|大家")
# Words that a phrase may hold or lack without another meaning: keep my id, keep the id, keep id.
_OMITTED = frozenset({"a", "an", "the", "my", "your", "his", "her", "its", "our", "their"})
_BRITISH = {
    "labour": "labor",
    "isation": "ization",
    "organis": "organiz",
    "unionis": "unioniz",
    "recognis": "recogniz",
    "authoris": "authoriz",
    "penalis": "penaliz",
    "programme": "program",
    "licence": "license",
    "offence": "offense",
    "judgement": "judgment",
}
_BRITISH_STEM = re.compile("|".join(_BRITISH))
_IRREGULAR = {
    "women": "woman",
    "men": "man",
    "children": "child",
    "wives": "wife",
    "paid": "pay",
    "laid": "lay",
    "lost": "lose",
    "kept": "keep",
    "left": "leave",
    "held": "hold",
    "withheld": "withhold",
    "took": "take",
    "taken": "take",
    "gave": "give",
    "given": "give",
    "got": "get",
    "chosen": "choose",
    "beaten": "beat",
    "dying": "die",
}
_SUFFIXES = (
    ("ies", "y"),
    ("ied", "y"),
    ("s", ""),
    ("es", ""),
    ("ed", "e"),
    ("ed", ""),
    ("ing", "e"),
    ("ing", ""),
)


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the statutes, what people say instead, and what it is called in English."""

    zh: str
    lay: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms, and the two ways in: everyday Chinese words, and phrases in Latin script.

    ``lay`` and ``foreign`` give statute terms, in the order of the file. ``known`` holds every Chinese
    word, statute or everyday; ``lengths`` maps the first two characters of such words to their lengths,
    longest first. ``beginnings`` holds the first word, the first two, … of every foreign phrase.
    """

    terms: tuple[Term, ...]
    lay: Mapping[str, tuple[str, ...]]
    foreign: Mapping[str, tuple[str, ...]]
    known: frozenset[str]
    lengths: Mapping[str, tuple[int, ...]]
    beginnings: frozenset[str]

    def expand(self, question: str) -> str:
        """Terms to add to a question, in the order of what calls for them, a blank between; '' where none.

        Terms that the question holds already are left out.

        >>> glossary = load_glossary()
        >>> glossary.expand("老板压工资")
        '用人单位 拖欠工资'
        >>> glossary.expand("Who audits the union dues?")
        '审计 会费'
        """
        text = fold(question)
        bare = _PERSONS.sub("", text)  # 不让我们入会 is 不让入会
        found = dict.fromkeys((*self._from_lay(text), *self._from_lay(bare), *self._from_foreign(text)))
        return " ".join(term for term in found if term not in text)

    def translate(self, question: str) -> str:
        """The question, folded, with statute terms in place of its everyday words.

        >>> load_glossary().translate("老板压工资怎么办")
        ' 用人单位  拖欠工资 怎么办'
        """
        text = fold(question)
        parts: list[str] = []
        at = 0
        while at < len(text):
            word = self._word_at(text, at)
            terms = self.lay.get(word)
            parts.append(f" {' '.join(terms)} " if terms else word or text[at])
            at += len(word) or 1
        return "".join(parts)

    def _from_lay(self, text: str) -> Iterator[str]:
        """Statute terms of the everyday words, longest match from the left: 加班费 hides 加班."""
        at = 0
        while at < len(text):
            word = self._word_at(text, at)
            yield from self.lay.get(word, ())
            at += len(word) or 1

    def _word_at(self, text: str, at: int) -> str:
        for length in self.lengths.get(text[at : at + 2], ()):
            word = text[at : at + length]
            if word in self.known and not _cuts(text, at, at + length):
                return word
        return ""

    def _from_foreign(self, text: str) -> Iterator[str]:
        """Statute terms of the phrases in Latin script, longest match from the left."""
        words = [_forms(word) for word in _words(_plain(text))]
        at = 0
        while at < len(words):
            phrase, length = self._phrase_at(words, at)
            yield from self.foreign.get(phrase, ())
            at += length

    def _phrase_at(self, words: Sequence[Sequence[str]], at: int) -> tuple[str, int]:
        """The longest phrase that begins at word ``at``, and its number of words; ("", 1) where none does."""
        found = "", 1
        begun = [form for form in words[at] if form in self.beginnings]
        for after in range(at + 1, len(words) + 1):
            whole = next((phrase for phrase in begun if phrase in self.foreign), None)
            if whole:
                found = whole, after - at
            if after == len(words):
                break
            begun = [
                b for start in begun for form in words[after] if (b := f"{start} {form}") in self.beginnings
            ]
        return found


def load_glossary(extra: Sequence[Path] = ()) -> Glossary:
    """The shipped glossary, joined by ``extra`` files of the same columns: zh,lay,en (UTF-8).

    A term that stands in several files has the words of all of them.

    Raises SettingsError, naming file and line, on a row that cannot be used.
    """
    return _indexed(_merged(term for path in (SHIPPED, *extra) for term in _read(path)))


def language(question: str) -> str:
    """The language of a question by its script: 'zh', 'en' (whatever is written in Latin script) or 'other'.

    >>> language("工会经费怎么交"), language("Who pays the union dues?"), language("残業代はいくらですか")
    ('zh', 'en', 'other')
    >>> language("What does 工会法 say about dues?"), language("公司的HR让我996"), language("12345")
    ('en', 'zh', 'other')
    """
    letters = _LETTER.findall(question)
    han, kana, latin = (len(script.findall(question)) for script in (_HAN, _KANA, _LATIN))
    strange = len(letters) - han - kana - sum(map(len, _LATIN.findall(question)))
    # Japanese cannot do without kana, while a Chinese question may hold a stray の.
    if not letters or kana * 10 > han + latin or strange * 2 > len(letters):
        return "other"
    # One Chinese character weighs as much as one Latin word.
    return "zh" if han >= latin else "en"


def _read(path: Path) -> Iterator[Term]:
    """The rows of one file. Raises SettingsError, naming file and line, on the first that cannot be used."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"无法读取术语表 {path}（{error.strerror}）。请检查路径和权限。") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"术语表 {path} 不是 UTF-8 编码。请另存为 UTF-8 编码的 CSV 文件。") from error
    rows = csv.reader(text.splitlines(), strict=True)
    seen: set[str] = set()
    try:
        if next(rows, []) != COLUMNS:
            raise ValueError(f"表头应为 {','.join(COLUMNS)}")
        for row in rows:
            if any(row):
                term = _term(row)
                if term.zh in seen:
                    raise ValueError(f"“{term.zh}”在本文件中已有一行，请并为一行")
                seen.add(term.zh)
                yield term
    except (ValueError, csv.Error) as error:
        reason = error if isinstance(error, ValueError) else f"不是有效的 CSV（{error}）"
        line = max(rows.line_num, 1)
        raise SettingsError(f"术语表 {path} 第 {line} 行：{reason}。请改正后再试。") from error


def _term(row: Sequence[str]) -> Term:
    """The term of one row. Raises ValueError, saying what is wrong with it."""
    if len(row) != len(COLUMNS):
        raise ValueError(f"应有 {len(COLUMNS)} 列（{','.join(COLUMNS)}），实有 {len(row)} 列")
    zh, lay, en = row[0].strip(), _synonyms(row[1]), _synonyms(row[2])
    if not _HAN.search(zh):
        raise ValueError("zh 列应为中文术语")
    if not lay and not en:
        raise ValueError("lay 列和 en 列不能都为空")
    if any(len(word) < 2 for word in lay):
        raise ValueError("lay 列中以 | 分隔的每个词至少两个字")
    if not all(map(_FOREIGN.search, en)):
        raise ValueError("en 列中以 | 分隔的每个词应由拉丁字母或数字写成")
    return Term(zh, lay, en)


def _synonyms(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split("|")) if cell.strip() else ()


def _merged(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Each term once, with the words of all its rows."""
    found: dict[str, Term] = {}
    for term in terms:
        old = found.get(term.zh)
        if old:
            term = Term(term.zh, _once(old.lay + term.lay), _once(old.en + term.en))
        found[term.zh] = term
    return tuple(found.values())


def _once(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _indexed(terms: tuple[Term, ...]) -> Glossary:
    said = [(word, term.zh) for term in terms for word in term.lay]
    called = [(phrase, term.zh) for term in terms for phrase in term.en]
    lay = _grouped(zip(_folded(word for word, _ in said), (zh for _, zh in said), strict=True))
    foreign = _grouped(zip(_keys(phrase for phrase, _ in called), (zh for _, zh in called), strict=True))
    known = frozenset((*lay, *_folded(term.zh for term in terms)))
    return Glossary(terms, lay, foreign, known, _lengths(known), _beginnings(foreign))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """What each word calls for, each once, in the order of the terms."""
    found: dict[str, list[str]] = {}
    for word, zh in pairs:
        terms = found.setdefault(word, [])
        if zh not in terms:
            terms.append(zh)
    return {word: tuple(terms) for word, terms in found.items()}


def _lengths(words: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for word in words:
        found.setdefault(word[:2], set()).add(len(word))
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


def _beginnings(phrases: Iterable[str]) -> frozenset[str]:
    found = set(phrases)
    for phrase in phrases:
        while (phrase := phrase.rpartition(" ")[0]) and phrase not in found:
            found.add(phrase)
    return frozenset(found)


# One call for all words: the work costs more per call than per character.
def _folded(words: Iterable[str]) -> list[str]:
    return fold("\n".join(words)).split("\n")


def _keys(phrases: Iterable[str]) -> list[str]:
    return [" ".join(_words(line)) for line in _plain("\n".join(phrases)).split("\n")]


def _cuts(text: str, start: int, end: int) -> bool:
    """Whether [start, end) cuts a number or a Latin word in two: 48小时 inside 148小时."""
    return any(
        0 < edge < len(text) and _NARROW.match(text[edge - 1]) and _NARROW.match(text[edge])
        for edge in (start, end)
    )


def _plain(text: str) -> str:
    """Lower case, without possessive endings, in American spelling."""
    text = _POSSESSIVE.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _BRITISH_STEM.sub(lambda found: _BRITISH[found[0]], text)


def _words(plain: str) -> list[str]:
    """Words of Latin script and numbers, without those that a phrase may lack.

    >>> _words(_plain("The Labour Bureau's fine of 1.5%"))
    ['labor', 'bureau', 'fine', 'of', '1.5%']
    """
    return [word for word in _WORD.findall(plain) if word not in _OMITTED]


def _forms(word: str) -> tuple[str, ...]:
    """The word, and what it may be an inflection of; the glossary then says which of them is a word.

    >>> _forms("stopped"), _forms("duties")
    (('stopped', 'stoppe', 'stopp', 'stop'), ('duties', 'duty', 'dutie', 'duti'))
    """
    found = [word]
    if word in _IRREGULAR:
        found.append(_IRREGULAR[word])
    for suffix, ending in _SUFFIXES:
        if word.endswith(suffix) and len(stem := word.removesuffix(suffix) + ending) > 2:
            found.append(stem)
            if suffix in ("ed", "ing") and not ending and stem[-1] == stem[-2]:
                found.append(stem[:-1])
    return tuple(found)
