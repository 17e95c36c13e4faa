"""Destinations in PostgreSQL; the settings are sealed as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.forwarding.destination import Destination
from huiliu.forwarding.items import Item
from huiliu.kernel.errors import NotFound
from huiliu.ports.destinations import Backlog, DestinationRow, Parked
from huiliu.ports.vault import Secrets
from huiliu.stores.arrays import bigints, byteas, integers, texts
from huiliu.stores.queries import query

__all__ = ["PostgresDestinations"]

_KIND: Final = "destination"
_PURPOSE: Final = "destination"

_encode = msgspec.json.Encoder().encode
_item = msgspec.json.Decoder(Item).decode


class PostgresDestinations:
    """Destinations, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Use the open transaction's connection."""
        self._connection = connection
        self._secrets = secrets

    def put(self, row: DestinationRow) -> None:
        """Store or replace one with all that is known of it."""
        said = {name: getattr(row, name) for name in DestinationRow.__slots__ if name != "settings"}
        self._run(
            "put",
            said
            | {
                "name": row.name,
                "format": row.settings.format,
                "sealed": self._secrets.seal(_encode(row.settings), _PURPOSE),
                "tag_cursors": _encode(dict(row.tag_cursors)).decode(),
            },
        )

    def get(self, brand_id: int, name: str) -> DestinationRow:
        """Return one; raise NotFound."""
        found = self._all(brand_id, name)
        if not found:
            raise NotFound(_KIND, name)
        return found[0]

    def lock(self, brand_id: int, name: str) -> DestinationRow:
        """Return one and keep others from changing it until the end; raise NotFound."""
        self._run("lock", (brand_id, name))
        return self.get(brand_id, name)

    def all(self, brand_id: int | None = None) -> list[DestinationRow]:
        """Return those of a brand, or of all, by name."""
        return self._all(brand_id, None)

    def remove(self, brand_id: int, name: str) -> None:
        """Forget one with all that waits for it; raise NotFound."""
        if not self._run("remove", (brand_id, name)).rowcount:
            raise NotFound(_KIND, name)
        self._run("remove_items", (brand_id, name))
        self._run("remove_told", (brand_id, name))

    def take_due(self, now: int, projected: int) -> DestinationRow | None:
        """Return one that has something to do, kept from other processes until the end."""
        due = self._run("due", {"now": now, "projected": projected}).fetchall()
        for brand_id, name in due:
            if self.is_alone(brand_id, name):
                return self.get(brand_id, name)
        return None

    def is_alone(self, brand_id: int, name: str) -> bool:
        """Keep other processes from serving one until the end; False = another one does."""
        row = self._run("alone", (name, brand_id)).fetchone()
        return bool(row and row[0])

    def served(self, brand_id: int, name: str, at: int) -> None:
        """Write when one was served: whoever was served longest ago is next."""
        self._run("served", (at, brand_id, name))

    def backlog(self, row: DestinationRow, projected: int) -> Backlog:
        """Return what is still to go."""
        counts = self._run("backlog", (row.brand_id, row.name)).fetchone() or (0, 0)
        n_events = max(projected - row.next_offset, 0)
        oldest = self._run("oldest", (row.next_offset,)).fetchone() if n_events else None
        return Backlog(n_events, counts[0], counts[1], oldest[0] if oldest else None)

    def due_items(self, brand_id: int, name: str, now: int, limit: int) -> list[Parked]:
        """Return parked facts that are due, of each person only those without an earlier one."""
        said = {"brand": brand_id, "name": name, "now": now, "limit": limit}
        return [_parked(row) for row in self._run("due_items", said)]

    def busy(self, brand_id: int, name: str, profiles: Collection[int]) -> set[int]:
        """Return which of the people have something parked."""
        rows = self._run("busy", (brand_id, name, bigints(profiles)))
        return {row[0] for row in rows}

    def park(self, brand_id: int, name: str, items: Sequence[Parked]) -> None:
        """Keep facts for later; one that is parked already stays as it was, but for its try."""
        if items:
            self._run("park", {
                "brand": brand_id, "name": name,
                "ids": byteas([one.item_id for one in items]),
                "seqs": bigints([one.seq for one in items]),
                "profiles": bigints([one.profile_id for one in items]),
                "items": byteas([_encode(one.item) for one in items]),
                "states": texts([one.state for one in items]),
                "firsts": bigints([one.first_at for one in items]),
                "dues": bigints([one.due_at for one in items]),
                "tries": integers([one.n_tries for one in items]),
                "statuses": integers([one.last_status for one in items]),
                "errors": texts([one.last_error for one in items]),
            })  # fmt: skip

    def unpark(self, brand_id: int, name: str, ids: Collection[bytes]) -> None:
        """Forget parked facts."""
        if ids:
            self._run("unpark", (brand_id, name, byteas(list(ids))))

    def parked(self, brand_id: int, name: str, state: str, limit: int) -> list[Parked]:
        """Return parked facts in one state, oldest first."""
        return [_parked(row) for row in self._run("parked", (brand_id, name, state, limit))]

    def revive(self, brand_id: int, name: str, now: int) -> int:
        """Let the dead wait again from now on; return how many."""
        return int(self._run("revive", (now, brand_id, name)).rowcount)

    def told(self, brand_id: int, name: str, profiles: Collection[int]) -> dict[int, bytes]:
        """Return what was last told of people, as it was kept."""
        rows = self._run("told", (brand_id, name, bigints(profiles)))
        return {profile: bytes(told) for profile, told in rows}

    def keep_told(self, brand_id: int, name: str, told: Mapping[int, bytes]) -> None:
        """Keep what was told of people."""
        if told:
            self._run("keep_told", {
                "brand": brand_id, "name": name,
                "profiles": bigints(told), "told": byteas(list(told.values())),
            })  # fmt: skip

    def forget_told(self, brand_id: int, name: str, profiles: Collection[int] | None) -> None:
        """Forget what was told of some people, or of all."""
        if profiles is None:
            self._run("remove_told", (brand_id, name))
        elif profiles:
            self._run("forget_told", (brand_id, name, bigints(profiles)))

    def offset_at(self, instant: int) -> int:
        """Return the log's first offset that was received at an instant or later.

        Events are numbered in the order in which they are written, and received in nearly that
        order; by halves it is found in as many looks as the log's length has binary digits.
        """
        row = self._connection.execute(query("log", "head"), (0,)).fetchone()
        low, high = 0, int(row[0]) if row else 0
        while low < high:
            middle = (low + high) // 2
            found = self._run("received_at", (middle,)).fetchone()
            if found is not None and found[0] >= instant:
                high = middle
            else:
                low = middle + 1
        return low

    def _all(self, brand_id: int | None, name: str | None) -> list[DestinationRow]:
        """Return some or all of them."""
        rows = self._run("all", {"brand": brand_id, "name": name})
        return [self._row(row) for row in rows]

    def _row(self, row: Sequence[Any]) -> DestinationRow:  # as the driver gives it
        """Return a destination from its columns."""
        plain = self._secrets.unseal(row[1], _PURPOSE)
        named = dict(zip(DestinationRow.__slots__, row, strict=True))
        named["settings"] = msgspec.json.decode(plain, type=Destination)
        named["tag_cursors"] = {tag: (at, who) for tag, (at, who) in row[8].items()}
        return DestinationRow(**named)

    def _run(self, name: str, values: Any) -> Any:  # what psycopg takes and gives
        """Run one named query."""
        return self._connection.execute(query("destinations", name), values)


def _parked(row: Sequence[Any]) -> Parked:  # as the driver gives it
    """Return a parked fact from its columns."""
    return Parked(bytes(row[0]), row[1], row[2], _item(row[3]), *row[4:])
