"""Bytes → text: the encodings that Chinese, Japanese and European files really come in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from rag.errors import LoadError

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its first two bytes are the same
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# What a page declares, and the superset that browsers really read it with.
SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030",
    "big5": "cp950", "big5-hkscs": "big5hkscs", "x-x-big5": "cp950",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "euc-jp": "euc_jp", "iso-8859-1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252",
    "utf8": "utf-8", "unicode": "utf-16-le",
}  # fmt: skip
CANDIDATES = ("gb18030", "cp950", "big5hkscs", "cp932", "euc_jp", "utf-16-le", "utf-16-be")
DAMAGED = ("utf-8", "gb18030", "cp950", "cp932")

# The most frequent characters of general and legal Chinese: a wrong decoding hits few of them.
SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后"
    "作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因"
    "只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应"
    "战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿"
    "原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太"
    "量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界"
    "达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今"
    "切院让识候带导争运职劳单责险依议企协照监级构组按费育商施裁六律集府查请障织项督办章调营委失负支限"
    "证七审未予诉案违股改准例执服申八款百况故益害收九除伤仲付标履列缴妇护培划参持承训检供县技专止财订"
    "讼根危助担令罚备病具养额补元偿源卫域华省纳防采适投约措医需修健济享息待登举疗效董范属存损矿算造判"
    "庭签双遇配转终急休包复岗席侵送核访选符续序究批促察录救份鉴排辖假拒预励积派残整低称房销评赔满每犯"
    "托严置追康患联届须料致停隐超酬容围"
)
TRADITIONAL = (
    "這個們來爲國說時會對於過發後裏種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問並應戰頭體見產"
    "話內給門兒東聲員論處義幾認條氣題爾別變總電數報結務場計資許統區隊決馬書則聽卻達強難權設記類據邊張"
    "該規萬覺術領確傳師觀讓識帶導爭運職勞單責險議協監級構組費請織項辦調營負證審訴違準執況傷標繳婦護劃"
    "參訓檢縣專財訂訟擔罰備養額補償衛華納採適約醫濟舉療範屬損礦籤雙轉終復崗訪選續錄鑑轄預勵積殘稱銷評"
    "賠滿嚴聯須屆隱圍為裡台佈"
)
COMMON = frozenset(SIMPLIFIED + TRADITIONAL)
PUNCTUATION = frozenset(
    "，。、；：？！“”‘’（）《》〈〉【】〔〕［］「」『』…—－·　％／＋０１２３４５６７８９Ｘ×÷～℃①②③④⑤"
)

WESTERN_SIGNS = frozenset("\u00a0§°²³´·¶«»–—‘’‚“”„…€™©®ŒœŠšŽžŸ¿¡½¼¾±×÷ªº†•")

GOOD_ENOUGH = 0.35  # mean score of a character above which an own guess is taken without asking further
KANA_SHARE = 0.1  # of kana, above which a text is Japanese
TOO_DAMAGED = 0.05  # share of unreadable characters above which a text is refused
TOO_BINARY = 0.02  # share of control characters above which a text is no text
SCORED_BYTES = 60_000  # the start of a file is enough to tell its encoding

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of ``data``, with ``\\n`` for every line break and no NULs, controls or lone surrogates.

    ``declared`` is the name that the file itself gives (a meta tag); it wins unless the bytes belie it.
    Order: byte order mark; UTF-8, which hardly any other text satisfies; then the candidate whose
    characters are the likeliest, by score; charset-normalizer where no candidate is likely (other
    scripts); at last the least damaged reading, in which U+FFFD stands for what cannot be read.

    >>> decode("工会法".encode("gb18030")), decode("工會法".encode("big5"))
    ('工会法', '工會法')

    Raises LoadError when the bytes are no text, or more than one character in twenty is unreadable.
    """
    return _tidy(_read(data, declared))


def _read(data: bytes, declared: str | None) -> str:
    for mark, marked in BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(marked, errors="replace")
    name = _codec(declared)
    plain = _strictly(data, "utf-8")
    if plain is not None and (name in (None, "utf-8") or _surely_utf8(data)) and not _doubtful(data, plain):
        return plain
    if name is None and _is_western(data):
        return data.decode("cp1252")
    scored = sorted(_scores(data, (*([name] if name else []), "utf-8", *CANDIDATES)), reverse=True)
    if name and any(n == name and score > 0 for score, _, n in scored):
        return data.decode(name)
    if scored and scored[0][0] >= GOOD_ENOUGH:
        return data.decode(scored[0][2])
    return _other_script(data) or (
        data.decode(scored[0][2]) if scored and scored[0][0] > 0 else _damaged(data)
    )


def _codec(declared: str | None) -> str | None:
    if not declared:
        return None
    name = SUPERSETS.get(declared.strip().lower(), declared.strip().lower())
    try:
        return codecs.lookup(name).name if name not in ("cp950", "cp932") else name
    except LookupError:
        return None


def _strictly(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _surely_utf8(data: bytes) -> bool:
    return re.search(rb"[\xe2-\xef][\x80-\xbf]{2}", data) is not None


def _doubtful(data: bytes, plain: str) -> bool:
    """Bytes that happen to be valid UTF-8 (a few GB18030 pairs are, and UTF-16 of ASCII is)."""
    if b"\0" in data:
        return True
    if plain.isascii() or _surely_utf8(data):
        return False
    odd = [c for c in plain if not c.isascii()]
    return len(odd) * 2 > len(
        plain.strip()
    )  # accents stand among ASCII letters; Greek and Cyrillic are scored


def _scores(data: bytes, names: Iterable[str]) -> list[tuple[float, int, str]]:
    """(score, preference, name) of each encoding that reads every byte."""
    found = []
    for order, name in enumerate(dict.fromkeys(names)):
        text = _strictly(data, name)
        if text is not None:
            likely = score(text[:SCORED_BYTES])
            # EUC-JP shares its kana with GB 18030, and Chinese texts have none.
            found.append((likely / 2 if name == "gb18030" and _has_kana(text) else likely, -order, name))
    return found


def _has_kana(text: str) -> bool:
    sample = text[:SCORED_BYTES]
    return sum("\u3041" <= char <= "\u30fe" for char in sample) > KANA_SHARE * len(sample)


def score(text: str) -> float:
    """How likely the characters outside ASCII are: from about -1 (noise) to 1 (everyday text), 0 without any.

    >>> score("工会依法维护职工权益") > 0.9, score("ﾗｾﾟｻ睇ｮ") < 0
    (True, True)
    """
    judged = [_likely(char) for char in text if not char.isascii() or _CONTROL.match(char)]
    return sum(judged) / len(judged) if judged else 0.0


def _likely(char: str) -> float:
    if char in COMMON or char in PUNCTUATION or "\u3041" <= char <= "\u30fe":
        return 1.0
    if "\u4e00" <= char <= "\u9fff":
        return 0.4 if _everyday(char) else -0.3
    if "\uff61" <= char <= "\uff9f":  # half-width katakana: what GB18030 looks like when read as Shift_JIS
        return -0.7
    if "\uff00" <= char <= "\uff60" or "\u2000" <= char <= "\u22ff" or "\u3000" <= char <= "\u303f":
        return 0.5
    if "\u00a0" <= char <= "\u04ff":
        return 0.0
    return -1.0  # controls, private use, U+FFFD, rare scripts and extensions


def _everyday(char: str) -> bool:
    """In the frequent half of GB 2312 or of Big5 (both sort the frequent characters first)."""
    for name, last in (("gb2312", 0xD7), ("big5", 0xC6)):
        try:
            if char.encode(name)[0] <= last:
                return True
        except UnicodeEncodeError:
            continue
    return False


def _other_script(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:SCORED_BYTES]).best()
    return _strictly(data, best.encoding) if best is not None else None


def _is_western(data: bytes) -> bool:
    """Single accents among ASCII letters, as German and French have them; Chinese bytes come in runs."""
    text = _strictly(data[:SCORED_BYTES], "cp1252")
    runs = re.findall(r"[^\x00-\x7f]{1,4}", text or "")
    single = sum(len(run) == 1 or (len(run) == 2 and not WESTERN_SIGNS.isdisjoint(run)) for run in runs)
    if not runs or single < 0.9 * len(runs) or _strictly(data, "cp1252") is None:
        return False
    return all(char in WESTERN_SIGNS or (char.isalpha() and char <= "ÿ") for run in runs for char in run)


def _damaged(data: bytes) -> str:
    readings = [data.decode(name, errors="replace") for name in DAMAGED]
    best = max(readings, key=lambda text: (score(text[:SCORED_BYTES]), -text.count("\ufffd")))
    if best.count("\ufffd") > TOO_DAMAGED * len(best):
        raise LoadError("无法识别文字编码，或文件已损坏", "请用记事本打开，另存为 UTF-8 编码后再导入")
    return best


def _tidy(text: str) -> str:
    controls = len(_CONTROL.findall(text))
    if controls > max(8, TOO_BINARY * len(text)):
        raise LoadError("文件里大多不是文字（像是程序或图片）", "请确认文件没有选错、扩展名没有改错")
    return _SURROGATE.sub("", _CONTROL.sub("", _BREAKS.sub("\n", text))).removeprefix("\ufeff")
