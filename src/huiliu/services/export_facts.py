"""Writes a destination's facts since its last file into a new one, on its schedule.

The file is named after the place in the log where it begins, so one that was written by a process
that died before it could note so is written again over itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from huiliu.forwarding.formats.csv import csv_header, csv_row
from huiliu.forwarding.items import Item
from huiliu.kernel.times import DAY, MINUTE
from huiliu.ports.console import Action
from huiliu.ports.destinations import DestinationRow
from huiliu.ports.log import PROJECTOR
from huiliu.ports.world import World
from huiliu.services.forward_log import log_items
from huiliu.services.forward_tags import changed_tags
from huiliu.services.outgoing import Leaving, ready

__all__ = ["export_facts", "file_name"]

_BATCH: Final = 2_000
#: When the folder cannot be written to, it is tried again, soon.
_AGAIN: Final = 10 * MINUTE


def file_name(row: DestinationRow) -> str:
    """Return the name of the file that begins where a destination stands."""
    return f"{row.name}-{row.next_offset:012d}.csv"


def export_facts(world: World, row: DestinationRow, now: int) -> int:
    """Write the next file of a destination; return how many rows. Without news there is none.

    Raises:
        Unavailable: the folder cannot be written to.
    """
    writing = _Writing(world, row, now)
    fields = list(row.settings.fields)
    first = next(writing.rows, None)
    n_rows = 0
    if first is not None:
        n_rows = world.exports.write(
            row.brand_id, row.name, file_name(row), csv_header(fields), writing.all(first)
        )
    with world.store.system() as tx:
        held = tx.destinations.lock(row.brand_id, row.name)
        if (held.next_offset, held.changed_at) != (row.next_offset, row.changed_at):
            # Somebody moved or changed it meanwhile: the file stands, and is written again.
            return n_rows
        tx.destinations.keep_told(row.brand_id, row.name, writing.told)
        tx.destinations.forget_told(row.brand_id, row.name, writing.forgotten)
        today = now // DAY
        if writing.reveals and held.revealed_on != today:
            tx.console.record_action(Action(row.brand_id, now, 0, "destination_revealed", row.name))
        tx.destinations.put(replace(
            held,
            next_offset=writing.offset, tag_cursors=writing.tag_cursors,
            due_at=now + row.settings.every_us, n_sent=held.n_sent + n_rows,
            last_ok_at=now if n_rows else held.last_ok_at,
            revealed_on=today if writing.reveals else held.revealed_on,
        ))  # fmt: skip
    return n_rows


class _Writing:
    """The rows of one file, and what is to be noted once it stands."""

    def __init__(self, world: World, row: DestinationRow, now: int) -> None:
        """Begin where the destination stands; end where the projector stands now."""
        self._world = world
        self._row = row
        self._now = now
        with world.store.system() as tx:
            self._end = tx.log.peek_cursor(PROJECTOR)
        self._fields = list(row.settings.fields)
        self.offset = row.next_offset
        self.tag_cursors = row.tag_cursors
        self.told: dict[int, bytes] = {}
        self.forgotten: list[int] = []
        self.reveals = False
        self.rows = self._rows()

    def all(self, first: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Yield the first row, which was looked at already, and the others."""
        yield first
        yield from self.rows

    def _rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the facts as rows: of the log, then of tags."""
        while self.offset < self._end:
            row = replace(self._row, next_offset=self.offset)
            with self._world.store.system() as tx:
                items, past = log_items(tx, row, min(_BATCH, self._end - self.offset))
            yield from self._batch(items)
            self.offset = past
        while True:
            row = replace(self._row, tag_cursors=self.tag_cursors)
            items, cursors = changed_tags(self._world, row, _BATCH)
            if not items:
                return
            yield from self._batch(items)
            self.tag_cursors = cursors

    def _batch(self, items: list[Item]) -> Iterator[tuple[str, ...]]:
        """Yield a batch of facts as rows."""
        with self._world.store.system() as tx:
            leaving = ready(tx, self._world, self._row, items, self._now)
        for one in leaving:
            if one.fact is not None and not self._is_repeat(one):
                self.reveals = self.reveals or one.reveals
                yield csv_row(one.fact, self._fields)

    def _is_repeat(self, one: Leaving) -> bool:
        """Note what is told by a row; a person told the same earlier in this file is left out."""
        if one.item.kind == "profile":
            if self.told.get(one.profile_id) == one.told:
                return True
            self.told[one.profile_id] = one.told
        elif one.item.kind == "erasure":
            self.forgotten.append(one.profile_id)
        return False
