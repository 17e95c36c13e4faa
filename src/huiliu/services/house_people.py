"""Which users of the console something concerns."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.ports.accounts import User
from huiliu.ports.store import Tx

__all__ = ["concerned", "eyes_of"]


def eyes_of(user: User) -> tuple[str, ...] | None:
    """Return the departments whose notices a user sees; None = all.

    Administrators see all, and so does who was given no department.
    """
    return None if user.role == "admin" or not user.department else (user.department,)


def concerned(tx: Tx, brand_id: int, departments: Sequence[str]) -> list[User]:
    """Return the users of some departments; () = everybody who is no mere onlooker.

    Where nobody belongs to them the administrators are told, so that nothing is told to nobody.
    """
    users = tx.accounts.users(brand_id)
    if departments:
        found = [user for user in users if user.department in departments]
    else:
        found = [user for user in users if user.role in {"admin", "marketer"}]
    return found or [user for user in users if user.role == "admin"]
