"""Pauses campaigns of ads at their platform for an incident, and lets them run again after it.

A campaign is paused when its platform said so, not when it was asked. What it refused or did not
answer is shown as such, told once, and asked again at every look: to pause twice harms nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import HuiliuError
from huiliu.ports.ad_results import ControlRow
from huiliu.ports.guard import IncidentMove, PauseRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.ad_control import confirm, pause_campaign, propose
from huiliu.services.notify import notify

__all__ = ["PAUSED", "asked_of", "may_be_paused", "pause_ads", "resume_ads"]

#: What the platform is known to have done; the others: waiting, refused, unanswered.
PAUSED: Final = "paused"
_SAID: Final = {"done": PAUSED, "failed": "refused"}
_MOVES: Final = {PAUSED: "ads_paused", "refused": "ads_refused", "unanswered": "ads_unanswered"}
_BY: Final = "guard"
_LONGEST: Final = 300


def asked_of(tx: Tx, brand_id: int, pauses: Sequence[PauseRow]) -> Mapping[int, str]:
    """Return pause -> what its platform said, of the campaigns of ads among pauses.

    waiting = it could not be asked yet; paused, refused; unanswered = nobody knows.
    """
    return {one.pause_id: _said(tx, brand_id, one) for one in pauses if one.kind == "ads"}


def may_be_paused(tx: Tx, brand_id: int, pauses: Sequence[PauseRow]) -> list[PauseRow]:
    """Return the campaigns of ads that their platform paused, or may have paused unheard."""
    said = asked_of(tx, brand_id, pauses)
    return [one for one in pauses if said.get(one.pause_id) in {PAUSED, "unanswered"}]


def pause_ads(world: World, brand_id: int) -> None:
    """Ask platforms to pause the campaigns of ads that are not known to be paused."""
    with world.store.transaction(brand_id) as tx:
        standing = tx.guard.pauses(brand_id)
        said = asked_of(tx, brand_id, standing)
    for one in standing:
        if said.get(one.pause_id, PAUSED) != PAUSED:
            _ask(world, brand_id, one)


def resume_ads(world: World, brand_id: int, ads: Sequence[PauseRow], by: str) -> None:
    """Let campaigns of ads run again at their platform, and write down what it said."""
    for one in ads:
        asked = propose(
            world, brand_id, one.scope["account"], one.scope["campaign"], "resume",
            reason=f"incident {one.incident_id}", by=by,
        )  # fmt: skip
        done = confirm(world, brand_id, asked.control_id)
        with world.store.system() as tx:
            _note(tx, world, one, "ads_answered", f"{done.state} {done.answer}")


def _ask(world: World, brand_id: int, one: PauseRow) -> None:
    """Ask a platform to pause a campaign, and write down what it said."""
    account, campaign = one.scope["account"], one.scope["campaign"]
    reason = f"incident {one.incident_id}"
    try:
        done = pause_campaign(world, brand_id, account, campaign, reason=reason, by=_BY)
    except HuiliuError as fault:
        # Whatever the platform's account lacks: the next look tries again.
        with world.store.system() as tx:
            _note(tx, world, one, "ads_failed", str(fault))
            _tell(tx, world, one, str(fault))
        return
    with world.store.system() as tx:
        # Its lock: whoever ends it waits for this, or was first and stands.
        tx.guard.incident(brand_id, one.incident_id)
        (fresh,) = [each for each in tx.guard.pauses_of(brand_id, one.incident_id)
                    if each.pause_id == one.pause_id]  # fmt: skip
        said = _word(done)
        if said != "refused" or _said(tx, brand_id, fresh) != "unanswered":
            # What no answer came of may have paused it: a platform refuses what is paused already.
            tx.guard.put_pause(structs.replace(fresh, control_id=done.control_id))
        _note(tx, world, one, _MOVES[said], f"{done.state} {done.answer}")
        if said != PAUSED:
            _tell(tx, world, one, done.answer)
    if fresh.ended_at and said != "refused":
        # Somebody ended it while the platform was asked.
        resume_ads(world, brand_id, [fresh], _BY)


def _said(tx: Tx, brand_id: int, one: PauseRow) -> str:
    """Return what a platform said of one campaign."""
    if not one.control_id:
        return "waiting"
    found = tx.ad_results.controls(brand_id, 1, control_id=one.control_id)
    return _word(found[0]) if found else "waiting"


def _word(done: ControlRow) -> str:
    """Return what the answer to a pause means."""
    return _SAID.get(done.state, "unanswered")


def _note(tx: Tx, world: World, one: PauseRow, what: str, note: str) -> None:
    """Write down what became of a campaign of an incident; the same answer again says no more."""
    move = IncidentMove(world.clock.now(), what, "", note[:_LONGEST])
    before = tx.guard.moves(one.brand_id, one.incident_id)
    if not before or (before[-1].what, before[-1].note) != (move.what, move.note):
        tx.guard.note(one.brand_id, one.incident_id, move)


def _tell(tx: Tx, world: World, one: PauseRow, answer: str) -> None:
    """Say once that a campaign goes on spending though it was to be paused."""
    facts = {"where": f"{one.scope['account']} / {one.scope['campaign']}", "answer": answer or "–"}
    notify(
        tx, world, one.brand_id, "incident_unpaused", facts,
        address=f"/incidents/{one.incident_id}", key=f"incident_unpaused {one.pause_id}",
    )  # fmt: skip
