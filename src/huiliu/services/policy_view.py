"""The policy in force with all that is known about how it fares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput
from huiliu.messages.policy_document import Policy, parse_policy, policy_of
from huiliu.messages.rules import Rules
from huiliu.messages.wear import FormUse
from huiliu.ports.policy import OddsRow
from huiliu.ports.world import World
from huiliu.services.campaign_forms import form_uses
from huiliu.services.live import live
from huiliu.services.policy_rules import KIND, POLICY, unknown_names

__all__ = ["PolicyView", "check_policy", "policy_view"]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What holds now."""

    #: 0 = the brand has no document: the settings hold.
    version: int
    #: The document, or what it would be.
    source: str
    rules: Rules
    odds: OddsRow
    forms: Sequence[FormUse]
    #: Journey -> its priority, of those that are live: who competes.
    priorities: Mapping[str, int]


def policy_view(world: World, brand_id: int) -> PolicyView:
    """Return the policy in force with all that is known about how it fares."""
    with world.store.system() as tx:
        known = live(tx, world, brand_id)
        held = [one for one in tx.documents.all(brand_id, KIND) if one.slug == POLICY]
        rules = known.rules or world.policy
        document = held[0] if held and known.rules is not None else None
        return PolicyView(
            document.version if document else 0,
            document.source if document else policy_of(rules).source(),
            rules,
            tx.policy.odds(brand_id),
            form_uses(tx, world, brand_id),
            {
                slug: one.journey.priority
                for slug, one in sorted(known.journeys.items())
                if one.state == "live"
            },
        )


def check_policy(world: World, brand_id: int, source: str | bytes) -> Policy:
    """Return the policy of a document that could go live here.

    Raises:
        BadInput: with every problem, its path and line.
    """
    found = parse_policy(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    with world.store.system() as tx:
        known = live(tx, world, brand_id)
        tags = tx.tags.states(brand_id)
    problems = unknown_names(found.rules, load(source), known.journeys, known.segments, tags)
    if problems:
        raise BadInput(tuple(problems))
    return found
