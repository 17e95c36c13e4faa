"""The prices, percentages, dates and codes that a text names, in whichever way they are written."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from huiliu.messages.numerals import CHINESE, read_number
from huiliu.messages.writing import MONTHS, language_of

__all__ = ["Figure", "Meaning", "figures", "plain", "read_time", "weekday_near"]

#: What a figure may mean: ("price", amount, currency), ("percent", number), ("off", number),
#: ("date", year, month, day) or ("code", word); "" and 0 = not said.
Meaning: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One price, percentage, date or code in a text."""

    #: price, percent, date or code.
    kind: str
    #: As it stands there.
    written: str
    start: int
    end: int
    #: Any of these; 3/8 is a day in March or in August.
    meanings: tuple[Meaning, ...]


_NUMBER: Final = (
    r"(?:(?<!\d)\d{1,3}(?:[,.']\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)|\d+)"
    r"(?:\s?[万千](?!人|件|家|款|名|次|份|里|克|瓦)|[kK]\b)?"
)
_SPELT: Final = rf"(?:{_NUMBER}|[{CHINESE}]+)"
_DASH: Final = r"\s*(?:-|–|—|~|～|至|到|to|bis)\s*"

#: Sign or word -> the currency; "" = several have it.
_SIGNS: Final = {
    "us$": "USD", "hk$": "HKD", "nt$": "TWD", "a$": "AUD", "c$": "CAD", "s$": "SGD", "$": "",
    "¥": "", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "₽": "RUB", "฿": "THB", "₫": "VND",
    "人民币": "CNY", "rmb": "CNY", "港币": "HKD", "港元": "HKD", "美元": "USD", "美金": "USD",
    "欧元": "EUR", "英镑": "GBP", "日元": "JPY", "日圆": "JPY", "円": "JPY", "韩元": "KRW",
    "원": "KRW", "元": "", "块钱": "CNY", "块": "CNY", "圆": "", "yuan": "CNY", "dollars": "",
    "dollar": "", "bucks": "", "euros": "EUR", "euro": "EUR", "pounds": "GBP", "pound": "GBP",
    "yen": "JPY", "新台币": "TWD", "台币": "TWD",
}  # fmt: skip
_CODES: Final = (
    "CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "KRW", "SGD", "AUD", "CAD", "CHF", "INR",
    "THB", "VND", "MYR", "IDR", "PHP", "BRL", "MXN", "RUB", "TRY", "AED", "SAR", "PLN", "SEK",
)  # fmt: skip
_BEFORE: Final = (
    r"(?:(?:us|hk|nt|a|c|s)\$|[$¥€£₩₹₽฿₫]|人民币|港币|美元|欧元|rmb|\b(?:"
    + "|".join(_CODES)
    + r")\b)"
)
_AFTER: Final = (
    r"(?:新台币|台币|人民币|港币|港元|美元|美金|欧元|英镑|日元|日圆|韩元|块钱|块(?!头|状)|元(?!素|旦|宵|气|"
    r"老|宇宙|音)|圆(?!满|形|领)|円|원|(?:us|hk|nt|a|c|s)\$|[¥€£₩₹₽฿₫$]|(?:rmb|yuan|dollars?|bucks|euros?|pounds?|yen|"
    + "|".join(_CODES)
    + r")\b)"
)
_PRICES: Final = (
    re.compile(rf"(?i)(?P<sign>{_BEFORE})\s*(?P<one>{_NUMBER})(?:{_DASH}(?P<two>{_NUMBER}))?"),
    re.compile(rf"(?i)(?:(?P<one>{_SPELT}){_DASH})?(?P<two>{_SPELT})\s*(?P<sign>{_AFTER})"),
    # In Chinese an amount follows such words without any unit; then no other unit may follow.
    re.compile(
        r"(?P<sign>)(?:满|立减|直降|再减|减|省下?|立省|返现?|低至|仅需|仅售|只要|只需|特价|现价|原价|"
        r"到手价?|券后价?|秒杀价|会员价|活动价|售价|价格?)[:： ]?(?P<one>"
        + _NUMBER
        + r")(?!\s?(?:%|[\d.,:]*[件个天"
        r"小时分秒岁人次年月日号点期款克张位名折倍积杯瓶盒箱斤米元块￥¥$码折双套包份支条单级]))"
    ),
    re.compile(rf"(?P<sign>)(?P<one>{_NUMBER})(?=包邮|起售|到手)"),
    re.compile(rf"(?i)(?P<sign>)\bprice[sd]?(?: at| is|:)?\s+(?P<one>{_NUMBER})(?!\s?%)"),
    re.compile(
        r"(?i)(?P<sign>)\b(?:only|just|from|for|now|was|save|under|worth|nur|ab|für|jetzt|"
        r"seulement|dès)\s+(?P<one>\d+[.,]\d{1,2})(?![\d%]|\s?%)"
    ),
)
_JIAO: Final = re.compile(
    rf"(?P<one>\d+|[{CHINESE}]+)块(?P<two>\d|[一二三四五六七八九])(?:毛|角)?(?![\d万千])"
)  # fmt: skip
_PERCENTS: Final = (
    re.compile(
        rf"(?i)(?P<one>{_NUMBER})\s*(?:%|percent\b|per\s?cent\b|pct\b|prozent\b|pour\s?cent\b|"
        r"por\s?ciento\b)"
    ),
    re.compile(rf"百分之(?P<one>{_SPELT})"),
)
_OFF: Final = re.compile(rf"(?P<one>\d+(?:\.\d+)?|[{CHINESE}点]+)\s?折(?!叠|扣率|旧|射|返|合)")
_HALF: Final = re.compile(
    r"(?i)半价|对折|\bhalf[ -](?:price|off)\b|\bmoitié prix\b|\bhalber preis\b"
)

_MONTH_NAMES: Final = {
    short: nth + 1
    for names in MONTHS.values()
    for nth, name in enumerate(names)
    for short in {name.lower(), name.lower()[:3], name.lower()[:4]}
} | {"sept": 9, "märz": 3, "mrz": 3, "juil": 7, "févr": 2, "avr": 4, "déc": 12, "aoû": 8}
_MONTH: Final = r"(?P<month>" + "|".join(sorted(_MONTH_NAMES, key=len, reverse=True)) + r")\b\.?"
_YEAR: Final = r"(?P<year>20\d\d)"
_DATES: Final = (
    re.compile(rf"\b{_YEAR}[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})\b"),
    re.compile(
        rf"(?:(?P<year>20\d\d|\d\d)\s?年\s?)?(?P<month>\d{{1,2}}|[{CHINESE}]+)\s?(?:月|월)\s?"
        rf"(?P<day>\d{{1,2}}|[{CHINESE}]+)\s?(?:日|号|일)?(?:{_DASH}(?P<last>\d{{1,2}})\s?[日号일])?"
    ),
    re.compile(
        rf"(?i)(?<![\d.,/])(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|er|º)?(?:{_DASH}(?P<last>\d{{1,2}})"
        rf"(?:st|nd|rd|th|\.)?)?\s+(?:of\s+|de\s+)?{_MONTH}(?:,?\s+(?:de\s+)?{_YEAR})?"
    ),
    re.compile(
        rf"(?i)\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d%:])(?:{_DASH}(?P<last>\d{{1,2}})"
        rf"(?:st|nd|rd|th)?(?![\d%:]))?(?:,?\s+{_YEAR})?"
    ),
)
#: Only figures: which is the month depends on who writes.
_FIGURED: Final = re.compile(
    r"(?<![\d/.-])(?P<one>\d{1,2})/(?P<two>\d{1,2})(?:/(?P<year>20\d\d|\d\d))?(?![\d/]|\s?(?:星|分|stars?))"
)
_DOTTED: Final = re.compile(
    r"(?<![\d.,])(?P<one>\d{1,2})\.(?P<two>\d{1,2})(?:\.(?P<year>20\d\d|\d\d)\b|\.(?!\d))"
)
#: Chinese shops write 3.1-3.8; one such figure alone is a number.
_SPAN: Final = re.compile(
    r"(?<![\d.])(?P<one>\d{1,2})\.(?P<two>\d{1,2})\s*(?:-|–|—|~|～|至|到)\s*"
    r"(?P<three>\d{1,2})\.(?P<four>\d{1,2})(?![\d.%元折])"
)
_NOT_DATES: Final = frozenset({"24/7"})
#: Languages whose writers put the month first.
_MONTH_FIRST: Final = frozenset({"zh", "ja", "ko", "en-us", "en-ph"})

_CUE: Final = re.compile(
    r"(?i)(?:优惠码|折扣码|兑换码|券码|口令|暗号|邀请码|\bcode|\bcoupon|\bvoucher|\bgutschein(?:code)?|\bcódigo|"
    r"\bcodice)(?:\s?(?:是|为|is|:|：|=|“|\"|「|【|‘|'))*\s*(?P<code>[A-Za-z0-9][A-Za-z0-9_-]{2,31})"
)
_SHAPE: Final = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Z0-9_-]*[A-Z]{2})(?=[A-Z0-9_-]*\d)[A-Z0-9_-]{4,20}(?![A-Za-z0-9_-])"
)
_WEEKDAY: Final = re.compile(
    r"(?i)(?:周|星期|礼拜)([一二三四五六日天])|\b(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)"
    r"(?:day)?\b"
)
_ENGLISH_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: What divides thousands and breaks no line.
_GAP: Final = re.compile("(?<=\\d)[\u202f\u00a0](?=\\d{3})")
_TIME: Final = re.compile(
    r"(?i)^\W{0,3}(?:(?:at|um|à|from|于|晚上?|上午|早上|下午|中午|凌晨|until|till)\s?)*"
    r"(?P<hour>\d{1,2})(?:(?::|：|点|時|时|h)(?P<minute>\d{2}|半)?)?\s?(?P<half>[ap]\.?m\b)?"
)
_LATER: Final = re.compile(r"晚|下午")


def plain(written: str) -> str:
    """Return a text with one way of writing letters, digits and signs: full width becomes half."""
    return unicodedata.normalize("NFKC", _GAP.sub("'", written))


def figures(written: str, locale: str) -> list[Figure]:
    """Return what a text names, in the order of its kinds; no letter belongs to two figures.

    Args:
        written: as `plain` returns it.
        locale: the text's; says which of 3/8 is the month and what 1.299 is.
    """
    found: list[Figure] = []
    taken: list[tuple[int, int]] = []
    for one in _every(written, locale):
        if not any(one.start < end and start < one.end for start, end in taken):
            found.append(one)
            taken.append((one.start, one.end))
    return found


def _every(written: str, locale: str) -> Iterator[Figure]:
    """Yield figures; of two that overlap the first counts."""
    yield from _dates(written, locale)
    yield from _percents(written, locale)
    yield from _jiao(written)
    for pattern in _PRICES:
        for match in pattern.finditer(written):
            yield from _prices(match, locale)
    for match in _CUE.finditer(written):
        code = match.group("code")
        if any(one.isdigit() for one in code) or code.isupper():
            yield _figure("code", match, ("code", code), "code")
    for match in _SHAPE.finditer(written):
        yield _figure("code", match, ("shape", match.group()))


def _prices(match: re.Match[str], locale: str) -> Iterator[Figure]:
    """Yield the one or two amounts of a match."""
    groups = match.groupdict()
    sign = groups["sign"].lower()
    currency = _SIGNS.get(sign, sign.upper())
    for name, start, end in _spans(match, "one", "two"):
        amount = read_number(groups[name], locale)
        if amount is not None:
            yield Figure(
                "price", match.string[start:end], start, end, (("price", amount, currency),)
            )  # fmt: skip


def _spans(match: re.Match[str], first: str, second: str) -> list[tuple[str, int, int]]:
    """Return where each of the one or two figures of a match stands, its sign with it."""
    names = [name for name in (first, second) if match.groupdict().get(name)]
    if len(names) < 2:
        return [(name, *match.span()) for name in names]
    return [(first, match.start(), match.end(first)), (second, match.start(second), match.end())]


def _jiao(written: str) -> Iterator[Figure]:
    """Yield amounts such as 九块九."""
    for match in _JIAO.finditer(written):
        whole, tenth = read_number(match.group("one"), "zh"), read_number(match.group("two"), "zh")
        if whole is not None and tenth is not None:
            yield _figure("price", match, ("price", whole + tenth / 10, "CNY"))


def _percents(written: str, locale: str) -> Iterator[Figure]:
    """Yield percentages and discounts."""
    for pattern in _PERCENTS:
        for match in pattern.finditer(written):
            number = read_number(match.group("one"), locale)
            if number is not None:
                yield _figure("percent", match, ("percent", number))
    for match in _OFF.finditer(written):
        number = read_number(match.group("one"), "zh")
        if number is not None and 0 < number < 100:
            paid = number if number > 10 else number * 10
            # 八五折 is 8.5, written without its point.
            yield _figure("percent", match, ("off", 100 - paid))
    for match in _HALF.finditer(written):
        yield _figure("percent", match, ("off", Decimal(50)))


def _dates(written: str, locale: str) -> Iterator[Figure]:
    """Yield dates."""
    for pattern in _DATES:
        for match in pattern.finditer(written):
            yield from _dated(match, locale)
    for match in _SPAN.finditer(written):
        pairs = (("one", "two"), ("three", "four"))
        spans = [_day(0, int(match.group(a)), int(match.group(b))) for a, b in pairs]
        if all(spans):
            for (a, b), day in zip(pairs, spans, strict=True):
                start, end = match.start(a), match.end(b)
                assert day is not None
                yield Figure("date", written[start:end], start, end, (day,))
    is_month_first = bool({language_of(locale), locale.lower().replace("_", "-")} & _MONTH_FIRST)
    for pattern in (_FIGURED, _DOTTED) if language_of(locale) == "de" else (_FIGURED,):
        for match in pattern.finditer(written):
            one, two, year = int(match["one"]), int(match["two"]), _year(match["year"])
            orders = [(one, two)] if is_month_first else [(two, one)]
            if locale.lower() == "en":
                orders = [(one, two), (two, one)]
            days = [day for month, day_ in orders if (day := _day(year, month, day_)) is not None]
            if days and match.group() not in _NOT_DATES:
                yield Figure("date", match.group(), *match.span(), tuple(days))


def _dated(match: re.Match[str], locale: str) -> Iterator[Figure]:
    """Yield the one or two days of a match."""
    groups = match.groupdict()
    word = groups["month"].lower()
    month = _MONTH_NAMES.get(word) or int(read_number(word, "zh") or 0)
    for name, start, end in _spans(match, "day", "last"):
        number = read_number(groups[name], locale)
        day = _day(_year(groups.get("year")), month, int(number or 0))
        if day is not None:
            yield Figure("date", match.string[start:end], start, end, (day,))


def _day(year: int, month: int, day: int) -> Meaning | None:
    """Return a day that the calendar has, or None."""
    try:
        dt.date(year or 2024, month, day)
    except ValueError:
        return None
    return ("date", year, month, day)


def _year(written: str | None) -> int:
    """Return a year, 0 = not said."""
    return 0 if not written else int(written) + (2000 if len(written) == 2 else 0)


def _figure(kind: str, match: re.Match[str], meaning: Meaning, group: str = "") -> Figure:
    """Return the figure of a match, or of a group of it."""
    start, end = match.span(group) if group else match.span()
    return Figure(kind, match.string[start:end], start, end, (meaning,))


def weekday_near(written: str, figure: Figure) -> int | None:
    """Return the day of the week that is named right before or after a date; 0 = Monday."""
    after = _WEEKDAY.search(written[figure.end : figure.end + 12])
    before = [*_WEEKDAY.finditer(written[max(0, figure.start - 12) : figure.start])]
    found = after or (before[-1] if before else None)
    if found is None:
        return None
    if found.group(1):
        return "一二三四五六日".index(found.group(1).replace("天", "日"))
    return _ENGLISH_DAYS.index(found.group(2).lower()[:3])


def read_time(written: str, figure: Figure) -> dt.time | None:
    """Return the time that is named right after a date."""
    found = _TIME.match(written[figure.end : figure.end + 24])
    if found is None or not (found["half"] or re.search(r"[:：点時时h]", found.group())):
        return None
    hour = int(found["hour"])
    minute = 30 if found["minute"] == "半" else int(found["minute"] or 0)
    is_later = bool(_LATER.search(found.group())) or (found["half"] or "")[:1].lower() == "p"
    if is_later and hour < 12:
        hour += 12
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None
