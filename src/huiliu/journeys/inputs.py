"""What a step was told from outside, kept beside its trace so that it can be evaluated again.

Events are kept by their position in the log alone: what they said stands there. Identifiers are
kept by number, never by value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, Final

import msgspec

from huiliu.experiments.standing import Standing
from huiliu.journeys.step import Token
from huiliu.kernel.facts import NO_TOUCH, Cut, EventFact, Facts, RunFact, TagFact, Touch

__all__ = ["Inputs", "keep_inputs", "read_inputs"]

#: More events than that are not kept: then the step cannot be evaluated again, and it says so.
_MOST: Final = 500


class Inputs(msgspec.Struct, frozen=True, omit_defaults=True, rename="kebab"):
    """What a step was told."""

    #: Where the run stood: node, visit, due_at, memory, carried.
    token: tuple[str, int, int, bytes, bytes]
    #: Every event that it may have seen stands before this position.
    position: int = 0
    traits: dict[str, Any] = {}
    #: Canonical name -> positions, oldest event first.
    events: dict[str, list[int]] = {}
    #: There were too many events to keep.
    is_cut: bool = False
    #: Slug -> value, set_at, expires_at.
    tags: dict[str, tuple[Any, int, int | None]] = {}
    #: Journey, entered_at, ended_at, node.
    runs: list[tuple[str, int, int | None, str]] = []
    #: Tag, N, value, profile.
    cuts: list[tuple[str, int, float, int]] = []
    #: Word of a type -> how many the person holds, and how many of those are suppressed.
    identifiers: dict[str, tuple[int, int]] = {}
    #: First channel, last channel, device.
    touch: tuple[str | None, str | None, dict[str, Any]] | None = None
    first_seen_at: int = 0
    #: Node -> what was left of its quota.
    room: dict[str, int] = {}
    #: Where an experiment with a document is met -> how it stood for the person.
    trials: dict[str, Standing] = {}

    @property
    def positions(self) -> frozenset[int]:
        """Return the positions of all events that were seen."""
        return frozenset(chain.from_iterable(self.events.values()))

    def where(self) -> Token:
        """Return where the run stood."""
        return Token(*self.token)

    def facts(self, profile_id: int, known: Mapping[int, EventFact]) -> Facts | None:
        """Return the facts again, from the events by position; None where one of them is gone."""
        if self.is_cut or not self.positions <= set(known):
            return None
        held = {
            word: frozenset(f"{word}:{nth}" for nth in range(n))
            for word, (n, _) in self.identifiers.items()
        }
        suppressed = {
            f"{word}:{nth}" for word, (_, n) in self.identifiers.items() for nth in range(n)
        }
        touch = Touch(*self.touch) if self.touch is not None else NO_TOUCH
        return Facts(
            profile_id,
            self.traits,
            {name: [known[one] for one in positions] for name, positions in self.events.items()},
            self.first_seen_at,
            held,
            suppressed,
            touch,
            {slug: TagFact(*tag) for slug, tag in self.tags.items()},
            [RunFact(*run) for run in self.runs],
            {(tag, n): Cut(value, profile) for tag, n, value, profile in self.cuts},
        )


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Inputs)


def keep_inputs(
    token: Token,
    facts: Facts,
    position: int,
    room: Mapping[str, int],
    trials: Mapping[str, Standing] = MappingProxyType({}),
) -> bytes:
    """Return what a step is told, as it is kept."""
    n_events = sum(map(len, facts.events.values()))
    is_cut = n_events > _MOST
    touch = facts.touch
    return _ENCODER.encode(
        Inputs(
            token=(token.node, token.visit, token.due_at, token.memory, token.carried),
            position=position,
            traits=dict(facts.traits),
            events={} if is_cut else _positions(facts.events),
            is_cut=is_cut,
            tags={
                slug: (tag.value, tag.set_at, tag.expires_at) for slug, tag in facts.tags.items()
            },
            runs=[(run.journey, run.entered_at, run.ended_at, run.node) for run in facts.runs],
            cuts=[(tag, n, cut.value, cut.profile_id) for (tag, n), cut in facts.cuts.items()],
            identifiers=_counted(facts.identifiers, facts.suppressed),
            touch=None
            if touch == NO_TOUCH
            else (touch.first_channel, touch.last_channel, dict(touch.device)),
            first_seen_at=facts.first_seen_at,
            room=dict(room),
            trials=dict(trials),
        )
    )


def read_inputs(kept: bytes) -> Inputs | None:
    """Return what a step was told; None where nothing was kept."""
    return _DECODER.decode(kept) if kept else None


def _positions(events: Mapping[str, Sequence[EventFact]]) -> dict[str, list[int]]:
    """Return where events stand in the log."""
    return {name: [fact.position for fact in facts] for name, facts in events.items() if facts}


def _counted(
    identifiers: Mapping[str, Collection[str]], suppressed: Collection[str]
) -> dict[str, tuple[int, int]]:
    """Return how many identifiers of each type there are, and how many are suppressed."""
    return {
        word: (len(held), sum(1 for one in held if one in suppressed))
        for word, held in identifiers.items()
        if held
    }
