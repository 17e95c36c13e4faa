"""From the log's rows to Arrow columns that the warehouse loads in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huiliu.identity.traits import set_traits, told_traits
from huiliu.kernel.bodies import read_body
from huiliu.kernel.events import CANONICAL, Flag, IdentifierType, Kind
from huiliu.ports.feed import EventColumns

__all__ = [
    "IdentityRow",
    "StepRow",
    "ToldRow",
    "arrived",
    "identities",
    "steps",
    "told",
    "traits",
]

#: brand_id, type, key, profile_id, first_seen_at, position.
IdentityRow: TypeAlias = tuple[int, int, bytes, int, int, int]
#: txid, step_id, brand_id, run_id, journey, version, profile_id, node, visit, at, what, details.
StepRow: TypeAlias = tuple[int, int, int, bytes, str, int, int, str, int, int, str, bytes]
#: brand_id, present profile_id, trait, JSON value, set_at, position.
ToldRow: TypeAlias = tuple[int, int, str, str, int, int]

_OFFSET_BITS = 48
_KIND_WORDS = [kind.word for kind in sorted(Kind)]
_TYPES = {type_.value: type_.word for type_ in IdentifierType}
_SETTER_WORDS = [Kind.IDENTIFY.word, Kind.GROUP.word]
_ENCODER = msgspec.json.Encoder()


def arrived(events: EventColumns, partition: int) -> pa.Table:
    """Return the events as Arrow columns; the body stays JSON, which the engine takes apart."""
    names = _texts(events.names, events.name_lengths).dictionary_encode()
    canonical = [CANONICAL.get(one, one) for one in names.dictionary.to_pylist()]
    offsets, profiles = _whole(events.offsets, 8), _whole(events.profile_ids, 8)
    return pa.table({
        "position": (partition << _OFFSET_BITS) + offsets,
        "brand_id": _whole(events.brand_ids, 2),
        "received_at": _whole(events.received_at, 8),
        "occurred_at": _whole(events.occurred_at, 8),
        "event": names,
        "name": pa.DictionaryArray.from_arrays(names.indices, pa.array(canonical, pa.string())),
        "kind": pa.DictionaryArray.from_arrays(
            pa.array(_whole(events.kinds, 2) - 1), pa.array(_KIND_WORDS, pa.string())
        ),
        "flags": _whole(events.flags, 2),
        "body": _texts(events.bodies, events.body_lengths),
        "profile_id": pa.array(profiles, mask=profiles == 0),
    })  # fmt: skip


def traits(rows: pa.Table) -> pa.Table | None:
    """Return what identify and group calls set, by the same rules as the projector; None if none.

    The value that comes last under one name stands, as when the projector folds them.
    """
    setters = rows.filter(pc.is_in(rows["kind"].cast(pa.string()), pa.array(_SETTER_WORDS)))
    found: list[tuple[int, int, str, bytes, int, int, int]] = []
    columns = ("brand_id", "profile_id", "kind", "flags", "body", "occurred_at", "received_at",
               "position")  # fmt: skip
    for brand, profile, word, flags, raw, occurred, received, position in zip(
        *(setters[name].to_pylist() for name in columns), strict=True
    ):
        if profile is None:
            continue
        body = read_body(raw.encode())
        told = set_traits(Kind[word.upper()], body)
        told |= told_traits(told, {})
        replay = occurred if flags & Flag.HISTORICAL else received
        found.extend(
            (brand, profile, trait, _ENCODER.encode(value), occurred, position, replay)
            for trait, value in told.items()
        )
    return _facts(found) if found else None


def _whole(column: bytes, width: int) -> np.ndarray[Any, np.dtype[np.signedinteger[Any]]]:
    """Return a column of whole numbers of so many bytes."""
    return np.frombuffer(column, f">i{width}").astype(f"i{width}")


def _texts(joined: bytes, lengths: bytes) -> pa.Array:
    """Return a column of texts, without copying a letter."""
    each = np.frombuffer(lengths, ">i4")
    ends = np.zeros(len(each) + 1, "i4")
    np.cumsum(each, out=ends[1:])
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(joined)]
    return pa.Array.from_buffers(pa.string(), len(each), buffers)


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
        "position": pa.array([row[5] for row in rows], pa.int64()),
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
        "step_id": pa.array([row[1] for row in rows], pa.int64()),
    })  # fmt: skip
