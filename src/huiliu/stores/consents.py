"""The consent ledger and the list of suppressed addresses in PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.identity.ledger import row_hash
from huiliu.kernel.events import IdentifierType
from huiliu.ports.people import ConsentFilter, ConsentRow, EndedConsent, SuppressionRow
from huiliu.stores.arrays import bigints, byteas, smallints, texts
from huiliu.stores.identities import PostgresIdentities
from huiliu.stores.queries import query

__all__ = ["PostgresConsents"]

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(dict)
_LAST = (1 << 63) - 1


class PostgresConsents(PostgresIdentities):
    """The part of the people store that says who may be reached."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        super().__init__(connection)
        self._connection = connection

    def consents(
        self, brand_id: int, profiles: Collection[int], at: int = 0
    ) -> dict[int, dict[tuple[str, str], str]]:
        """Return profile_id -> {(channel, purpose): state}, the latest of each by event time.

        States: granted, withdrawn, and expired where an instant is given by which a yes has ended.
        """
        found: dict[int, dict[tuple[str, str], str]] = {profile: {} for profile in profiles}
        rows = self._connection.execute(
            query("people", "consents"),
            {"brand": brand_id, "profiles": bigints(profiles), "at": at},
            binary=True,
        ).fetchall()
        for person, channel, purpose, state in rows:
            found[person][channel, purpose] = state
        return found

    def consent_history(self, brand_id: int, profile_id: int) -> list[ConsentRow]:
        """Return a person's consent ledger with that of the merged, newest first."""
        ids = self.histories(brand_id, [profile_id])[profile_id]
        rows = self._connection.execute(query("people", "consent_history"), (brand_id, ids))
        return [_row(row) for row in rows]

    def recent_consents(
        self, brand_id: int, chosen: ConsentFilter, limit: int, before: int | None = None
    ) -> list[tuple[int, ConsentRow]]:
        """Return (present profile, row) of the ledger, newest position first, below one."""
        rows = self._connection.execute(
            query("people", "recent_consents"),
            {
                "brand": brand_id, "before": _LAST if before is None else before, "limit": limit,
                "channel": chosen.channel, "purpose": chosen.purpose, "state": chosen.state,
                "method": chosen.method,
            },
        )  # fmt: skip
        return [(row[0], _row(row[1:])) for row in rows]

    def consent_counts(self, brand_id: int, at: int) -> list[tuple[str, str, str, int]]:
        """Return (channel, purpose, state, how many people stand there now)."""
        rows = self._connection.execute(
            query("people", "consent_counts"), {"brand": brand_id, "at": at}
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def ended_consents(self, at: int, limit: int) -> list[EndedConsent]:
        """Return yeses of every brand that ended by an instant and are not told of yet."""
        rows = self._connection.execute(
            query("people", "ended_consents"), {"at": at, "limit": limit}
        )
        return [EndedConsent(*row) for row in rows]

    def tell_ended(self, ended: Sequence[EndedConsent]) -> None:
        """Note that the log knows of these ends."""
        self._connection.execute(
            query("people", "tell_ended"),
            (
                smallints([one.brand_id for one in ended]),
                bigints([one.profile_id for one in ended]), texts([one.channel for one in ended]),
                texts([one.purpose for one in ended]), bigints([one.position for one in ended]),
            ),
        )  # fmt: skip

    def record_consents(self, rows: Sequence[ConsentRow]) -> None:
        """Append changes to the consent ledger, chained; a repeat (same position) changes nothing.

        Rows come in the order of the log.
        """
        if not rows:
            return
        rows = self._chained(rows)
        self._connection.execute(
            query("people", "record_consents"),
            (
                smallints([row.brand_id for row in rows]),
                bigints([row.profile_id for row in rows]),
                texts([row.channel for row in rows]), texts([row.purpose for row in rows]),
                texts([row.state for row in rows]), bigints([row.occurred_at for row in rows]),
                bigints([row.position for row in rows]), texts([row.method for row in rows]),
                texts([_ENCODER.encode(row.evidence) for row in rows]),
                texts([row.legal_basis for row in rows]),
                texts([row.jurisdiction for row in rows]),
                texts([row.text_version for row in rows]),
                texts([row.text_locale for row in rows]), texts([row.source for row in rows]),
                texts([row.collected_by for row in rows]),
                byteas([row.address for row in rows]),
                bigints([row.expires_at for row in rows]), byteas([row.prev for row in rows]),
                byteas([row.row_hash for row in rows]),
            ),
        )  # fmt: skip

    def suppressed(self, brand_id: int, addresses: Collection[bytes]) -> set[bytes]:
        """Return which of the keyed address hashes are on the list, for whatever reason."""
        rows = self._connection.execute(
            query("people", "suppressed"), (brand_id, byteas(addresses)), binary=True
        )
        return {row[0] for row in rows}

    def suppressions(self, brand_id: int, addresses: Collection[bytes]) -> dict[bytes, set[str]]:
        """Return keyed address hash -> for what it may not be used: all, marketing."""
        found: dict[bytes, set[str]] = defaultdict(set)
        rows = self._connection.execute(
            query("people", "suppressions"), (brand_id, byteas(addresses)), binary=True
        )
        for address, _, scope in rows:
            found[address].add(scope)
        return dict(found)

    def suppress(self, brand_id: int, rows: Sequence[SuppressionRow]) -> None:
        """Add to the list; the same reason again holds for the longer of the two times."""
        if not rows:
            return
        # A statement may not meet its own row twice; and two that meet the same rows, each in an
        # order of its own, would wait for each other.
        by_key = {(row.address, row.reason): row for row in rows}
        unique = [by_key[key] for key in sorted(by_key)]
        self._connection.execute(
            query("people", "suppress"),
            (
                brand_id, byteas([row.address for row in unique]),
                texts([row.reason for row in unique]), bigints([row.at for row in unique]),
                texts([row.scope for row in unique]), bigints([row.until for row in unique]),
                texts([row.source for row in unique]),
            ),
        )  # fmt: skip

    def unsuppress(self, brand_id: int, addresses: Collection[bytes], reason: str) -> None:
        """Take addresses off the list that stand there for this reason, and no other."""
        self._connection.execute(
            query("people", "unsuppress"), (brand_id, byteas(addresses), reason)
        )

    def lift_refusals(
        self, brand_id: int, yeses: Sequence[tuple[int, IdentifierType, int]]
    ) -> None:
        """Take off the list what (profile, kind of address) refused before an instant."""
        self._connection.execute(
            query("people", "lift_refusals"),
            {
                "brand": brand_id,
                "profiles": bigints([profile for profile, _, _ in yeses]),
                "types": smallints([int(kind) for _, kind, _ in yeses]),
                "at": bigints([at for _, _, at in yeses]),
            },
        )  # fmt: skip

    def ended_suppressions(self, at: int, limit: int) -> list[tuple[int, str, list[bytes]]]:
        """Return (brand_id, reason, addresses) whose time on the list has ended."""
        rows = self._connection.execute(
            query("people", "ended_suppressions"), (at, limit), binary=True
        )
        return [(row[0], row[1], list(row[2])) for row in rows]

    def list_suppressions(
        self, brand_id: int, reason: str, limit: int, before: tuple[int, bytes, str] | None = None
    ) -> list[SuppressionRow]:
        """Return the list, newest first, below (at, address, reason); "" = every reason."""
        at, address, after = before or (None, b"", "")
        rows = self._connection.execute(
            query("people", "list_suppressions"),
            {
                "brand": brand_id, "reason": reason, "limit": limit, "at": at,
                "address": address, "after": after,
            },
        )  # fmt: skip
        return [SuppressionRow(bytes(row[0]), *row[1:]) for row in rows]

    def suppression_rows(self, brand_id: int, address: bytes) -> list[SuppressionRow]:
        """Return for which reasons one address stands on the list."""
        rows = self._connection.execute(query("people", "suppression_rows"), (brand_id, address))
        return [SuppressionRow(bytes(row[0]), *row[1:]) for row in rows]

    def count_suppressions(self, brand_id: int) -> list[tuple[str, str, int]]:
        """Return (reason, scope, how many)."""
        rows = self._connection.execute(query("people", "count_suppressions"), (brand_id,))
        return [(row[0], row[1], row[2]) for row in rows]

    def _chained(self, rows: Sequence[ConsentRow]) -> list[ConsentRow]:
        """Return rows with the hashes that tie each to the one before it of the same person."""
        by_brand: dict[int, set[int]] = defaultdict(set)
        for row in rows:
            by_brand[row.brand_id].add(row.profile_id)
        tails: dict[tuple[int, int], bytes] = {}
        for brand_id, people in by_brand.items():
            found = self._connection.execute(
                query("people", "consent_tails"), (brand_id, bigints(people)), binary=True
            )
            tails |= {(brand_id, person): tail for person, tail in found}
        chained = []
        for row in sorted(rows, key=lambda row: (row.position, row.channel, row.purpose)):
            key = row.brand_id, row.profile_id
            made = replace(row, prev=tails.get(key, b""))
            tails[key] = own = row_hash(made)
            chained.append(replace(made, row_hash=own))
        return chained


def _row(row: TupleRow) -> ConsentRow:
    """Return one row of the ledger."""
    found = ConsentRow(*(*row[:8], _DECODER.decode(row[8]), *row[9:15]))
    return replace(
        found, address=bytes(row[15]), expires_at=row[16], prev=bytes(row[17]),
        row_hash=bytes(row[18]),
    )  # fmt: skip
