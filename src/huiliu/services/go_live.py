"""Carries live what was decided: once, as it was decided about, or not at all and told why."""

from __future__ import annotations

from dataclasses import replace

from huiliu.kernel.errors import BadInput, Conflict, EngineFailed, Overtaken, Unavailable
from huiliu.kernel.texts import Text, text
from huiliu.ports.console import Action
from huiliu.ports.decisions import Decision
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.decision_data import digest_of, read_documents, said, written
from huiliu.services.notify import notify
from huiliu.services.propose import approvals_in_force, open_decision, told_facts
from huiliu.services.publish import publish_all
from huiliu.services.read_offers import Offer, read_offers
from huiliu.services.weigh_change import weigh_changes

__all__ = ["follow_decisions", "go_live"]


def follow_decisions(world: World, limit: int) -> int:
    """Carry live what was approved and whose process died, and end what nobody answered in time."""
    now = world.clock.now()
    with world.store.system() as tx:
        due = tx.decisions.due(now, limit)
        for one in due:
            if one.state == "open":
                _end(tx, world, one, "open", "expired", text("decisions.expired"))
    n_done = sum(one.state == "open" for one in due)
    for one in due:
        if one.state == "approved":
            try:
                n_done += go_live(world, one.brand_id, one.decision_id)
            except (EngineFailed, Unavailable):
                # It stays approved; the others do not wait behind it.
                continue
    return n_done


def go_live(world: World, brand_id: int, number: int) -> bool:
    """Publish what was approved, if it still says and follows what was decided about.

    Return whether it has come to an end, or is open again.

    Whoever dies on the way leaves it approved, and a worker tries again; it is noted as live in the
    transaction that stores the documents, so it goes live once.
    """
    with world.store.transaction(brand_id) as tx:
        decision = tx.decisions.get(brand_id, number)
    if decision.state != "approved":
        return False
    kept = read_documents(decision.documents)
    if digest_of(kept) != decision.digest:
        with world.store.system() as tx:
            _end(tx, world, decision, "approved", "failed", text("decisions.tampered"))
        return True
    offers = [Offer(one.source, one.in_flight, one.base, one.where, one.kind) for one in kept]

    def settle(tx: Tx) -> bool:
        """Note that it is live; False = it was changed or taken back meanwhile."""
        now = world.clock.now()
        is_noted = tx.decisions.move(decision, "approved", "live", now)
        if is_noted:
            notify(
                tx, world, brand_id, "decision_live", told_facts(decision),
                address=f"/decisions/{number}", key=f"decision {number} live",
            )  # fmt: skip
            subject = f"{number}.{decision.revision}"
            tx.console.record_action(Action(brand_id, now, 0, "decision_live", subject))
        return is_noted

    try:
        publish_all(world, brand_id, offers, decision.author, settle)
    except Overtaken:
        _open_again(world, decision, offers)
    except BadInput as fault:
        first = fault.problems[0]
        why = text("decisions.failed", path=first.path, problem=first.text)
        with world.store.system() as tx:
            _end(tx, world, decision, "approved", "failed", why)
    except Conflict:
        # Another process was faster, or its author changed it: what stands there now counts.
        return False
    return True


def _open_again(world: World, decision: Decision, offers: list[Offer]) -> None:
    """Let it be decided anew: what it changes is no more what those who approved it saw."""
    brand_id = decision.brand_id
    fresh = [replace(one, expects=None) for one in offers]
    with world.store.system() as tx:
        proposals, problems = read_offers(tx, world, brand_id, fresh)
        rules = approvals_in_force(tx, brand_id)
    if problems:
        why = text("decisions.failed", path=problems[0].path, problem=problems[0].text)
        with world.store.system() as tx:
            _end(tx, world, decision, "approved", "failed", why)
        return
    if rules is None:
        with world.store.system() as tx:
            _end(tx, world, decision, "approved", "failed", text("decisions.no_rules"))
        return
    weighed = weigh_changes(world, brand_id, proposals, rules)
    panel = rules.panel(weighed.risk) or rules.panels["medium"]
    with world.store.system() as tx:
        now = tx.decisions.lock(brand_id, decision.decision_id)
        if (now.state, now.revision) != ("approved", decision.revision):
            return
        open_decision(
            tx, world, brand_id, proposals, (weighed.evidence, panel), by=decision.author,
            because=text("decisions.overtaken"),
        )  # fmt: skip


def _end(tx: Tx, world: World, decision: Decision, old: str, new: str, why: Text) -> None:
    """End a decision without going live, and say so; one that moved on meanwhile is left alone."""
    brand_id, number, revision = decision.brand_id, decision.decision_id, decision.revision
    now = world.clock.now()
    if not tx.decisions.move(decision, old, new, now, written(said(why))):
        return
    notify(
        tx, world, brand_id, f"decision_{new}", told_facts(decision),
        address=f"/decisions/{number}", key=f"decision {number}.{revision} {new}",
    )  # fmt: skip
    tx.console.record_action(Action(brand_id, now, 0, f"decision_{new}", f"{number}.{revision}"))
