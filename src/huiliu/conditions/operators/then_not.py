"""`then_not`: the profile did one thing, and a length of time passed without another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables, moment_literal
from huiliu.conditions.reading import Reading
from huiliu.conditions.steps import ANYTHING, Same, Step, in_order, read_same, read_step
from huiliu.conditions.window import ALL_TIME, WINDOW_FORM, WINDOW_KEYS, Window, parse_window
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import Text, text

__all__ = ["THEN_NOT", "ThenNot"]

_KNOWN = frozenset({"then_not", "after", "same"}) | WINDOW_KEYS


@dataclass(frozen=True, slots=True)
class ThenNot:
    """Holds when some first event in the window has been left without an answer for its time.

    An event answers every earlier first event, at most its `gap` after it; so the answer is no
    until the gap has passed, and yes from that microsecond on.
    """

    #: What was done first.
    first: Step
    #: What did not follow; its gap is the length of time it had.
    missing: Step
    #: Where the first event must lie.
    window: Window = ALL_TIME
    same: Same = ANYTHING
    #: The events and how far back they matter; made once, as tracking asks with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned; time changes the answer when the gap and the window pass."""
        first = self.first.name
        heard = self.first.heard(raises=True) | self.missing.heard(raises=False)
        waits = Mentions(rolling=frozenset({(first, self.missing.gap)}))
        mentions = replace(
            self.window.mentions(first) | waits,
            events=heard.events,
            raises=heard.raises,
            lowers=heard.lowers,
            filtered=heard.filtered,
        )
        object.__setattr__(self, "mentions", mentions)

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether a first event was left without an answer."""
        return self.look(facts, now)[0]

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        events = tables.events
        rows = events.filter(events.name.isin([self.first.name, self.missing.name]))
        rows = rows.mutate(
            first=self.first.among(rows, tables), answers=self.missing.among(rows, tables)
        )
        rows = rows.filter(rows.first | rows.answers)
        rows, parts = self.same.among(rows, tables)
        later = ibis.window(
            group_by=["profile_id", *parts],
            order_by=["occurred_at", "position"],
            following=(1, None),
        )
        answer = ibis.ifelse(rows.answers, rows.occurred_at, ibis.null("timestamp(6)"))
        rows = rows.mutate(answer=answer.min().over(later))
        soon = self.missing.soon_enough_among(rows.occurred_at, rows.answer)
        left = rows.filter(
            rows.first,
            ~(rows.answer.notnull() & soon.fill_null(False)),
            rows.occurred_at <= moment_literal(now - self.missing.gap),
        ).select("profile_id", "occurred_at")
        left = self.window.rows(left, tables, now)
        return tables.people.profile_id.isin(left.profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds, and when the next gap or the last window ends."""
        if not facts.events.get(self.first.name):
            return False, None
        gap, within = self.missing.gap, self.window.within
        low, high = self.window.bounds(facts, now)
        rows = in_order(facts, (self.first.name, self.missing.name))
        open_ = [
            at
            for part in self.same.groups(rows)
            for at in self._unanswered(part)
            if low <= at < high
        ]
        over = [at for at in open_ if at + gap <= now]
        changes = [min(open_) + gap] if open_ and not over else []
        if over and within:
            changes.append(max(over) + within)
        turns = self.window.next_edge(facts, now)
        if turns is not None and rows[-1].occurred_at >= low:
            changes.append(turns)
        return bool(over), min(changes, default=None)

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when the gap of the first open event ends, or the window of the last one."""
        return self.look(facts, now)[1]

    def sentence(self) -> Text:
        """Return both events in words."""
        said = text(
            "conditions.then_not",
            first=self.first.sentence(),
            missing=self.missing.sentence(),
            length=self.missing.length(),
            window=self.window.sentence(),
        )
        return self.same.sentence(said)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tree: dict[str, object] = {"then_not": self.missing.tree(), "after": self.first.tree()}
        return tree | self.same.tree() | self.window.tree()

    def _unanswered(self, rows: Sequence[EventFact]) -> Iterable[int]:
        """Yield the instants of first events that no known event answers."""
        answer: int | None = None
        for row in reversed(rows):
            at = row.occurred_at
            answered = answer is not None and self.missing.is_soon_enough(at, answer)
            if not answered and self.first.is_met_by(row):
                yield at
            if self.missing.is_met_by(row):
                answer = at


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{then_not: {did: B, within: 2h}, after: {did: A}}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    window = parse_window(raw, path, reading)
    same = read_same(raw, path, reading)
    missing = read_step(raw["then_not"], f"{path}.then_not", reading, gap=True, needs_gap=True)
    first = read_step(raw.get("after"), f"{path}.after", reading, gap=False)
    if missing is None or first is None:
        return None
    if window.within and window.within <= missing.gap:
        reading.fault(f"{path}.within", "window_too_short")
    return ThenNot(first, missing, window, same)


THEN_NOT = Operator(
    "then_not",
    _parse,
    form=(
        Field(
            "after", "map", needed=True,
            fields=(Field("did", "event", needed=True), Field("where", "filters")),
        ),
        Field(
            "then_not", "map", needed=True,
            fields=(
                Field("did", "event", needed=True),
                Field("within", "duration", needed=True, start="2h"),
                Field("where", "filters"),
            ),
        ),
        Field("same", "property"),
        *WINDOW_FORM,
    ),
)  # fmt: skip
