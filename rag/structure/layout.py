"""Which lines open articles, chapters, contents, appendices: labels weighed by place and sequence."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.structure.labels import (
    INLINE,
    Candidate,
    Line,
    Mark,
    appendix_at,
    back,
    candidate_at,
    complete,
    division_at,
    is_date,
    lines,
    mark_at,
    signature,
    squeeze,
)

_QUOTE = re.compile(r"[“”\"]")
_QUOTED_LABEL = re.compile(rf"[“”]|{INLINE.pattern}")
_CONTENTS = frozenset(("目录", "目次", "目錄"))
_LEADER = re.compile(r"[.．…·\-—_\s]{2,80}[0-9０-９]{1,4}$|[（(]第[^（）()]{1,30}[）)]$")
_LONGEST_QUOTE = 400  # lines; past this an opening mark is taken for a slip
_DEPTH = {"part": 0, "subpart": 1, "chapter": 2, "section": 3}


@dataclass(slots=True)
class Zone:
    """rows[lo:hi] that are one numbering: the text itself, or one appendix.

    What stands from ``end`` on belongs to no article: ``signed`` are issuer and date, the rest lists annexes.
    """

    lo: int
    hi: int
    appendix: Mark | None
    end: int = 0
    signed: range = range(0)


@dataclass(slots=True)
class Layout:
    """The rows of a text, and what those that open something open."""

    rows: list[Line]
    quoted: set[int]
    contents: range
    zones: list[Zone] = field(default_factory=list)
    articles: dict[int, Candidate] = field(default_factory=dict)
    divisions: dict[int, Mark] = field(default_factory=dict)


def layout(text: str) -> Layout:
    """The layout of a text; a label in mid-line opens a row of its own where the sequence asks for it."""
    found, cuts = _layout(text, lines(text))
    return _layout(text, lines(text, cuts))[0] if cuts else found


def _layout(text: str, rows: list[Line]) -> tuple[Layout, list[int]]:
    found = Layout(rows, quoted_rows(text, rows), contents_rows(text, rows))
    candidates = _candidates(text, found)
    found.zones = _zones(found, _appendices(text, found), candidates)
    starts = {row.start: i for i, row in enumerate(rows)}
    cuts: list[int] = []
    for candidate in _choose(text, found, candidates):
        if candidate.inline:
            cuts += _heads(text, candidate.start)
        else:
            found.articles[starts[candidate.start]] = candidate
    for zone in found.zones:
        _close(text, found, zone)
        _divide(text, found, zone)
    return found, sorted(cuts)


def quoted_rows(text: str, rows: Sequence[Line]) -> set[int]:
    """The rows that begin inside a quotation of several lines: a text that is quoted opens nothing.

    A quotation may run on over lines only where it opens its line or follows ：; elsewhere a mark left open
    is a slip, and is over at the end of its line.
    """
    inside: set[int] = set()
    opened, depth = 0, 0
    for i, row in enumerate(rows):
        start, runs_on = row.start, depth > 0
        if text[start] == "“" or i - opened > _LONGEST_QUOTE:
            depth = 0  # each paragraph of a quotation may open anew, and only the last one close
            runs_on = False
        for match in _QUOTE.finditer(text, row.start, row.end):
            closes = match[0] == "”" or (match[0] == '"' and depth > 0)
            depth = max(depth - 1, 0) if closes else depth + 1
            if not closes and depth == 1:
                opened = i
                runs_on = match.start() == start or text[match.start() - 1] in "：:为"
            if depth == 0 and closes:
                if opened < i:
                    inside.update(range(opened + 1, i + 1))
                runs_on = False
        if not runs_on:
            depth = 0
    return inside


def contents_rows(text: str, rows: Sequence[Line]) -> range:
    """The rows of a table of contents: those behind 目录, or a run of headings that comes again."""
    titled = next((i for i, row in enumerate(rows[:400]) if _short(text, row, 8) in _CONTENTS), None)
    if titled is not None:
        end, _ = _run(text, rows, titled + 1, {_short(text, row, 80) for row in rows[:titled]})
        return range(titled, end) if end > titled + 1 else range(0)
    first = next((i for i, row in enumerate(rows[:400]) if division_at(text, row)), None)
    if first is None:
        return range(0)
    end, again = _run(text, rows, first, set())
    return range(first, end) if again and end - first >= 3 else range(0)


def _run(text: str, rows: Sequence[Line], first: int, seen: set[str]) -> tuple[int, bool]:
    """Where the contents lines from ``first`` end, and whether a heading that comes again ended them."""
    above = ["", "", "", ""]
    for i in range(first, len(rows)):
        row = rows[i]
        words = _LEADER.sub("", text[row.start : row.end]) if row.end - row.start <= 120 else "。"
        mark = division_at(text, Line(row.start, row.start + len(words)))
        if mark:
            depth = _DEPTH[mark.style]
            above[depth:] = [mark.label] + [""] * (3 - depth)
            key = "/".join(above)  # 第一节 comes again under each 章
        elif len(words) > 60 or words[-1:] in "。；：" or _opens_text(text, rows, i, words):
            return i, False
        else:
            key = squeeze(words)
        if key in seen:
            return i, mark is not None or mark_at(text, row) is not None
        seen.add(key)
    return len(rows), False


def _opens_text(text: str, rows: Sequence[Line], i: int, words: str) -> bool:
    """Whether 第X条 in a contents line is the law's own: no page number behind it, and a sentence follows."""
    if (
        len(words) < rows[i].end - rows[i].start
        or candidate_at(text, rows[i].start, rows[i].end, ended=True) is None
    ):
        return False
    return complete(text, rows[i]) or i + 1 == len(rows) or complete(text, rows[i + 1])


def _short(text: str, row: Line, limit: int) -> str:
    return squeeze(text[row.start : row.end]) if row.end - row.start <= limit else ""


def _candidates(text: str, found: Layout) -> list[Candidate]:
    """Every 第X条 that may open an article, at the start of a row or behind a sentence in mid-row."""
    candidates = []
    for i, row in enumerate(found.rows):
        if i in found.contents:
            continue
        before = found.rows[i - 1] if i else None
        ended = (
            before is None
            or complete(text, before)
            or (i - 1) in found.contents
            or bool(division_at(text, before))
        )
        if i not in found.quoted and (opening := candidate_at(text, row.start, row.end, ended=ended)):
            candidates.append(opening)
        if i not in found.quoted:
            candidates += _inline(text, row)
    return candidates


def _inline(text: str, row: Line) -> list[Candidate]:
    found = []
    depth, headed = 0, -1
    for match in _QUOTED_LABEL.finditer(text, row.start, row.end):
        if match[0] in "“”":
            depth = depth + 1 if match[0] == "“" else max(depth - 1, 0)
        elif depth == 0 and match.start() > row.start:
            behind = text[back(text, row.start, match.start()) - 1]
            after_heading = (
                headed >= 0
                and match.start() - headed <= 24
                and not re.search(r"[。；：，、“”《》（）]", text[headed : match.start()])
            )
            ended = behind in "。；！？”）)" or after_heading
            if match[0][-1] in "条條":
                opening = (
                    candidate_at(text, match.start(), row.end, ended=True, inline=True) if ended else None
                )
                found += [opening] if opening else []
                headed = -1
            else:
                headed = match.end()
    return found


def _heads(text: str, start: int) -> list[int]:
    """Where rows must begin for an article in mid-row to open one: there, and at the 章 and 节 before it."""
    cuts = [start]
    lowest = max(start - 60, 0)
    for match in reversed(list(INLINE.finditer(text, lowest, start))):
        between = text[match.end() : cuts[-1]]
        if match[0][-1] in "条條" or len(between) > 24 or re.search(r"[。；：，、“”《》（）\n]", between):
            break
        cuts.append(match.start())
    return cuts


def _zones(found: Layout, borders: Sequence[tuple[int, Mark]], candidates: Sequence[Candidate]) -> list[Zone]:
    """The text and its appendices; a border behind which the numbers go on as before is none."""
    firm = [candidate for candidate in candidates if not candidate.inline and candidate.strength >= 2]
    starts = [candidate.start for candidate in firm]
    limits = [*[found.rows[i].start for i, _ in borders[1:]], firm[-1].start + 1 if firm else 0]
    zones = [Zone(0, len(found.rows), None)]
    for (i, mark), limit in zip(borders, limits, strict=False):
        place = bisect_left(starts, found.rows[i].start)
        goes_on = 0 < place < len(firm) and starts[place] < limit
        if goes_on and firm[place].key in _successors(firm[place - 1].key):
            continue
        zones[-1].hi = i
        zones.append(Zone(i, len(found.rows), mark))
    return zones


def _choose(text: str, found: Layout, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that open articles, each zone with a numbering of its own."""
    starts = [candidate.start for candidate in candidates]
    chosen: list[Candidate] = []
    for zone in found.zones:
        rows = found.rows[zone.lo : zone.hi]
        if not rows:
            continue
        inside = candidates[bisect_left(starts, rows[0].start) : bisect_left(starts, rows[-1].end)]
        titled = next((row for row in rows[:6] if complete(text, row)), None)
        chosen += select(inside, whole=zone.appendix is None, top=titled.end if titled else 0)
    return chosen


def select(candidates: Sequence[Candidate], *, whole: bool, top: int) -> list[Candidate]:
    """The candidates that make the longest trustworthy run 1, 2, 3 …, with 之一 after its base.

    A gap is taken where the text never holds the number that is missing; a new 第一条 where a second text
    follows in the same file. A run that begins above 1 is taken in a ``whole`` text before its first
    sentence has ended, at ``top`` (an excerpt), or where three numbers follow each other.
    """
    places: Mapping[tuple[int, int], list[int]] = defaultdict(list)
    firm: Mapping[tuple[int, int], list[int]] = defaultdict(list)
    for i, candidate in enumerate(candidates):
        places[candidate.key].append(i)
        if not candidate.inline:
            firm[candidate.key].append(i)
    chosen: list[Candidate] = []
    last = (0, 0)
    for i, candidate in enumerate(candidates):
        key = candidate.key
        if key in _successors(last):
            accepted = not _has_rival(i, candidates, firm, places)
        elif key > last and not candidate.inline and candidate.strength >= 2:
            missing = any(_next(places[after], i) is not None for after in _successors(last))
            accepted = not missing and (last > (0, 0) or _excerpt(i, candidates, places, whole, top))
        else:
            second, third = _next(firm[(2, 0)], i), _next(firm[_successors(last)[0]], i)
            accepted = (
                key == (1, 0) and last > (1, 0) and not candidate.inline and second is not None
                and (third is None or second < third)
            )  # fmt: skip
        if accepted:
            chosen.append(candidate)
            last = key
    return chosen


def _successors(key: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    return (key[0] + 1, 0), (key[0], key[1] + 1)


def _next(places: Sequence[int], i: int) -> int | None:
    after = bisect_right(places, i)
    return places[after] if after < len(places) else None


def _has_rival(
    i: int,
    candidates: Sequence[Candidate],
    firm: Mapping[tuple[int, int], Sequence[int]],
    places: Mapping[tuple[int, int], Sequence[int]],
) -> bool:
    """Whether a later candidate of the same number is the better one: it stands before the next number."""
    key = candidates[i].key
    if candidates[i].inline and key == (1, 0) and _next(places.get((2, 0), ()), i) is None:
        return True
    rival = _next(firm.get(key, ()), i)
    if rival is None or not (candidates[i].inline or candidates[rival].strength > candidates[i].strength):
        return False
    following = _next(firm.get((key[0] + 1, 0), ()), i)
    return following is None or rival < following


def _excerpt(
    i: int,
    candidates: Sequence[Candidate],
    places: Mapping[tuple[int, int], Sequence[int]],
    whole: bool,
    top: int,
) -> bool:
    number = candidates[i].key[0]
    run = all(_next(places.get((number + step, 0), ()), i) is not None for step in (1, 2))
    return whole and (candidates[i].start < top or run)


def _appendices(text: str, found: Layout) -> list[tuple[int, Mark]]:
    """The rows that open an appendix; a list of annexes that only names them opens none."""
    marks = [
        (i, mark)
        for i, row in enumerate(found.rows)
        if i not in found.quoted
        and i not in found.contents
        and text[row.start] == "附"
        and (mark := appendix_at(text, row))
    ]
    ends = [*[i for i, _ in marks[1:]], len(found.rows)]
    return [
        (i, mark)
        for (i, mark), end in zip(marks, ends, strict=False)
        if i and not _names_only(text, found.rows, i, mark, end)
    ]


def _names_only(text: str, rows: Sequence[Line], i: int, mark: Mark, end: int) -> bool:
    """Whether a list, the signature or nothing follows 附件：: the annexes themselves stand elsewhere."""
    k = i + 1
    while k < end and (item := mark_at(text, rows[k])) and item.style == "ar" and not complete(text, rows[k]):
        k += 1
    words = text[mark.body : rows[i].end]
    if re.match(r"[1１][.．、]", words) or (i + 1 < k < end and not complete(text, rows[k])):
        return True
    if k == end:
        return True
    rest = rows[k : min(k + 7, end)]
    date = next((n for n, row in enumerate(rest) if is_date(text, row)), None)
    return (
        bool(words)
        and date is not None
        and not any(complete(text, row) or row.end - row.start > 60 for row in rest[:date])
    )


def _close(text: str, found: Layout, zone: Zone) -> None:
    """Mark where the body of a zone ends: at its signature, and at a list of annexes before or behind it."""
    lo, rows = zone.lo + bool(zone.appendix), found.rows
    annexes = zone.hi
    for k in range(zone.hi - 1, max(zone.hi - 25, lo), -1):
        if text[rows[k].start] == "附" and k not in found.contents and appendix_at(text, rows[k]):
            annexes = k
        elif complete(text, rows[k]) or k in found.articles:
            break
    signed = signature(text, rows, lo, zone.hi)
    if signed < zone.hi:
        zone.signed, zone.end = range(signed, zone.hi), min(signed, annexes)
    else:
        zone.end = signature(text, rows, lo, annexes)
        zone.signed = range(zone.end, annexes)


def _divide(text: str, found: Layout, zone: Zone) -> None:
    """Take the rows that open a 编, 章 or 节: numbers that rise, and a sentence that ended before."""
    last = [0, 0, 0, 0]
    for i in range(zone.lo, zone.end):
        if i in found.contents or i in found.quoted or text[found.rows[i].start] != "第":
            continue
        mark = division_at(text, found.rows[i])
        if mark is None or (mark.number <= last[_DEPTH[mark.style]] and mark.number != 1):
            continue
        before = found.rows[i - 1] if i > zone.lo else None
        parted = mark.body > mark.start + len(mark.label)
        cut = before is not None and "\n" not in text[before.end : mark.start]
        if before and not (parted or cut or _ended(text, found, i - 1, before)):
            continue
        found.divisions[i] = mark
        depth = _DEPTH[mark.style]
        last[depth:] = [mark.number] + [0] * (3 - depth)


def _ended(text: str, found: Layout, i: int, before: Line) -> bool:
    open_title = before.end - before.start <= 60 and not re.search(
        r"[，、：]", text[before.start : before.end]
    )
    return complete(text, before) or i in found.contents or i in found.divisions or open_title
