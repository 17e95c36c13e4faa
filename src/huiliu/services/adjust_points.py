"""Gives or takes points by hand: who did it and why stay in the ledger."""

from __future__ import annotations

from decimal import Decimal

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation, Posted
from huiliu.services.points_commit import commit_points

__all__ = ["adjust"]

_LONGEST = 200


def adjust(  # noqa: PLR0913, PLR0917 - whose, how much, why, by whom, under which key
    world: World, brand_id: int, profile_id: int, amount: Decimal, reason: str, by: str, key: str
) -> Posted:
    """Give points, or take them (below zero); the same key again returns the first answer.

    Raises:
        BadInput: there is no reason, or nothing to move.
        NotFound: there is no such person.
    """
    if not reason.strip() or len(reason) > _LONGEST:
        raise BadInput((Problem("reason", text("console.points.no_reason")),))
    if not amount:
        raise BadInput((Problem("amount", text("console.points.no_amount")),))
    with world.store.transaction(brand_id) as tx:
        present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
        if present not in tx.people.profiles(brand_id, [present]):
            raise NotFound("profile", show_profile_id(profile_id))
    operation = Operation(
        f"adjust:{key}", Kind.ADJUST, present, amount, reason=reason.strip(), by=by
    )  # fmt: skip
    return commit_points(world, brand_id, [operation])[0]
