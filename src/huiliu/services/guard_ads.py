"""Pauses campaigns of ads at their platform for an incident, and lets them run again after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import HuiliuError
from huiliu.ports.guard import IncidentMove, PauseRow
from huiliu.ports.world import World
from huiliu.services.ad_control import confirm, pause_campaign, propose

__all__ = ["pause_ads", "resume_ads"]

_BY: Final = "guard"
_LONGEST: Final = 300


def pause_ads(world: World, brand_id: int) -> None:
    """Pause at their platform the campaigns of ads that were not asked to pause yet."""
    with world.store.transaction(brand_id) as tx:
        waiting = [one for one in tx.guard.pauses(brand_id)
                   if one.kind == "ads" and not one.control_id]  # fmt: skip
    for one in waiting:
        account, campaign = one.scope["account"], one.scope["campaign"]
        reason = f"incident {one.incident_id}"
        try:
            done = pause_campaign(world, brand_id, account, campaign, reason=reason, by=_BY)
        except HuiliuError as fault:
            # Whatever the platform's account lacks: the next look tries again.
            _note(world, one, "ads_failed", str(fault))
            continue
        with world.store.system() as tx:
            # Its lock: whoever ends it waits for this, or was first and stands.
            tx.guard.incident(brand_id, one.incident_id)
            (fresh,) = [each for each in tx.guard.pauses_of(brand_id, one.incident_id)
                        if each.pause_id == one.pause_id]  # fmt: skip
            tx.guard.put_pause(structs.replace(fresh, control_id=done.control_id))
        _note(world, one, "ads_paused", f"{done.state} {done.answer}")
        if fresh.ended_at:
            # Somebody ended it while the platform was asked.
            resume_ads(world, brand_id, [fresh], _BY)


def resume_ads(world: World, brand_id: int, ads: Sequence[PauseRow], by: str) -> None:
    """Let campaigns of ads run again at their platform, and write down what it said."""
    for one in ads:
        asked = propose(
            world, brand_id, one.scope["account"], one.scope["campaign"], "resume",
            reason=f"incident {one.incident_id}", by=by,
        )  # fmt: skip
        done = confirm(world, brand_id, asked.control_id)
        _note(world, one, "ads_answered", f"{done.state} {done.answer}")


def _note(world: World, one: PauseRow, what: str, note: str) -> None:
    """Write down what became of a campaign of an incident."""
    with world.store.system() as tx:
        move = IncidentMove(world.clock.now(), what, "", note[:_LONGEST])
        tx.guard.note(one.brand_id, one.incident_id, move)
