"""Carries values of tags from the warehouse into the store, for live segments and journeys.

What a tag became is written into the warehouse's history at one instant; from there it travels in
the order of (instant, profile), a batch a transaction, and how far it came is written with it. So
a carrying that died goes on where it stopped, and memberships change once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec
import pyarrow as pa

from huiliu.conditions import Mentions
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.tags import TagChange
from huiliu.ports.world import World
from huiliu.services.cut_tags import publish_missing
from huiliu.services.live import live
from huiliu.services.track import retrack

__all__ = ["backfill_tags", "carry_tag", "forget_unread"]

#: People whose memberships are looked at in one transaction: the projector waits so long.
_BATCH: Final = 5_000
#: Values that are written in one statement where nobody's memberships are looked at.
_BULK: Final = 50_000
#: The earliest instant: the tag is carried, though it has no changes yet.
_BEGUN: Final = (1, 0)

_decode = msgspec.json.Decoder().decode


def carry_tag(world: World, brand_id: int, slug: str) -> int:
    """Carry what changed since the last time; return how many people's values did.

    Does nothing for a tag that no live document has asked for yet.
    """
    n_changed = 0
    while True:
        with world.store.system() as tx:
            state = tx.tags.states(brand_id).get(slug)
        if state is None or not state.carried_at:
            return n_changed
        after = (state.carried_at, state.carried_profile)
        rows = world.warehouse.tag_changes(brand_id, slug, after)
        if not rows.num_rows:
            return n_changed
        for changes in _batches(rows, _BATCH):
            n_moved = _carry(world, brand_id, slug, after, changes)
            if n_moved is None:
                # Another one carries this tag too: what is left is read anew.
                break
            n_changed += n_moved
            after = (changes[-1].set_at, changes[-1].profile_id)


def backfill_tags(
    tx: Tx,
    world: World,
    brand_id: int,
    slugs: Collection[str],
    tops: Collection[tuple[str, int]] = (),
) -> int:
    """Let values that stand be there before a document that asks for them is live.

    Called by whoever makes the document live, while the projector stands still. Returns how many
    values were written.

    Raises:
        BadInput: a tag of that name was never applied.
    """
    states = tx.tags.states(brand_id)
    unknown = sorted(set(slugs) - set(states))
    if unknown:
        raise BadInput(
            tuple(Problem("where", text("tags.not_applied", tag=slug)) for slug in unknown)
        )
    n_written = 0
    for slug in sorted(slugs):
        if states[slug].carried_at:
            continue
        # How far, first: what is written meanwhile is carried again, which changes nothing.
        upto = _reached(world, brand_id, slug)
        for changes in _batches(world.warehouse.tag_values(brand_id, slug), _BULK):
            n_written += len(tx.tags.carry(brand_id, slug, changes))
        tx.tags.carried(brand_id, slug, upto)
    publish_missing(tx, world, brand_id, tops, world.clock.now())
    return n_written


def forget_unread(world: World, brand_id: int, slug: str) -> None:
    """Let the values of a tag go that no live document asks for any more."""
    with world.store.system() as tx:
        # Whoever makes a document live holds this; then it is live, or not begun.
        tx.log.cursor(PROJECTOR)
        state = tx.tags.states(brand_id).get(slug)
        if state is not None and state.carried_at and slug not in live(tx, world, brand_id).tags:
            tx.tags.forget_values(brand_id, slug)
            tx.tags.carried(brand_id, slug, (0, 0))


def _carry(
    world: World, brand_id: int, slug: str, after: tuple[int, int], changes: Sequence[TagChange]
) -> int | None:
    """Carry one batch with the memberships that follow; None when others came before."""
    now = world.clock.now()
    with world.store.system() as tx:
        # The projector waits, so nobody's facts change between the look and the write.
        tx.log.cursor(PROJECTOR)
        state = tx.tags.states(brand_id).get(slug)
        if state is None or (state.carried_at, state.carried_profile) != after:
            return None
        touched = tx.tags.carry(brand_id, slug, changes)
        mentions = Mentions(tags=frozenset({slug}))
        produced = retrack(tx, world, brand_id, touched, mentions, now) if touched else []
        tx.tags.carried(brand_id, slug, (changes[-1].set_at, changes[-1].profile_id))
        tx.log.append(produced)
    return len(touched)


def _reached(world: World, brand_id: int, slug: str) -> tuple[int, int]:
    """Return the last change that the warehouse knows of."""
    rows = world.warehouse.tag_changes(brand_id, slug, _BEGUN)
    if not rows.num_rows:
        return _BEGUN
    last = rows.slice(rows.num_rows - 1)
    return (int(last["set_at"].cast(pa.int64())[0].as_py()), int(last["profile_id"][0].as_py()))


def _batches(rows: pa.Table, size: int) -> Iterator[list[TagChange]]:
    """Yield changes in pieces, in their order."""
    instants = ("set_at", "expires_at")
    for name in instants:
        at = rows.column_names.index(name)
        rows = rows.set_column(at, name, rows[name].cast(pa.int64()))
    for start in range(0, rows.num_rows, size):
        piece = rows.slice(start, size)
        columns = ("profile_id", "value", *instants)
        yield [
            TagChange(profile, None if value is None else _decode(value), set_at, expires_at)
            for profile, value, set_at, expires_at in zip(
                *(piece[name].to_pylist() for name in columns), strict=True
            )
        ]
