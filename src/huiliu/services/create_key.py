"""Make a write key: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports import Action, ApiKey, World

__all__ = ["SCOPES", "create_key", "key_hash"]

#: What a key may be for: public collecting, servers, tills.
SCOPES = ("collect", "api", "pos")
_SHOWN_PREFIX = 8


def key_hash(shown: str) -> bytes:
    """Return the hash under which a key is kept; keys are random, so one round is enough."""
    return hashlib.sha256(shown.encode()).digest()


def create_key(
    world: World, brand_id: int, name: str, scope: str, by: int = 0
) -> tuple[ApiKey, str]:
    """Store a new key and return it with the secret itself, which is never shown again.

    Args:
        world: the instance.
        brand_id: whose key.
        name: what people call it.
        scope: what it is for.
        by: the user who makes it; 0 = the command line.

    Raises:
        BadInput: a scope that does not exist, or a name that is empty or too long.
    """
    problems = []
    if scope not in SCOPES:
        problems.append(Problem("scope", text("keys.unknown_scope", known=", ".join(SCOPES))))
    if not 1 <= len(name.strip()) <= 80:
        problems.append(Problem("name", text("accounts.name_length", most=80)))
    if problems:
        raise BadInput(tuple(problems))
    # Letters and digits only: the key is a user name in Basic authentication.
    shown = f"hl_{scope[0]}_{secrets.token_hex(20)}"
    made = ApiKey(
        brand_id=brand_id,
        key_id=0,
        name=name.strip(),
        scope=scope,
        prefix=shown[:_SHOWN_PREFIX],
        key_hash=key_hash(shown),
        created_at=world.clock.now(),
        revoked_at=0,
    )
    with world.store.transaction(brand_id) as tx:
        kept = tx.accounts.put_key(made)
        # One transaction: who made a key may not approve what it proposes.
        action = Action(brand_id, kept.created_at, by, "key_created", str(kept.key_id))
        tx.console.record_action(action)
    return kept, shown
