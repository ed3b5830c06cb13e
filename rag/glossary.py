"""From everyday words and from other languages to the terms that Chinese statutes use, for every search channel."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import SettingsError
from rag.lexical import fold
from rag.phrases import Characters, Phrases, Terms, scan, scan_korean
from rag.wording import ENGLISH_TOO, WORDINGS, spelled

SHIPPED = Path(__file__).with_name("glossary.csv")
COLUMNS = ["zh", "lay", "en", "ja", "ko", "vi", "fr", "es", "de", "ru", "zh-Hant"]
MOST = 6  # terms added to a question: more would drown its own words
EVERYWHERE = frozenset("用人单位 劳动者 职工 企业 工会".split())  # on every other page of the statutes
LATIN = ("en", "vi", "fr", "es", "de")  # of two that explain a question equally well the first is taken

_HAN_LETTERS = r"\u3400-\u9fff\U00020000-\U0003ffff〇"
_KANA_LETTERS = r"\u3041-\u30ff"
_HANGUL_LETTERS = r"\uac00-\ud7a3"
_CYRILLIC_LETTERS = r"\u0400-\u04ff"
_LATIN_LETTERS = r"A-Za-z\u00c0-\u024f\u1e00-\u1eff"
_HAN = re.compile(f"[{_HAN_LETTERS}]")
_KANA = re.compile(f"[{_KANA_LETTERS}]")
_HANGUL = re.compile(f"[{_HANGUL_LETTERS}]")
_CYRILLIC = re.compile(f"[{_CYRILLIC_LETTERS}]")
_OTHER_SCRIPT = re.compile(f"[{_HAN_LETTERS}{_KANA_LETTERS}{_HANGUL_LETTERS}{_CYRILLIC_LETTERS}]")
_LATIN = re.compile(f"[{_LATIN_LETTERS}]+")
_LETTER = re.compile(r"[^\W\d_]")
# What only Japanese writes so, among its words for working life.
_JAPANESE_HAN = re.compile("[働労険経済児団払対帰総続転読変価営検権応単発関齢]|残業|有給休暇")

_PERSONS = re.compile("[我你他她咱俺]们|[我你他她咱俺]|大家")


def _lacking(letters: str, least: int = 1) -> re.Pattern[str]:
    """A word between bars that has none of the letters or is a single character where ``least`` is two."""
    single = r"|\s*[^|\s]\s*" if least == 2 else ""
    return re.compile(rf"(?:^|\|)(?:[^{letters}|]*{single})(?:\||$)")


# Column → a word that no question could hold, and what a word should be.
_TWO = (_lacking(r"\w", 2), "至少两个字")
_LATIN_WORDS = (_lacking(_LATIN_LETTERS + "0-9"), "由拉丁字母或数字写成")
_USELESS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "lay": _TWO,
    "zh-Hant": _TWO,
    "ja": (_lacking(_HAN_LETTERS + _KANA_LETTERS, 2), "至少两个字，有假名或汉字"),
    "ko": (_lacking(_HANGUL_LETTERS, 2), "至少两个字，有谚文"),
    "ru": (_lacking(_CYRILLIC_LETTERS), "有西里尔字母"),
    **dict.fromkeys(LATIN, _LATIN_WORDS),
}


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the statutes, and by column what it is called: in everyday words, in English, …"""

    zh: str
    said: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms, and the ways in from every language: column → words → terms, in the order of the file.

    The words of a language are made ready when the first question asks for it.
    """

    terms: tuple[Term, ...]
    _characters: dict[str, Characters] = field(default_factory=dict, repr=False, compare=False)
    _phrases: dict[str, Phrases] = field(default_factory=dict, repr=False, compare=False)

    def expand(self, question: str) -> str:
        """Terms to add to a question, in the order of what calls for them, a blank between; '' where none.

        Terms that the question holds already are left out. Of more than MOST the most telling ones stay: first those
        that are not EVERYWHERE, then the first that each word calls for, then those of the phrase of most words, of the
        longest one, and those called for earlier.

        >>> glossary = load_glossary()
        >>> glossary.expand("老板压工资")
        '用人单位 拖欠工资'
        >>> glossary.expand("Who audits the union dues?")
        '审计 会费'
        >>> glossary.expand("資遣費"), glossary.expand("残業代が出ない"), glossary.expand("야근수당")
        ('经济补偿 经济补偿金', '工资报酬 加班费', '工资报酬 加班费')
        """
        text = fold(question)
        found: dict[str, tuple[bool, int, int, int]] = {}
        for word, terms in self._called(question, text):
            for nth, term in enumerate(terms):
                if term not in text:
                    telling = (term not in EVERYWHERE, -nth, word.count(" "), len(word))
                    found[term] = max(found.get(term, telling), telling)
        kept = sorted(found, key=lambda term: found[term], reverse=True)[:MOST]
        return " ".join(term for term in found if term in kept)

    def translate(self, question: str) -> str:
        """The question, folded, with statute terms in place of its everyday Chinese words.

        >>> load_glossary().translate("老板压工资怎么办")
        ' 用人单位  拖欠工资 怎么办'
        """
        indexes = self._chinese(question)
        found = scan(fold(question), *indexes)
        return "".join(f" {' '.join(terms)} " if terms else word for word, terms in found)

    def called(self, column: str) -> Mapping[str, Terms]:
        """What each word of a column calls for, by the word as it is looked up."""
        return self._spoken(column).terms if column in WORDINGS else self._written(column).terms

    def _called(self, question: str, text: str) -> Iterator[tuple[str, Terms]]:
        """The words of a question and what they call for, script by script."""
        if _japanese(question):
            yield from scan(text, self._written("ja"))
        elif _HAN.search(text):
            indexes = self._chinese(question)
            for way in (text, _PERSONS.sub("", text)):  # 不让我们入会 is 不让入会
                yield from scan(way, *indexes)
        if _HANGUL.search(text):
            yield from scan_korean(text, self._written("ko"))
        if _CYRILLIC.search(text):
            yield from self._spoken("ru").find(text)
        if _LATIN.search(text):
            yield from self._latin(text)

    def _chinese(self, question: str) -> tuple[Characters, ...]:
        """Everyday words; before them those of Taiwan and Hong Kong where the question is in traditional characters.

        例假日 is a day of rest there, 例假 elsewhere is menstruation.
        """
        everyday = self._written("lay")
        return (self._written("zh-Hant"), everyday) if _traditional(question) else (everyday,)

    def _latin(self, text: str) -> Sequence[tuple[str, Terms]]:
        """The phrases of the language that the question is in; of English where it is a guest in another script.

        The small words of a language tell it. Where they are of several or of none, it is the one whose phrases
        explain most words; a single word that English has too explains nothing in another language.
        """
        words = spelled(text)
        told = {name: WORDINGS[name].evidence(words) for name in LATIN}
        names = [name for name in LATIN if told[name] == max(told.values())]
        if _OTHER_SCRIPT.search(text):
            names = ["en"]
        if len(names) == 1:
            return list(self._spoken(names[0]).find(text))
        found: Sequence[tuple[str, Terms]] = ()
        most = 0
        for name in names:
            reading = list(self._spoken(name).find(text))
            if (explained := _explained(name, reading)) > most:
                found, most = reading, explained
            if most == len(words):
                break
        return found

    def _written(self, column: str) -> Characters:
        if column not in self._characters:
            said = self._said(column)
            words = _folded(word.replace(" ", "") if column == "ko" else word for word, _ in said)
            statute = _folded(term.zh for term in self.terms) if column == "lay" else ()
            self._characters[column] = Characters.of(zip(words, (zh for _, zh in said), strict=True), statute)
        return self._characters[column]

    def _spoken(self, column: str) -> Phrases:
        if column not in self._phrases:
            self._phrases[column] = Phrases.of(WORDINGS[column], self._said(column))
        return self._phrases[column]

    def _said(self, column: str) -> list[tuple[str, str]]:
        """The words of a column with their terms."""
        return [(word, term.zh) for term in self.terms for word in term.said.get(column, ())]


def load_glossary(extra: Sequence[Path] = ()) -> Glossary:
    """The shipped glossary, joined by ``extra`` files: CSV, UTF-8, a heading that names any of COLUMNS, zh among them.

    A term that stands in several files has the words of all of them.

    Raises SettingsError, naming file and line, on a row that cannot be used.
    """
    return Glossary(_merged(term for path in (SHIPPED, *extra) for term in _read(path)))


def language(question: str) -> str:
    """The language of a question by its script: 'zh', 'en' (whatever is written in Latin script) or 'other'.

    >>> language("工会经费怎么交"), language("Who pays the union dues?"), language("残業代はいくらですか")
    ('zh', 'en', 'other')
    >>> language("What does 工会法 say about dues?"), language("公司的HR让我996"), language("12345")
    ('en', 'zh', 'other')
    """
    letters = _LETTER.findall(question)
    han, latin = (len(script.findall(question)) for script in (_HAN, _LATIN))
    kana = len(_KANA.findall(question))
    strange = len(letters) - han - kana - sum(map(len, _LATIN.findall(question)))
    if not letters or _japanese(question) or strange * 2 > len(letters):
        return "other"
    # One Chinese character weighs as much as one Latin word.
    return "zh" if han >= latin else "en"


# One call for all words: the work costs more per call than per character.
def _folded(words: Iterable[str]) -> list[str]:
    lines = "\n".join(words)
    return fold(lines).split("\n") if lines else []


def _japanese(question: str) -> bool:
    """Whether a question is Japanese: it cannot do without kana, while a Chinese one may hold a stray の."""
    kana, han, latin = (len(script.findall(question)) for script in (_KANA, _HAN, _LATIN))
    return kana * 10 > han + latin or bool(_JAPANESE_HAN.search(question))


def _traditional(question: str) -> bool:
    return unicodedata.normalize("NFKC", question).lower() != fold(question)


def _explained(name: str, found: Sequence[tuple[str, Terms]]) -> int:
    """How many words of a question its phrases in one language explain."""
    english_too = () if name == "en" else set(WORDINGS[name].keys(ENGLISH_TOO))
    return sum(phrase.count(" ") + 1 for phrase, _ in found if phrase not in english_too)


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
        columns = _columns(next(rows, []))
        for row in rows:
            if any(row):
                term = _term(columns, row)
                if term.zh in seen:
                    raise ValueError(f"“{term.zh}”在本文件中已有一行，请并为一行")
                seen.add(term.zh)
                yield term
    except (ValueError, csv.Error) as error:
        reason = error if isinstance(error, ValueError) else f"不是有效的 CSV（{error}）"
        line = max(rows.line_num, 1)
        raise SettingsError(f"术语表 {path} 第 {line} 行：{reason}。请改正后再试。") from error


def _columns(heading: Sequence[str]) -> list[str]:
    """The columns of a file. Raises ValueError on a heading that cannot be used."""
    names = [name.strip() for name in heading]
    known = f"可用的列：{','.join(COLUMNS)}"
    if strange := [name for name in names if name not in COLUMNS]:
        raise ValueError(f"表头中的“{strange[0]}”不是术语表的列（{known}）")
    if "zh" not in names or len(names) < 2:
        raise ValueError(f"表头应有 zh 列和至少一个其他列（{known}）")
    if len(set(names)) < len(names):
        raise ValueError("表头中有重复的列")
    return names


def _term(columns: Sequence[str], row: Sequence[str]) -> Term:
    """The term of one row. Raises ValueError, saying what is wrong with it."""
    if len(row) != len(columns):
        raise ValueError(f"应有 {len(columns)} 列（{','.join(columns)}），实有 {len(row)} 列")
    zh, said = "", {}
    for column, cell in zip(columns, row, strict=True):
        if column == "zh":
            zh = cell.strip()
        elif cell and not cell.isspace():
            useless, rule = _USELESS[column]
            if useless.search(cell):
                raise ValueError(f"{column} 列中以 | 分隔的每个词应{rule}")
            said[column] = tuple(map(str.strip, cell.split("|")))
    if not _HAN.search(zh):
        raise ValueError("zh 列应为中文术语")
    if not said:
        others = [f"{column} 列" for column in columns if column != "zh"]
        raise ValueError(f"{'和'.join(others)}不能都为空" if len(others) > 1 else f"{others[0]}不能为空")
    return Term(zh, said)


def _merged(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Each term once, with the words of all its rows."""
    found: dict[str, Term] = {}
    for term in terms:
        if old := found.get(term.zh):
            both = {
                column: tuple(dict.fromkeys((*old.said.get(column, ()), *words)))
                for column, words in term.said.items()
            }
            term = Term(term.zh, {**old.said, **both})
        found[term.zh] = term
    return tuple(found.values())
