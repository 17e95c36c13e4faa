"""A second reader of conditions, written without looking at the first two: slow, stupid, plain.

It takes the document's own tree and a person's bare history, and answers by trying everything: no
windows that move, no indexes, no state. It shares no code with `huiliu.conditions`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import available_timezones

from tests.property.oracle_people import EPOCH, Happened, Person, length_of
from tests.property.oracle_values import compares, local_day, number_of

__all__ = ["says"]

_SYNONYMS = {
    "Order Completed": "Order Paid", "Order Placed": "Order Created",
    "Checkout Completed": "Order Created", "Order Fulfilled": "Order Shipped",
    "Order Canceled": "Order Cancelled", "Product Reviewed": "Review Posted",
}  # fmt: skip
_ZONES = available_timezones()


@dataclass(frozen=True)
class _Asked:
    """What a question is asked of, and when."""

    person: Person
    now: int
    #: Slug -> tree of each live segment.
    segments: Mapping[str, Any]
    #: The brand's zone.
    zone: str

    @property
    def own_zone(self) -> str:
        """Return the person's zone."""
        own = self.person.traits.get("zone")
        return own if isinstance(own, str) and own in _ZONES else self.zone


def says(
    tree: Mapping[str, Any],
    person: Person,
    now: int,
    segments: Mapping[str, Any] | None = None,
    zone: str = "UTC",
) -> bool:
    """Say whether a person meets a condition at an instant."""
    return _says(tree, _Asked(person, now, segments or {}, zone))


def _says(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer by the one operator that the mapping names."""
    names = [name for name in _OPERATORS if name in tree]
    if "message" in names:
        names = ["message"]
    [name] = names
    return _OPERATORS[name](tree, asked)


def _instant(written: str) -> int:
    """Return the microseconds of a date or time."""
    moment = dt.datetime.fromisoformat(written)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def _trait(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `trait`."""
    return _passes(tree, "trait", asked.person.traits, asked)


def _passes(
    tests: Mapping[str, Any], subject: str, values: Mapping[str, Any], asked: _Asked
) -> bool:
    """Say whether what stands at a path passes all comparisons."""
    path = tests[subject]
    found = _at(values, path.split(".") if isinstance(path, str) else path)
    return all(
        compares(name, found, constant, asked.now, asked.own_zone)
        for name, constant in tests.items()
        if name != subject
    )


def _fits(row: Happened, step: Any, asked: _Asked) -> bool:
    """Say whether an event has the name and passes the filters of a step."""
    if isinstance(step, str):
        step = {"did": step}
    name = step["did"]
    if _SYNONYMS.get(row.name, row.name) != _SYNONYMS.get(name, name):
        return False
    return all(_passes(one, "property", row.properties, asked) for one in step.get("where", ()))


def _in_window(row: Happened, tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Say whether an event lies in the window that the operator's mapping names."""
    if "within" in tree and asked.now - row.at >= length_of(tree["within"]):
        return False
    if "since" in tree and row.at < _instant(tree["since"]):
        return False
    if "during" in tree and not _during(row.at, tree, asked):
        return False
    return "before" not in tree or row.at < _instant(tree["before"])


def _during(at: int, tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Say whether an instant lies in a calendar window, by walking over the days around now."""
    which = tree.get("zone", "person")
    zone = {"person": asked.own_zone, "brand": asked.zone}.get(which, which)
    which_one, unit = tree["during"].split("_") if "_" in tree["during"] else ("", tree["during"])
    here, there = local_day(asked.now, zone), local_day(at, zone)
    if unit == "today":
        return there == here
    if unit == "yesterday":
        return there == here - dt.timedelta(days=1)
    part = {
        "week": lambda day: (day - dt.timedelta(days=day.weekday())).toordinal() // 7,
        "month": lambda day: day.year * 12 + day.month,
        "quarter": lambda day: day.year * 4 + (day.month - 1) // 3,
        "year": lambda day: day.year,
    }[unit]
    return bool(part(there) == part(here) - (which_one == "last"))


def _did(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `did`."""
    rows = [
        row
        for row in asked.person.events
        if _fits(row, tree, asked) and _in_window(row, tree, asked)
    ]
    return _counts(tree, len(rows)) and all(
        compares(name, value, constant, asked.now, asked.own_zone)
        for measure in _MEASURES
        if measure in tree
        for value in [_measured(measure, rows, tree[measure].get("property"))]
        for name, constant in tree[measure].items()
        if name != "property"
    )


_MEASURES = ("sum", "avg", "min", "max", "distinct", "last", "first_time", "last_time")


def _measured(name: str, rows: Sequence[Happened], path: Any) -> Any:
    """Return what a measure makes of the events that count."""
    times = sorted(row.at for row in rows)
    if name in {"first_time", "last_time"}:
        if not times:
            return None
        at = times[0] if name == "first_time" else times[-1]
        return (EPOCH + dt.timedelta(microseconds=at)).isoformat()
    keys = path.split(".") if isinstance(path, str) else path
    found = [
        value
        for row in sorted(rows, key=lambda row: row[:2])
        if (value := _at(row.properties, keys)) is not None
    ]
    if name == "last":
        return found[-1] if found else None
    if name == "distinct":
        plain = [one for one in found if isinstance(one, str | int | float)]
        return len({(type(one) is bool, isinstance(one, str), one) for one in plain})
    numbers = [n for one in found if (n := number_of(one)) is not None]
    if name in {"min", "max"}:
        return {"min": min, "max": max}[name](numbers, default=None)
    # Amounts are added in millionths; what is further than a million millions is no amount.
    each = [math.floor(n * 1e6 + 0.5) for n in numbers if abs(n) <= 1e12]
    if name == "avg" and not each:
        return None
    whole = max(-9 * 10**18, min(9 * 10**18, sum(each)))
    return whole / 1e6 if name == "sum" else whole / (len(each) * 1e6)


def _at(values: Any, keys: Sequence[str]) -> Any:
    """Return what stands at a path of keys."""
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _counts(tree: Mapping[str, Any], n: int) -> bool:
    """Say whether a number of events is what the mapping asks for."""
    if not {"at_least", "at_most", "exactly"} & set(tree):
        return n >= 1
    fewest, most = tree.get("at_least", 0), tree.get("at_most", n)
    return bool(fewest <= n <= most and tree.get("exactly", n) == n)


def _did_not(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `did_not`."""
    return not _did(
        {("did" if key == "did_not" else key): value for key, value in tree.items()}, asked
    )


def _shares(rows: Sequence[Happened], tree: Mapping[str, Any]) -> bool:
    """Say whether events have the same text or number at the path of `same`."""
    if "same" not in tree:
        return True
    path = tree["same"]
    keys = path.split(".") if isinstance(path, str) else path
    found = []
    for row in rows:
        value = _at(row.properties, keys)
        found.append(value if isinstance(value, str) else number_of(value))
    return None not in found and all(one == found[0] for one in found)


def _sequence(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `sequence` by trying every row of events."""
    rows = sorted(row for row in asked.person.events if _in_window(row, tree, asked))

    def goes_on(taken: list[Happened]) -> bool:
        """Say whether the steps that are left can follow those that are taken."""
        if len(taken) == len(tree["sequence"]):
            return True
        step = tree["sequence"][len(taken)]
        for row in rows:
            if not _fits(row, step, asked) or not _shares([*taken[:1], row], tree):
                continue
            if taken and row[:2] <= taken[-1][:2]:
                continue
            longest = length_of(step["within"]) if taken and "within" in step else None
            if longest is not None and row.at - taken[-1].at > longest:
                continue
            if goes_on([*taken, row]):
                return True
        return False

    return goes_on([])


def _then_not(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `then_not`."""
    length = length_of(tree["then_not"]["within"])
    for first in asked.person.events:
        if not _fits(first, tree["after"], asked) or not _in_window(first, tree, asked):
            continue
        if not _shares([first], tree) or asked.now - first.at < length:
            continue
        if not any(
            row[:2] > first[:2]
            and row.at - first.at <= length
            and _fits(row, tree["then_not"], asked)
            and _shares([first, row], tree)
            for row in asked.person.events
        ):
            return True
    return False


def _message(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `message`."""
    name = "Message " + {"not_sent": "Not Sent"}.get(tree["message"], tree["message"].title())
    n = 0
    for row in asked.person.events:
        if row.name != name or not _in_window(row, tree, asked):
            continue
        meant = all(
            row.properties.get(key) in (tree[key] if isinstance(tree[key], list) else [tree[key]])
            for key in ("channel", "template", "journey")
            if key in tree
        )
        own = all(_passes(one, "property", row.properties, asked) for one in tree.get("where", ()))
        n += meant and own
    return _counts(tree, n)


def _consent(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `consent` by telling the whole story from its beginning."""
    state = "never_asked"
    for row in sorted(asked.person.events, key=lambda row: row[:2]):
        if "at" in tree and row.at > _instant(tree["at"]):
            continue
        given = {key: row.properties.get(key) for key in ("channel", "purpose")}
        channel, purpose = (
            value.lower() if isinstance(value, str) else "" for value in given.values()
        )
        if row.name == "Consent Granted":
            if channel == tree["channel"] and (purpose or "marketing") == tree["consent"]:
                state = "granted"
        elif row.name == "Consent Withdrawn":
            here = channel in {"", "*", "all", tree["channel"]}
            if here and (purpose or "marketing") in {"*", "all", tree["consent"]}:
                state = "withdrawn"
    return bool(state == tree.get("is", "granted"))


def _list(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `list` by telling the whole story from its beginning."""
    inside = False
    for row in sorted(asked.person.events, key=lambda row: row[:2]):
        if row.properties.get("list") == tree["list"]:
            inside = {"List Entered": True, "List Left": False}.get(row.name, inside)
    return inside


def _bucket(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `bucket` with exact fractions of the whole hash."""
    hashed = hashlib.sha256(f"{tree['bucket']}|{asked.person.profile_id}".encode()).digest()
    place = Fraction(int.from_bytes(hashed, "big"), 2**256) * 100
    return Fraction(str(tree.get("from", 0))) <= place < Fraction(str(tree["below"]))


def _in_segment(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `in_segment`."""
    where = asked.segments[tree["in_segment"]]
    return not where or _says(where, asked)


def _channel(name: str) -> Callable[[Mapping[str, Any], _Asked], bool]:
    """Return what answers for `first_channel` and `last_channel`."""

    def answers(tree: Mapping[str, Any], asked: _Asked) -> bool:
        """Compare the channel."""
        tests = tree[name]
        if not isinstance(tests, Mapping):
            tests = {"in": tests if isinstance(tests, list) else [tests]}
        value = getattr(asked.person, name)
        return all(compares(test, value, one, asked.now, "UTC") for test, one in tests.items())

    return answers


_DEVICE = {"type": "device.type", "os": "os.name", "app_version": "app.version"}


def _device(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `device`."""
    tests = {"at": _DEVICE[tree["device"]]} | {k: v for k, v in tree.items() if k != "device"}
    return _passes(tests, "at", asked.person.device, asked)


def _reachable(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `reachable`."""
    kind = {"email": "email", "sms": "phone"}[tree["reachable"]]
    if not asked.person.addresses.get(kind):
        return False
    purpose, channel = tree.get("for", "marketing"), tree["reachable"]
    consent = {"consent": purpose, "channel": channel}
    if purpose == "marketing":
        return _consent(consent | {"is": "granted"}, asked)
    return not _consent(consent | {"is": "withdrawn"}, asked)


def _tag(tree: Mapping[str, Any], asked: _Asked) -> bool:
    """Answer for `tag`."""
    value, until = asked.person.tags.get(tree["tag"], (None, None))
    if until is not None and until <= asked.now:
        value = None
    tests = {"at": "value"} | {key: one for key, one in tree.items() if key != "tag"}
    return _passes(tests, "at", {"value": value}, asked)


_OPERATORS: dict[str, Callable[[Mapping[str, Any], _Asked], bool]] = {
    "all": lambda tree, asked: all(_says(one, asked) for one in tree["all"]),
    "any": lambda tree, asked: any(_says(one, asked) for one in tree["any"]),
    "not": lambda tree, asked: not _says(tree["not"], asked),
    "trait": _trait, "did": _did, "did_not": _did_not, "sequence": _sequence,
    "then_not": _then_not, "message": _message, "consent": _consent, "list": _list,
    "bucket": _bucket, "in_segment": _in_segment, "first_channel": _channel("first_channel"),
    "last_channel": _channel("last_channel"), "device": _device,
    "reachable": _reachable, "tag": _tag,
}  # fmt: skip
