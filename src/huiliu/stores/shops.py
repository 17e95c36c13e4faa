"""Connected shops: sealed like accounts at providers; what was told of their orders is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.shop_store import Poll, ShopKey, ShopState, Told, WaitingNotice
from huiliu.ports.shops import Notice, ShopConnection
from huiliu.ports.vault import Secrets
from huiliu.stores.queries import query

__all__ = ["PostgresShops"]

_PURPOSE = "shop connection"
_GRANT = "shop grant"
_FIELDS = msgspec.json.Decoder(dict[str, str])


class PostgresShops:
    """Connections to shops inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Hold the open transaction's connection."""
        self._connection = connection
        self._secrets = secrets

    def put(self, connection: ShopConnection, kinds: Sequence[str], since: int) -> None:
        """Store or replace a connection, and let its polls be due."""
        key = (connection.brand_id, connection.platform, connection.name)
        plain = msgspec.json.encode(dict(connection.config))
        self._run(
            "put", key, sealed=self._secrets.seal(plain, _PURPOSE), scope=connection.scope,
            statuses=_json(connection.statuses), at=connection.connected_at,
        )  # fmt: skip
        for kind in kinds:
            self._run("add_poll", key, kind=kind, since=since)

    def states(self, brand_id: int | None = None) -> list[ShopState]:
        """Return the connections of a brand, or of all, by platform and name."""
        rows = self._connection.execute(query("shops", "states"), {"brand_id": brand_id})
        return [self._state(row) for row in rows]

    def state(self, key: ShopKey, *, lock: bool = False) -> ShopState | None:
        """Return one connection."""
        row = self._run("state_locked" if lock else "state", key).fetchone()
        return None if row is None else self._state(row)

    def remove(self, key: ShopKey) -> None:
        """Forget a connection and what waits for it."""
        self._must(self._run("remove", key).rowcount, key)
        for part in ("remove_polls", "remove_notices", "remove_counts"):
            self._run(part, key)

    def switch(self, key: ShopKey, *, is_on: bool) -> None:
        """Ask it, or leave it alone."""
        self._must(self._run("switch", key, is_on=is_on).rowcount, key)

    def map_statuses(self, key: ShopKey, statuses: Mapping[str, str]) -> None:
        """Replace the operator's words."""
        done = self._run("map_statuses", key, statuses=_json(statuses))
        self._must(done.rowcount, key)

    def keep_grant(self, key: ShopKey, grant: Mapping[str, str]) -> None:
        """Keep what a renewal gave, sealed."""
        plain = msgspec.json.encode(dict(grant))
        self._run("keep_grant", key, granted=self._secrets.seal(plain, _GRANT))

    def worked(self, key: ShopKey, at: int) -> None:
        """Note that it answered."""
        self._run("worked", key, at=at)

    def failed(self, key: ShopKey, fault: str, response: str, *, at: int, rests_until: int) -> None:
        """Note that it did not, and let it rest."""
        self._run(
            "failed", key, fault=fault, response=response.replace("\0", ""), at=at,
            rests_until=rests_until,
        )  # fmt: skip

    def count(self, key: ShopKey, what: str, at: int, n: int = 1) -> None:
        """Count what became of notices and answers."""
        self._run("count", key, what=what, at=at, n=n)

    def counts(self, brand_id: int) -> dict[ShopKey, dict[str, tuple[int, int]]]:
        """Return for each connection: what -> (how often, when last)."""
        found: dict[ShopKey, dict[str, tuple[int, int]]] = {}
        rows = self._connection.execute(query("shops", "counts"), {"brand_id": brand_id})
        for brand, platform, name, what, n, last_at in rows:
            found.setdefault((brand, platform, name), {})[what] = (n, last_at)
        return found

    def are_new(self, key: ShopKey, deliveries: Collection[bytes], at: int) -> bool:
        """Remember deliveries; say whether none of them was known."""
        unique = sorted(set(deliveries))
        done = self._run("remember_deliveries", key, deliveries=unique, at=at)
        return bool(done.rowcount == len(unique))

    def forget_deliveries(self, before: int) -> int:
        """Forget deliveries that came earlier."""
        done = self._connection.execute(query("shops", "forget_deliveries"), {"before": before})
        return done.rowcount

    def add_notices(self, key: ShopKey, notices: Sequence[Notice], at: int) -> None:
        """Keep notices until they are followed."""
        if not notices:
            return
        self._run(
            "add_notices", key, at=at,
            kinds=[one.kind for one in notices],
            things=[one.id.replace("\0", "") for one in notices],
            topics=[one.topic.replace("\0", "")[:200] for one in notices],
        )  # fmt: skip
        self._run("noticed", key, at=at)

    def backlogs(self, brand_id: int) -> dict[ShopKey, tuple[int, int]]:
        """Return for each connection with waiting notices: (how many, when the oldest came)."""
        rows = self._connection.execute(query("shops", "backlogs"), {"brand_id": brand_id})
        return {(brand, platform, name): (n, at) for brand, platform, name, n, at in rows}

    def next_shop(self, now: int) -> ShopKey | None:
        """Return whose notice has been due longest."""
        row = self._connection.execute(query("shops", "next_shop"), {"now": now}).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def claim_notices(self, key: ShopKey, now: int, limit: int, until: int) -> list[WaitingNotice]:
        """Take due notices, oldest first."""
        rows = self._run("claim_notices", key, now=now, limit=limit, until=until)
        return sorted((WaitingNotice(*row) for row in rows), key=lambda one: one.notice_id)

    def drop_notices(self, brand_id: int, ids: Collection[int]) -> None:
        """Forget notices that were followed."""
        self._connection.execute(
            query("shops", "drop_notices"), {"brand_id": brand_id, "ids": list(ids)}
        )

    def postpone_notices(self, brand_id: int, ids: Collection[int], until: int) -> None:
        """Follow these later."""
        self._connection.execute(
            query("shops", "postpone_notices"),
            {"brand_id": brand_id, "ids": list(ids), "until": until},
        )

    def polls(self, key: ShopKey) -> list[Poll]:
        """Return how far each kind has been looked through."""
        return [Poll(*row) for row in self._run("polls", key)]

    def claim_poll(self, now: int, until: int) -> tuple[ShopKey, Poll] | None:
        """Take the poll that has been due longest."""
        row = self._connection.execute(
            query("shops", "claim_poll"), {"now": now, "until": until}
        ).fetchone()
        return None if row is None else ((row[0], row[1], row[2]), Poll(*row[3:]))

    def save_poll(self, key: ShopKey, poll: Poll) -> None:
        """Keep how far it went and when it is due again."""
        self._run("save_poll", key, **msgspec.structs.asdict(poll))

    def hurry_polls(self, key: ShopKey, now: int) -> None:
        """Let every poll be due now."""
        self._run("hurry_polls", key, now=now)

    def lock_stories(self, key: ShopKey, kind: str, ids: Collection[str]) -> dict[str, Told]:
        """Return what was told of these things, each locked to the end."""
        wanted = sorted(set(ids))
        self._run("begin_stories", key, kind=kind, ids=wanted)
        rows = self._run("lock_stories", key, kind=kind, ids=wanted)
        return {
            row[0]: Told(row[1], row[2], row[3], frozenset(row[4]), bytes(row[5])) for row in rows
        }

    def save_stories(self, key: ShopKey, kind: str, told: Mapping[str, Told], at: int) -> None:
        """Keep what was told."""
        rows = sorted(told.items())
        self._run(
            "save_stories", key, kind=kind, at=at,
            ids=[name for name, _ in rows],
            versions=[one.version for _, one in rows],
            statuses=[one.status for _, one in rows],
            words=[one.word.replace("\0", "") for _, one in rows],
            told=["\n".join(sorted(one.names)) for _, one in rows],
            buyers=[one.buyer for _, one in rows],
        )  # fmt: skip

    def words(self, key: ShopKey) -> dict[str, int]:
        """Return the platform's words that orders stand at -> how many."""
        return {word: n for word, n in self._run("words", key) if word}

    def _run(self, name: str, key: ShopKey, **values: Any) -> Any:  # psycopg's cursor
        """Execute a named query for one connection."""
        brand_id, platform, shop = key
        given = {"brand_id": brand_id, "platform": platform, "name": shop, **values}
        return self._connection.execute(query("shops", name), given)

    def _state(self, row: tuple[Any, ...]) -> ShopState:  # a row of the database
        """Return a row as a connection and how it fares."""
        brand, platform, name, sealed, granted, statuses, scope, at, *rest = row
        config = _FIELDS.decode(self._secrets.unseal(bytes(sealed), _PURPOSE))
        grant = _FIELDS.decode(self._secrets.unseal(bytes(granted), _GRANT)) if granted else {}
        found = ShopConnection(
            brand, platform, name, config, grant, _FIELDS.decode(statuses), scope, at
        )
        return ShopState(found, *rest)

    @staticmethod
    def _must(n_rows: int, key: ShopKey) -> None:
        """Raise NotFound when nothing was changed."""
        if not n_rows:
            raise NotFound("shop", f"{key[1]}/{key[2]}")


def _json(fields: Mapping[str, str]) -> str:
    """Return a mapping as PostgreSQL reads JSON."""
    return msgspec.json.encode(dict(fields)).decode()
