"""The vault in PostgreSQL: raw personal values, sealed under keys that can be destroyed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.vault import Secrets
from huiliu.stores.arrays import bigints, byteas
from huiliu.stores.queries import query

__all__ = ["PostgresVault"]

_PURPOSE = "subject key"


class PostgresVault:
    """Sealed values by subject, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Work on an open transaction."""
        self._connection = connection
        self._secrets = secrets

    def subject_keys(
        self, brand_id: int, subjects: Collection[bytes], *, create: bool
    ) -> dict[bytes, bytes]:
        """Return subject -> unwrapped key; with `create`, missing ones are made.

        A destroyed subject has no key and gets none again.
        """
        wanted = sorted(set(subjects))
        wrapped = self._wrapped(brand_id, wanted)
        missing = [subject for subject in wanted if subject not in wrapped]
        if create and missing:
            fresh = [self._secrets.seal(self._secrets.new_subject_key(), _PURPOSE) for _ in missing]
            self._connection.execute(query("vault", "make_keys"), (brand_id, missing, fresh))
            # Read back: another transaction may have made the key of one of them first.
            wrapped |= self._wrapped(brand_id, missing)
        return {
            subject: self._secrets.unseal(sealed, _PURPOSE)
            for subject, sealed in wrapped.items()
            if sealed is not None
        }

    def put(self, brand_id: int, rows: Sequence[tuple[bytes, bytes, str, bytes]]) -> None:
        """Keep (subject, token, field, sealed value) rows; repeats change nothing."""
        if rows:
            # Sorted, so that two transactions never wait for each other.
            subjects, tokens, fields, sealed = zip(*sorted(rows), strict=True)
            self._connection.execute(
                query("vault", "put"),
                (brand_id, list(subjects), list(tokens), list(fields), list(sealed)),
            )

    def adopt(self, brand_id: int, owners: Mapping[bytes, int]) -> None:
        """Say which profile owns each subject: subject -> profile_id."""
        if owners:
            self._connection.execute(
                query("vault", "adopt"), (list(owners), list(owners.values()), brand_id)
            )

    def reveal(
        self, brand_id: int, tokens: Mapping[int, Collection[bytes]]
    ) -> dict[tuple[int, bytes], str]:
        """Return (profile_id, token) -> raw value for what the profiles' subjects hold."""
        every = sorted({token for asked in tokens.values() for token in asked})
        rows = self._connection.execute(
            query("vault", "reveal"), (brand_id, bigints(tokens), byteas(every)), binary=True
        ).fetchall()
        unseal, unseal_with = self._secrets.unseal, self._secrets.unseal_with
        keys: dict[bytes, bytes] = {}
        found: dict[tuple[int, bytes], str] = {}
        for profile, token, wrapped, sealed in rows:
            asked = profile, token
            if asked not in found and token in tokens[profile]:
                key = keys.get(wrapped)
                if key is None:
                    key = keys[wrapped] = unseal(wrapped, _PURPOSE)
                found[asked] = unseal_with(key, sealed).decode()
        return found

    def _wrapped(self, brand_id: int, subjects: list[bytes]) -> dict[bytes, bytes | None]:
        """Return subject -> sealed key, None where destroyed, of known subjects."""
        rows = self._connection.execute(query("vault", "keys"), (brand_id, subjects), binary=True)
        return dict(rows.fetchall())
