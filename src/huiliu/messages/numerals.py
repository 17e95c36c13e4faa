"""Numbers as people write them: with marks for thousands, in Chinese characters, with 万."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from huiliu.messages.writing import language_of

__all__ = ["CHINESE", "read_number"]

#: The characters of Chinese numbers.
CHINESE: Final = "零〇一二两三四五六七八九十百千万"
_DIGITS: Final = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
    "八": 8, "九": 9,
}  # fmt: skip
_UNITS: Final = {"十": 10, "百": 100, "千": 1_000}
_TIMES: Final = {"万": 10_000, "千": 1_000, "k": 1_000, "K": 1_000}
_FIGURES: Final = re.compile(r"\d[\d.,']*")
#: Languages that write 1.299,50.
_COMMA: Final = frozenset({"de", "fr", "es", "it", "pt", "nl", "ru", "pl", "vi", "id", "tr"})


def read_number(written: str, locale: str) -> Decimal | None:
    """Return a number, or None where it is none; the language says what 1.299 is."""
    written = written.strip()
    found = _FIGURES.match(written)
    if found is None:
        return _chinese(written)
    times = _TIMES.get(written[found.end() :].strip(), 1)
    return _figures(found.group().strip(), locale) * times


def _figures(written: str, locale: str) -> Decimal:
    """Return a number of figures and marks."""
    bare = written.replace("'", "").rstrip(".,")
    marks = [one for one in bare if one in ".,"]
    if not marks:
        return Decimal(bare)
    whole, _, rest = bare.rpartition(marks[-1])
    if len(marks) > 1:
        is_decimal = marks[-1] != marks[0]
    elif len(rest) == 3:
        # Three figures behind one mark: thousands, unless the language's decimals look like this.
        is_decimal = marks[0] == ("," if language_of(locale) in _COMMA else ".")
    else:
        is_decimal = True
    digits = re.sub(r"[.,]", "", whole)
    return Decimal(f"{digits}.{rest}") if is_decimal else Decimal(digits + rest)


def _chinese(written: str) -> Decimal | None:
    """Return a number of Chinese characters: 一百九十九, 二〇二六, 八点五, 八五 as of 八五折."""
    if not written or any(one not in CHINESE + "点" for one in written):
        return None
    whole, point, rest = written.partition("点")
    if not any(one in written for one in "十百千万"):
        digits = "".join(str(_DIGITS[one]) for one in whole)
        tail = "".join(str(_DIGITS[one]) for one in rest)
        return Decimal(f"{digits or 0}.{tail}" if point else digits)
    total = section = digit = 0
    unit = 1
    for one in whole:
        if one == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif one in _UNITS:
            unit = _UNITS[one]
            section += (digit or 1) * unit
            digit = 0
        else:
            digit = _DIGITS[one]
            if one in "零〇":
                unit = 10
    # 一百二 is 120, not 102.
    if digit and unit > 10 and len(whole) > 1 and whole[-2] in _UNITS:
        digit *= unit // 10
    return Decimal(total + section + digit)
