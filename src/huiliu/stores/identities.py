"""Who is who in PostgreSQL: identifiers, merges, what was refused, and what was taken apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.identity.resolve import Attached, Merge, RefusedMerge
from huiliu.kernel.events import Identifier, IdentifierType
from huiliu.ports.people import ConflictRow, IdentityRow, MergeRow
from huiliu.stores.arrays import bigints, byteas, smallints
from huiliu.stores.queries import query

__all__ = ["PostgresIdentities"]

_OFFSET_BITS = 48
#: Everything that moves with a merged profile, in this order; `merge_map` before `merge_add`.
_MERGE = (
    "merge_map", "merge_add", "merge_identities", "merge_profiles", "merge_delete",
    "merge_subjects", "merge_memberships", "merge_timers", "merge_tokens_end", "merge_runs_end",
    "merge_runs_move",
)  # fmt: skip
_UNMERGE = (
    "unmerge_map", "unmerge_subtree", "unmerge_subjects", "unmerge_identities", "unmerge_runs",
    "unmerge_apart",
)  # fmt: skip


class PostgresIdentities:
    """The half of the people store that says who is who."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def resolve(self, brand_id: int, keys: Collection[bytes]) -> dict[bytes, int]:
        """Return identifier key -> present profile_id for the keys that are known."""
        rows = self._connection.execute(
            query("people", "resolve"), (brand_id, byteas(keys)), binary=True
        )
        return dict(rows.fetchall())

    def places(self, brand_id: int, keys: Collection[bytes]) -> dict[bytes, tuple[int, int]]:
        """Return identifier key -> (profile it came with, present profile) of known keys."""
        rows = self._connection.execute(
            query("people", "places"), (brand_id, byteas(keys)), binary=True
        )
        return {key: (came_with, present) for key, came_with, present in rows}

    def identifiers(
        self, brand_id: int, profiles: Collection[int]
    ) -> dict[int, list[tuple[Identifier, int]]]:
        """Return profile_id -> its identifiers with the profile_id each came with."""
        found: dict[int, list[tuple[Identifier, int]]] = {profile: [] for profile in profiles}
        rows = self._connection.execute(
            query("people", "identifiers"), (brand_id, bigints(profiles)), binary=True
        )
        for profile, number, key, came_with in rows:
            found[profile].append((Identifier(IdentifierType(number), key), came_with))
        return found

    def identities(self, brand_id: int, profile_id: int) -> list[IdentityRow]:
        """Return a present profile's identifiers, strongest first."""
        rows = self._connection.execute(
            query("people", "identities"), (brand_id, profile_id), binary=True
        )
        return [IdentityRow(Identifier(IdentifierType(row[0]), row[1]), *row[2:]) for row in rows]

    def present(self, brand_id: int, profiles: Collection[int]) -> dict[int, int]:
        """Return any profile_id, merged or not -> the present profile_id."""
        rows = self._connection.execute(query("people", "present"), (brand_id, bigints(profiles)))
        moved: dict[int, int] = dict(rows.fetchall())
        return {profile: moved.get(profile, profile) for profile in profiles}

    def histories(self, brand_id: int, profiles: Collection[int]) -> dict[int, list[int]]:
        """Return present profile -> every id that came into it, its own first."""
        found = {profile: [profile] for profile in profiles}
        rows = self._connection.execute(query("people", "histories"), (brand_id, bigints(profiles)))
        for present, gone in rows:
            found[present].append(gone)
        return found

    def counts(self, brand_id: int, profiles: Collection[int]) -> dict[int, dict[int, int]]:
        """Return present profile -> identifier type -> how many distinct ones it holds."""
        found: dict[int, dict[int, int]] = defaultdict(dict)
        if profiles:
            rows = self._connection.execute(
                query("people", "counts"), (brand_id, bigints(profiles))
            )
            for profile, number, n in rows:
                found[profile][number] = n
        return found

    def apart(self, brand_id: int, profiles: Collection[int]) -> list[tuple[int, int]]:
        """Return the pairs of present profiles, one of them given, that must stay two."""
        values = {"brand": brand_id, "profiles": bigints(profiles)}
        if not profiles:
            return []
        return [(one, other) for one, other in self._run("apart", values)]

    def attach(
        self, brand_id: int, attached: Sequence[Attached], present: Mapping[int, int]
    ) -> None:
        """Keep new identifiers; `present` says where the profile each came with is now."""
        if not attached:
            return
        self._connection.execute(
            query("people", "attach"),
            (
                brand_id,
                byteas([new.identifier.key for new in attached]),
                smallints([new.identifier.type for new in attached]),
                bigints([present.get(new.came_with, new.came_with) for new in attached]),
                bigints([new.came_with for new in attached]),
                bigints([new.sighting.occurred_at for new in attached]),
                bigints([new.sighting.position for new in attached]),
            ),
        )

    def merge(self, brand_id: int, merges: Sequence[Merge], at: int) -> None:
        """Carry merges out, in order, after `see` of the survivors."""
        if not merges:
            return
        final = {merge.gone: merge.into for merge in merges}
        for gone in reversed(list(final)):
            final[gone] = final.get(final[gone], final[gone])
        values: dict[str, object] = {
            "brand": brand_id, "at": at, "gone": list(final), "final": list(final.values()),
            "into": [merge.into for merge in merges],
            "position": [merge.sighting.position for merge in merges],
        }  # fmt: skip
        values["runs"] = [row[0] for row in self._run("merge_runs_doubled", values)]
        for name in _MERGE:
            self._run(name, values)

    def unmerge(
        self, brand_id: int, edge: MergeRow, restored: Collection[int], present: int, at: int
    ) -> None:
        """Undo one edge: `restored` (its whole subtree) leaves `present`, becomes `edge.gone`."""
        values = {
            "brand": brand_id, "gone": edge.gone, "into": edge.into, "position": edge.position,
            "restored": list(restored), "present": present, "at": at,
        }  # fmt: skip
        for name in _UNMERGE:
            self._run(name, values)

    def rewrite_memberships(self, brand_id: int, histories: Mapping[int, Collection[int]]) -> None:
        """Replace memberships of present profiles with the last word of the log on their ids."""
        pairs = [(person, each) for person, ids in histories.items() for each in ids]
        values = {
            "brand": brand_id, "people": list(histories),
            "persons": [person for person, _ in pairs], "ids": [each for _, each in pairs],
        }  # fmt: skip
        self._run("clear_memberships", values)
        self._run("rewrite_memberships", values)

    def merges(self, brand_id: int, profile_id: int) -> list[MergeRow]:
        """Return the merges that led into a present profile, oldest first."""
        rows = self._connection.execute(query("people", "merges"), (brand_id, profile_id))
        return [MergeRow(*row) for row in rows]

    def refuse_merges(self, brand_id: int, refused: Sequence[RefusedMerge]) -> None:
        """List refused merges; the same evidence again only counts up."""
        if not refused:
            return
        seen: dict[tuple[int, bytes], list[RefusedMerge]] = {}
        for each in refused:
            seen.setdefault((each.profile_id, each.identifier.key), []).append(each)
        rows = [
            (
                last.profile_id, last.identifier.key, int(last.identifier.type), last.other,
                last.limit_type, found[0].sighting.position, last.sighting.occurred_at, len(found),
            )
            for found in seen.values()
            for last in found[-1:]
        ]  # fmt: skip
        columns = (list(column) for column in zip(*rows, strict=True))
        self._connection.execute(query("people", "refuse_merges"), (brand_id, *columns))

    def conflicts(
        self, brand_id: int, limit: int, profile_id: int | None = None
    ) -> list[ConflictRow]:
        """Return refused merges, latest first, of one profile or of all."""
        rows = self._connection.execute(
            query("people", "conflicts"),
            {"brand": brand_id, "profile": profile_id, "limit": limit},
            binary=True,
        )
        return [
            ConflictRow(
                profile_id=row[0], identifier=Identifier(IdentifierType(row[1]), row[2]),
                other=row[3], limit_type=IdentifierType(row[4]) if row[4] else None,
                first_at=row[5], last_at=row[6], n_seen=row[7],
            )
            for row in rows
        ]  # fmt: skip

    def _run(self, name: str, values: Mapping[str, object]) -> list[TupleRow]:
        """Run a named query and return its rows, if it has any."""
        done = self._connection.execute(query("people", name), values)
        return done.fetchall() if done.description else []
