"""What a receiver was last told of a person: a keyed hash a field, and those sent a moment ago."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import msgspec

__all__ = ["Told", "read_told"]

#: Field -> (hash, when it was told), newest first.
_Kept = dict[str, list[tuple[bytes, int]]]
_decode = msgspec.msgpack.Decoder(_Kept).decode
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Told:
    """What one receiver was told of one person."""

    fields: Mapping[str, list[tuple[bytes, int]]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def says(self) -> dict[str, bytes]:
        """Return the hash of each field as it was told last."""
        return {name: kept[0][0] for name, kept in self.fields.items() if kept}

    @property
    def raw(self) -> bytes:
        """Return it as it is kept."""
        return _encode(dict(self.fields))

    def with_fields(self, hashes: Mapping[str, bytes], since: int, now: int) -> Told:
        """Return what was told with these told now; of older ones only those told since."""
        found: _Kept = {}
        for name, told in hashes.items():
            before = self.fields.get(name, [])
            if before and before[0][0] == told:
                found[name] = before[:1] + [one for one in before[1:] if one[1] >= since]
            else:
                found[name] = [(told, now), *(one for one in before if one[1] >= since)]
        return Told(found)

    def was_told(self, name: str, told: bytes, since: int) -> bool:
        """Say whether a field was told so, last or since an instant."""
        kept = self.fields.get(name, [])
        return any(one == told and (at >= since or nth == 0) for nth, (one, at) in enumerate(kept))


def read_told(raw: bytes) -> Told:
    """Return what was kept; nothing was told where nothing was kept."""
    return Told(_decode(raw)) if raw else Told()
