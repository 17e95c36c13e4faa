"""The reader's language and how numbers, shares and times are written in it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import cast

from huiliu.kernel.texts import LOCALES, Text, catalogue, render, text
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND, local_datetime

__all__ = [
    "LOCALE_COOKIE",
    "choose_locale",
    "event_word",
    "has_text",
    "say",
    "say_sealed",
    "script_texts",
    "show_ago",
    "show_at",
    "show_day",
    "show_duration",
    "show_number",
    "show_share",
    "translate",
]

LOCALE_COOKIE = "huiliu_locale"

#: Texts that scripts say; the page carries them in one JSON block.
_SCRIPTS = "console.script."
_TOKEN = re.compile("vlt_[0-9a-f]{32}")
_MASK = "••••••"


def choose_locale(chosen: str | None, accepted: str | None, default: str) -> str:
    """Return the language of a visitor: what they chose, else what their browser asks for."""
    if chosen in LOCALES:
        return chosen
    for part in (accepted or "").split(","):
        wanted = part.partition(";")[0].strip().lower()
        if wanted.startswith("zh"):
            return "zh-CN"
        if wanted.startswith("en"):
            return "en"
    return default if default in LOCALES else LOCALES[0]


def translate(locale: str, key: str, **arguments: object) -> str:
    """Return the sentence of a catalogue key in a language."""
    return render(text(key, **arguments), locale)


def has_text(key: str) -> bool:
    """Say whether the catalogues know a key."""
    return key in catalogue(LOCALES[0])


def script_texts(locale: str) -> Mapping[str, str]:
    """Return what scripts may say, by the part of the key behind its prefix."""
    return {
        key.removeprefix(_SCRIPTS): said
        for key, said in catalogue(locale).items()
        if key.startswith(_SCRIPTS)
    }


def say(locale: str, said: Text | str) -> str:
    """Return a text in a language; plain words stay as they are."""
    return render(said, locale) if isinstance(said, Text) else said


def say_sealed(locale: str, sentence: Text | str) -> str:
    """Return a condition's sentence for readers: events and traits by their names in words.

    What the vault holds is only hinted at.
    """
    if isinstance(sentence, Text) and sentence.key == "conditions.group":
        # Brackets around all of it tell nothing.
        sentence = cast("Text | str", sentence.arguments["inner"])
    named = _named(locale, sentence) if isinstance(sentence, Text) else sentence
    return _TOKEN.sub(_MASK, say(locale, named))


def event_word(locale: str, name: str) -> str:
    """Return an event's name in words, or the name itself where there are none."""
    key = "console.event." + name.strip("$").lower().replace(" ", "_")
    return translate(locale, key) if has_text(key) else name


def _named(locale: str, said: Text) -> Text:
    """Return a text in which the brand's own words are those that readers use."""
    found: dict[str, object] = {}
    for name, value in said.arguments.items():
        if isinstance(value, Text):
            found[name] = _named(locale, value)
        elif name == "event" and isinstance(value, str):
            found[name] = event_word(locale, value)
        elif name == "what" and has_text(f"console.trait.{value}"):
            found[name] = translate(locale, f"console.trait.{value}")
        else:
            found[name] = value
    return Text(said.key, found)


def show_number(value: float) -> str:
    """Return a number with its thousands set apart; whole numbers without a point."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def show_share(value: float | None) -> str:
    """Return a share as a percentage; a dash where there is nothing to divide by."""
    return "–" if value is None else f"{value:.1%}"


def show_at(instant: int, zone: str, *, seconds: bool = False) -> str:
    """Return an instant as a wall clock in the zone shows it; a dash for none."""
    if not instant:
        return "–"
    return local_datetime(instant, zone).strftime(
        "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    )


def show_day(day: dt.date) -> str:
    """Return a day of this year as charts name it."""
    return day.strftime("%m-%d")


def show_duration(locale: str, duration: int) -> str:
    """Return a length of time in the largest unit that fits."""
    for unit, length in (("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        if duration >= length:
            return translate(locale, f"console.time.{unit}", n=duration // length)
    if duration >= SECOND or duration == 0:
        return translate(locale, "console.time.second", n=duration // SECOND)
    return translate(locale, "console.time.millisecond", n=max(1, duration // 1000))


def show_ago(locale: str, instant: int, now: int, zone: str) -> str:
    """Return how long ago an instant was; the date when that is more than a week."""
    if not instant:
        return "–"
    passed = now - instant
    if passed < MINUTE:
        return translate(locale, "console.time.just_now")
    if passed > 7 * DAY:
        return show_at(instant, zone)
    return translate(locale, "console.time.ago", length=show_duration(locale, passed))
