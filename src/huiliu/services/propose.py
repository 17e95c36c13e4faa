"""What publishing does where several departments decide: it proposes, and goes no further.

A proposal holds every document that was to go live together, the versions that it follows, and what
was found out about it. Proposed again unchanged it is the same decision; changed, it is a new
revision of it, and the votes so far are of another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from huiliu.governance.approvals import KIND, SLUG, Approvals, Panel, parsed_approvals
from huiliu.governance.notices import DEPARTMENTS
from huiliu.journeys import Journey
from huiliu.journeys.schedules.once import Once
from huiliu.kernel.errors import AwaitsApproval, Problem
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY
from huiliu.ports.backtests import BacktestRow
from huiliu.ports.console import Action
from huiliu.ports.decisions import Decision, NewDecision
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.apply_journey import held_document
from huiliu.services.decision_data import (
    Evidence,
    Kept,
    about_of,
    digest_of,
    kept_documents,
    said,
    written,
)
from huiliu.services.departments import may_decide
from huiliu.services.notify import notify
from huiliu.services.read_offers import Proposal
from huiliu.services.schedule import lateness
from huiliu.services.weigh_change import weigh_changes

__all__ = ["approvals_in_force", "approvals_staffed", "hold", "open_decision", "told_facts"]

#: How far back a backtest that is attached looks.
_BACKTEST_DAYS: Final = 28


def approvals_in_force(tx: Tx, brand_id: int) -> Approvals | None:
    """Return how a brand decides together; None = everything goes live at once."""
    held = held_document(tx, brand_id, KIND, SLUG)
    if held is None or held.state != "live":
        return None
    found = parsed_approvals(held.source)
    return found if found.enabled else None


def approvals_staffed(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal]
) -> Sequence[Problem]:
    """Return what keeps a brand from deciding together: departments in which nobody may vote.

    What nobody can approve would hold back everything for ever, this document included.
    """
    del world, beside
    if not isinstance(one.parsed, Approvals) or not one.parsed.enabled:
        return ()
    staffed = {
        user.department for user in tx.accounts.users(brand_id) if may_decide(user, DEPARTMENTS)
    }
    return [
        Problem(f"{risk}.need", text(
            "approvals.not_staffed", need=panel.need,
            n=len(staffed & set(panel.departments)),
        ))
        for risk, panel in one.parsed.panels.items()
        if len(staffed & set(panel.departments)) < panel.need
    ]  # fmt: skip


def hold(
    world: World, brand_id: int, proposals: Sequence[Proposal], rules: Approvals, by: str
) -> None:
    """Let documents pass that nobody else has to decide about.

    Args:
        world: the instance.
        brand_id: whose documents.
        proposals: all that go live together, judged by the gates.
        rules: how the brand decides.
        by: who wants it.

    Raises:
        AwaitsApproval: several departments decide about them; the decision is stored.
    """
    if not any(one.is_new for one in proposals):
        return
    weighed = weigh_changes(world, brand_id, proposals, rules)
    panel = rules.panel(weighed.risk)
    if panel is None:
        return
    with world.store.system() as tx:
        found = open_decision(tx, world, brand_id, proposals, (weighed.evidence, panel), by=by)
    raise AwaitsApproval(found.decision_id, found.risk, found.need, found.departments)


def open_decision(  # noqa: PLR0913 - what a decision is made of
    tx: Tx,
    world: World,
    brand_id: int,
    proposals: Sequence[Proposal],
    weighed: tuple[Evidence, Panel],
    *,
    by: str,
    because: Text | None = None,
) -> Decision:
    """Store what is proposed: a new decision, another revision of one, or the same as there is.

    Args:
        tx: the transaction of it.
        world: the instance.
        brand_id: whose documents.
        proposals: all that go live together.
        weighed: what was found out about them, and who decides.
        by: who wants it.
        because: why it is opened again, where it is not its author who changed it.
    """
    evidence, panel = weighed
    kept = [_kept(one) for one in proposals]
    about, digest = about_of(kept), digest_of(kept)
    now = world.clock.now()
    new = NewDecision(
        brand_id, about, evidence.risk, panel.need, panel.departments, by, _user_id(tx, by),
        digest, kept_documents(kept), b"", now, _deadline(world, proposals, now, panel),
        written(said(because)) if because is not None else b"",
    )  # fmt: skip
    waiting = tx.decisions.waiting(brand_id, about)
    if waiting is not None and waiting.digest == digest and because is None:
        return waiting
    new = replace(new, evidence=written(_with_backtests(tx, brand_id, proposals, evidence, by)))
    found = None
    if waiting is None:
        found = tx.decisions.open(new)
        waiting = found or tx.decisions.waiting(brand_id, about)
    if found is None:
        # Somebody else proposed the same documents a moment ago: theirs is waited for and revised.
        assert waiting is not None
        if waiting.digest == digest and because is None:
            return waiting
        found = tx.decisions.revise(waiting.decision_id, new)
    kind = "decision_opened" if found.revision == 1 else "decision_reopened"
    notify(
        tx, world, brand_id, kind, told_facts(found), address=f"/decisions/{found.decision_id}",
        key=f"decision {found.decision_id}.{found.revision}", departments=found.departments,
    )  # fmt: skip
    what = "decision_opened" if found.revision == 1 else "decision_revised"
    subject = f"{found.decision_id}.{found.revision}"
    tx.console.record_action(Action(brand_id, now, found.author_id, what, subject))
    return found


def told_facts(decision: Decision) -> dict[str, str | int | float]:
    """Return what notices of a decision say."""
    kept = msgspec.json.decode(decision.documents, type=list[Kept])
    names = [f"{one.kind} {one.slug}" for one in kept if one.is_new]
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return {
        "id": decision.decision_id, "what": f"{names[0]}{more}" if names else "",
        "need": decision.need, "author": decision.author,
    }  # fmt: skip


def _kept(one: Proposal) -> Kept:
    """Return a document as a decision keeps it."""
    way = one.offer.in_flight
    return Kept(
        one.kind, one.slug, one.source, one.version, one.is_new, way.way, dict(way.moves),
        sorted(way.restart), one.offer.where,
    )  # fmt: skip


def _user_id(tx: Tx, by: str) -> int:
    """Return the user who signs documents so; 0 = the command line, or a key."""
    user = tx.accounts.user_by_email(by) if "@" in by else None
    return user.user_id if user is not None else 0


def _deadline(world: World, proposals: Sequence[Proposal], now: int, panel: Panel) -> int:
    """Return until when it waits: a campaign whose time has passed would never begin."""
    found = now + panel.expires
    for one in proposals:
        plan = one.parsed.entry.schedule if isinstance(one.parsed, Journey) else None
        if isinstance(plan, Once) and isinstance(one.parsed, Journey):
            at = plan.next(now - DAY, world.zone)
            if at is not None:
                # Whoever means this minute is content with somewhat later.
                late = at.at + lateness(one.parsed) if at.at <= now else at.at
                found = min(found, late)
    return found


def _with_backtests(
    tx: Tx, brand_id: int, proposals: Sequence[Proposal], evidence: Evidence, by: str
) -> Evidence:
    """Return the evidence with a backtest asked for of each journey that has a past to try."""
    now = evidence.at
    documents = []
    by_name = {(one.kind, one.slug): one for one in proposals}
    for one in evidence.documents:
        proposal = by_name[one.kind, one.slug]
        if isinstance(proposal.parsed, Journey) and not isinstance(
            proposal.parsed.entry.schedule, Once
        ):
            row = BacktestRow(
                brand_id, 0, one.slug, proposal.source, now - _BACKTEST_DAYS * DAY, now, 0, True,
                False, by, now,
            )  # fmt: skip
            documents.append(msgspec.structs.replace(one, backtest=tx.backtests.ask(row)))
        else:
            documents.append(one)
    return msgspec.structs.replace(evidence, documents=documents)
