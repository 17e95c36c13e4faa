"""Which limits hold: the brand's policy document, else those that the settings name."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Final

from huiliu.kernel.documents import Loaded
from huiliu.kernel.errors import NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.messages.policy_document import parse_policy
from huiliu.messages.rules import Rules
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live

__all__ = ["KIND", "POLICY", "rules_at", "rules_in_force", "unknown_names"]

KIND: Final = "policy"
#: The one policy document of a brand.
POLICY: Final = "default"


def rules_in_force(tx: Tx, world: World, brand_id: int) -> Rules:
    """Return the limits that hold now."""
    return live(tx, world, brand_id).rules or world.policy


def rules_at(tx: Tx, world: World, brand_id: int, at: int) -> Rules:
    """Return the limits that held at an instant."""
    try:
        versions = tx.documents.versions(brand_id, KIND, POLICY)
    except NotFound:
        return world.policy
    held = next((one for one in versions if one.created_at <= at), None)
    return _rules(held.source) if held is not None else world.policy


@lru_cache(maxsize=64)
def _rules(source: str) -> Rules:
    """Return the limits of a document that was applied."""
    found = parse_policy(source)
    assert not isinstance(found, tuple), "what was applied has no faults"
    return found.rules


def unknown_names(
    rules: Rules,
    loaded: Loaded,
    journeys: Collection[str],
    segments: Collection[str],
    tags: Collection[str],
) -> list[Problem]:
    """Return what a policy names and nobody knows: a slip of the pen would limit nothing."""
    attention = rules.attention
    named = [(f"caps.{cap.name}.journeys", slug) for cap in rules.caps for slug in cap.journeys]
    named += [(f"attention.journeys.{slug}", slug) for slug in attention.journeys]
    found = [
        loaded.problem(path, text("policy.no_journey", slug=slug))
        for path, slug in sorted(named)
        if slug not in journeys
    ]
    found += [
        loaded.problem("attention.segments", text("policy.no_segment", slug=slug))
        for slug in attention.segments
        if slug not in segments
    ]
    tag = attention.remaining_tag
    if tag and tag not in tags:
        said = text("policy.no_tag", slug=tag)
        found.append(loaded.problem("attention.remaining_value.tag", said))
    return found
