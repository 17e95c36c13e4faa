"""Clicks, conversions, controls and costs of ads in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.advertising.people import Spend
from huiliu.ports.ad_results import (
    ClickRow,
    ControlRow,
    ConversionRow,
    MediaRow,
    SpendDay,
    SpendTotal,
)
from huiliu.ports.ads import AccountRow
from huiliu.ports.vault import Secrets
from huiliu.stores.ads import PostgresAds
from huiliu.stores.arrays import bigints, integers, texts
from huiliu.stores.queries import query

__all__ = ["PostgresAdResults"]


class PostgresAdResults:
    """What ads lead to, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Use the open transaction's connection."""
        self._connection = connection
        self._ads = PostgresAds(connection, secrets)

    def keep_clicks(self, brand_id: int, rows: Sequence[ClickRow]) -> None:
        """Keep clicks; the latest of a person and platform stays."""
        latest = {(one.profile_id, one.platform): one for one in sorted(rows, key=_at)}
        rows = [latest[key] for key in sorted(latest)]
        if rows:
            self._run("keep_clicks", {
                "brand": brand_id,
                "profiles": bigints([one.profile_id for one in rows]),
                "platforms": texts([one.platform for one in rows]),
                "names": texts([one.name for one in rows]),
                "clicks": texts([one.click for one in rows]),
                "at": bigints([one.at for one in rows]),
            })  # fmt: skip

    def clicks(
        self, brand_id: int, platform: str, profiles: Collection[int], since: int
    ) -> dict[int, ClickRow]:
        """Return the last click of people at a platform since an instant."""
        rows = self._run("clicks", (brand_id, platform, bigints(profiles), since))
        return {row[0]: ClickRow(*row) for row in rows}

    def forget_clicks(self, before: int, limit: int) -> int:
        """Forget old clicks; return how many."""
        return int(self._run("forget_clicks", (before, limit)).rowcount)

    def add_conversions(self, brand_id: int, rows: Sequence[ConversionRow]) -> int:
        """Add conversions; one of the same id stays as it is. Return how many were new."""
        if not rows:
            return 0
        done = self._run("add_conversions", {
            "brand": brand_id,
            "accounts": texts([one.account for one in rows]),
            "ids": texts([one.event_id for one in rows]),
            "profiles": bigints([one.profile_id for one in rows]),
            "events": texts([one.event for one in rows]),
            "orders": texts([one.order_id for one in rows]),
            "values": bigints([one.value for one in rows]),
            "currencies": texts([one.currency for one in rows]),
            "at": bigints([one.at for one in rows]),
        })  # fmt: skip
        return int(done.rowcount)

    def take_account_due(self, now: int) -> AccountRow | None:
        """Return an account with conversions due, kept from others until the end."""
        for brand_id, name in self._run("due_accounts", (now,)).fetchall():
            row = self._run("alone", (name, brand_id)).fetchone()
            if row and row[0]:
                found = [one for one in self._ads.accounts(brand_id) if one.name == name]
                if found and not found[0].paused:
                    return found[0]
        return None

    def due_conversions(
        self, brand_id: int, account: str, now: int, limit: int
    ) -> list[ConversionRow]:
        """Return conversions that are due, oldest first."""
        rows = self._run("due_conversions", (brand_id, account, now, limit))
        return [ConversionRow(*row) for row in rows]

    def write_conversions(self, brand_id: int, rows: Sequence[ConversionRow]) -> None:
        """Write what became of conversions."""
        if rows:
            self._run("write_conversions", {
                "brand": brand_id,
                "accounts": texts([one.account for one in rows]),
                "ids": texts([one.event_id for one in rows]),
                "states": texts([one.state for one in rows]),
                "reasons": texts([one.reason for one in rows]),
                "dues": bigints([one.due_at for one in rows]),
                "tries": integers([one.n_tries for one in rows]),
                "sent": bigints([one.sent_at for one in rows]),
            })  # fmt: skip

    def conversions(
        self, brand_id: int, account: str, limit: int, state: str = ""
    ) -> list[ConversionRow]:
        """Return conversions, newest first."""
        said = {"brand": brand_id, "account": account, "state": state, "limit": limit}
        return [ConversionRow(*row) for row in self._run("conversions", said)]

    def conversion_counts(self, brand_id: int, account: str) -> dict[tuple[str, str], int]:
        """Return (state, reason) -> how many."""
        rows = self._run("conversion_counts", (brand_id, account))
        return {(state, reason): n for state, reason, n in rows}

    def put_control(self, brand_id: int, row: ControlRow) -> None:
        """Store or replace what was asked of a campaign."""
        said = {name: getattr(row, name) for name in ControlRow.__struct_fields__}
        self._run("put_control", said | {"brand": brand_id})

    def claim_control(self, brand_id: int, control_id: bytes, since: int) -> ControlRow | None:
        """Begin what was proposed since an instant; None = it was begun, or is too old."""
        row = self._run("claim_control", (brand_id, control_id, since)).fetchone()
        return None if row is None else _control(row)

    def controls(
        self, brand_id: int, limit: int, *, account: str = "", control_id: bytes = b""
    ) -> list[ControlRow]:
        """Return what was asked of campaigns, newest first."""
        said = {"brand": brand_id, "account": account, "id": control_id, "limit": limit}
        return [_control(row) for row in self._run("controls", said)]

    def take_spend_due(self, now: int, again_at: int) -> AccountRow | None:
        """Return an account whose costs are to be asked for, and when it is due again."""
        row = self._run("take_spend_due", {"now": now, "next": again_at}).fetchone()
        return None if row is None else self._ads.account(row[0], row[1])

    def put_spend(
        self, brand_id: int, account: str, rows: Sequence[Spend], source: str, at: int
    ) -> None:
        """Write what campaigns cost; a later word on the same day stands."""
        latest = {(one.day, one.object_id): one for one in rows}
        rows = list(latest.values())
        if rows:
            self._run("put_spend", {
                "brand": brand_id, "account": account, "source": source, "at": at,
                "days": texts([one.day for one in rows]),
                "objects": texts([one.object_id for one in rows]),
                "names": texts([one.name for one in rows]),
                "currencies": texts([one.currency for one in rows]),
                "costs": bigints([one.cost for one in rows]),
                "shown": bigints([one.impressions for one in rows]),
                "clicks": bigints([one.clicks for one in rows]),
                "conversions": bigints([one.conversions for one in rows]),
            })  # fmt: skip

    def spend(
        self, brand_id: int, first: str, last: str, account: str = "", limit: int = 1_000
    ) -> list[tuple[str, Spend]]:
        """Return (account, what a campaign cost on a day), newest first."""
        said = {
            "brand": brand_id, "first": first, "last": last, "account": account, "limit": limit,
        }  # fmt: skip
        return [(row[0], Spend(*row[1:])) for row in self._run("spend", said)]

    def spend_totals(self, brand_id: int, first: str, last: str) -> list[SpendTotal]:
        """Return what accounts cost over some days, each currency by itself."""
        return [SpendTotal(*row) for row in self._run("spend_totals", (brand_id, first, last))]

    def spend_days(self, brand_id: int, first: str, last: str) -> list[SpendDay]:
        """Return what accounts cost on each day, each currency by itself."""
        return [SpendDay(*row) for row in self._run("spend_days", (brand_id, first, last))]

    def put_media(
        self, brand_id: int, rows: Sequence[MediaRow], by: str, at: int
    ) -> tuple[int, int]:
        """Write what media cost; return how many rows are new and how many were changed."""
        latest = {(one.day, one.channel, one.campaign, one.currency): one for one in rows}
        rows = [latest[key] for key in sorted(latest)]
        if not rows:
            return 0, 0
        done = self._run("put_media", {
            "brand": brand_id, "by": by, "at": at,
            "days": texts([one.day for one in rows]),
            "channels": texts([one.channel for one in rows]),
            "campaigns": texts([one.campaign for one in rows]),
            "currencies": texts([one.currency for one in rows]),
            "costs": bigints([one.cost for one in rows]),
            "notes": texts([one.note for one in rows]),
        }).fetchall()  # fmt: skip
        n_new = sum(1 for (is_new,) in done if is_new)
        return n_new, len(done) - n_new

    def media(self, brand_id: int, first: str, last: str, limit: int) -> list[MediaRow]:
        """Return what media cost, newest day first."""
        said = {"brand": brand_id, "first": first, "last": last, "limit": limit}
        return [MediaRow(*row) for row in self._run("media", said)]

    def media_days(self, brand_id: int, first: str, last: str) -> list[tuple[str, str, str, int]]:
        """Return (day, channel, currency, cost) of media, campaigns added up."""
        return [
            (day, channel, currency, cost)
            for day, channel, currency, cost in self._run("media_days", (brand_id, first, last))
        ]

    def drop_media(self, brand_id: int, row: MediaRow) -> bool:
        """Forget what media cost; False = it was not written."""
        said = {"brand": brand_id, "day": row.day, "channel": row.channel,
                "campaign": row.campaign, "currency": row.currency}  # fmt: skip
        return bool(self._run("drop_media", said).rowcount)

    def _run(self, name: str, values: Any) -> Any:  # what psycopg takes and gives
        """Run one named query."""
        return self._connection.execute(query("ad_results", name), values)


def _at(row: ClickRow) -> int:
    """Return when a click happened."""
    return row.at


def _control(row: Sequence[Any]) -> ControlRow:  # as the driver gives it
    """Return a control from its columns."""
    return ControlRow(bytes(row[0]), *row[1:])
