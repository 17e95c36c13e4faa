"""Keeps what is said in conversations: sealed, under a key that goes with the person."""

from __future__ import annotations

from typing import Final

from huiliu.governance.splitting import TOKEN_PREFIX
from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import digest, show_profile_id
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["keep_words", "subject_of", "written_token"]

#: As what the vault keeps them: as other people's own words.
_FIELD: Final = "text"


def subject_of(brand_id: int, profile_id: int) -> bytes:
    """Return whose key seals what is said with a person."""
    return digest("conversation subject", brand_id, profile_id)


def keep_words(tx: Tx, world: World, brand_id: int, profile_id: int, words: str) -> bytes:
    """Keep words with a present person and return their token; "" needs none.

    Raises:
        NotFound: the person's key was destroyed.
    """
    if not words:
        return b""
    subject = subject_of(brand_id, profile_id)
    keys = tx.vault.subject_keys(brand_id, [subject], create=True)
    if subject not in keys:
        raise NotFound("profile", show_profile_id(profile_id))
    token = world.secrets.token(brand_id, _FIELD, words)
    sealed = world.secrets.seal_with(keys[subject], words.encode())
    tx.vault.put(brand_id, [(subject, token, _FIELD, sealed)])
    tx.vault.adopt(brand_id, {subject: profile_id})
    return token


def written_token(token: bytes) -> str:
    """Return a token as events and inputs of messages hold it; "" where there is none."""
    return f"{TOKEN_PREFIX}{token.hex()}" if token else ""
