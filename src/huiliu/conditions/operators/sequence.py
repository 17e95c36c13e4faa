"""`sequence`: the profile did several things one after the other, each soon enough."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.conditions.steps import ANYTHING, STEP_FORM, Same, Step, in_order, read_same, read_step
from huiliu.conditions.window import ALL_TIME, WINDOW_FORM, WINDOW_KEYS, Window, parse_window
from huiliu.kernel.documents import join_path
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import Text, text

__all__ = ["SEQUENCE", "Sequence_"]

_KNOWN = frozenset({"sequence", "same"}) | WINDOW_KEYS
#: More steps are a mistake, or an attack on the engine: each is a pass over the events.
_MOST = 10


@dataclass(frozen=True, slots=True)
class Sequence_:  # noqa: N801 - `Sequence` is what Python calls its own
    """Holds when there are events of all steps, in order, none too long after the one before."""

    steps: tuple[Step, ...]
    #: Where all of the events must lie.
    window: Window = ALL_TIME
    same: Same = ANYTHING
    #: The events and how far back they matter; made once, as tracking asks with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned."""
        # What windows mention is heard of their events in any way; steps only ever add to them.
        heard = reduce(or_, (step.heard(raises=True) for step in self.steps))
        windows = reduce(or_, (self.window.mentions(step.name) for step in self.steps))
        mentions = replace(windows, raises=heard.raises, filtered=heard.filtered)
        object.__setattr__(self, "mentions", mentions)

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether the events of all steps are there, in order."""
        return self._latest_start(facts, now) is not None

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`.

        An event takes part as a step when the latest event before it that took part as the step
        before is close enough: an older one could only be further away.
        """
        events = tables.events
        names = [step.name for step in self.steps]
        rows = self.window.rows(events.filter(events.name.isin(names)), tables, now)
        rows = rows.filter(reduce(or_, (step.among(rows, tables) for step in self.steps)))
        rows, parts = self.same.among(rows, tables)
        rows = rows.mutate(taken=self.steps[0].among(rows, tables))
        for step in self.steps[1:]:
            earlier = ibis.window(
                group_by=["profile_id", *parts],
                order_by=["occurred_at", "position"],
                preceding=(None, 1),
            )
            before = ibis.ifelse(rows.taken, rows.occurred_at, ibis.null("timestamp(6)"))
            rows = rows.mutate(before=before.max().over(earlier))
            soon = step.soon_enough_among(rows.before, rows.occurred_at)
            rows = rows.mutate(taken=rows.before.notnull() & soon & step.among(rows, tables))
        return tables.people.profile_id.isin(rows.filter(rows.taken).profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds, and when the first event of the last such chain is let go."""
        start = self._latest_start(facts, now)
        held = start is not None
        if self.window.during:
            low, _ = self.window.bounds(facts, now)
            rows = in_order(facts, self.mentions.events)
            turns = bool(rows) and rows[-1].occurred_at >= low
            return held, self.window.next_edge(facts, now) if turns else None
        if start is None or not self.window.within:
            return held, None
        return True, start + self.window.within

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when the window lets the last such chain go, or moves on."""
        return self.look(facts, now)[1]

    def sentence(self) -> Text:
        """Return the steps in words."""
        said = self.steps[0].sentence()
        for step in self.steps[1:]:
            key = "conditions.then_within" if step.gap else "conditions.then"
            said = text(key, left=said, right=step.sentence(), length=step.length())
        whole = text("conditions.sequence", steps=said, window=self.window.sentence())
        return self.same.sentence(whole)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        steps = [step.tree() for step in self.steps]
        return {"sequence": steps, **self.same.tree(), **self.window.tree()}

    def _latest_start(self, facts: Facts, now: int) -> int | None:
        """Return the latest instant at which events of all steps begin; None where none do."""
        low, high = self.window.bounds(facts, now)
        rows = in_order(facts, self.mentions.events)
        rows = [row for row in rows if low <= row.occurred_at < high]
        starts = [_latest_start(part, self.steps) for part in self.same.groups(rows)]
        return max((start for start in starts if start is not None), default=None)


def _latest_start(rows: Sequence[EventFact], steps: Sequence[Step]) -> int | None:
    """Return the latest instant at which a chain through all steps begins.

    For each step a queue is kept of (instant, where the chain began): what a later event could
    still follow. Who came earlier and began no later will never be the better one.
    """
    open_: list[deque[tuple[int, int]]] = [deque() for _ in steps]
    latest: int | None = None
    for row in rows:
        # Backwards, so that an event never follows itself.
        for number in reversed(range(len(steps))):
            step = steps[number]
            if not step.is_met_by(row):
                continue
            start = row.occurred_at
            if number:
                queue = open_[number - 1]
                while queue and not step.is_soon_enough(queue[0][0], row.occurred_at):
                    queue.popleft()
                if not queue:
                    continue
                start = queue[0][1]
            if number == len(steps) - 1:
                latest = start if latest is None else max(latest, start)
                continue
            queue = open_[number]
            while queue and queue[-1][1] <= start:
                queue.pop()
            queue.append((row.occurred_at, start))
    return latest


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{sequence: [{did: A}, {did: B, within: 1d}], within: 30d}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    window = parse_window(raw, path, reading)
    same = read_same(raw, path, reading)
    listed = raw["sequence"]
    if not isinstance(listed, list | tuple) or not 2 <= len(listed) <= _MOST:
        reading.fault(f"{path}.sequence", "want_steps", most=_MOST)
        return None
    found = [
        read_step(one, join_path(f"{path}.sequence", at), reading, gap=at > 0)
        for at, one in enumerate(listed)
    ]
    steps = tuple(step for step in found if step is not None)
    return Sequence_(steps, window, same) if len(steps) == len(listed) else None


SEQUENCE = Operator(
    "sequence",
    _parse,
    form=(
        Field("sequence", "rows", needed=True, start=[{"did": ""}, {"did": ""}], fields=STEP_FORM),
        Field("same", "property"),
        *WINDOW_FORM,
    ),
)
