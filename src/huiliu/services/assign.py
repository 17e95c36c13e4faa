"""Who gets which arm of an experiment or holdout: drawn once, written down, kept for ever.

What was drawn stands: a changed share or document moves nobody who is in, and of two profiles
that turn out to be one person the earlier arm counts. Each drawing is told to the log, so that the
warehouse knows the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.ports.assignments import Assigned, AssignmentRow
from huiliu.ports.store import Tx
from huiliu.services.message_events import internal_event

__all__ = ["ASSIGNED", "Drawn", "assign", "assigned", "draw_arms"]

#: The event that tells of a drawing; its properties are scope, arm and propensity.
ASSIGNED: Final = "Arm Assigned"


@dataclass(frozen=True, slots=True)
class Drawn:
    """An arm, as somebody draws it."""

    arm: str
    #: How likely this arm was.
    propensity: float = 0.0


def assigned(
    tx: Tx, brand_id: int, scopes: Collection[str], profiles: Collection[int]
) -> Mapping[tuple[str, int], Assigned]:
    """Return (scope, profile) -> the arm of everybody who was asked before.

    Args:
        tx: reads the arms.
        brand_id: whose people.
        scopes: `experiment:<slug>`, `holdout:<slug>` or `journey:<slug>`.
        profiles: present profiles.
    """
    return tx.assignments.of_people(brand_id, scopes, profiles)


def assign(
    tx: Tx,
    brand_id: int,
    scope: str,
    profiles: Collection[int],
    choose: Callable[[int], Drawn],
    now: int,
) -> dict[int, Assigned]:
    """Return everybody's arm; who is asked for the first time is drawn and written down.

    The log is written last: call it at the end of a transaction, or use `draw_arms`.

    Args:
        tx: writes the arms.
        brand_id: whose people.
        scope: what is drawn for.
        profiles: present profiles.
        choose: draws for one profile; the same answer for the same profile.
        now: when they are asked.
    """
    arms, events = draw_arms(tx, brand_id, scope, profiles, choose, now)
    tx.log.append(events)
    return arms


def draw_arms(
    tx: Tx,
    brand_id: int,
    scope: str,
    profiles: Collection[int],
    choose: Callable[[int], Drawn],
    now: int,
) -> tuple[dict[int, Assigned], list[NewEvent]]:
    """Do the same, and return the events for whoever writes the log at their end."""
    asked = set(profiles)
    known = assigned(tx, brand_id, (scope,), asked)
    arms = {one: known[scope, one] for one in asked if (scope, one) in known}
    drawn = {one: choose(one) for one in sorted(asked - arms.keys())}
    rows = [
        AssignmentRow(one, scope, each.arm, each.propensity, now) for one, each in drawn.items()
    ]
    new = {profile for profile, _ in tx.assignments.add(brand_id, rows)}
    events = []
    for row in rows:
        if row.profile_id not in new:
            continue
        arms[row.profile_id] = Assigned(row.arm, row.at, row.propensity)
        said: dict[str, Value] = {
            "scope": scope, "arm": row.arm, "propensity": row.propensity,
        }  # fmt: skip
        key = ASSIGNED, scope, row.profile_id, now
        events.append(internal_event(brand_id, row.profile_id, ASSIGNED, said, now, *key))
    raced = [row.profile_id for row in rows if row.profile_id not in new]
    if raced:
        # Somebody else asked at this very moment: theirs stands.
        later = assigned(tx, brand_id, (scope,), raced)
        arms |= {one: later[scope, one] for one in raced}
    return arms, events
