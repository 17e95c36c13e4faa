"""Remember the language in which a user reads the console."""

from __future__ import annotations

from huiliu.ports import User, World

__all__ = ["choose_language"]


def choose_language(world: World, user: User, locale: str) -> None:
    """Keep a user's language; the next page is in it."""
    with world.store.transaction(user.brand_id) as tx:
        tx.accounts.set_locale(user.user_id, locale)
