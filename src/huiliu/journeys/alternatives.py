"""What might have been different when a decision was taken: one fact, the time, or one threshold.

Each alternative is one single change with its cost: the smaller, the nearer to what was. Whether it
would have changed the decision is not known here; whoever asks takes the decision again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from msgspec import structs

from huiliu.journeys.alternative import Alternative, but
from huiliu.journeys.journey import Journey
from huiliu.journeys.replaying import Asked
from huiliu.journeys.thresholds import thresholds
from huiliu.kernel.facts import EventFact, TagFact, Value
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, SECOND, as_duration, show_duration, show_instant

__all__ = ["alternatives"]

_MONTH: Final = 30 * DAY
#: So many events more, or fewer, are tried.
_MOST_EVENTS: Final = 10
#: So many constants of a node are tried: one with more is a list, not a rule.
_MOST_CONSTANTS: Final = 40
_LONGEST: Final = 120
_TOKEN: Final = "vlt_"  # noqa: S105 - the mark of a vaulted value, no secret


@dataclass(frozen=True, slots=True)
class _Words:
    """What the documents of a decision speak of."""

    traits: Sequence[str]
    tags: Sequence[str]
    #: Properties of the entry event and of others.
    properties: Sequence[str]
    constants: Sequence[Value]
    lengths: Sequence[int]
    #: Properties that an event needs to count.
    examples: Sequence[Mapping[str, Value]]


def alternatives(asked: Asked, node: str) -> Iterator[Alternative]:
    """Yield single changes around a decision at a node, in no order.

    Args:
        asked: the decision as it was taken.
        node: the node that decided; "" = a condition that ends the run.
    """
    tree = _tree(asked.journey, node)
    words = _words(tree)
    yield from _traits(asked, words)
    yield from _tags(asked, words)
    yield from _entry(asked, words)
    yield from _events(asked, node, words)
    yield from _times(asked, node, words)
    yield from _rooms(asked, node)
    yield from thresholds(asked, node, tree)


def _tree(journey: Journey, node: str) -> dict[str, Any]:
    """Return the part of the document that decides."""
    if node in journey.nodes:
        return journey.nodes[node].tree()
    return {"exit_when": [one.tree() for _, one in journey.exit_conditions]}


def _words(tree: object) -> _Words:
    """Return what a tree speaks of."""
    found: dict[str, list[Any]] = {"trait": [], "tag": [], "property": [], "entry": []}
    constants: list[Value] = []
    lengths: list[int] = []
    examples: list[Mapping[str, Value]] = [{}]
    for each in _maps(tree):
        for key, value in each.items():
            if key in found:
                found[key].append(value if isinstance(value, str) else ".".join(map(str, value)))
            elif key not in {"next", "else", "event", "did", "did_not", "note", "type"}:
                constants += [one for one in _scalars(value) if one not in constants]
        if "where" in each:
            examples.append(_example(each["where"]))
        for key, more in (("list", ()), ("consent", ("channel",))):
            if key in each:
                name = "purpose" if key == "consent" else key
                examples.append({name: each[key], **{one: each.get(one) for one in more}})
    for one in constants:
        length = as_duration(one) if isinstance(one, str) else None
        if length:
            lengths.append(length)
    return _Words(
        found["trait"], found["tag"], [*found["property"], *found["entry"]],
        constants[:_MOST_CONSTANTS], lengths, examples,
    )  # fmt: skip


def _maps(tree: object) -> Iterator[Mapping[str, Any]]:
    """Yield every map of a tree, the outermost first."""
    if isinstance(tree, Mapping):
        yield tree
        for value in tree.values():
            yield from _maps(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _maps(value)


def _scalars(value: object) -> list[Any]:
    """Return the plain values of a value that is one, or a list of them."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [one for one in listed if isinstance(one, str | int | float | bool)]


def _example(where: object) -> Mapping[str, Value]:
    """Return properties that pass filters, as far as one can guess."""
    found: dict[str, Value] = {}
    listed = where if isinstance(where, list | tuple) else [where]
    for one in listed:
        if not isinstance(one, Mapping) or not isinstance(one.get("property"), str):
            continue
        for test, constant in one.items():
            if test == "property":
                continue
            value = constant[0] if isinstance(constant, list) and constant else constant
            if isinstance(value, int | float) and not isinstance(value, bool):
                value += {"above": 1, "below": -1}.get(test, 0)
            found[one["property"]] = value
    return found


def _near(old: Value, words: _Words, now: int) -> Iterator[Value]:
    """Yield other values that a fact might have had."""
    tried: list[Value] = [None, True, False]
    for one in words.constants:
        tried.append(one)
        if isinstance(one, int | float) and not isinstance(one, bool):
            tried += [one + 1, one - 1]
    for length in words.lengths:
        tried += [show_instant(now - length - SECOND), show_instant(now - length + SECOND)]
    for one in tried:
        if one != old or type(one) is not type(old):
            yield one


def _far(old: Value, new: Value) -> float:
    """Return how far two values are apart."""
    if isinstance(old, bool) or isinstance(new, bool) or old is None or new is None:
        return 1.0
    if isinstance(old, int | float) and isinstance(new, int | float):
        return 0.4 + min(1.0, abs(new - old) / max(1.0, abs(old)))
    return 1.0 if type(old) is type(new) else 1.5


def _traits(asked: Asked, words: _Words) -> Iterator[Alternative]:
    """Yield other values of the traits that are asked for."""
    for path in dict.fromkeys(words.traits):
        keys = tuple(path.split("."))
        old = _dig(asked.facts.traits, keys)
        for new in _near(old, words, asked.moment.now):
            facts = replace(asked.facts, traits=_put(asked.facts.traits, keys, new))
            said = _other("trait", path, old, new)
            yield but(_far(old, new), said, replace(asked, facts=facts))


def _tags(asked: Asked, words: _Words) -> Iterator[Alternative]:
    """Yield other values of the tags that are asked for."""
    now = asked.moment.now
    for slug in dict.fromkeys(words.tags):
        held = asked.facts.tags.get(slug)
        old = held.value if held is not None else None
        for new in _near(old, words, now):
            tags = {one: tag for one, tag in asked.facts.tags.items() if one != slug}
            if new is not None:
                tags[slug] = TagFact(new, held.set_at if held is not None else now)
            said = _other("tag", slug, old, new)
            yield but(_far(old, new), said, replace(asked, facts=replace(asked.facts, tags=tags)))


def _entry(asked: Asked, words: _Words) -> Iterator[Alternative]:
    """Yield other properties of the event that began the run."""
    for path in dict.fromkeys(words.properties):
        keys = tuple(path.split("."))
        old = _dig(asked.entry.properties, keys)
        for new in _near(old, words, asked.moment.now):
            entry = structs.replace(
                asked.entry, properties=dict(_put(asked.entry.properties, keys, new))
            )
            said = _other("entry", path, old, new)
            yield but(_far(old, new), said, replace(asked, entry=entry))


def _events(asked: Asked, node: str, words: _Words) -> Iterator[Alternative]:
    """Yield events more, fewer, at other times, and with other properties."""
    journey = asked.journey
    if node in journey.nodes:
        names = journey.nodes[node].mentions.events
    else:
        names = frozenset().union(*(one.mentions.events for _, one in journey.exit_conditions))
    for name in sorted(names):
        yield from _more(asked, name, words)
        yield from _fewer(asked, name)
        yield from _shifted(asked, name, words)


def _more(asked: Asked, name: str, words: _Words) -> Iterator[Alternative]:
    """Yield the decision with events of a name that did not happen."""
    now, held = asked.moment.now, asked.facts.events.get(name, ())
    scope = asked.scope
    keyed = {scope.property: scope.key} if scope.property else {}
    for example in words.examples:
        properties = {**keyed, **example}
        for n_more in range(1, _MOST_EVENTS + 1):
            position = max(0, asked.moment.position - 1)
            made = [EventFact(name, now, position, properties)] * n_more
            said = text("nearest.more", n=n_more, event=name)
            yield but(float(n_more), said, _with_events(asked, name, [*held, *made]))


def _fewer(asked: Asked, name: str) -> Iterator[Alternative]:
    """Yield the decision without some of the events of a name."""
    held = asked.facts.events.get(name, ())
    for n_less in range(1, min(_MOST_EVENTS, len(held)) + 1):
        said = text("nearest.fewer", n=n_less, event=name)
        for kept in (held[:-n_less], held[n_less:]):
            yield but(float(n_less), said, _with_events(asked, name, kept))


def _shifted(asked: Asked, name: str, words: _Words) -> Iterator[Alternative]:
    """Yield the decision with the last event of a name at another time, or saying another thing."""
    now, held = asked.moment.now, asked.facts.events.get(name, ())
    if not held:
        return
    last, others = held[-1], held[:-1]
    for at in {now, *(now - one + d for one in words.lengths for d in (-SECOND, SECOND))}:
        moved = structs.replace(last, occurred_at=at)
        cost = 0.3 + abs(at - last.occurred_at) / _MONTH
        said = text(
            "nearest.shifted", event=name, at=show_instant(at),
            was=show_instant(last.occurred_at),
        )  # fmt: skip
        yield but(cost, said, _with_events(asked, name, [*others, moved]))
    for path in dict.fromkeys(words.properties):
        keys = tuple(path.split("."))
        old = _dig(last.properties, keys)
        for new in _near(old, words, now):
            moved = structs.replace(last, properties=_put(last.properties, keys, new))
            said = text(
                "nearest.property", event=name, name=path, value=_shown(new), was=_shown(old)
            )
            yield but(_far(old, new), said, _with_events(asked, name, [*others, moved]))


def _times(asked: Asked, node: str, words: _Words) -> Iterator[Alternative]:
    """Yield the decision at later times: when time alone may change an answer."""
    now = asked.moment.now
    later = {now + one for one in words.lengths}
    for held in asked.facts.events.values():
        later |= {fact.occurred_at + one for fact in held[-3:] for one in words.lengths}
    later |= {
        change
        for _, one in (asked.journey.exit_conditions if not node else ())
        if (change := one.next_change(asked.facts, now)) is not None
    }
    for at in sorted(at + d for at in later for d in (0, SECOND) if at + d > now):
        moment = structs.replace(asked.moment, now=at)
        said = text("nearest.later", length=_length(at - now), at=show_instant(at))
        yield but(0.2 + (at - now) / _MONTH, said, replace(asked, moment=moment))


def _rooms(asked: Asked, node: str) -> Iterator[Alternative]:
    """Yield the decision with more, or nothing, left of the node's quota."""
    quota = asked.journey.nodes[node].quota if node in asked.journey.nodes else None
    if quota is None:
        return
    left = asked.moment.room.get(node, 0)
    for room in {0, left + 1, quota.limit} - {left}:
        moment = structs.replace(asked.moment, room={**asked.moment.room, node: room})
        said = text("nearest.room", n=room, was=left)
        yield but(1.0, said, replace(asked, moment=moment))


def _with_events(asked: Asked, name: str, events: Sequence[EventFact]) -> Asked:
    """Return a decision with other events of a name."""
    ordered = sorted(events, key=lambda fact: (fact.occurred_at, fact.position))
    facts = replace(asked.facts, events={**asked.facts.events, name: ordered})
    return replace(asked, facts=facts)


def _dig(values: Mapping[str, Value], keys: Sequence[str]) -> Value:
    """Return the value at a path of keys; None where there is none."""
    found: Value = dict(values)
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _put(values: Mapping[str, Value], keys: Sequence[str], new: Value) -> Mapping[str, Value]:
    """Return values with another one at a path of keys; None takes it away."""
    key, rest = keys[0], keys[1:]
    others = {name: value for name, value in values.items() if name != key}
    if rest:
        inner = values.get(key)
        return {**others, key: dict(_put(inner if isinstance(inner, dict) else {}, rest, new))}
    return others if new is None else {**others, key: new}


def _other(kind: str, name: str, old: Value, new: Value) -> Text:
    """Return in words that a fact was another."""
    key = f"nearest.{kind}" if new is not None else f"nearest.{kind}_gone"
    if old is None:
        key = f"nearest.{kind}_new"
    return text(key, name=name, value=_shown(new), was=_shown(old))


def _shown(value: Value) -> Text | str:
    """Return a value as it may be shown: short, and never a personal one."""
    if isinstance(value, str) and value.startswith(_TOKEN):
        return text("conditions.saw.personal")
    written = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"


def _length(length: int) -> str:
    """Return a length of time, to the second."""
    return show_duration(max(SECOND, length // SECOND * SECOND))
