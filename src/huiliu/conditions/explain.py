"""Why a condition holds for one person: the tree again, with each part's answer and what it saw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.all_ import All
from huiliu.conditions.operators.any_ import Any
from huiliu.conditions.operators.not_ import Not
from huiliu.kernel.facts import Facts, Value
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant

__all__ = ["Part", "Telling", "explain"]

#: What stands in facts in place of a personal value; it is never shown.
_TOKEN = "vlt_"  # noqa: S105 - the mark of a vaulted value, no secret
_LONGEST = 120


@runtime_checkable
class Telling(Protocol):
    """An operator that says better than its mentions can what it looked at."""

    def saw(self, facts: Facts, now: int) -> Sequence[Text]:
        """Return what of the facts decided."""
        ...


@runtime_checkable
class Holding(Protocol):
    """An operator that stands for one other condition, such as a segment named by another."""

    @property
    def condition(self) -> Condition | None:
        """The condition that it stands for; None where it was read without its surroundings."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a condition, as it is for one person at one instant."""

    sentence: Text
    holds: bool
    #: Before this instant time alone cannot change the answer; None = only new facts can.
    next_change: int | None
    #: The values that decided; a group's are those of its parts.
    saw: tuple[Text, ...]
    parts: tuple[Part, ...]


def explain(condition: Condition, facts: Facts, now: int) -> Part:
    """Return the answer of a condition and of every part of it, none left out."""
    holds, change = condition.look(facts, now)
    parts = tuple(explain(one, facts, now) for one in _parts(condition))
    saw = () if parts else tuple(_saw(condition, facts, now))
    return Part(condition.sentence(), holds, change, saw, parts)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions that one is made of."""
    if isinstance(condition, All | Any):
        return condition.conditions
    inner = condition.condition if isinstance(condition, Not | Holding) else None
    return () if inner is None else (inner,)


def _saw(condition: Condition, facts: Facts, now: int) -> Iterator[Text]:
    """Yield what a part without parts looked at: the traits and events that it mentions."""
    if isinstance(condition, Telling):
        yield from condition.saw(facts, now)
        return
    mentions = condition.mentions
    for name in sorted(mentions.traits):
        if facts.traits.get(name) is None:
            yield text("conditions.saw.no_trait", name=name)
        else:
            yield text("conditions.saw.trait", name=name, value=_shown(facts.traits[name]))
    for name in sorted(mentions.events):
        rows = [row for row in facts.events.get(name, ()) if row.occurred_at <= now]
        if rows:
            last = show_instant(rows[-1].occurred_at)
            yield text("conditions.saw.events", name=name, n=len(rows), last=last)
        else:
            yield text("conditions.saw.no_event", name=name)
    yield from _further(mentions, facts)


def _further(mentions: Mentions, facts: Facts) -> Iterator[Text]:
    """Yield what was looked at besides traits and events."""
    for slug in sorted(mentions.tags):
        if slug in facts.tags:
            value = _shown(facts.tags[slug].value)
            yield text("conditions.saw.tag", tag=slug, value=value)
        else:
            yield text("conditions.saw.no_tag", tag=slug)
    if mentions.touch:
        first, last = facts.touch.first_channel or "-", facts.touch.last_channel or "-"
        device = _shown(dict(facts.touch.device)) if facts.touch.device else "-"
        yield text("conditions.saw.touch", first=first, last=last, device=device)
    for slug in sorted(mentions.journeys):
        runs = [run for run in facts.runs if run.journey == slug]
        under_way = [run.node for run in runs if run.ended_at is None]
        yield text("conditions.saw.runs", journey=slug, n=len(runs), at=", ".join(under_way) or "-")
    if mentions.identifiers:
        held = ", ".join(sorted(word for word, keys in facts.identifiers.items() if keys)) or "-"
        yield text("conditions.saw.identifiers", types=held, n=len(facts.suppressed))


def _shown(value: Value) -> Text | str:
    """Return a value as it may be shown: short, and never a personal one."""
    if isinstance(value, str) and value.startswith(_TOKEN):
        return text("conditions.saw.personal")
    written = str(value)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"
