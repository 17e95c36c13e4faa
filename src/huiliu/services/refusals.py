"""Who refused while their message was already in a worker's hands."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.ports.messages import MessageRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import held_key

__all__ = ["refused"]

_SERVICE = "service"


def refused(tx: Tx, world: World, brand_id: int, rows: Sequence[MessageRow]) -> dict[bytes, str]:
    """Return message -> reason for those of one brand that may not go any more.

    A worker asks between two parts of what it holds, so that a refusal is in force within seconds
    however slow the provider is. Nothing is revealed, nothing is locked.
    """
    told = {row.queued.profile_id for row in rows}
    present = tx.people.present(brand_id, told)
    ids = {each: present.get(each, each) for each in told}
    profiles = tx.people.profiles(brand_id, set(ids.values()))
    consents = tx.people.consents(brand_id, set(ids.values()), world.clock.now())
    keys = {
        row.queued.message_id: held_key(row.queued.channel, profile)
        for row in rows
        if (profile := profiles.get(ids[row.queued.profile_id])) is not None
    }
    listed = tx.people.suppressions(brand_id, {key for key in keys.values() if key})
    found: dict[bytes, str] = {}
    for row in rows:
        queued = row.queued
        purpose = _SERVICE if queued.message_class == _SERVICE else "marketing"
        state = consents.get(ids[queued.profile_id], {}).get((queued.channel, purpose))
        scopes = listed.get(keys.get(queued.message_id, b""), set())
        if state in {"withdrawn", "expired"}:
            found[queued.message_id] = f"consent_{state}"
        elif "all" in scopes or (scopes and purpose != _SERVICE):
            found[queued.message_id] = "suppressed"
    return found
