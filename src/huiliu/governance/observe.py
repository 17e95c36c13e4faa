"""Counts which events and properties are seen, and of which type, for the tracking plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Observer", "Sighted"]

#: Property -> [first, last] and count by type.
_Properties: TypeAlias = "dict[str, tuple[list[int], dict[str, int]]]"

#: Longer names are no property that a person thought of.
_NAME_MAX = 200
_WORDS = {
    int: "number", float: "number", bool: "boolean", type(None): "null", list: "list",
    dict: "object",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sighted:
    """What was seen of one property of one event; `property` "" is the event itself."""

    event: str
    property: str
    #: The type most seen; null only where nothing else was.
    type: str
    first_at: int
    last_at: int
    n_seen: int
    #: How many had another type than that; null breaks nothing.
    n_violations: int


class Observer:
    """Collects a batch of events before they are written down in one statement."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        #: Event -> property -> [first, last, count by type].
        self._events: dict[str, _Properties] = {}

    def see(self, event: str, values: Mapping[str, object], at: int) -> None:
        """Count one event and each of its properties."""
        properties = self._events.get(event)
        if properties is None:
            properties = self._events[event] = {}
        _count(properties, "", "object", at)
        for name, value in values.items():
            if isinstance(value, str):
                word = "date" if value[4:5] == "-" and _is_date(value) else "string"
            else:
                word = _WORDS.get(type(value), "object")
            _count(properties, name, word, at)

    def sighted(self) -> list[Sighted]:
        """Return what was seen, an entry for each event and property."""
        return [
            _summary(event, name, times, words)
            for event, properties in self._events.items()
            for name, (times, words) in properties.items()
        ]


def _count(properties: _Properties, name: str, word: str, at: int) -> None:
    """Add one sighting; a name too long to be meant is left out."""
    entry = properties.get(name)
    if entry is None:
        if len(name) <= _NAME_MAX:
            properties[name] = ([at, at], {word: 1})
        return
    times, words = entry
    if at > times[1]:
        times[1] = at
    elif at < times[0]:
        times[0] = at
    words[word] = words.get(word, 0) + 1


def _is_date(value: str) -> bool:
    """Say whether a string starts as an ISO 8601 date does."""
    return (
        10 <= len(value) <= 35 and value[4] == value[7] == "-"
        and value[:4].isdigit() and value[5:7].isdigit() and value[8:10].isdigit()
    )  # fmt: skip


def _summary(event: str, name: str, times: list[int], words: Mapping[str, int]) -> Sighted:
    """Return one entry: the type most seen, ties by name so that a repeat says the same."""
    real = {word: n for word, n in words.items() if word != "null"}
    most = min(real, key=lambda word: (-real[word], word)) if real else "null"
    others = sum(real.values()) - real.get(most, 0)
    return Sighted(event, name, most, times[0], times[1], sum(words.values()), others)
