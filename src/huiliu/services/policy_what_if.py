"""What other caps would have done: the messages of the last weeks, decided about once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from huiliu.kernel.calendar import zone_or
from huiliu.kernel.times import DAY
from huiliu.messages.caps import Cap, Kin, SentBefore, first_full
from huiliu.messages.rules import Rules
from huiliu.ports.policy import AskedRow
from huiliu.ports.world import World
from huiliu.services.live import live
from huiliu.services.policy_rules import rules_in_force

__all__ = ["DAYS", "LADDER", "WhatIf", "Would", "what_if"]

#: How many days are looked at.
DAYS: Final = 28
#: Numbers a week that are tried.
LADDER: Final = (1, 2, 3, 4, 5, 6, 8)
_WEEK: Final = 7 * DAY
#: More than this, and only some people are looked at.
_MOST_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Would:
    """What some caps would have done."""

    #: Marketing that journeys asked for.
    n_asked: int
    n_sent: int
    #: Name of a cap -> messages that it would have held back.
    held: Mapping[str, int]
    #: People who would have been sent less than journeys asked for.
    n_people: int
    #: Messages in the busiest week of the person at this share of all: the median, 9 of 10, most.
    week_median: int
    week_ninth: int
    week_most: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The messages of some days under several caps."""

    days: int
    #: People who were asked for at all.
    n_people: int
    #: 1 = everybody was looked at; else one in so many.
    one_in: int
    now: Would
    #: Under the rules that were asked about; None where none were.
    then: Would | None
    #: Messages a week -> what that number alone would have done.
    ladder: Mapping[int, Would]


def what_if(world: World, brand_id: int, rules: Rules | None = None) -> WhatIf:
    """Return what the caps in force did in the last weeks, and what others would have done.

    What waits, and what competes, is not lived through again: a backtest does that.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        known = live(tx, world, brand_id).journeys
        present = rules_in_force(tx, world, brand_id)
        one_in, rows = tx.policy.asked(brand_id, now - DAYS * DAY, _MOST_ROWS)
    categories = {slug: one.journey.category for slug, one in known.items()}
    people = [list(found) for _, found in groupby(rows, key=lambda row: row.profile_id)]
    told = _Replaying(world.zone, categories, people, one_in)
    ladder = {n: told.under((Cap("week", n, _WEEK),)) for n in LADDER}
    then = None if rules is None else told.under(rules.caps)
    return WhatIf(DAYS, len(people) * one_in, one_in, told.under(present.caps), then, ladder)


@dataclass(frozen=True, slots=True)
class _Replaying:
    """People with the messages that they were meant to get."""

    zone: str
    categories: Mapping[str, str]
    people: Sequence[Sequence[AskedRow]]
    one_in: int

    def under(self, caps: Sequence[Cap]) -> Would:
        """Return what some caps would have done."""
        # Nobody waits here: what a cap holds back for later is held back.
        strict = [replace(cap, waits=False) for cap in caps]
        held = Counter[str]()
        n_sent = n_people = 0
        weeks: list[int] = []
        for rows in self.people:
            sent: list[SentBefore] = []
            zone = zone_or(rows[0].zone, self.zone)
            for row in rows:
                kin = Kin(row.channel, row.journey, self.categories.get(row.journey, ""))
                full = first_full(strict, kin, sent, row.at, zone)
                if full is None:
                    sent.append(SentBefore(row.at, row.channel, "", row.journey, kin.category))
                else:
                    held[full.cap.name] += self.one_in
            n_sent += len(sent)
            n_people += len(sent) < len(rows)
            weeks.append(_busiest(one.sent_at for one in sent))
        weeks.sort()
        return Would(
            sum(map(len, self.people)) * self.one_in, n_sent * self.one_in, dict(held),
            n_people * self.one_in, _at(weeks, 0.5), _at(weeks, 0.9), weeks[-1] if weeks else 0,
        )  # fmt: skip


def _busiest(instants: Iterable[int]) -> int:
    """Return how many messages the busiest rolling week holds."""
    at = list(instants)
    first = most = 0
    for last, instant in enumerate(at):
        while instant - at[first] >= _WEEK:
            first += 1
        most = max(most, last - first + 1)
    return most


def _at(ordered: Sequence[int], share: float) -> int:
    """Return the number at a share of all, 0 of none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0
