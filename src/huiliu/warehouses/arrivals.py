"""From the log's rows to Arrow columns that the warehouse loads in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec
import pyarrow as pa

from huiliu.identity.traits import set_traits, told_traits
from huiliu.kernel.bodies import read_body
from huiliu.kernel.events import CANONICAL, Flag, IdentifierType, Kind

__all__ = [
    "EventRow",
    "IdentityRow",
    "StepRow",
    "ToldRow",
    "arrived",
    "identities",
    "steps",
    "told",
    "traits",
]

#: offset, brand_id, received_at, occurred_at, name, kind, flags, body, profile_id or None.
EventRow: TypeAlias = tuple[int, int, int, int, str, int, int, bytes, int | None]
#: brand_id, type, key, profile_id, first_seen_at.
IdentityRow: TypeAlias = tuple[int, int, bytes, int, int]
#: txid, step_id, brand_id, run_id, journey, version, profile_id, node, visit, at, what, details.
StepRow: TypeAlias = tuple[int, int, int, bytes, str, int, int, str, int, int, str, bytes]
#: brand_id, present profile_id, trait, JSON value, set_at, position.
ToldRow: TypeAlias = tuple[int, int, str, str, int, int]

_OFFSET_BITS = 48
_KINDS = {kind.value: kind.word for kind in Kind}
_TYPES = {type_.value: type_.word for type_ in IdentifierType}
_SETTERS = (Kind.IDENTIFY, Kind.GROUP)
_ENCODER = msgspec.json.Encoder()


def arrived(rows: Sequence[EventRow], partition: int) -> pa.Table:
    """Return the rows as columns; the body stays JSON, which the engine takes apart faster."""
    offset, brand, received, occurred, name, kind, flags, body, profile = zip(*rows, strict=True)
    base = partition << _OFFSET_BITS
    return pa.table({
        "position": pa.array([base + one for one in offset], pa.int64()),
        "brand_id": pa.array(brand, pa.int16()),
        "received_at": pa.array(received, pa.int64()),
        "occurred_at": pa.array(occurred, pa.int64()),
        "event": pa.array(name, pa.string()),
        "name": pa.array([CANONICAL.get(one, one) for one in name], pa.string()),
        "kind": pa.array([_KINDS[one] for one in kind], pa.string()),
        "flags": pa.array(flags, pa.int16()),
        "body": pa.array(body, pa.string()),
        "profile_id": pa.array(profile, pa.int64()),
    })  # fmt: skip


def traits(rows: Sequence[EventRow], partition: int) -> pa.Table | None:
    """Return what identify and group calls set, by the same rules as the projector; None if none.

    The value that comes last under one name stands, as when the projector folds them.
    """
    found: list[tuple[int, int, str, bytes, int, int, int]] = []
    for offset, brand, received, occurred, _name, kind, flags, raw, profile in rows:
        if kind not in _SETTERS or profile is None:
            continue
        body = read_body(raw)
        told = set_traits(Kind(kind), body)
        told |= told_traits(told, {})
        replay = occurred if flags & Flag.HISTORICAL else received
        position = (partition << _OFFSET_BITS) + offset
        found.extend(
            (brand, profile, trait, _ENCODER.encode(value), occurred, position, replay)
            for trait, value in told.items()
        )
    return _facts(found) if found else None


def told(rows: Sequence[ToldRow]) -> pa.Table:
    """Return zones and languages as columns; they were known from the instant they were set."""
    return _facts([(*row[:3], row[3].encode(), row[4], row[5], row[4]) for row in rows])


def _facts(found: Sequence[tuple[int, int, str, bytes, int, int, int]]) -> pa.Table:
    """Return facts of traits as columns."""
    brands, profiles, names, values, times, positions, replays = zip(*found, strict=True)
    return pa.table({
        "brand_id": pa.array(brands, pa.int16()),
        "profile_id": pa.array(profiles, pa.int64()),
        "trait": pa.array(names, pa.string()),
        "value": pa.array(values, pa.string()),
        "occurred_at": pa.array(times, pa.int64()),
        "position": pa.array(positions, pa.int64()),
        "replay_at": pa.array(replays, pa.int64()),
    })  # fmt: skip


def identities(rows: Sequence[IdentityRow]) -> pa.Table:
    """Return identifiers as columns: the word of the type, the keyed hash in hexadecimal."""
    return pa.table({
        "brand_id": pa.array([row[0] for row in rows], pa.int16()),
        "type": pa.array([_TYPES[row[1]] for row in rows], pa.string()),
        "identifier": pa.array([bytes(row[2]).hex() for row in rows], pa.string()),
        "profile_id": pa.array([row[3] for row in rows], pa.int64()),
        "first_seen_at": pa.array([row[4] for row in rows], pa.int64()),
    })  # fmt: skip


def steps(rows: Sequence[StepRow]) -> pa.Table:
    """Return journey steps as columns."""
    return pa.table({
        "brand_id": pa.array([row[2] for row in rows], pa.int16()),
        "run_id": pa.array([bytes(row[3]).hex() for row in rows], pa.string()),
        "journey": pa.array([row[4] for row in rows], pa.string()),
        "version": pa.array([row[5] for row in rows], pa.int32()),
        "profile_id": pa.array([row[6] for row in rows], pa.int64()),
        "node": pa.array([row[7] for row in rows], pa.string()),
        "visit": pa.array([row[8] for row in rows], pa.int32()),
        "occurred_at": pa.array([row[9] for row in rows], pa.int64()),
        "what": pa.array([row[10] for row in rows], pa.string()),
        "details": pa.array([bytes(row[11]) for row in rows], pa.string()),
    })  # fmt: skip
