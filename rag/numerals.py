"""Numerals as statutes write them: 第四十三条 → 43, 二〇二一 → 2021, and back."""

from __future__ import annotations

DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}
_ARABIC = str.maketrans("０１２３４５６７８９", "0123456789")
_LONGEST = 18  # digits; a longer row is no number of anything here, and int() is slow on thousands of them


def numeral(text: str) -> int:
    """Value of a numeral: Chinese with units up to 9,999, Chinese digit by digit, or Arabic of either width.

    >>> numeral("四十三"), numeral("十"), numeral("一百零五"), numeral("一百十"), numeral("两千")
    (43, 10, 105, 110, 2000)
    >>> numeral("二〇二一"), numeral("二○○八"), numeral("４３"), numeral("107")
    (2021, 2008, 43, 107)

    Raises ValueError on anything else, on units out of order (十百), and on 一百二, which may be 102 or 120.
    """
    plain = text.translate(_ARABIC)
    if plain.isascii() and plain.isdecimal() and len(plain) <= _LONGEST:
        return int(plain)
    if text and len(text) <= _LONGEST and all(char in DIGITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text))
    value = _with_units(text)
    if value is None:
        raise ValueError(f"not a numeral: {text[:20]!r}")
    return value


def _with_units(text: str) -> int | None:
    total, digit, bound, zero = 0, 0, 10_000, False
    for char in text:
        if char in UNITS and UNITS[char] < bound and (digit or char == "十"):
            total += (digit or 1) * UNITS[char]  # 十 alone is 10
            digit, bound, zero = 0, UNITS[char], False
        elif char in DIGITS and not digit and (DIGITS[char] or (total and not zero)):
            digit, zero = DIGITS[char], zero or not DIGITS[char]
        else:
            return None
    ended = not zero if not digit else zero or bound == 10 or not total
    return total + digit or None if ended else None


def to_chinese(number: int) -> str:
    """The number as a label writes it, 0 to 9,999.

    >>> to_chinese(43), to_chinese(10), to_chinese(110), to_chinese(1001), to_chinese(1010)
    ('四十三', '十', '一百一十', '一千零一', '一千零一十')

    Raises ValueError outside that range.
    """
    if not 0 <= number <= 9999:
        raise ValueError(f"no label for {number}")
    digits = "零一二三四五六七八九"
    if number < 10:
        return digits[number]
    written = ""
    for name, unit in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // unit % 10
        if digit:
            written += digits[digit] + name
        elif written and number % unit and not written.endswith("零"):
            written += "零"
    return written.removeprefix("一") if number < 20 else written
