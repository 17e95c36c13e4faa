"""Computes tags that are due: in the order in which they read each other, on one ground.

Each tag is written into the warehouse, carried into the store, and only then said to be computed:
whatever dies in between, the tag is due still and what was done is not done twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound, Unavailable
from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.log import PROJECTOR
from huiliu.ports.tags import Refresh, TagState
from huiliu.ports.world import World
from huiliu.services.apply_tag import LiveTag, live_tags
from huiliu.services.carry_tags import carry_tag, forget_unread
from huiliu.services.compute_tags import Kitchen, in_order
from huiliu.services.cut_tags import cut
from huiliu.tags import Tag

__all__ = ["Refreshed", "refresh_due", "refresh_soon", "refresh_tags"]

_CATCH_UP_S: Final = 600.0
#: What is due soon is computed with what is due now: orders are then read once for all.
_EARLY_SHARE: Final = 0.05
_EARLIEST: Final = HOUR
#: After a failure it is tried again, soon but not at once.
_AGAIN: Final = 10 * MINUTE

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of one tag."""

    slug: str
    at: int
    n_values: int
    #: Values that are new, other, gone or renewed.
    n_changed: int
    #: People whose value changed where live segments and journeys read it.
    n_carried: int
    took_us: int
    #: Why it could not be computed; "" = it was.
    fault: str = ""


def refresh_due(world: World, _limit: int = 0) -> int:
    """Compute the tags of one brand that are due; return how many, 0 = none is due.

    Where another process computes the brand's tags at this moment, it does this work too.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        first = tx.tags.next_due()
    if first is None or first[0] > now:
        return 0
    brand_id = first[1]
    with world.store.system() as alone:
        if not alone.tags.alone(brand_id):
            return 0
        with world.store.system() as tx:
            known = live_tags(tx, world, brand_id)
            states = tx.tags.states(brand_id)
            for slug in set(states) - set(known):
                # Its document went without its state: nothing will ever compute it.
                tx.tags.forget(brand_id, slug)
        due = [s for s in known if s in states and _is_due(known[s].tag, states[s], now)]
        return len(_compute(world, brand_id, known, due)) if due else 0


def refresh_tags(
    world: World, brand_id: int, slugs: Collection[str] = (), told: Told | None = None
) -> list[Refreshed]:
    """Compute tags now, due or not; without slugs all that are applied.

    Tags that they read and that were never computed are computed before them.

    Raises:
        NotFound: a tag of that name was never applied.
        Unavailable: another process computes the brand's tags at this moment.
    """
    with world.store.system() as alone:
        if not alone.tags.alone(brand_id):
            raise Unavailable("tags", "another process computes them at this moment")
        with world.store.system() as tx:
            known = live_tags(tx, world, brand_id)
            states = tx.tags.states(brand_id)
        for slug in slugs:
            if slug not in known:
                raise NotFound("tag", slug)
        wanted = set(slugs) or set(known)
        waiting = list(wanted)
        while waiting:
            for slug in known[waiting.pop()].tag.lineage.tags - wanted:
                if slug in known and not states[slug].computed_at:
                    wanted.add(slug)
                    waiting.append(slug)
        return _compute(world, brand_id, known, wanted, told) if wanted else []


def refresh_soon(world: World, brand_id: int, slug: str) -> None:
    """Have a tag computed as soon as the worker looks.

    Raises:
        NotFound: a tag of that name was never applied.
    """
    with world.store.transaction(brand_id) as tx:
        if slug not in tx.tags.states(brand_id):
            raise NotFound("tag", slug)
        tx.tags.schedule(brand_id, slug, world.clock.now())


def _is_due(tag: Tag, state: TagState, now: int) -> bool:
    """Say whether a tag is to be computed with others that are due."""
    return state.due_at <= now + min(_EARLIEST, int(tag.refresh * _EARLY_SHARE))


def _compute(
    world: World,
    brand_id: int,
    known: Mapping[str, LiveTag],
    slugs: Collection[str],
    told: Told | None = None,
) -> list[Refreshed]:
    """Compute some of a brand's tags on one ground."""
    ordered = in_order({slug: one.tag for slug, one in known.items()})
    chosen = [known[tag.slug] for tag in ordered if tag.slug in slugs]
    with world.store.system() as tx:
        states = tx.tags.states(brand_id)
        projected = tx.log.peek_cursor(PROJECTOR)
    world.warehouse.catch_up(_CATCH_UP_S, projected)
    at = _moment(world, [states[one.tag.slug] for one in chosen])
    done: list[Refreshed] = []
    with Kitchen(world, brand_id, at) as kitchen:
        for one in chosen:
            done.append(_one(world, brand_id, kitchen, one, at))
            if told is not None:
                told(one.tag.slug)
    return done


def _moment(world: World, states: Sequence[TagState]) -> int:
    """Return as of when values are: now, but later than all that was written of these tags."""
    return max(world.clock.now(), *(max(one.computed_at, one.carried_at) + 1 for one in states))


def _one(world: World, brand_id: int, kitchen: Kitchen, live_tag: LiveTag, at: int) -> Refreshed:
    """Compute, write and carry one tag; a tag that cannot be computed does not stop the others."""
    tag = live_tag.tag
    began = time.perf_counter_ns()
    try:
        cooked = kitchen.cook(tag)
        written = world.warehouse.write_tag(cooked.writing, cooked.values)
        n_carried = carry_tag(world, brand_id, tag.slug)
        n_carried += cut(world, brand_id, tag.slug, at)
        kitchen.let_go(tag.slug, stored=True)
    except Unavailable:
        raise
    except Exception as fault:  # noqa: BLE001 - one tag's fault must not stop all others
        said = f"{type(fault).__name__}: {fault}"[:500]
        with world.store.system() as tx:
            tx.tags.failed(brand_id, tag.slug, at, said, at + min(_AGAIN, tag.refresh))
        return Refreshed(tag.slug, at, 0, 0, 0, (time.perf_counter_ns() - began) // 1000, said)
    took = (time.perf_counter_ns() - began) // 1000
    refresh = Refresh(
        tag.slug, at, live_tag.document.version, took, written.n_values, written.n_changed,
        cooked.published,
    )  # fmt: skip
    with world.store.system() as tx:
        tx.tags.computed(brand_id, refresh, at + tag.refresh)
    forget_unread(world, brand_id, tag.slug)
    return Refreshed(tag.slug, at, written.n_values, written.n_changed, n_carried, took)
