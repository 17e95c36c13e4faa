"""Forwards facts to destinations: at least once, in each person's order, whoever dies when.

A destination reads the log with a cursor of its own. A batch is made ready and sent, and only then
are the cursor, what was told and what was not taken written, in one transaction: a process that
dies in between sends the batch again, under the same ids. What one receiver does not take while it
takes others is parked and tried again; a receiver that does not work at all is left alone for a
while, and the cursor stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from huiliu.forwarding.formats.base import Outgoing
from huiliu.forwarding.items import Item, item_id
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND
from huiliu.ports.console import Action
from huiliu.ports.destinations import DestinationRow, Parked
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.deliver import Delivery, Fate, deliver
from huiliu.services.export_facts import export_facts
from huiliu.services.forward_log import log_items
from huiliu.services.forward_tags import TAGS_EVERY, changed_tags
from huiliu.services.outgoing import Leaving, ready

__all__ = ["forward"]

#: Events that one batch looks at; few while the receiver does not work.
_BATCH: Final = 500
_PROBE: Final = 10
#: Every so many failures in a row a whole batch is tried: one fact that breaks the receiver must
#: not hide that it would take others.
_WIDEN: Final = 4
_SHORTEST: Final = 2 * SECOND
_LONGEST: Final = 10 * MINUTE
_ITEM_SHORTEST: Final = 5 * SECOND
_ITEM_LONGEST: Final = HOUR
_LONGEST_WORDS: Final = 300
#: Bits of a turn's number that tell facts of one place in the log apart.
_PLACES: Final = 12


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is handed over together."""

    items: Sequence[Item]
    #: Of items that were parked; none of new ones.
    parked: Sequence[Parked] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of a batch's facts, by their places in it."""

    fates: Mapping[int, Fate]
    faults: Mapping[int, tuple[int, str]]


def forward(world: World, limit: int = _BATCH) -> int:
    """Hand one batch to one destination that has something to do; 0 = none has.

    Several processes and loops do this side by side, each for another destination.
    """
    now = world.clock.now()
    with world.store.system() as alone:
        # This transaction stays open and writes nothing: its lock keeps others away.
        row = alone.destinations.take_due(now, alone.log.peek_cursor(PROJECTOR))
        if row is None:
            return 0
        if row.settings.format == "csv":
            n_done = export_facts(world, row, now)
        else:
            n_done = _serve(world, row, min(limit, _BATCH), now)
    with world.store.system() as tx:
        tx.destinations.served(row.brand_id, row.name, now)
    return max(n_done, 1)


def _serve(world: World, row: DestinationRow, limit: int, now: int) -> int:
    """Try what is parked, then the log, then the tags; return how many facts or events."""
    with world.store.system() as tx:
        parked = tx.destinations.due_items(row.brand_id, row.name, now, limit)
    if parked:
        batch = _Batch([one.item for one in parked], parked)
        return _hand_over(world, row, batch, row, now)
    is_failing = row.n_failures and row.n_failures % _WIDEN
    with world.store.system() as tx:
        items, past = log_items(tx, row, _PROBE if is_failing else limit)
    if past > row.next_offset:
        after = replace(row, next_offset=past)
        return _hand_over(world, row, _Batch(items), after, now) or past - row.next_offset
    if row.tags_due_at <= now:
        changed, cursors = changed_tags(world, row, limit)
        due = now if len(changed) >= limit else now + TAGS_EVERY
        after = replace(row, tag_cursors=cursors, tags_due_at=due)
        return _hand_over(world, row, _Batch(changed), after, now)
    return 0


def _hand_over(
    world: World, row: DestinationRow, batch: _Batch, after: DestinationRow, now: int
) -> int:
    """Send a batch and write what became of it; return how many facts were looked at."""
    with world.store.system() as tx:
        leaving = ready(tx, world, row, batch.items, now)
        busy = set() if batch.parked else tx.destinations.busy(
            row.brand_id, row.name, {one.profile_id for one in leaving}
        )  # fmt: skip
    going = [
        at for at, one in enumerate(leaving) if one.fact is not None and one.profile_id not in busy
    ]
    facts: list[tuple[int, Outgoing]] = [
        (leaving[at].profile_id, one) for at in going if (one := leaving[at].fact) is not None
    ]
    done = deliver(world, row.settings, facts, now)
    fates = dict(zip(going, done.fates, strict=True))
    faults = {going[place]: fault for place, fault in done.faults.items()}
    with world.store.system() as tx:
        # Somebody may have paused, changed or moved it meanwhile: that stands.
        held = tx.destinations.lock(row.brand_id, row.name)
        is_mine = (held.next_offset, held.changed_at) == (row.next_offset, row.changed_at)
        if done.is_alive:
            _write(tx, row, batch, leaving, after.next_offset, _Told(fates, faults), now)
            moved = replace(
                held,
                next_offset=after.next_offset if is_mine else held.next_offset,
                tag_cursors=after.tag_cursors if is_mine else held.tag_cursors,
                tags_due_at=after.tags_due_at if is_mine else held.tags_due_at,
            )
        else:
            moved = held
        gone = [leaving[at] for at, fate in fates.items() if fate is Fate.TAKEN]
        moved = _counted(tx, _judged(moved, done, len(facts), now), gone, now)
        if moved != held:
            tx.destinations.put(moved)
    return len(batch.items) if done.is_alive else 0


def _write(  # noqa: PLR0913, PLR0917 - all that became of a batch
    tx: Tx,
    row: DestinationRow,
    batch: _Batch,
    leaving: Sequence[Leaving],
    past: int,
    became: _Told,
    now: int,
) -> None:
    """Write what was told, and park what did not go."""
    told, forgotten, gone = {}, [], []
    parked: list[Parked] = []
    for at, one in enumerate(leaving):
        fate = Fate.TAKEN if one.fact is None else became.fates.get(at, Fate.LEFT)
        if fate is Fate.TAKEN:
            if one.fact is not None and one.told:
                told[one.profile_id] = one.told
            if one.item.kind == "erasure":
                forgotten.append(one.profile_id)
            elif one.item.kind == "merged":
                forgotten.append(one.item.data["from"])
            gone.append(item_id(row.brand_id, row.name, one.item))
            continue
        before = batch.parked[at] if batch.parked else None
        # What a tag's change says stands nowhere in the log: its turn is where the log is read.
        place = one.item.position if one.item.position < past else row.next_offset
        seq = before.seq if before else place << _PLACES | min(at, (1 << _PLACES) - 1)
        fault = became.faults.get(at, (0, ""))
        parked.append(_parked(row, one, before, seq, (fate, *fault), now))
    tx.destinations.keep_told(row.brand_id, row.name, told)
    tx.destinations.forget_told(row.brand_id, row.name, forgotten)
    if batch.parked:
        tx.destinations.unpark(row.brand_id, row.name, gone)
    tx.destinations.park(row.brand_id, row.name, parked)


def _parked(
    row: DestinationRow,
    one: Leaving,
    before: Parked | None,
    seq: int,
    became: tuple[Fate, int, str],
    now: int,
) -> Parked:
    """Return a fact as it waits, or is given up."""
    fate, status, words = became
    first_at = before.first_at if before else now
    n_tries = (before.n_tries if before else 0) + (fate is not Fate.LEFT)
    pause = min(_ITEM_SHORTEST << min(max(n_tries - 1, 0), 20), _ITEM_LONGEST)
    due_at = now + pause if fate is not Fate.LEFT else now
    is_dead = fate is not Fate.LEFT and due_at > first_at + row.settings.patience_us
    return Parked(
        item_id=item_id(row.brand_id, row.name, one.item),
        seq=seq,
        profile_id=one.profile_id,
        item=one.item,
        state="dead" if is_dead else "waiting",
        first_at=first_at,
        due_at=due_at,
        n_tries=n_tries,
        last_status=status,
        last_error=words[:_LONGEST_WORDS],
    )


def _judged(row: DestinationRow, done: Delivery, n_facts: int, now: int) -> DestinationRow:
    """Return a destination as a delivery leaves it: working, left alone for a while, or paused."""
    if done.is_alive:
        if not n_facts:
            return row
        _, words = done.fault
        row = replace(row, n_failures=0, failing_since=None, due_at=0)
        if words:
            row = replace(row, last_error=words, last_error_at=now)
        return replace(row, last_ok_at=now) if Fate.TAKEN in done.fates else row
    _, words = done.fault
    since = row.failing_since or now
    pause = min(_SHORTEST << min(row.n_failures, 20), _LONGEST)
    row = replace(
        row, n_failures=row.n_failures + 1, failing_since=since, last_error=words[:_LONGEST_WORDS],
        last_error_at=now, due_at=max(now + pause, done.not_before),
    )  # fmt: skip
    if done.is_gone:
        return replace(row, state="paused", reason="gone")
    if now - since > row.settings.patience_us:
        return replace(row, state="paused", reason="failing")
    return row


def _counted(tx: Tx, row: DestinationRow, gone: Sequence[Leaving], now: int) -> DestinationRow:
    """Count what left; that personal values left is written down once a day."""
    if not gone:
        return row
    today = now // DAY
    if row.revealed_on != today and any(one.reveals for one in gone):
        action = Action(row.brand_id, now, 0, "destination_revealed", row.name)
        tx.console.record_action(action)
        row = replace(row, revealed_on=today)
    return replace(row, n_sent=row.n_sent + len(gone))
