"""For which department each user speaks, and who speaks for whom while they are away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.governance.notices import DEPARTMENTS
from huiliu.kernel.errors import BadInput, NotFound, Problem, Refused
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY
from huiliu.ports.accounts import User
from huiliu.ports.console import Action
from huiliu.ports.decisions import Delegation
from huiliu.ports.world import World

__all__ = [
    "Spoken",
    "delegate",
    "delegations",
    "may_decide",
    "revoke",
    "set_department",
    "user_named",
]

#: Roles without a say: customer service sees neither documents nor decisions.
_SILENT: Final = frozenset({"service"})
#: Longer, and it is another job.
_LONGEST = 92 * DAY


@dataclass(frozen=True, slots=True)
class Spoken:
    """One who speaks for another."""

    delegation: Delegation
    giver: User
    taker: User
    holds: bool


def may_decide(user: User, departments: Collection[str]) -> bool:
    """Say whether a user is one of those departments' people who may have a say."""
    return user.department in departments and user.role not in _SILENT


def user_named(world: World, brand_id: int, email: str) -> User:
    """Return the user with an address; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        for user in tx.accounts.users(brand_id):
            if user.email.lower() == email.strip().lower():
                return user
    raise NotFound("user", email[:200])


def set_department(world: World, brand_id: int, user_id: int, department: str, by: int = 0) -> None:
    """Say for which department a user speaks; "" = for none.

    Raises:
        BadInput: there is no such department.
        NotFound: there is no such user.
    """
    if department and department not in DEPARTMENTS:
        said = text("departments.unknown", known=", ".join(DEPARTMENTS))
        raise BadInput((Problem("department", said),))
    with world.store.transaction(brand_id) as tx:
        tx.accounts.set_department(brand_id, user_id, department)
        subject = f"{user_id} {department or '-'}"
        now = world.clock.now()
        tx.console.record_action(Action(brand_id, now, by, "user_department", subject))


def delegate(  # noqa: PLR0913 - who speaks for whom, from when to when
    world: World,
    brand_id: int,
    giver: User,
    taker: User,
    *,
    starts_at: int,
    ends_at: int,
    by: int = 0,
) -> Delegation:
    """Let one user speak for another for a while.

    Raises:
        BadInput: with everything that is wrong.
    """
    problems = []
    if giver.user_id == taker.user_id:
        problems.append(Problem("to", text("delegation.to_oneself")))
    if not giver.department:
        problems.append(Problem("from", text("delegation.no_department")))
    now = world.clock.now()
    if ends_at <= max(starts_at, now):
        problems.append(Problem("until", text("delegation.ends_before")))
    elif ends_at - starts_at > _LONGEST:
        problems.append(Problem("until", text("delegation.too_long", days=_LONGEST // DAY)))
    if problems:
        raise BadInput(tuple(problems))
    new = Delegation(brand_id, 0, giver.user_id, taker.user_id, starts_at, ends_at, now)
    with world.store.transaction(brand_id) as tx:
        made = tx.decisions.delegate(new)
        subject = f"{giver.user_id} > {taker.user_id}"
        tx.console.record_action(Action(brand_id, now, by, "delegation_made", subject))
    return made


def revoke(world: World, brand_id: int, delegation_id: int, by: User | None = None) -> None:
    """Take a delegation back.

    Args:
        world: the instance.
        brand_id: whose.
        delegation_id: which.
        by: who does it; only the two whom it is about may. None = the command line.

    Raises:
        NotFound: there is no such delegation.
        Refused: it is about two others.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        ended = tx.decisions.revoke(brand_id, delegation_id, now)
        if by is not None and by.user_id not in {ended.from_user, ended.to_user}:
            raise Refused("delegation_of_others")
        subject = f"{ended.from_user} > {ended.to_user}"
        who = by.user_id if by is not None else 0
        tx.console.record_action(Action(brand_id, now, who, "delegation_ended", subject))


def delegations(world: World, brand_id: int) -> Sequence[Spoken]:
    """Return who speaks for whom, or will."""
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        users = {user.user_id: user for user in tx.accounts.users(brand_id)}
        return [
            Spoken(one, users[one.from_user], users[one.to_user], one.holds(now))
            for one in tx.decisions.delegations(brand_id, now)
            if not one.revoked_at and one.from_user in users and one.to_user in users
        ]
