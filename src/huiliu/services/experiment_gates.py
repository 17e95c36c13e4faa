"""What an experiment has to be before it goes live: met somewhere, alone there, and kept as it is.

One that has begun keeps its arms, its place and what decides: changing the question after the
answers came in would make any answer worthless.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huiliu.experiments.plan import KIND, Plan, parsed_experiment
from huiliu.experiments.standing import RUNNING
from huiliu.journeys import Journey
from huiliu.journeys.nodes import Node
from huiliu.kernel.documents import load
from huiliu.kernel.errors import NotFound, Problem
from huiliu.kernel.texts import Text, text
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live
from huiliu.services.read_offers import Proposal

__all__ = ["experiments_hold"]

#: What stays as it is once the experiment has begun, and where it stands.
_KEPT: Final = (
    "arms", "place", "goals", "guards", "window", "covariate", "mode", "sample", "ends", "winner",
    "proof",
)  # fmt: skip
_PATHS: Final = {"place": "where", "proof": "winner"}


def experiments_hold(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal]
) -> Sequence[Problem]:
    """Return what keeps an experiment from going live."""
    plan = one.parsed
    if not isinstance(plan, Plan):
        return ()
    loaded = load(one.offer.source)
    where = f"{one.offer.where}: " if one.offer.where else ""
    found = [
        *_changed(tx, brand_id, one, plan),
        *_taken(tx, brand_id, plan, beside),
        *_missing(tx, world, brand_id, plan, beside),
    ]
    return [Problem(f"{where}{path}", said, loaded.line_of(path)) for path, said in found]


def _changed(tx: Tx, brand_id: int, one: Proposal, plan: Plan) -> Iterator[tuple[str, Text]]:
    """Yield what was changed of an experiment that has begun."""
    row = tx.experiments.all(brand_id).get(plan.slug)
    if row is None or not one.before:
        return
    if row.state != RUNNING and one.state == "archived":
        yield "slug", text("experiments.over", slug=plan.slug)
        return
    before = parsed_experiment(one.before)
    paths = {_PATHS.get(name, name) for name in _KEPT if _of(before, name) != _of(plan, name)}
    for path in sorted(paths):
        yield path, text("experiments.begun", field=path)


def _of(plan: Plan, name: str) -> object:
    """Return a field of a plan."""
    return getattr(plan, name)


def _taken(
    tx: Tx, brand_id: int, plan: Plan, beside: Sequence[Proposal]
) -> Iterator[tuple[str, Text]]:
    """Yield the experiments that are met in the same place."""
    others = {
        document.slug: parsed_experiment(document.source)
        for document in tx.documents.all(brand_id, KIND)
        if document.state == "live"
    } | {each.slug: each.parsed for each in beside if isinstance(each.parsed, Plan)}
    promotions = {arm.promotion for arm in plan.arms} - {""}
    for slug, other in others.items():
        if slug == plan.slug:
            continue
        shared = promotions & {arm.promotion for arm in other.arms}
        if other.met == plan.met or shared:
            yield "where" if not shared else "arms", text("experiments.taken", slug=slug)


def _missing(
    tx: Tx, world: World, brand_id: int, plan: Plan, beside: Sequence[Proposal]
) -> Iterator[tuple[str, Text]]:
    """Yield what the plan names and nothing bears."""
    offered = {(each.kind, each.slug) for each in beside}
    for path, kind, slug in _named(plan):
        if (kind, slug) not in offered and not _is_there(tx, brand_id, kind, slug):
            yield path, text("plans.no_such", kind=kind, slug=slug)
    journeys = {
        slug: running.journey
        for slug, running in live(tx, world, brand_id).journeys.items()
        if running.state != "archived"
    } | {each.slug: each.parsed for each in beside if isinstance(each.parsed, Journey)}
    if plan.place.kind == "send":
        journey = journeys.get(plan.place.journey)
        node = journey.nodes.get(plan.place.node) if journey is not None else None
        if journey is None:
            said = text("plans.no_such", kind="journey", slug=plan.place.journey)
            yield "where.journey", said
        elif node is None or not _variants(node) >= set(plan.shares):
            yield "where.node", text("experiments.no_variants", arms=", ".join(plan.shares))
    elif plan.place.kind == "node":
        nodes = [
            node
            for journey in journeys.values()
            for node in journey.nodes.values()
            if node.type == "experiment" and node.tree()["experiment"] == plan.slug
        ]
        if not nodes:
            yield "slug", text("experiments.nowhere", slug=plan.slug)
        elif not any(_variants(node) >= set(plan.shares) for node in nodes):
            yield "arms", text("experiments.no_variants", arms=", ".join(plan.shares))


def _named(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield path, kind and slug of the offers that a plan names."""
    if plan.place.coupon:
        yield "where.coupon", "coupon", plan.place.coupon
    for nth, arm in enumerate(plan.arms):
        if arm.coupon:
            yield f"arms[{nth}].coupon", "coupon", arm.coupon
        if arm.promotion:
            yield f"arms[{nth}].promotion", "promotion", arm.promotion


def _variants(node: Node) -> set[str]:
    """Return the names of the variants that a node knows."""
    tree = node.tree()
    ways = tree.get("ways") or tree.get("variants") or ()
    assert isinstance(ways, list | tuple)
    return {str(one["variant"]) for one in ways if "variant" in one}


def _is_there(tx: Tx, brand_id: int, kind: str, slug: str) -> bool:
    """Say whether a document is in use."""
    try:
        return tx.documents.latest(brand_id, kind, slug).state != "archived"
    except NotFound:
        return False
