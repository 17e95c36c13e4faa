"""Which core forms campaigns have had and since when; one that is worn out becomes a task."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, local_datetime
from huiliu.messages.wear import FormUse, uses_of
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live
from huiliu.services.own_tasks import open_own_task
from huiliu.services.policy_rules import rules_in_force

__all__ = ["form_uses", "note_worn_forms"]

#: How far back campaigns are looked at.
_REACH: Final = 400 * DAY
#: The one who finds a task has a week for it.
_DUE: Final = 7 * DAY


def form_uses(tx: Tx, world: World, brand_id: int) -> list[FormUse]:
    """Return the forms that campaigns have had lately, those in use for longest first."""
    now = world.clock.now()
    known = live(tx, world, brand_id).journeys
    forms = {slug: one.journey.form for slug, one in known.items() if one.journey.form}
    begun: dict[str, list[int]] = defaultdict(list)
    if forms:
        for row in tx.occasions.between(brand_id, now - _REACH, now + 1):
            if row.journey in forms and row.state != "missed":
                begun[forms[row.journey]].append(row.at)
    return uses_of(begun, now, rules_in_force(tx, world, brand_id).form_days)


def note_worn_forms(tx: Tx, world: World, brand_id: int) -> int:
    """Open a task for each form that was used past its time; one a month. Return how many."""
    now = world.clock.now()
    month = f"{local_datetime(now, world.zone):%Y-%m}"
    return sum(
        open_own_task(
            tx, brand_id,
            text(
                "policy.form_worn", form=one.form, n=one.n,
                since=f"{local_datetime(one.since, world.zone):%Y-%m-%d}",
            ),
            "/policy#forms", "form", one.form, one.since, month, now=now, due_at=now + _DUE,
        )
        for one in form_uses(tx, world, brand_id)
        if one.is_worn
    )  # fmt: skip
