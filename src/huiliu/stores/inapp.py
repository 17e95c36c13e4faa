"""In-app messages in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.inapp import CardRow, Deed, Done, Funnel, SealedCard
from huiliu.stores.arrays import bigints, byteas, texts
from huiliu.stores.queries import query

__all__ = ["PostgresInApp"]

#: More than this of one card is nothing that a person did.
_MOST_TOLD: Final = 200


class PostgresInApp:
    """Cards, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def put(self, brand_id: int, cards: Sequence[SealedCard]) -> None:
        """Lay cards out; one that is there changes nothing."""
        if not cards:
            return
        self._connection.execute(
            query("inapp", "put"),
            {
                "brand": brand_id,
                "messages": byteas([one.message_id for one in cards]),
                "profiles": bigints([one.profile_id for one in cards]),
                "kinds": texts([one.kind for one in cards]),
                "classes": texts([one.message_class for one in cards]),
                "subjects": byteas([one.subject for one in cards]),
                "sealed": byteas([one.sealed for one in cards]),
                "made": bigints([one.made_at for one in cards]),
                "starts": bigints([one.starts_at for one in cards]),
                "ends": bigints([one.ends_at for one in cards]),
            },
        )

    def changed(self, brand_id: int, profiles: Collection[int]) -> int:
        """Return the newest number of some boxes; 0 = nothing was ever laid out."""
        values = {"brand": brand_id, "profiles": list(profiles)}
        row = self._connection.execute(query("inapp", "changed"), values).fetchone()
        return int(row[0]) if row is not None else 0

    def live(self, brand_id: int, profiles: Collection[int], now: int, limit: int) -> list[CardRow]:
        """Return the cards of one person's boxes that can be met, the newest first."""
        return self._cards("live", brand_id, profiles, now=now, limit=limit)

    def since(
        self, brand_id: int, profiles: Collection[int], changed: int, limit: int
    ) -> list[CardRow]:
        """Return the cards that changed after a number, in the order of their changes."""
        return self._cards("since", brand_id, profiles, changed=changed, limit=limit)

    def of_person(self, brand_id: int, profiles: Collection[int], limit: int) -> list[CardRow]:
        """Return one person's cards with those that are over, the newest first."""
        return self._cards("of_person", brand_id, profiles, limit=limit)

    def tell(
        self, brand_id: int, profile_id: int, profiles: Collection[int], deeds: Sequence[Deed]
    ) -> list[Done]:
        """Note what one person did; return what is new. What is not theirs is left out."""
        # The box first: whoever changes cards of a person waits for each other here.
        box = {"brand": brand_id, "profile": profile_id}
        self._connection.execute(query("inapp", "lock_box"), box)
        done = []
        for deed in deeds:
            values = {
                "brand": brand_id, "message": deed.message_id, "profiles": list(profiles),
                "what": deed.what, "key": deed.key, "at": deed.at, "most": _MOST_TOLD,
            }  # fmt: skip
            row = self._connection.execute(query("inapp", "tell"), values).fetchone()
            if row is not None:
                kind, n_shown, read_at, is_read = row
                is_opened = n_shown == 1 and deed.what == "shown"
                if kind == "inbox":
                    is_opened = is_read and read_at == deed.at
                done.append(Done(deed, kind, n_shown, is_opened))
        if done:
            row = self._connection.execute(query("inapp", "bump"), box).fetchone()
            assert row is not None
            messages = list({one.deed.message_id for one in done})
            self._connection.execute(
                query("inapp", "mark"),
                {"brand": brand_id, "changed": row[0], "messages": messages},
            )
        return done

    def withdraw(self, brand_id: int, messages: Collection[bytes], now: int) -> int:
        """Take cards back; return how many were there to be met."""
        if not messages:
            return 0
        values = {"brand": brand_id, "messages": list(messages), "now": now}
        return self._connection.execute(query("inapp", "withdraw"), values).rowcount

    def withdraw_template(self, brand_id: int, template: str, now: int, limit: int) -> int:
        """Take back up to `limit` cards of a template; return how many, 0 = all are."""
        values = {"brand": brand_id, "template": template, "now": now, "limit": limit}
        rows = self._connection.execute(query("inapp", "of_template"), values).fetchall()
        return self.withdraw(brand_id, [bytes(row[0]) for row in rows], now)

    def funnels(self, brand_id: int, since: int, now: int, template: str = "") -> list[Funnel]:
        """Return what became of the cards laid out since, by template; "" = of all."""
        values = {"brand": brand_id, "since": since, "now": now, "template": template}
        rows = self._connection.execute(query("inapp", "funnels"), values)
        return [Funnel(*row) for row in rows]

    def popups(self, brand_id: int, profiles: Collection[int], since: int) -> Mapping[bytes, int]:
        """Return message -> when it was shown last, of pop-ups shown since."""
        values = {"brand": brand_id, "profiles": list(profiles), "since": since}
        rows = self._connection.execute(query("inapp", "popups"), values)
        return {bytes(message): at for message, at in rows}

    def forget(self, before: int, limit: int) -> int:
        """Drop up to `limit` cards that ended before an instant; return how many."""
        values = {"before": before, "limit": limit}
        return self._connection.execute(query("inapp", "forget"), values).rowcount

    def _cards(
        self, name: str, brand_id: int, profiles: Collection[int], **values: int
    ) -> list[CardRow]:
        """Return the cards of a named query."""
        given = {"brand": brand_id, "profiles": list(profiles), **values}
        return [CardRow(*row) for row in self._connection.execute(query("inapp", name), given)]
