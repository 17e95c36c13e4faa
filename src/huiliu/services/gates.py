"""What every document passes on its way to going live, besides being readable.

A gate looks at one document beside all that go live with it; what it returns keeps all of them
from it. What passes may still wait for the word of others: see propose.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from huiliu.journeys.cases import Suite
from huiliu.kernel.errors import Problem
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.ad_audiences import audience_stands
from huiliu.services.apply_journey import held_document
from huiliu.services.content_gates import content_allowed
from huiliu.services.experiment_gates import experiments_hold
from huiliu.services.message_gates import facts_agree, lint_holds
from huiliu.services.plan_gates import names_known
from huiliu.services.propose import approvals_staffed
from huiliu.services.read_offers import Proposal
from huiliu.services.reward_gates import coupons_hold
from huiliu.services.test_journey import judge_journey, stored_suites

__all__ = ["GATES", "Gate", "tests_hold"]

Gate: TypeAlias = Callable[[Tx, World, int, Proposal, Sequence[Proposal]], Sequence[Problem]]


def tests_hold(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal]
) -> Sequence[Problem]:
    """Return what the cases of a journey hold against it, or against the one that they are of.

    Cases that go live with it stand in place of those of their name that are stored.
    """
    if one.kind == "journey":
        slug, source = one.slug, one.source
    elif isinstance(one.parsed, Suite):
        slug = one.parsed.journey
        held = held_document(tx, brand_id, "journey", slug)
        if held is None or any(each.kind == "journey" and each.slug == slug for each in beside):
            # It is judged when its journey is.
            return ()
        source = held.source
    else:
        return ()
    offered: dict[str, dict[str, str]] = {}
    suites = {suite.header.slug: suite for suite in stored_suites(tx, brand_id, slug)}
    for each in beside:
        offered.setdefault(each.kind, {})[each.slug] = each.source
        if isinstance(each.parsed, Suite):
            suites.pop(each.slug, None)
            if each.parsed.journey == slug:
                suites[each.slug] = each.parsed
    return judge_journey(tx, world, brand_id, source, list(suites.values()), offered)


#: Asked in this order, for every document on its way.
GATES: tuple[Gate, ...] = (
    tests_hold,
    facts_agree,
    lint_holds,
    content_allowed,
    audience_stands,
    coupons_hold,
    names_known,
    experiments_hold,
    approvals_staffed,
)
