"""Counts what happens in a backtest, a slice of people at a time; counts of slices are added."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

from huiliu.journeys.nodes import Call, Emit, Open, Plan
from huiliu.journeys.step import HELD_OUT, Caused, Finish, Trace
from huiliu.journeys.virtual import Person, Posted, Run, Watcher
from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY

__all__ = ["FATIGUE_WINDOW", "Counts", "Tally"]

#: (what, ...) -> how many.
Counts: TypeAlias = Counter[tuple[str, ...]]

#: Messages of any kind inside this window tire a person, and those of two journeys collide.
FATIGUE_WINDOW: Final = 7 * DAY


@dataclass(slots=True)
class Tally(Watcher):
    """Adds up what a slice of people lives through."""

    #: When each day of the period begins.
    days: Sequence[int] = ()
    #: More messages than this inside the window are too many.
    fatigue_limit: int = 0
    counts: Counts = field(default_factory=Counter)
    #: What is counted once a person -> who was.
    _seen: dict[tuple[str, ...], set[int]] = field(default_factory=lambda: defaultdict(set))
    #: (journey, node, where to) -> how many runs took that way.
    _ways: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    #: person -> journey -> when it wrote to them last.
    _wrote: dict[int, dict[str, int]] = field(default_factory=dict)

    def not_entered(self, journey: str, reason: str, at: int, profile_id: int) -> None:  # noqa: ARG002 - the watcher's
        """Count why events of the entry's name began nothing."""
        self.counts["not_entered", journey, reason] += 1

    def entered(self, run: Run, event: str, at: int) -> None:  # noqa: ARG002 - the watcher's
        """Count a run, and which other journeys its person is in."""
        slug, person = run.journey.slug, run.person
        self.counts["entered", slug] += 1
        if run.held_out:
            self.counts["held_out", slug] += 1
        self._once(("people", slug), person)
        for other, _ in person.active:
            if other != slug:
                self._once(("together", *sorted((slug, other))), person)

    def moved(self, run: Run, trace: Trace, at: int) -> None:  # noqa: ARG002 - the watcher's
        """Count a node that was passed, and the way that was taken."""
        slug = run.journey.slug
        node = trace.node
        self._ways[slug, node, _to(trace.details)] += 1
        self._seen["at", slug, node].add(run.person.profile_id)

    def rests(self, run: Run, at: int) -> None:  # noqa: ARG002 - the watcher's
        """Count a node where somebody rests."""
        if run.token is not None:
            self._once(("at", run.journey.slug, run.token.node), run.person)

    def ended(self, run: Run, finish: Finish, node: str, told: Mapping[str, object]) -> None:  # noqa: ARG002 - the watcher's
        """Count how a run ended."""
        group = "held_out" if run.held_out else "treated"
        reason = "goal" if finish.state == "goal" else finish.reason
        self.counts["ended", run.journey.slug, group, reason] += 1
        self._once(("at", run.journey.slug, node), run.person)

    def caused(self, run: Run, caused: Caused, at: int) -> None:  # noqa: ARG002 - the watcher's
        """Count webhooks, tasks and events."""
        effect, slug = caused.effect, run.journey.slug
        if isinstance(effect, Call):
            self.counts["called", slug, caused.node] += 1
        elif isinstance(effect, Open | Plan):
            self.counts["tasks", slug, caused.node] += 1
        elif isinstance(effect, Emit):
            self.counts["emitted", slug, effect.name] += 1

    def posted(self, message: Posted) -> None:
        """Count a message that a journey decided on, on its day."""
        day = bisect_right(self.days, message.queued_at) - 1
        self.counts["decided", message.journey, message.channel, str(day)] += 1

    def held(self, message: Posted, until: int, reason: str, at: int) -> None:  # noqa: ARG002 - the watcher's
        """Count a message that was put off."""
        self.counts["shifted", message.journey, message.channel, reason] += 1

    def sent(self, message: Posted, at: int) -> None:
        """Count a message on its day, and those of other journeys that came close to it."""
        slug, person = message.journey, message.person
        day = bisect_right(self.days, at) - 1
        self.counts["sent", slug, message.channel, str(day)] += 1
        self._once(("reached", slug), person)
        since = at - FATIGUE_WINDOW
        recent = sum(1 for one in person.sent if one.sent_at > since)
        if self.fatigue_limit and recent > self.fatigue_limit:
            self._once(("fatigued",), person)
        wrote = self._wrote.setdefault(person.profile_id, {})
        for other, last in wrote.items():
            if other != slug and last > since:
                self.counts["close", *sorted((slug, other))] += 1
        wrote[slug] = at

    def not_sent(self, message: Posted, reason: str, at: int) -> None:  # noqa: ARG002 - the watcher's
        """Count a message that is never sent."""
        self.counts["not_sent", message.journey, message.channel, reason] += 1
        self._once(("not_sent_people", message.journey, reason), message.person)

    def reacted(self, person: Person, name: str, properties: Mapping[str, Value], at: int) -> None:  # noqa: ARG002 - the watcher's
        """Count what people did with messages."""
        journey, channel = properties.get("journey"), properties.get("channel")
        self.counts["reacted", str(journey), str(channel), name] += 1

    def close(self, people: Iterable[Person]) -> None:
        """Count the runs under way as a slice ends, and forget its people."""
        for person in people:
            for (slug, _), run in person.active.items():
                if run.token is not None and run.token.node != HELD_OUT:
                    self.counts["waiting", slug, run.token.node] += 1
                group = "held_out" if run.held_out else "treated"
                self.counts["active", slug, group] += 1
        for key, people_of in self._seen.items():
            self.counts[key] += len(people_of)
        for (slug, node, to), n in self._ways.items():
            self.counts["passed", slug, node] += n
            if to:
                self.counts["way", slug, node, to] += n
        self._seen.clear()
        self._ways.clear()
        self._wrote.clear()

    def _once(self, key: tuple[str, ...], person: Person) -> None:
        """Count a person once."""
        self._seen[key].add(person.profile_id)


@lru_cache(maxsize=4096)
def _to(details: bytes) -> str:
    """Return where a trace led; "" = nowhere else."""
    return str(msgspec.json.decode(details).get("to", ""))
