"""What an SMS costs, and what carriers and readers want of it: a signature, a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.texts import Text, text
from huiliu.messages.lint_findings import BLOCK, HINT, WARN
from huiliu.messages.places import Place
from huiliu.messages.rendering import NEUTRAL, Template
from huiliu.messages.runs import BLANK, runs
from huiliu.messages.segments import segment

__all__ = ["Length", "length_of", "look_at_sms"]

#: A person's value, where it is not known: a name, a city.
_TYPICAL: Final = {"zh": 4, "ja": 4, "ko": 4}
_USUAL: Final = 8
#: Carriers and providers in China take no longer ones. Source: help.aliyun.com 44335.
_LONGEST_CHINA: Final = 500
#: A marketing message of more parts costs more than it brings.
_MANY_PARTS: Final = 3
#: Units that are soon taken out again.
_FEW: Final = {"gsm7": 10, "ucs2": 5}
_SIGNED: Final = re.compile(r"^【[^】]{2,20}】|【[^】]{2,20}】$")
_BRACKETS: Final = re.compile(r"【[^】]*】")
#: What providers take at the end: Tencent and Huawei only 拒收请回复R.
_OUT_CHINA: Final = re.compile(
    r"(?:拒收请回复?\s?[RrTtNn]|退订(?:请)?回复?\s?(?:TD|[TtNnRr]|0)|回复?\s?(?:TD|T|N|R|0)\s?退订|退订\s?[TtNnRr])"
)  # fmt: skip
_PHRASE: Final = "拒收请回复R"
_ENDS: Final = re.compile(rf"{_PHRASE}(?:【[^】]{{2,20}}】)?$")
_OUT: Final = re.compile(
    r"(?i)\bstop\b|opt[ -]?out|unsubscribe|abmelden|\bbaja\b|\barr[eê]t\b|\bstopp\b|cancelar|"
    r"배신|수신거부|配信停止|停止|annull|\bsair\b"
)


@dataclass(frozen=True, slots=True)
class Length:
    """What one SMS is made of."""

    n_parts: int
    n_units: int
    #: gsm7 or ucs2.
    encoding: str
    #: Characters because of which it is no GSM text, at most five.
    because: str
    #: Units that the last part has left.
    n_left: int


def length_of(written: str) -> Length:
    """Return how many parts an SMS has, and why."""
    made = segment(written)
    single, many = (160, 153) if made.encoding == "gsm7" else (70, 67)
    room = single if len(made.parts) == 1 else many * len(made.parts)
    because = ""
    if made.encoding == "ucs2":
        because = "".join(dict.fromkeys(one for one in written if _is_wide(one)))[:5]
    return Length(
        len(made.parts), made.n_units, made.encoding, because, max(0, room - made.n_units)
    )


def _is_wide(letter: str) -> bool:
    """Say whether a character is in no GSM alphabet."""
    return segment(letter).encoding == "ucs2"


def look_at_sms(template: Template, place: Place) -> Iterator[tuple[str, str, Text]]:
    """Yield (severity, what is written, what is wrong) of one SMS."""
    if place.part != "text":
        return
    language = place.locale.split("-")[0].lower()
    is_china = place.locale.lower() in {"zh", "zh-cn", "zh-hans", "zh-hans-cn"}
    fill = "字" if language in _TYPICAL else "x"
    typical = fill * _TYPICAL.get(language, _USUAL)
    every = [run.strip() for run in runs(place.piece, {})]
    for run in every:
        yield from _length(template, run.replace(BLANK, typical), is_china=is_china)
    if template.message_class == "marketing":
        if is_china:
            yield from _china(place, every)
        elif not any(_OUT.search(run) for run in every) and not _has_link_out(place):
            yield WARN, "", text("lint.sms_no_way_out")


def _length(template: Template, shown: str, *, is_china: bool) -> Iterator[tuple[str, str, Text]]:
    """Yield what is said about how long an SMS is."""
    if not shown:
        return
    try:
        found = length_of(shown)
    except ValueError:
        yield BLOCK, "", text("lint.sms_too_long")
        return
    if is_china and len(shown) > _LONGEST_CHINA:
        yield BLOCK, "", text("lint.sms_china_long", n=len(shown), most=_LONGEST_CHINA)
    elif template.message_class == "marketing" and found.n_parts > _MANY_PARTS:
        yield WARN, "", text("lint.sms_parts", n=found.n_parts, units=found.n_units)
    letters = [one for one in shown if _is_wide(one)]
    if found.encoding == "ucs2" and len(set(letters)) <= 3 and len(letters) * 10 < len(shown):
        narrow = length_of("".join("x" if one in letters else one for one in shown))
        if narrow.n_parts < found.n_parts:
            yield WARN, letters[0], text(
                "lint.sms_letter", letters=found.because, n=found.n_parts, fewer=narrow.n_parts
            )  # fmt: skip
    elif found.n_parts > 1 and found.n_units - _room(found) <= _FEW[found.encoding]:
        yield HINT, "", text("lint.sms_spill", n=found.n_parts)


def _room(found: Length) -> int:
    """Return what one part fewer would hold."""
    single, many = (160, 153) if found.encoding == "gsm7" else (70, 67)
    return single if found.n_parts == 2 else many * (found.n_parts - 1)


def _china(place: Place, every: list[str]) -> Iterator[tuple[str, str, Text]]:
    """Yield what a marketing SMS in China lacks.

    Source: the code texts InvalidParameterValue.MarketingTemplateWithoutUnsubscribe and
    UnsupportedTemplateVariable of tencentcloud-sdk-python-sms; Huawei iotcom_03_1002.
    """
    if not all(_OUT_CHINA.search(run) for run in every):
        yield BLOCK, "", text("lint.sms_china_out", phrase=_PHRASE)
    elif not all(_ENDS.search(run) for run in every):
        yield HINT, "", text("lint.sms_china_end", phrase=_PHRASE)
    if not all(_SIGNED.search(run) for run in every):
        yield WARN, "", text("lint.sms_china_signature", sign="【汇流】")
    if any(len(_BRACKETS.findall(run)) > 1 for run in every):
        yield WARN, "【", text("lint.sms_china_brackets")
    personal = sorted(
        name for name in place.piece.variables if name.partition(".")[0] != "brief"
    )  # fmt: skip
    if personal and place.variant in {"", NEUTRAL}:
        names = ", ".join(personal)
        yield WARN, personal[0], text("lint.sms_china_variables", names=names)


def _has_link_out(place: Place) -> bool:
    """Say whether a text shows the address at which one leaves."""
    return "unsubscribe_url" in place.piece.variables
