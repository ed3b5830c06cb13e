"""Word's automatic numbers: numbering.xml and the styles → the 第X条 that stands on the page.

Rules: ECMA-376 part 1, 17.9 (numbering) and 17.18.59 (number formats). Elements are matched by local
name, so that files of the strict and of the transitional kind read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

DIGITS = "〇一二三四五六七八九"
LEGAL = "零壹贰叁肆伍陆柒捌玖"
LEVELS = 9
MAX_NUMBER = 99_999  # beyond it a label is a mistake of the file


def local(element: Any) -> str:
    """The tag without its namespace; '' for comments and processing instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str) -> str | None:
    """The attribute of that local name, whatever its namespace."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: Any, name: str) -> Any:
    """The first child of that local name, or None."""
    return next((c for c in element if local(c) == name), None)


def value(element: Any, name: str) -> str | None:
    """The ``val`` of a child element, the way Word writes most of its properties."""
    found = child(element, name) if element is not None else None
    return attribute(found, "val") if found is not None else None


def chinese(number: int, digits: str = DIGITS, units: str = "十百千", zero: str = "零") -> str:
    """A number up to 99,999 in words, as statutes write it.

    >>> chinese(10), chinese(21), chinese(101), chinese(110), chinese(1260)
    ('十', '二十一', '一百零一', '一百一十', '一千二百六十')
    """
    if number >= 10_000:
        rest = number % 10_000
        gap = zero if 0 < rest < 1000 else ""
        return (
            chinese(number // 10_000, digits, units, zero) + "万" + gap + (_below(rest, digits, units, zero))
        )
    words = _below(number, digits, units, zero) or digits[0]
    return words[1:] if words.startswith(digits[1] + units[0]) and number < 20 else words


def _below(number: int, digits: str, units: str, zero: str) -> str:
    words, gap = "", False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += (zero if gap else "") + digits[digit] + (units[power - 1] if power else "")
        gap = False
    return words


def _letters(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    pairs = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
             (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
    words = ""
    for size, letters in pairs:
        words += letters * (number // size)
        number %= size
    return words


def _cycle(signs: str) -> Callable[[int], str]:
    return lambda number: signs[(number - 1) % len(signs)]


def _upto(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if number <= len(signs) else str(number)


def _full_width(number: int) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))


FORMATS: Mapping[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda n: f"{n:02d}",
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "decimalEnclosedCircle": _upto("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"),
    "decimalEnclosedCircleChinese": _upto("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"),
    "decimalEnclosedParen": _upto("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"),
    "decimalEnclosedFullstop": _upto("⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"),
    "upperRoman": lambda n: _roman(n).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda n: _letters(n).upper(),
    "lowerLetter": _letters,
    "ideographDigital": lambda n: "".join(DIGITS[int(d)] for d in str(n)),
    "ideographTraditional": _cycle("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _cycle("子丑寅卯辰巳午未申酉戌亥"),
    "ideographEnclosedCircle": _upto("㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"),
    "chineseLegalSimplified": lambda n: chinese(n, LEGAL, "拾佰仟"),
    "ideographLegalTraditional": lambda n: chinese(n, "零壹貳參肆伍陸柒捌玖", "拾佰仟"),
    "none": lambda n: "",
    "bullet": lambda n: "",
    **dict.fromkeys(
        ("chineseCounting", "chineseCountingThousand", "taiwaneseCounting", "taiwaneseCountingThousand",
         "taiwaneseDigital", "japaneseCounting", "japaneseDigitalTenThousand", "koreanDigital2"),
        chinese,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """One of the nine levels of a list: where it starts, how it counts, what its label looks like."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    restart: int | None = None  # restarts after this level (from 1); 0 never; None after any higher one
    legal: bool = False
    style: str | None = None


@dataclass(slots=True)
class Numbering:
    """The counters of one document; label() must be asked for each paragraph in order."""

    levels: Mapping[str, Mapping[int, Level]]  # num id → its levels, overrides applied
    lists: Mapping[str, str]  # num id → the list whose counters it shares
    starts: Mapping[str, Mapping[int, int]]  # num id → levels that it starts anew
    styles: Mapping[str, tuple[str | None, int | None]]  # style → (num id, level)
    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def label(self, properties: Any, style: str | None) -> str:
        """The label of a paragraph (第一条, （一）, 1.), with the gap that follows it; '' without one.

        ``properties`` is its pPr element or None, ``style`` the id of its style.
        """
        number, depth = self._of(properties, style)
        levels = self.levels.get(number or "")
        if not number or levels is None or depth not in levels:
            return ""
        counts = self._advance(number, depth, levels)
        level = levels[depth]
        text = level.text
        for n in range(LEVELS, 0, -1):
            if f"%{n}" in text:
                text = text.replace(f"%{n}", self._shown(counts, levels, n - 1, level.legal))
        return (
            text.strip() + _gap(text.strip(), level.suffix) if text.strip() and not _is_bullet(level) else ""
        )

    def _of(self, properties: Any, style: str | None) -> tuple[str | None, int]:
        own = child(properties, "numPr") if properties is not None else None
        number, depth = self.styles.get(style or "", (None, None))
        if own is not None:
            given = value(own, "ilvl")
            if value(own, "numId") is not None:
                number = value(own, "numId")
            depth = int(given) if given and given.isdecimal() else depth
        if number == "0":
            return None, 0
        if depth is None:
            depth = next(
                (i for i, lv in self.levels.get(number or "", {}).items() if lv.style == style and style), 0
            )
        return number, depth

    def _advance(self, number: str, depth: int, levels: Mapping[int, Level]) -> list[int | None]:
        counts = self._counts.setdefault(self.lists[number], [None] * LEVELS)
        if number not in self._seen:
            self._seen.add(number)
            for i in self.starts.get(number, {}):
                counts[i] = None
        current = counts[depth]
        counts[depth] = levels[depth].start if current is None else current + 1
        for i in range(depth + 1, LEVELS):
            after = levels[i].restart if i in levels else None
            if after is None or 0 < depth + 1 <= after:
                counts[i] = None
        return counts

    def _shown(self, counts: list[int | None], levels: Mapping[int, Level], depth: int, legal: bool) -> str:
        level = levels.get(depth, Level())
        count = counts[depth]
        number = level.start if count is None else count
        if not 0 < number <= MAX_NUMBER:
            return str(number)
        form = "decimal" if legal and level.format not in ("none", "bullet") else level.format
        return FORMATS.get(form, str)(number)


def _is_bullet(level: Level) -> bool:
    return level.format == "bullet"


def _gap(label: str, suffix: str) -> str:
    if suffix == "nothing" or label[-1:] in "、，．）)】]。":
        return ""
    return " "


def read_numbering(numbering: Any, styles: Any) -> Numbering:
    """The lists of a document, from the roots of its numbering.xml and styles.xml (None: it has none)."""
    of_style = dict(_style_lists(styles)) if styles is not None else {}
    if numbering is None:
        return Numbering({}, {}, {}, of_style)
    lists = {attribute(e, "abstractNumId") or "": e for e in numbering if local(e) == "abstractNum"}
    nums = {attribute(e, "numId") or "": e for e in numbering if local(e) == "num"}
    levels: dict[str, Mapping[int, Level]] = {}
    shared: dict[str, str] = {}
    starts: dict[str, dict[int, int]] = {}
    for number, element in nums.items():
        shared[number] = value(element, "abstractNumId") or ""
        own = _levels(_linked(shared[number], lists, nums, of_style))
        starts[number] = {}
        for override in (e for e in element if local(e) == "lvlOverride"):
            _override(override, own, starts[number])
        levels[number] = own
    return Numbering(levels, shared, starts, of_style)


def _linked(
    list_id: str, lists: Mapping[str, Any], nums: Mapping[str, Any], styles: Mapping[str, Any]
) -> Any:
    """The list itself, or the one that its numbering style stands for."""
    element = lists.get(list_id)
    link = value(element, "numStyleLink") if element is not None else None
    number = styles.get(link or "", (None, None))[0]
    if link and number in nums:
        target = lists.get(value(nums[number], "abstractNumId") or "")
        return target if target is not None else element
    return element


def _levels(element: Any) -> dict[int, Level]:
    if element is None:
        return {}
    return {_index(e): _level(e) for e in element if local(e) == "lvl"}


def _level(element: Any) -> Level:
    restart = value(element, "lvlRestart")
    form = value(element, "numFmt")
    if form is None:  # a newer format inside mc:AlternateContent: its fallback
        form = next((attribute(e, "val") for e in element.iter() if local(e) == "numFmt"), None)
    return Level(
        start=_whole(value(element, "start"), 1),
        format=form or "decimal",
        text=value(element, "lvlText") or "",
        suffix=value(element, "suff") or "tab",
        restart=_whole(restart, 0) if restart is not None else None,
        legal=child(element, "isLgl") is not None and value(element, "isLgl") not in ("0", "false"),
        style=value(element, "pStyle"),
    )


def _override(element: Any, levels: dict[int, Level], starts: dict[int, int]) -> None:
    i = _index(element)
    replaced = child(element, "lvl")
    if replaced is not None:
        levels[i] = _level(replaced)
    start = value(element, "startOverride")
    if start is not None:
        levels[i] = replace(levels.get(i, Level()), start=_whole(start, 1))
        starts[i] = levels[i].start


def _index(element: Any) -> int:
    return min(LEVELS - 1, _whole(attribute(element, "ilvl"), 0))


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 7 else default


def _style_lists(styles: Any) -> Iterator[tuple[str, tuple[str | None, int | None]]]:
    """(style, (num id, level)) of every style, what it inherits included."""
    own = {attribute(e, "styleId") or "": e for e in styles if local(e) == "style"}
    for style in own:
        number: str | None = None
        depth: int | None = None
        at: str | None = style
        seen: set[str] = set()
        while at in own and at not in seen:
            seen.add(at)
            properties = child(own[at], "pPr")
            numbers = child(properties, "numPr") if properties is not None else None
            if numbers is not None:
                given = value(numbers, "ilvl")
                depth = _whole(given, 0) if depth is None and given is not None else depth
                number = value(numbers, "numId") if number is None else number
            at = value(own[at], "basedOn")
        if number is not None:
            yield style, (number, depth)
