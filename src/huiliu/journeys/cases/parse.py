"""Reads a document of `kind: test` into cases, or says everything that is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.conditions import NOWHERE
from huiliu.journeys.cases.case import CHANNELS, Case, Earlier, Expected, Given, Mark, Suite
from huiliu.journeys.cases.steps import read_steps
from huiliu.journeys.reading import Fields, Reading
from huiliu.kernel.consents import PURPOSES
from huiliu.kernel.documents import join_path, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import Value
from huiliu.kernel.times import as_duration, as_instant
from huiliu.messages.rules import Rules, plain_rules

__all__ = ["parse_suite"]

_FIELDS: Final = ("huiliu", "kind", "slug", "name", "note", "journey", "given", "cases")
_GIVEN: Final = (
    "at", "zone", "traits", "consents", "service", "reach", "segments", "lists", "tags", "events",
    "sent", "rules", "choose", "held_out", "beside",
)  # fmt: skip
_THEN: Final = (
    "messages", "sent", "not_sent", "shifted", "emitted", "runs", "stands", "ended", "visited",
    "not_visited", "called", "tasks", "traits", "carried",
)  # fmt: skip
_ZONE: Final = "Asia/Shanghai"
_STATES: Final = ("granted", "withdrawn", "unknown")


def parse_suite(source: str | bytes) -> Suite | tuple[Problem, ...]:
    """Return the cases of a YAML document, or every problem with its line."""
    loaded = load(source)
    if loaded.problems:
        return loaded.problems
    header, problems = read_header(loaded, "test")
    reading = Reading(loaded, NOWHERE, problems)
    fields = reading.fields(loaded.tree, "", _FIELDS)
    journey = fields.slug("journey")
    common = fields.values.get("given")
    if common is not None and not isinstance(common, dict):
        fields.inner("given", _GIVEN)
        common = None
    cases = [
        _case(reading, path, item, common if isinstance(common, dict) else {})
        for path, item in fields.items("cases")
    ]
    if not cases:
        fields.wrong("cases", "cases.none")
    if reading.problems or header is None:
        each = {(found.path, found.text.key): found for found in reading.problems}
        return tuple(sorted(each.values(), key=lambda problem: problem.line))
    return Suite(header, journey, tuple(cases), loaded.tree)


def _case(reading: Reading, path: str, item: Value, common: Mapping[str, Value]) -> Case:
    """Return one case."""
    fields = reading.fields(item, path, ("name", "note", "given", "when", "then"))
    own = fields.values.get("given")
    where = "given"
    if isinstance(own, dict):
        where = fields.at("given")
    elif own is not None:
        fields.inner("given", _GIVEN)
    laid = dict(common) | (own if isinstance(own, dict) else {})
    given = _given(reading.fields(laid, where, _GIVEN))
    steps = read_steps(fields, given)
    expected = _expected(fields, given)
    line = reading.loaded.line_of(path)
    return Case(fields.word("name"), path, line, given, steps, expected)


def _given(fields: Fields) -> Given:
    """Return how things stand when a case begins."""
    zone = fields.zone("zone", default=_ZONE)
    at = _instant(fields, "at", zone)
    return Given(
        at=at,
        zone=zone,
        traits=_map(fields, "traits"),
        consents=_consents(fields),
        reach=_reach(fields),
        segments=fields.words("segments"),
        lists=fields.words("lists"),
        tags=_map(fields, "tags"),
        events=(*_events(fields, at, zone), *_sent(fields, at)),
        rules=_rules(fields),
        choose={name: str(to) for name, to in _map(fields, "choose").items()},
        held_out=fields.flag("held_out"),
        beside=fields.words("beside"),
    )


def _instant(fields: Fields, name: str, zone: str) -> int:
    """Return a local time."""
    written = fields.values.get(name)
    found = as_instant(written, zone) if isinstance(written, str) else None
    if found is None:
        fields.wrong(name, "cases.want_time", name=name)
        return 0
    return found


def _map(fields: Fields, name: str) -> Mapping[str, Value]:
    """Return a map of anything."""
    found = fields.values.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        fields.wrong(name, "cases.want_map", name=name)
        return {}
    return found


def _consents(fields: Fields) -> dict[tuple[str, str], str]:
    """Return what the person said about channels; marketing is granted where nothing is said."""
    found = {(channel, PURPOSES[0]): _STATES[0] for channel in CHANNELS}
    for name, purpose in (("consents", "marketing"), ("service", "service")):
        for channel, state in _map(fields, name).items():
            if state not in _STATES:
                known = ", ".join(_STATES)
                path = join_path(fields.at(name), channel)
                fields.reading.wrong(path, "journeys.want_choice", name=channel, choices=known)
                continue
            found[channel, purpose] = str(state)
    return found


def _reach(fields: Fields) -> tuple[str, ...]:
    """Return the channels with an address."""
    if fields.values.get("reach") == []:
        return ()
    found = fields.words("reach")
    if any(channel not in CHANNELS for channel in found):
        fields.wrong("reach", "journeys.want_choice", name="reach", choices=", ".join(CHANNELS))
    return found if fields.has("reach") else tuple(CHANNELS)


def _events(fields: Fields, at: int, zone: str) -> list[Earlier]:
    """Return the events before the case begins."""
    found = []
    for path, item in fields.items("events"):
        one = fields.reading.fields(item, path, ("event", "properties", "ago", "at"))
        when = _instant(one, "at", zone) if one.has("at") else at - one.duration("ago", default=0)
        if when > at:
            one.wrong("at", "cases.after_given")
        found.append(Earlier(canonical_name(one.word("event")), when, _map(one, "properties")))
    return found


def _sent(fields: Fields, at: int) -> list[Earlier]:
    """Return messages sent before the case begins, as the events that tell of them."""
    found = []
    for path, item in fields.items("sent"):
        one = fields.reading.fields(item, path, ("channel", "class", "template", "ago"))
        told: dict[str, Value] = {
            "channel": one.choice("channel", tuple(CHANNELS), default="sms"),
            "class": one.choice("class", ("marketing", "service"), default="marketing"),
            "template": one.word("template", default=""),
        }
        found.append(Earlier("Message Sent", at - one.duration("ago"), told))
    return found


def _rules(fields: Fields) -> Rules:
    """Return the limits on marketing; the product's own where nothing is said."""
    if not fields.has("rules"):
        return Rules()
    inner = fields.inner("rules", ("cap", "quiet"))
    cap = inner.whole("cap", (0, 1_000), default=4)
    start, end = dt.time(21), dt.time(8)
    if inner.has("quiet"):
        hours = inner.words("quiet")
        try:
            start, end = (dt.time.fromisoformat(hour) for hour in hours)
        except ValueError:
            inner.wrong("quiet", "cases.want_hours")
    return plain_rules(cap, start, end)


def _expected(case: Fields, given: Given) -> Expected:
    """Return what has to be true at the end."""
    if not case.has("then"):
        case.wrong("then", "cases.expects_nothing")
        return Expected()
    fields = case.inner("then", _THEN)
    ended, ended_at = _ended(fields, given)
    return Expected(
        messages=_marks(fields, "messages", given) if "messages" in fields.values else None,
        sent=_marks(fields, "sent", given),
        not_sent=_marks(fields, "not_sent", given),
        shifted=_marks(fields, "shifted", given),
        emitted=_marks(fields, "emitted", given),
        runs=fields.whole("runs", (0, 1_000)) if fields.has("runs") else None,
        stands=fields.word("stands") if fields.has("stands") else None,
        ended=ended,
        ended_at=ended_at,
        visited=fields.words("visited"),
        not_visited=fields.words("not_visited"),
        called=fields.words("called"),
        tasks=fields.words("tasks"),
        traits=_map(fields, "traits"),
        carried=_map(fields, "carried"),
    )


def _ended(fields: Fields, given: Given) -> tuple[str | None, int | None]:
    """Return the reason and the instant of the end, as far as they are expected."""
    written = fields.values.get("ended")
    if not isinstance(written, dict):
        return (fields.word("ended"), None) if fields.has("ended") else (None, None)
    inner = fields.inner("ended", ("reason", "at"))
    return inner.word("reason"), _offset(inner, "at", given)


_MARKS: Final[Mapping[str, Sequence[str]]] = {
    "messages": ("template", "channel", "node", "at"),
    "sent": ("template", "channel", "node", "at"),
    "not_sent": ("template", "channel", "node", "reason"),
    "shifted": ("template", "channel", "node", "reason", "until"),
    "emitted": ("event", "properties", "at"),
}


def _marks(fields: Fields, name: str, given: Given) -> tuple[Mark, ...]:
    """Return what is expected of messages or events."""
    found = []
    for path, item in fields.items(name):
        one = fields.reading.fields(item, path, _MARKS[name])
        words = {
            key: one.word(key)
            for key in ("template", "channel", "node", "reason", "event")
            if one.has(key)
        }
        found.append(
            Mark(
                path,
                at=_offset(one, "at", given),
                until=_offset(one, "until", given),
                properties=_map(one, "properties"),
                **words,
            )
        )
    return tuple(found)


def _offset(fields: Fields, name: str, given: Given) -> int | None:
    """Return an instant, written as the time since the case began or as a local time."""
    if not fields.has(name):
        return None
    written = fields.values[name]
    after = as_duration(written) if isinstance(written, str) else None
    return _instant(fields, name, given.zone) if after is None else given.at + after
