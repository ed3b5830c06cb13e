"""How a language that sets its words apart is read: its spelling, its inflection, the words that tell it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

_WORD = re.compile(r"\d{1,9}\.\d{1,9}%?|[0-9a-z\u00df-\u024f\u1e00-\u1eff\u0400-\u04ff]+%?")
_POSSESSIVE = re.compile(r"['’]s?\b")
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

_MARKS = re.compile("[\u0300-\u036f]")
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_LIGATURES = {"œ": "oe", "æ": "ae", "đ": "d", "ß": "ss"}
_LIGATURE = re.compile("|".join(_LIGATURES))
_UMLAUT = re.compile("([aou])e")

# Endings in the order in which they are tried; what is left keeps the letters that the pattern asks for.
_FRENCH = (
    (re.compile(r"(?<=..)aux?$"), "al"),
    (re.compile(r"(?<=..)ail$"), "al"),
    (re.compile(r"(?<=...)[sx]$"), ""),
    (re.compile(r"(?<=..)euse$"), "eur"),
    (re.compile(r"(?<=..)trice$"), "teur"),
    (re.compile(r"(?<=..)iere$"), "ier"),
    (re.compile(r"(?<=...)(?:ee?|er|ez)$"), ""),
)
_SPANISH = ((re.compile(r"(?<=...)(?:[oae]s?|s)$"), ""),)
_GERMAN_ENDING = re.compile(r"(?<=....)(?:innen|in|e[mns]?|(?<!arbeit)er|n|s)$")
_GERMAN = ((_GERMAN_ENDING, ""), (_GERMAN_ENDING, ""))
_RUSSIAN = (
    (re.compile("ё"), "е"),
    (
        re.compile(
            "(?<=...)(?:иями|ями|ами|ыми|ими|ием|иях|ией|ого|его|ому|ему|[оеыи]й|ая|яя|ую|юю|[оеыи]е|[ыи]х"
            "|[ыиоея]м|ам|[ая]х|[ое]в|[иь]ю|[иь]я|ии|[ьаяоеиыуюй])$"
        ),
        "",
    ),
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A language that sets its words apart.

    ``common`` are words, and ``letters`` letters, that tell it from others of its script. A phrase may hold or lack
    ``omitted`` without another meaning: keep my id, keep the id, keep id. ``plain`` spells a folded text as its
    words are compared. ``forms`` gives what a word may be an inflection of; ``key`` is the form under which a
    phrase keeps a word. ``unmarked``: phrases of several words are often written without their marks.
    """

    plain: Callable[[str], str]
    forms: Callable[[str], tuple[str, ...]]
    key: Callable[[str], str]
    omitted: frozenset[str]
    common: frozenset[str] = frozenset()
    letters: frozenset[str] = field(default=frozenset())
    unmarked: bool = False

    def words(self, text: str) -> list[str]:
        """The words of a folded text that count, spelled as they are compared.

        >>> ENGLISH.words("the labour bureau's fine of 1.5%"), WORDINGS["fr"].words("l’employeur à paris")
        (['labor', 'bureau', 'fine', 'of', '1.5%'], ['employeur', 'paris'])
        """
        return self._counting(self.plain(text))

    def keys(self, phrases: Sequence[str]) -> list[str]:
        """The phrases as they are looked up, one for each; one pass over all.

        >>> WORDINGS["de"].keys(["Überstunden", "mein befristeter Vertrag"])
        ['uberstund', 'befristet vertrag']
        """
        lines = self.plain("\n".join(phrases).lower()).split("\n") if phrases else []
        key = cache(self.key)  # phrases share their words
        return [" ".join(map(key, self._counting(line))) for line in lines]

    def evidence(self, words: Sequence[str]) -> int:
        """How many of the words tell this language."""
        return sum(word in self.common or not self.letters.isdisjoint(word) for word in words)

    def _counting(self, plain: str) -> list[str]:
        return [word for word in _WORD.findall(plain) if word not in self.omitted]


def spelled(text: str) -> list[str]:
    """The words of a folded text as they are written, numbers aside; an apostrophe parts two words.

    >>> spelled("l'employeur me doit 2 mois")
    ['l', 'employeur', 'me', 'doit', 'mois']
    """
    return [word for word in _WORD.findall(text) if not word[0].isdigit()]


def unmarked(text: str) -> str:
    """The text without accents, umlauts and tones.

    >>> unmarked("congés payés, überstunden, đoàn phí, cœur")
    'conges payes, uberstunden, doan phi, coeur'
    """
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text))
    return _LIGATURE.sub(lambda found: _LIGATURES[found[0]], bare)


def _american(text: str) -> str:
    """Without possessive endings, in American spelling."""
    return _BRITISH_STEM.sub(lambda found: _BRITISH[found[0]], _POSSESSIVE.sub("", text))


def _german(text: str) -> str:
    """Umlauts as plain vowels, however they are written: Überstunden, Ueberstunden."""
    return _UMLAUT.sub(r"\1", unmarked(text))


def _english_forms(word: str) -> tuple[str, ...]:
    """The word, and what it may be an inflection of; the glossary then says which of them is a word.

    >>> _english_forms("stopped"), _english_forms("duties")
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


def _tone_last(word: str) -> str:
    """The syllable with its tone behind it: hoà and hòa are one word."""
    apart = unicodedata.normalize("NFD", word)
    bare, tones = _TONES.subn("", apart)
    return bare + "".join(_TONES.findall(apart)) if tones else word


def _same(word: str) -> str:
    return word


def _stemmed(
    endings: Sequence[tuple[re.Pattern[str], str]],
    plain: Callable[[str], str],
    omitted: str,
    common: str = "",
    letters: str = "",
) -> Wording:
    """A language whose words are compared by what their endings leave."""

    def stem(word: str) -> str:
        for ending, instead in endings:
            word = ending.sub(instead, word)
        return word

    return Wording(
        plain=plain,
        forms=lambda word: (stem(word),),
        key=stem,
        omitted=frozenset(omitted.split()),
        common=frozenset(common.split()),
        letters=frozenset(letters),
    )


ENGLISH = Wording(
    plain=_american,
    forms=_english_forms,
    key=_same,
    omitted=frozenset("a an the my your his her its our their".split()),
    common=frozenset(
        "the of and is are to what how when who which where why my your our their can could should must i you she "
        "it we they for with without from at by if not be been has have had does did this that these there about "
        "after before between during under than any all".split()
    ),
)
# What tells a language is no word of another one here: die, was, in, an, son, no, me, pour, con are left out.
WORDINGS: Mapping[str, Wording] = {
    "en": ENGLISH,
    "vi": Wording(
        plain=_same,
        forms=lambda word: (_tone_last(word),),
        key=_tone_last,
        omitted=frozenset("của các những cua cac nhung".split()),
        common=frozenset(
            "là có được không cho tôi khi bị thì và bao nhiêu lâu như thế nào ai gì làm sao với người bạn em anh "
            "duoc khong nguoi nhieu toi cua phai neu nhu nao lam thi khi gi lau voi".split()
        ),
        letters=frozenset("ăđơưãẽĩõũạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"),
        unmarked=True,
    ),
    "fr": _stemmed(
        _FRENCH,
        unmarked,
        omitted="le la les l un une des du de d au aux a en mon ma mes ton ta tes son sa ses notre nos votre vos "
        "leur leurs ce cet cette ces",
        common="le la les l d j qu un une des du de est sont qui que quel quelle quels quelles dans avec pas mon ma mes "
        "je il elle nous vous ils sur aux au et ou où comment combien quand pourquoi peut peux doit dois faut cet "
        "cette ces ai suis ont sans si en",
        letters="çèîœëïû",
    ),
    "es": _stemmed(
        _SPANISH,
        unmarked,
        omitted="el la los las lo un una unos unas de del al a en para mi mis tu tus su sus nuestro nuestra nuestros "
        "nuestras",
        common="el la los las lo un una es qué que cuál cuánto cuánta cuántos cuántas cómo cuándo dónde quién por para "
        "del al mi mis su sus si se puedo puede pueden tiene tienen hay está están cuando cuanto cuantos cuantas "
        "donde quien y le de en debo debe",
        letters="ñ",
    ),
    "de": _stemmed(
        _GERMAN,
        _german,
        omitted="der die das den dem des ein eine einen einem einer eines mein meine meinen meinem meiner meines "
        "dein deine sein seine seinen seiner ihr ihre ihren ihrer unser unsere unseren unserer",
        common="der das ist sind und den dem des ein eine einen einem einer mein meine meinem meinen meiner wie wann wer "
        "wo warum welche welcher welches wenn ich du wir sie ihr kann darf muss bei für fuer mit nicht ohne von vom "
        "zu zum zur auf aus oder nach über es wird werden habe haben gilt viel viele wegen kein keine keinen",
        letters="äöüß",
    ),
    "ru": _stemmed(
        _RUSSIAN,
        _same,
        omitted="ли же бы мой моя мое моё мои моего моей моих мою наш наша наше наши нашего нашей",
    ),
}
# Words of the glossary in these languages that are spelled so in English too, most with another meaning.
ENGLISH_TOO = (
    "alcohol alternance amend amende amendes arrest artisan atelier audience baby bonus brand brevet budget burnout "
    "cachet cadence cadre cadres cantine caution chef compensation conciliation corona covid dangers depression "
    "director discrimination divorce dominical email embargo epi explosion familiar filial firma formation foyer "
    "freelance freelancer fund fusion gift gratification gratis handicap hospital humiliation illegal incident "
    "infraction injure insolation internet kinder legal liquidation mail malversation management manager mediation "
    "menstruation migrant mina mine minima mobbing modulation mutation negotiate notification obra online outsourcing "
    "patent patron pause pension permanent petition planta prescription prima prime primes prison quorum quotas rat "
    "rehabilitation restructuration retard retiro sanction sanctions shipper signature stage stages termin tribunal "
    "turno violation violence visa voter whistleblower"
).split()
