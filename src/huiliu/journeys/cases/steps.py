"""Reads what happens in a case: one deed a step, each at its time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from huiliu.journeys.cases.case import CHANNELS, Given, Step
from huiliu.journeys.reading import Fields
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import Value
from huiliu.kernel.times import as_instant

__all__ = ["REACTIONS", "read_steps"]

#: Word of a document -> the event that it stands for.
REACTIONS: Final[Mapping[str, str]] = {
    "delivered": "Message Delivered", "failed": "Message Failed", "opened": "Message Opened",
    "clicked": "Message Clicked", "replied": "Message Replied",
}  # fmt: skip

_TIME: Final = ("after", "at", "note")
#: Deed -> the fields that it may have besides its own name and the time.
_DEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "event": ("properties", "late"), "traits": (), "consent": ("is", "for"), "list": ("is",),
    "segment": ("is",), "tag": ("is",), "message": ("of", "properties"),
    "answer": ("status", "body", "fails"), "task": ("outcome",), "call": ("key", "properties"),
}  # fmt: skip


def read_steps(case: Fields, given: Given) -> tuple[Step, ...]:
    """Return the steps of a case in order; time never goes back."""
    steps: list[Step] = []
    now = given.at
    for path, item in case.items("when"):
        written = item if isinstance(item, dict) else {}
        named = [deed for deed in _DEEDS if deed in written]
        known = (*_TIME, *named, *(each for deed in named for each in _DEEDS[deed]))
        fields = case.reading.fields(item, path, known or _TIME)
        at = _time(fields, given, now)
        if len(named) > 1:
            case.reading.wrong(path, "cases.two_deeds", first=named[0], second=named[1])
        steps.append(_READERS[named[0]](fields, at) if named else Step(at, "", path=path))
        now = at
    return tuple(steps)


def _time(fields: Fields, given: Given, before: int) -> int:
    """Return when a step is: so long after the one before, or at a local time."""
    if not fields.has("at"):
        return before + fields.duration("after", default=0)
    written = fields.values["at"]
    found = as_instant(written, given.zone) if isinstance(written, str) else None
    if found is None:
        fields.wrong("at", "cases.want_time", name="at")
        return before
    if found < before:
        fields.wrong("at", "cases.goes_back")
        return before
    return found


def _properties(fields: Fields, name: str = "properties") -> Mapping[str, Value]:
    """Return a map of anything."""
    found = fields.values.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        fields.wrong(name, "cases.want_map", name=name)
        return {}
    return found


def _event(fields: Fields, at: int) -> Step:
    """Read something that the person did."""
    return Step(
        at, "event", canonical_name(fields.word("event")), properties=_properties(fields),
        late=fields.duration("late", default=0), path=fields.path,
    )  # fmt: skip


def _traits(fields: Fields, at: int) -> Step:
    """Read traits that are set."""
    return Step(at, "traits", properties=_properties(fields, "traits"), path=fields.path)


def _consent(fields: Fields, at: int) -> Step:
    """Read a consent that is given or withdrawn."""
    return Step(
        at, "consent", fields.choice("consent", tuple(CHANNELS), default="sms"),
        fields.choice("is", ("granted", "withdrawn"), default="granted"),
        value=fields.choice("for", ("marketing", "service"), default="marketing"),
        path=fields.path,
    )  # fmt: skip


def _list(fields: Fields, at: int) -> Step:
    """Read that somebody is put on a list, or taken off it."""
    is_ = fields.choice("is", ("entered", "left"), default="entered")
    return Step(at, "list", fields.slug("list"), is_, path=fields.path)


def _segment(fields: Fields, at: int) -> Step:
    """Read that somebody enters a segment, or leaves it."""
    is_ = fields.choice("is", ("entered", "exited"), default="entered")
    return Step(at, "segment", fields.slug("segment"), is_, path=fields.path)


def _tag(fields: Fields, at: int) -> Step:
    """Read a value that a tag takes."""
    return Step(at, "tag", fields.slug("tag"), value=fields.values.get("is"), path=fields.path)


def _message(fields: Fields, at: int) -> Step:
    """Read what somebody does with a message."""
    kind = fields.choice("message", tuple(REACTIONS), default="delivered")
    return Step(
        at, "message", kind, fields.word("of", default=""), properties=_properties(fields),
        path=fields.path,
    )  # fmt: skip


def _answer(fields: Fields, at: int) -> Step:
    """Read what a webhook answers."""
    fails = fields.flag("fails")
    status = fields.whole("status", (0, 999), default=0 if fails else 200)
    return Step(
        at, "answer", fields.word("answer"), "failed" if fails else "answered", status,
        _properties(fields, "body"), path=fields.path,
    )  # fmt: skip


def _task(fields: Fields, at: int) -> Step:
    """Read that the staff did a task."""
    return Step(at, "task", fields.word("task"), fields.word("outcome"), path=fields.path)


def _call(fields: Fields, at: int) -> Step:
    """Read that a server calls the journey."""
    if not fields.flag("call"):
        fields.wrong("call", "journeys.want_true", name="call")
    key = {"key": fields.values["key"]} if fields.has("key") else {}
    return Step(at, "call", properties={**key, **_properties(fields)}, path=fields.path)


_READERS: Final[Mapping[str, Callable[[Fields, int], Step]]] = {
    "event": _event, "traits": _traits, "consent": _consent, "list": _list, "segment": _segment,
    "tag": _tag, "message": _message, "answer": _answer, "task": _task, "call": _call,
}  # fmt: skip
