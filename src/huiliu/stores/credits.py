"""Credits in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.times import MINUTE
from huiliu.ports.contacts import ContactPoint
from huiliu.ports.credits import WINDOW, Asking, CreditCount, CreditRow, Grant, Mute
from huiliu.stores.queries import query

__all__ = ["PostgresCredits"]

#: Told by both sides within so much, an act is one.
_NEAR = 2 * MINUTE


class PostgresCredits:
    """Credits and mutes, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def grant(self, grants: Sequence[Grant]) -> None:
        """Write down what was given, in order; a repeat gives nothing."""
        for one in grants:
            values = {**structs.asdict(one), "near": _NEAR}
            if one.source:
                found = self._connection.execute(query("credits", "confirm"), values).fetchone()
                if found is not None:
                    continue
            if one.replaces:
                self._connection.execute(query("credits", "replace"), values)
            self._connection.execute(query("credits", "grant"), values)

    def take(self, brand_id: int, asking: Asking, now: int) -> str:
        """Take one for a message and return its subject, "" = there is none."""
        point = asking.point
        values = {
            "brand": brand_id, "channel": point.channel, "app": point.app, "key": point.key,
            "profile": point.profile_id, "message": asking.message_id,
            "subjects": list(asking.subjects), "windows": WINDOW in asking.subjects, "now": now,
        }  # fmt: skip
        held = self._one("held", values)
        if held:
            return held
        found = self._one("take", values)
        if not found and self._one("reclaim", values):
            found = self._one("take", values)
        return found

    def spend(self, brand_id: int, messages: Collection[bytes], now: int) -> None:
        """Note that messages went: what they held is used up."""
        values = {"brand": brand_id, "messages": list(messages), "now": now}
        self._connection.execute(query("credits", "spend"), values)

    def release(self, brand_id: int, messages: Collection[bytes]) -> None:
        """Give back what messages held that will never go."""
        values = {"brand": brand_id, "messages": list(messages)}
        self._connection.execute(query("credits", "release"), values)

    def void(
        self,
        brand_id: int,
        channel: str,
        app: str,
        key: bytes,
        profile_id: int,
        subjects: Collection[str],
    ) -> int:
        """Take away what is left of subjects; return how many."""
        return self._connection.execute(query("credits", "void"), {
            "brand": brand_id, "channel": channel, "app": app, "key": key,
            "profile": profile_id, "subjects": list(subjects), "windows": WINDOW in subjects,
        }).rowcount  # fmt: skip

    def mute(self, mutes: Sequence[Mute]) -> None:
        """Note templates that people switched off."""
        for one in mutes:
            self._connection.execute(query("credits", "mute"), structs.asdict(one))

    def is_muted(self, brand_id: int, point: ContactPoint, template_id: str, now: int) -> bool:
        """Say whether a person switched a template off."""
        values = {
            "brand": brand_id, "channel": point.channel, "app": point.app, "key": point.key,
            "template": template_id, "now": now,
        }  # fmt: skip
        row = self._connection.execute(query("credits", "is_muted"), values).fetchone()
        return row is not None and bool(row[0])

    def block(self, brand_id: int, channel: str, account: str, kind: str, until: int) -> None:
        """Note that an account sends no messages of a kind until an instant."""
        self._connection.execute(query("credits", "block"), {
            "brand": brand_id, "channel": channel, "account": account, "kind": kind,
            "until": until,
        })  # fmt: skip

    def blocked(self, brand_id: int, channel: str, now: int) -> dict[tuple[str, str], int]:
        """Return (account, kind) -> until when nothing of the kind is sent."""
        values = {"brand": brand_id, "channel": channel, "now": now}
        rows = self._connection.execute(query("credits", "blocked"), values)
        return {(account, kind): until for account, kind, until in rows}

    def of_person(self, brand_id: int, profile_id: int, now: int) -> list[CreditRow]:
        """Return what a person has now."""
        values = {"brand": brand_id, "profile": profile_id, "now": now}
        rows = self._connection.execute(query("credits", "of_person"), values)
        return [CreditRow(*row) for row in rows]

    def counts(self, brand_id: int, channel: str, now: int) -> list[CreditCount]:
        """Return what there is on a channel, by app and subject."""
        values = {"brand": brand_id, "channel": channel, "now": now}
        rows = self._connection.execute(query("credits", "counts"), values)
        return [CreditCount(*row) for row in rows]

    def forget(self, brand_id: int, before: int) -> int:
        """Forget what was spent or ended before an instant; return how much it was."""
        values = {"brand": brand_id, "before": before}
        return self._connection.execute(query("credits", "forget"), values).rowcount

    def _one(self, name: str, values: dict[str, object]) -> str:
        """Return the first column of the first row as text, "" where there is none."""
        row = self._connection.execute(query("credits", name), values).fetchone()
        return "" if row is None else str(row[0])
