"""What a platform takes in the fields of its approved forms: `thing1` has twenty characters.

WeChat names a field by its kind and a number, and refuses the whole message (47003) for one value
that does not fit. So values are held against the kinds before they go, and as far as they are
known when a template is saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.texts import Text, text
from huiliu.messages.channels import FIELD

__all__ = ["fault_of", "faults", "longest_of"]

_PERIOD: Final = (
    r"\d{4}[-/.年]\d{1,2}(?:[-/.月](?:\d{1,2}日?)?)?|\d{1,2}月\d{1,2}日|\d{1,2}[-/.]\d{1,2}"
)
_CLOCK: Final = r"\d{1,2}:\d{2}(?::\d{2})?"
_MOMENT: Final = rf"(?:(?:{_PERIOD})(?:\s*{_CLOCK})?|{_CLOCK})"
_DAY: Final = rf"(?:{_PERIOD})(?:\s*{_CLOCK})?"
_NAME: Final = re.compile(r"([a-z_]+?)_?(\d*)", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one kind of field takes."""

    #: 0 = as long as its form allows.
    longest: int = 0
    form: re.Pattern[str] | None = None


def _kind(longest: int = 0, form: str = "") -> _Kind:
    """Return a kind."""
    return _Kind(longest, re.compile(form) if form else None)


#: Kind -> what it takes. Source: docs/reference/channels-wechat.md.
_KINDS: Final[Mapping[str, _Kind]] = {
    "thing": _kind(20),
    "short_thing": _kind(5),
    "const": _kind(20),
    "number": _kind(32, r"-?\d+(?:\.\d+)?"),
    "letter": _kind(32, r"[A-Za-z]+"),
    "symbol": _kind(5, r"[^\w\s]+"),
    "character_string": _kind(32, r"[\x20-\x7e]+"),
    "time": _kind(0, rf"{_MOMENT}(?:\s*~\s*{_MOMENT})?"),
    "date": _kind(0, rf"{_DAY}(?:\s*~\s*{_DAY})?"),
    "amount": _kind(0, r"[^\d\s.]{0,4}\d{1,10}(?:\.\d{1,2})?元?"),
    "phone_number": _kind(17, r"[\d+\-() ]+"),
    "car_number": _kind(8),
    "name": _kind(20),
    "phrase": _kind(5, r"[\u3400-\u9fff]+"),
}
#: A name with a Chinese letter in it is a Chinese one.
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_LONGEST_CHINESE_NAME: Final = 10
#: Channels whose fields are named by kind.
_BY_KIND: Final = frozenset({"wechat", "mini_program"})


def faults(channel: str, parts: Mapping[str, str]) -> Iterator[tuple[str, Text]]:
    """Yield (part, what is wrong) of the fields of a message that is about to go."""
    for part, value in parts.items():
        if part.startswith(FIELD):
            fault = fault_of(channel, part.removeprefix(FIELD), value)
            if fault is not None:
                yield part, fault


def fault_of(channel: str, name: str, value: str) -> Text | None:
    """Return what is wrong with the value of a field, or None."""
    value = value.strip()
    if not value:
        return text("fields.empty", field=name)
    kind = _kind_of(name) if channel in _BY_KIND else None
    if kind is None:
        return None
    if _CONTROL.search(value):
        return text("fields.lines", field=name)
    longest = longest_of(channel, name, value)
    if longest and len(value) > longest:
        return text("fields.too_long", field=name, longest=longest, n=len(value))
    if kind.form is not None and not kind.form.fullmatch(value):
        return text(f"fields.form.{_word_of(name)}", field=name)
    return None


def longest_of(channel: str, name: str, value: str = "") -> int:
    """Return the most characters of a field; 0 = its form alone limits it, or nobody knows."""
    kind = _kind_of(name) if channel in _BY_KIND else None
    if kind is None:
        return 0
    if _word_of(name) == "name" and _CHINESE.search(value):
        return _LONGEST_CHINESE_NAME
    return kind.longest


def _kind_of(name: str) -> _Kind | None:
    """Return what a field takes; None = it is of no known kind."""
    return _KINDS.get(_word_of(name))


def _word_of(name: str) -> str:
    """Return the kind's word of a field's name: `thing` of `thing12`."""
    found = _NAME.fullmatch(name)
    return found[1] if found else ""
