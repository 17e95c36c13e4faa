"""Takes a merge back: each profile gets again what came with it, and they stay two from now on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import msgspec

from huiliu.identity.seen import Seen
from huiliu.identity.traits import set_traits
from huiliu.kernel.bodies import read_body
from huiliu.kernel.errors import NotFound
from huiliu.kernel.events import Event, Kind, NewEvent
from huiliu.kernel.ids import digest, show_profile_id
from huiliu.ports.people import MergeRow, SeenRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.project import CONSUMER

__all__ = ["Unmerged", "unmerge"]

_PAGE = 5_000
_OFFSET_BITS = 48


@dataclass(frozen=True, slots=True)
class Unmerged:
    """Two people who were one."""

    #: The profile that is present again.
    restored: int
    #: The profile that it had been merged into, as it is now.
    left: int
    #: Every id that went with the restored profile, its own first.
    ids: tuple[int, ...]


def unmerge(world: World, brand_id: int, profile_id: int) -> Unmerged:
    """Undo the merge of a profile, and return the two.

    A profile that was merged away comes back with all that had been merged into it before. Of a
    present profile the latest merge is undone. Identifiers, subject keys, events, facts and
    consents go to whom they came with, also those that arrived after the merge; traits and
    memberships of both are computed again from the log. The same evidence never merges the two
    again.

    Raises:
        NotFound: no merge of this profile stands.
    """
    with world.store.system() as tx:
        # As the projector does: no event is projected while people change.
        tx.log.cursor(CONSUMER)
        present = tx.people.present(brand_id, [profile_id])[profile_id]
        merges = tx.people.merges(brand_id, present)
        edge = _edge(merges, profile_id, present)
        ids = _subtree(merges, edge.gone)
        now = world.clock.now()
        tx.people.lock(brand_id, [present, edge.gone])
        tx.people.unmerge(brand_id, edge, ids, present, now)
        histories = tx.people.histories(brand_id, [present, edge.gone])
        tx.people.rewrite([_recomputed(tx, brand_id, *each) for each in histories.items()])
        tx.people.rewrite_memberships(brand_id, histories)
        tx.log.append([_told(brand_id, edge, present, now)])
    return Unmerged(edge.gone, present, ids)


def _edge(merges: Iterable[MergeRow], profile_id: int, present: int) -> MergeRow:
    """Return the merge to undo: that of the profile, or the latest into a present one."""
    found = [each for each in merges if profile_id in {each.gone, present}]
    if not found:
        raise NotFound("merge", show_profile_id(profile_id))
    return found[-1]


def _subtree(merges: Collection[MergeRow], root: int) -> tuple[int, ...]:
    """Return a profile and all that had been merged into it, directly or not."""
    ids = [root]
    for each in ids:
        ids += [merge.gone for merge in merges if merge.into == each]
    return tuple(ids)


def _recomputed(tx: Tx, brand_id: int, profile_id: int, ids: Collection[int]) -> SeenRow:
    """Return a person's times and traits as the log tells them."""
    seen = Seen()
    for event in _events(tx, brand_id, ids):
        body = read_body(event.body)
        position = event.partition << _OFFSET_BITS | event.offset
        seen.see(profile_id, event.occurred_at)
        if traits := set_traits(event.kind, body):
            seen.set(profile_id, traits, event.occurred_at, position)
        if body.context:
            seen.tell(profile_id, body.context, event.occurred_at, position)
    for new in seen.additions({}):
        return SeenRow(brand_id, profile_id, new.first_at, new.last_at, new.traits)
    # Its events are older than the log: what is left is when its identifiers were first seen.
    rows = tx.people.identities(brand_id, profile_id)
    at = min((row.first_seen_at for row in rows), default=0)
    return SeenRow(brand_id, profile_id, at, at, {})


def _events(tx: Tx, brand_id: int, ids: Collection[int]) -> Iterable[Event]:
    """Yield what people themselves did, newest first, page by page."""
    before: int | None = None
    while page := tx.people.events(brand_id, ids, before, _PAGE):
        yield from (event for event in page if event.kind is not Kind.INTERNAL)
        before = page[-1].partition << _OFFSET_BITS | page[-1].offset


def _told(brand_id: int, edge: MergeRow, present: int, now: int) -> NewEvent:
    """Return the event that tells the log."""
    return NewEvent(
        brand_id=brand_id,
        message_key=digest("$unmerge", brand_id, edge.gone, edge.position),
        received_at=now,
        occurred_at=now,
        name="$unmerge",
        kind=Kind.INTERNAL,
        identifiers=(),
        subject=None,
        flags=0,
        body=msgspec.json.encode({
            "profile_id": edge.gone,
            "properties": {"from": edge.gone, "to": present},
        }),
    )  # fmt: skip
