"""The front of a document: what its lines before the first article say of title, 文号, dates and organs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.facts import is_stated, stated
from rag.metadata.dates import DATE, Dated, dates, first_date

FRONT_LINES = 40  # the first article, the contents or the address comes long before
TAIL_LINES = 14
LINE_CHARS = 1500
TITLE_ROWS = 6
TITLE_CHARS = 160

_BODY = re.compile(
    r"第\s?[一1１]\s?[条章编](?!.{0,20}第[一二三四五六七八九十]章)|目\s{0,6}[录次]$|[一1]、|（一）|总\s{0,4}则$|第一部分|\*\s1\s"
)
_ADDRESS = re.compile(r".{2,400}[：:]$")
_SENTENCE = re.compile(r"[。；]$|，.{20,}")
_NOTE = re.compile(r"^[（(【\[].{1,700}[）)】\]]$")
_MASTHEAD = re.compile(r"^[^。，；：《》]{2,40}(?:文件|文件〔\d{4}〕\d{1,4}号)$")
_ANNOUNCED = re.compile(
    r"^(?:中华人民共和国)?[\u4e00-\u9fff]{0,30}(?:公告|主席令|国务院令|命令|令|决定公布)$"
)
_SIGNED_BY = re.compile(
    r"(?:中华人民共和国主席|总理|主席|省长|市长|州长|区长|部长|局长|署长|行长|主任|院长)[\s\u3000]"
)
_NAMED = re.compile(r"《([^《》〈〉]{3,120}|[^《》]{0,60}〈[^〈〉]{2,60}〉[^《》]{0,60})》")
_ORGAN = re.compile(
    r"^[\u4e00-\u9fff（）()、/／\s]{2,80}(?:法院|检察院|国务院|委员会|委|部|厅|局|署|院|办公室|办公厅|办|总工会|工会|联合会|协会|商会"
    r"|联盟|人民政府|联席会议|中心|集团|公司)(?:文件)?$"
)
_KIND = (
    r"(?:宪法|法典|法|条例|规定|规则|细则|办法|决定|决议|解释|批复|答复|复函|函|通知|通告|公告|意见|指引|指南|纲要|方案|制度|章程|准则"
    r"|标准|条约|公约|要点|规划|计划|协议|问答|须知|示范文本|报告|纪要|说明|工作法|清单|目录)"
)
_PART = r"(?:[（(][^（）()]{1,24}[）)]){0,3}"
_VERSION = re.compile(
    r"[（(](?:试行|暂行|草案|征求意见稿|[一二三四五六七八九十]{1,3}|(?:19|20)\d\d年?(?:版|文本|修[正订]本?|第.次修[正订])?|修[正订].{0,4})[）)]"
)
_COMPLETE = re.compile(rf"{_KIND}(?:修正案)?{_PART}$")
_OPEN_END = re.compile(r"(?:[于的和与及、对在]|中华人民共和国)$")
_CONTINUES = re.compile(r"^(?:[的和及与、]|关于|印发|转发|[（(][^（）()]{1,24}[）)]$)")

_DOCNO_PREFIX = r"[\u4e00-\u9fff][\u4e00-\u9fff（）()]{0,17}?"
_BRACKETED = r"[〔\[［【(（]\s?[12１２][\d０-９]{3}\s?[〕\]］】)）]\s?第?\s?[\d０-９]{1,5}\s?号"
_DOCNO = re.compile(rf"({_DOCNO_PREFIX}\s?{_BRACKETED})")
_DOCNO_LINE = re.compile(rf"^\s{{0,8}}(?:{DATE})?\s{{0,12}}({_DOCNO_PREFIX}\s?{_BRACKETED})\s{{0,8}}$")
_COUNT = r"[\d０-９一二三四五六七八九十百〇○零]{1,6}"
_ORDER = re.compile(rf"((?:[\u4e00-\u9fff][\u4e00-\u9fff、]{{1,60}})?令)\s{{0,2}}(第?\s?{_COUNT}\s?号)")
_NOTICE = re.compile(rf"(?<=公告)\s?(第\s?{_COUNT}\s?号)")

ADOPTED = re.compile("通过|公布|发布|颁布|批准|印发|颁发|下发")
AMENDED = re.compile("修正|修订|修改|改正")
EFFECTIVE = re.compile(r"施行|实施|执行|生效")
REVISED = re.compile(r"修订(?!.{0,4}决定)")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the text on a day: its kind, and the words that say so."""

    day: date
    kind: str  # adopted, amended, revised, effective
    words: str


@dataclass(frozen=True, slots=True)
class Front:
    """The lines before the body, the last lines, the facts stated under a name, and the title's place."""

    title: str
    lines: Sequence[str]
    tail: Sequence[str]
    labels: Mapping[str, str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def read_front(text: str, head: Mapping[str, str]) -> Front:
    """The front of a cleaned text; ``head`` is what the file's own metadata says."""
    rows = [row for row in (line.strip()[:LINE_CHARS] for line in text.split("\n")) if row]
    lines = _front_lines(rows)
    labels = {name: value for name, value in head.items() if re.match(r"[\u4e00-\u9fff]", name)}
    for line in (*lines, *rows[-TAIL_LINES:]):
        for name, value in stated(line):
            labels.setdefault(name, value)
    title = _title(lines or rows[:3], head, labels)
    return Front(title, lines, rows[max(len(lines), len(rows) - TAIL_LINES) :], labels)


def _front_lines(rows: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for row in rows[:FRONT_LINES]:
        if lines and (_BODY.match(row) or (_is_body_text(row) and not _states_dates(row))):
            break
        lines.append(row)
        if _ADDRESS.match(row) and len(lines) > 1 and not is_stated(row):
            break
    return [*lines, *_cover_note(rows, len(lines))]


def _is_body_text(row: str) -> bool:
    return len(row) > 60 and bool(_SENTENCE.search(row)) and not _NOTE.match(row)


def _states_dates(row: str) -> bool:
    """An announcement or the history of the text, whatever its length."""
    return any(
        ADOPTED.search(row, found.end) or AMENDED.search(row, found.end) for found in dates(row)
    ) and bool(re.search("现予公布|现将|会议|公告|令|公布|修正|修订", row))


def _cover_note(rows: Sequence[str], at: int) -> Iterator[str]:
    """The signature of a notice that stands before the text it issues: an organ, then a date alone."""
    for row, following in zip(rows[at : at + FRONT_LINES], rows[at + 1 : at + 1 + FRONT_LINES], strict=False):
        if _BODY.match(row):
            return
        if _ORGAN.match(row) and _is_date_line(following):
            yield from (row, following)
            return


def _is_date_line(row: str) -> bool:
    return bool(re.fullmatch(rf"[（(]?\s{{0,4}}{DATE}\s{{0,4}}[）)]?", row))


# --- title ------------------------------------------------------------------------------------------


def _title(rows: Sequence[str], head: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """The official title: the file's own heading where the text opens with it, else the first title block."""
    first = next((row for row in rows if not _skippable(row)), rows[0] if rows else "")
    given = _plain(head.get("title", ""))
    if given and _same(given, first):
        return given
    announced = _announced(rows)
    start = announced[1] if announced else 0
    block = _block(rows[start:])
    if announced and not (block and _same(announced[0], block, inside=True)):
        block = announced[0]
    if block:
        return block
    named = _plain(labels.get("标题", labels.get("名称", ""))) or given
    return named or ("" if len(first) > TITLE_CHARS or _SENTENCE.search(first) else _plain(first))


def _same(given: str, row: str, inside: bool = False) -> bool:
    a, b = _bare(given), _bare(row)
    return a == b or (inside and len(a) > 5 and (a in b or b in a))


def _bare(words: str) -> str:
    return re.sub(r"[\s《》〈〉<>“”\"_]", "", words)


def _plain(title: str) -> str:
    """A title without what sites and editors put around it."""
    title = re.split(r"\s{0,4}[_|]\s{0,4}|\s[-–—]\s(?=[\u4e00-\u9fff])", title.strip())[0].strip(
        " \t\u3000_#*"
    )
    title = re.sub(r"(?<=[\u4e00-\u9fff《》〈〉（）、]) +(?=[\u4e00-\u9fff《》〈〉（）、])", "", title)
    whole = re.fullmatch(r"《([^《》]{3,160})》", title)
    return whole[1] if whole else title


def _skippable(row: str) -> bool:
    return bool(
        _MASTHEAD.match(row)
        or _DOCNO_LINE.match(row)
        or _NOTE.match(row)
        or is_stated(row)
        or _is_date_line(row)
        or re.match(r"^(?:来源|发布时间|发布单位|编写单位|索引号|ID|签发人|特急|急件)[:：]?", row)
    )


def _announced(rows: Sequence[str]) -> tuple[str, int] | None:
    """(title named in an announcement that opens the file, row after the announcement)."""
    opening = next((i for i, row in enumerate(rows[:4]) if _ANNOUNCED.match(row.replace(" ", ""))), None)
    if opening is None:
        return None
    for i, row in enumerate(rows[opening + 1 : opening + 6], opening + 1):
        named = _NAMED.search(row)
        if named and ADOPTED.search(row):
            organ = row[: named.start()]
            title = (organ if organ.startswith("最高人民") and "关于" not in organ else "") + named[1]
            after = i + 1
            while after < len(rows) and (_is_date_line(rows[after]) or _is_signed(rows[after])):
                after += 1
            return title, after
    return None


def _is_signed(row: str) -> bool:
    return bool(_SIGNED_BY.match(row))


def _block(rows: Sequence[str]) -> str:
    """The first rows that together are a title; '' where none looks like one."""
    rows = [row for row in rows if not (_skippable(row) and not _CONTINUES.match(row))]
    for start in range(min(3, len(rows))):
        joined = _joined_title(rows[start : start + TITLE_ROWS])
        if joined:
            return joined
    return ""


def _joined_title(rows: Sequence[str]) -> str:
    title = ""
    for i, row in enumerate(rows):
        if (
            _SENTENCE.search(row)
            or _BODY.match(row)
            or (_ADDRESS.match(row) and title)
            or len(title + row) > TITLE_CHARS
        ):
            return ""
        title += re.sub(r"[ \u3000]{1,20}", "、", row) if _ORGAN.match(row) else _plain(row)
        following = rows[i + 1] if i + 1 < len(rows) else ""
        opened = title.count("《") > title.count("》") or title.count("（") > title.count("）")
        if _COMPLETE.search(title) and not opened:
            return title + (_plain(following) if _VERSION.fullmatch(following) else "")
    return ""


# --- 文号 and dates ---------------------------------------------------------------------------------


def number_in(front: Front) -> str | None:
    """The 文号: on a line of its own, stated under a name, or in the note of adoption."""
    for line in front.lines:
        alone = _DOCNO_LINE.match(line)
        if alone:
            return _tight(alone[1])
    for name in ("发文字号", "文号", "公告号"):
        if _DOCNO.search(front.labels.get(name, "")) or "号" in front.labels.get(name, ""):
            return _tight(front.labels[name])
    for line in front.lines:
        note = _adoption(line) or (line if _NOTE.match(line) and len(line) < 60 else "")
        found = _order(line) or _notice(line) or _DOCNO.search(note)
        if found:
            return found if isinstance(found, str) else _tight(found[1])
    return _order("".join(front.lines[:2])) if front.lines and _ANNOUNCED.match(front.lines[0]) else None


def _adoption(line: str) -> str:
    """A line that tells how the text was issued; other texts that it names under 《》 are left out."""
    if not ADOPTED.search(line) or not next(dates(line), None):
        return ""
    return re.sub(r"《[^《》]{0,120}》(?:\s?[（(][^（）()]{0,40}[）)])?", "", re.sub(DATE, " ", line))


def _order(line: str) -> str | None:
    found = _ORDER.search(_adoption(line) or (line if len(line) < 60 else ""))
    if not found:
        return None
    organ = re.sub(r"^(?:经|以|根据|由)", "", found[1])
    return _tight(organ + found[2])


def _notice(line: str) -> str | None:
    found = _NOTICE.search(line)
    return f"公告{_tight(found[1])}" if found and len(line) < 80 else None


def _tight(words: str) -> str:
    return re.sub(r"^.{0,40}[以经由据按照](?=[\u4e00-\u9fff]{2,8}[〔\[［])", "", re.sub(r"\s", "", words))


def number_in_name(name: str) -> str | None:
    """The 文号 in a file's name."""
    found = re.search(rf"[(（]?([\u4e00-\u9fff]{{2,14}}{_BRACKETED})[)）]?", name)
    return _tight(found[1]) if found else None


def events(lines: Sequence[str]) -> list[Event]:
    """What the front tells of adoption, amendment and effect, in its order."""
    found: list[Event] = []
    for line in lines:
        told = [dated for dated in dates(line) if not _in_title(line, dated)]
        for i, dated in enumerate(told):
            end = told[i + 1].start if i + 1 < len(told) else len(line)
            kind = _kind(line[dated.end : end], line[max(0, dated.start - 3) : dated.start])
            if kind:
                found.append(Event(dated.date, kind, line[dated.end : end]))
    return found


def _in_title(line: str, dated: Dated) -> bool:
    return line.count("《", 0, dated.start) > line.count("》", 0, dated.start)


def _kind(words: str, before: str) -> str | None:
    words = words.strip(" \u3000，,、）)")
    if re.match(r"起?(?:正式)?(?:施行|实施|执行|生效)", words):
        return "effective"
    outside = re.sub(r"《[^《》]{0,200}》", "", words)
    if AMENDED.search(outside):
        return "revised" if REVISED.search(outside) and "决定" not in words else "amended"
    if ADOPTED.search(outside):
        return "adopted"
    return "effective" if before.endswith("自") and EFFECTIVE.search(words[:6]) else None


def signature_date(front: Front) -> date | None:
    """The date beside the 文号, else the one under the text, else one alone or with an organ above it."""
    for line in front.lines:
        if _DOCNO_LINE.match(line) and first_date(line):
            return first_date(line)
    for line in (*reversed(front.tail), *reversed(front.lines[1:])):
        if _is_date_line(line) or _signed_line(line):
            return first_date(line)
    return None


def announced_on(front: Front) -> date | None:
    """The date that stands alone below an announcement, which is the day of publication."""
    opening = any(_ANNOUNCED.match(line.replace(" ", "")) for line in front.lines[:4])
    return next((first_date(line) for line in front.lines if _is_date_line(line)), None) if opening else None


def _signed_line(line: str) -> bool:
    """An organ and a date on one line: 云江市总工会　2023年6月15日."""
    return (
        bool(re.fullmatch(rf"[\u4e00-\u9fff、\s]{{4,60}}\s{{0,12}}{DATE}\s{{0,4}}(?:印发)?", line))
        and len(line) < 60
    )


def signatures(front: Front) -> list[str]:
    """The organs that sign, from the lines just above the date."""
    for lines in (front.tail, front.lines):
        at = next((i for i in range(len(lines) - 1, 0, -1) if _is_date_line(lines[i])), None)
        organs: list[str] = []
        while at is not None and at > 0 and _ORGAN.match(lines[at - 1]) and len(lines[at - 1]) < 100:
            at -= 1
            organs = [*re.split(r"[\s\u3000]{1,40}", lines[at].strip()), *organs]
        if organs:
            return organs
    lone = next((line for line in (*front.lines, *front.tail) if _signed_line(line)), "")
    return [re.sub(rf"\s{{0,12}}{DATE}.{{0,6}}$", "", lone).strip()] if lone else []
