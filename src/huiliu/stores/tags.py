"""Tags in PostgreSQL: how each fares, what each published, and the values that are carried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.facts import Cut
from huiliu.ports.tags import Refresh, TagChange, TagState
from huiliu.stores.arrays import bigints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresTags"]

#: Later than any instant that is kept.
_EVER = (1 << 63) - 1

_encode = msgspec.json.Encoder().encode


class PostgresTags:
    """The state of tags, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Use the open transaction's connection."""
        self._connection = connection

    def states(self, brand_id: int) -> dict[str, TagState]:
        """Return the state of every applied tag."""
        rows = self._connection.execute(query("tags", "states"), (brand_id,))
        return {row[1]: TagState(*row) for row in rows}

    def schedule(self, brand_id: int, tag: str, due_at: int) -> None:
        """Have a tag computed no later than an instant."""
        self._connection.execute(query("tags", "schedule"), (brand_id, tag, due_at))

    def next_due(self) -> tuple[int, int] | None:
        """Return (instant, brand_id) of the tag that is due first; None = there is no tag."""
        found = self._connection.execute(query("tags", "next_due")).fetchone()
        return None if found is None else (found[0], found[1])

    def alone(self, brand_id: int) -> bool:
        """Keep others from refreshing the brand's tags until this transaction ends.

        A process that dies lets go of it at once, as its connection ends.
        """
        found = self._connection.execute(query("tags", "alone"), (brand_id,)).fetchone()
        return bool(found and found[0])

    def computed(self, brand_id: int, refresh: Refresh, due_at: int) -> None:
        """Write that a tag was computed, and when it is due again."""
        said = {
            "brand": brand_id, "tag": refresh.tag, "at": refresh.at, "version": refresh.version,
            "took": refresh.took_us, "values": refresh.n_values, "changed": refresh.n_changed,
            "due": due_at, "published": _encode(dict(refresh.published)).decode(),
        }  # fmt: skip
        self._connection.execute(query("tags", "computed"), said)
        self._connection.execute(query("tags", "add_refresh"), said)

    def failed(self, brand_id: int, tag: str, at: int, fault: str, due_at: int) -> None:
        """Write that a tag could not be computed, and when to try again."""
        self._connection.execute(query("tags", "failed"), (at, fault, due_at, brand_id, tag))

    def refreshes(self, brand_id: int, tag: str, limit: int) -> Sequence[Refresh]:
        """Return the last refreshes of a tag, newest first."""
        rows = self._connection.execute(query("tags", "refreshes"), (brand_id, tag, limit))
        return [Refresh(*row) for row in rows]

    def published(self, brand_id: int, at: int | None = None) -> dict[str, Mapping[str, object]]:
        """Return what each tag published last, or last before an instant."""
        rows = self._connection.execute(
            query("tags", "published"), (brand_id, _EVER if at is None else at)
        )
        return dict(rows.fetchall())

    def carry(self, brand_id: int, tag: str, changes: Sequence[TagChange]) -> list[int]:
        """Write values under the ids that they were set for; return those that changed."""
        standing = [one for one in changes if one.value is not None]
        gone = [one for one in changes if one.value is None]
        touched: list[int] = []
        if standing:
            said = _columns(brand_id, tag, standing) | {
                "values": texts([_encode(one.value) for one in standing]),
                "expires": [one.expires_at for one in standing],
            }
            rows = self._connection.execute(query("tags", "stand"), said)
            touched += [profile for (profile,) in rows]
        if gone:
            rows = self._connection.execute(query("tags", "clear"), _columns(brand_id, tag, gone))
            touched += [profile for (profile,) in rows]
        return touched

    def carried(self, brand_id: int, tag: str, upto: tuple[int, int]) -> None:
        """Write that changes up to (instant, profile) stand here."""
        self._connection.execute(query("tags", "carried"), (*upto, brand_id, tag))

    def forget_values(self, brand_id: int, tag: str) -> Sequence[int]:
        """Remove every value of a tag; return whose."""
        rows = self._connection.execute(query("tags", "forget_values"), (brand_id, tag))
        return [profile for (profile,) in rows]

    def forget(self, brand_id: int, tag: str) -> None:
        """Remove a tag's state and values; what it published stays for those who look back."""
        self.forget_values(brand_id, tag)
        self._connection.execute(query("tags", "forget_state"), (brand_id, tag))

    def cuts(self, brand_id: int, at: int | None = None) -> dict[tuple[str, int], Cut]:
        """Return the cut point of each (tag, N) that holds now, or held at an instant."""
        rows = self._connection.execute(
            query("tags", "cuts"), (brand_id, _EVER if at is None else at)
        )
        return {(tag, n): Cut(value, profile) for tag, n, value, profile in rows if profile}

    def publish_cut(self, brand_id: int, tag: str, n: int, at: int, end: Cut | None) -> None:
        """Write where the top N of a tag ends from an instant on; None = nobody is in it."""
        value, profile = (0.0, 0) if end is None else (end.value, end.profile_id)
        self._connection.execute(
            query("tags", "publish_cut"), (brand_id, tag, n, at, value, profile)
        )

    def of_profile(self, brand_id: int, profile_id: int) -> dict[str, TagChange]:
        """Return the values that stand here of one present profile."""
        rows = self._connection.execute(query("tags", "of_profile"), (brand_id, profile_id))
        return {row[0]: TagChange(*row[1:]) for row in rows}


def _columns(brand_id: int, tag: str, changes: Sequence[TagChange]) -> dict[str, object]:
    """Return what both statements of a carrying are told."""
    return {
        "brand": brand_id,
        "tag": tag,
        "profiles": bigints([one.profile_id for one in changes]),
        "set": bigints([one.set_at for one in changes]),
    }
