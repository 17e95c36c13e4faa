"""Make the first administrator, once, by whoever holds the instance."""

from __future__ import annotations

from hmac import compare_digest

from huiliu.kernel.errors import Forbidden
from huiliu.ports import Action, User, World
from huiliu.services.add_user import NewUser, user_from

__all__ = ["is_open", "set_up", "setup_token"]


def setup_token(world: World) -> str:
    """Return the token that `huiliu serve` prints while there are no users.

    It is made from the instance key, so only someone who can read the instance's console can
    open the first-run page; the first user makes it worthless.
    """
    return world.secrets.sign(b"first-run", "set up").hex()


def is_open(world: World) -> bool:
    """Say whether there are no users yet."""
    with world.store.system() as tx:
        return tx.accounts.n_users() == 0


def set_up(world: World, brand_id: int, token: str, new: NewUser) -> User:
    """Store the first user as administrator.

    Raises:
        Forbidden: the token is not the one that was printed.
        BadInput: every problem of the address, name and password.
        Conflict: there is a user already.
    """
    if not compare_digest(token.encode(), setup_token(world).encode()):
        raise Forbidden("set up")
    user = user_from(
        NewUser(new.email, new.name, new.password, "admin", new.locale),
        brand_id,
        world.clock.now(),
    )
    with world.store.system() as tx:
        made = tx.accounts.put_first_user(user)
        action = Action(brand_id, user.created_at, made.user_id, "user_added", str(made.user_id))
        tx.console.record_action(action)
    return made
