"""How amounts, numbers, days and times are written in a language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from huiliu.kernel.money import Money

__all__ = ["MONTHS", "language_of", "write_day", "write_money", "write_number", "write_time"]

#: Language -> names of the months. Source: CLDR 45, wide, format.
MONTHS: Final = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
           "Oktober", "November", "Dezember"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
           "octobre", "novembre", "décembre"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
           "septiembre", "octubre", "noviembre", "diciembre"),
    "it": ("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto",
           "settembre", "ottobre", "novembre", "dicembre"),
    "pt": ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto",
           "setembro", "outubro", "novembro", "dezembro"),
}  # fmt: skip
_SIGNS: Final = {
    "CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "SGD": "S$",
    "AUD": "A$", "CAD": "C$", "KRW": "₩", "INR": "₹", "RUB": "₽", "THB": "฿", "VND": "₫",
}  # fmt: skip
#: Languages that put the sign behind the amount and a comma before its decimals.
_COMMA: Final = frozenset({"de", "fr", "es", "it", "pt", "nl", "ru", "pl", "vi", "id", "tr"})
#: Of those, where a space divides thousands.
_SPACED: Final = frozenset({"fr", "ru", "pl"})
_EAST: Final = frozenset({"zh", "ja", "ko"})


def language_of(locale: str) -> str:
    """Return the language of a tag such as zh-CN."""
    return locale.replace("_", "-").split("-")[0].lower()


def write_number(number: Decimal, locale: str) -> str:
    """Return a number with as many decimals as it has."""
    plain = number.normalize()
    written = f"{plain:,f}" if plain == plain.to_integral_value() else f"{number.normalize():,f}"
    return _localised(written, locale)


def write_money(money: Money, locale: str) -> str:
    """Return an amount with its currency: no decimals where it is whole."""
    major = money.major
    whole = major == major.to_integral_value()
    written = _localised(f"{major.quantize(1):,f}" if whole else f"{major:,f}", locale)
    language = language_of(locale)
    sign = _SIGNS.get(money.currency)
    if money.currency == "JPY":
        return f"{written}円" if language == "ja" else f"JPY {written}"
    if sign is None:
        return f"{money.currency} {written}"
    return f"{written} {sign}" if language in _COMMA else f"{sign}{written}"


def write_day(day: dt.date, locale: str) -> str:
    """Return a day without its year, as marketing writes it; ISO where the language is unknown."""
    language = language_of(locale)
    if language == "ko":
        return f"{day.month}월 {day.day}일"
    if language in _EAST:
        return f"{day.month}月{day.day}日"
    if language not in MONTHS:
        return day.isoformat()
    month = MONTHS[language][day.month - 1]
    if language == "en":
        is_us = locale.replace("_", "-").lower() in {"en-us", "en-ph"}
        return f"{month} {day.day}" if is_us else f"{day.day} {month}"
    if language == "de":
        return f"{day.day}. {month}"
    return f"{day.day} de {month}" if language in {"es", "pt"} else f"{day.day} {month}"


def write_time(time: dt.time, locale: str) -> str:
    """Return a time of day."""
    if locale.replace("_", "-").lower() in {"en-us", "en-ph"}:
        half = "am" if time.hour < 12 else "pm"
        hour = time.hour % 12 or 12
        return f"{hour} {half}" if not time.minute else f"{hour}:{time:%M} {half}"
    return f"{time:%H:%M}"


def _localised(written: str, locale: str) -> str:
    """Return a number with the marks of a language."""
    language = language_of(locale)
    if language not in _COMMA:
        return written
    thousands = "\u202f" if language in _SPACED else "."
    return written.replace(",", "\0").replace(".", ",").replace("\0", thousands)
