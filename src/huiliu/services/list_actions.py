"""What users did in the console, for those who may ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.ports import Action, World

__all__ = ["ActionPage", "list_actions", "record_action"]

_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ActionPage:
    """One page of actions, newest first."""

    rows: Sequence[Action]
    #: User id -> name.
    users: Mapping[int, str]
    next: int | None


def list_actions(world: World, brand_id: int, before: int | None = None) -> ActionPage:
    """Return what users did, newest first."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.console.actions(brand_id, _PER_PAGE + 1, before)
        users = {user.user_id: user.name for user in tx.accounts.users(brand_id)}
    shown = rows[:_PER_PAGE]
    following = shown[-1][0] if len(rows) > _PER_PAGE else None
    return ActionPage([action for _, action in shown], users, following)


def record_action(world: World, brand_id: int, user_id: int, what: str, subject: str) -> None:
    """Write down what a user did."""
    with world.store.transaction(brand_id) as tx:
        tx.console.record_action(Action(brand_id, world.clock.now(), user_id, what, subject))
