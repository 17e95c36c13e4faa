"""Makes facts ready to leave: the person's present state under the receiver's names.

Personal values are taken out of the vault here, and only those that the field map names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Final

import msgspec

from huiliu.forwarding.destination import Destination
from huiliu.forwarding.fields import Source
from huiliu.forwarding.formats.base import Outgoing
from huiliu.forwarding.items import Item, item_id
from huiliu.governance.normalisation import normalise
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.times import MINUTE, from_datetime, show_instant
from huiliu.ports.destinations import DestinationRow
from huiliu.ports.people import ProfileRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import token_of
from huiliu.services.told import Told, read_told

__all__ = ["ECHO", "Leaving", "field_hash", "ready", "shown_id"]

#: For so long what was sent and comes back is known as an echo.
ECHO: Final = 10 * MINUTE
_TYPES: Final = {
    "merged": "profile.merged", "erasure": "profile.erased", "tag": "tag.changed",
    "consent": "consent.changed", "suppression": "suppression.changed", "event": "event",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leaving:
    """One item, and how it leaves; None = it does not."""

    item: Item
    #: The present profile.
    profile_id: int
    fact: Outgoing | None
    #: What is to be kept as told once it is taken; b"" = nothing.
    told: bytes = b""
    #: Whether a personal value is in it.
    reveals: bool = False


@dataclass(slots=True)
class _People:
    """What was read of the people of a batch, by present profile."""

    present: Mapping[int, int]
    profiles: Mapping[int, ProfileRow]
    identifiers: Mapping[int, Mapping[str, Sequence[bytes]]] = field(default_factory=dict)
    consents: Mapping[int, Mapping[tuple[str, str], str]] = field(default_factory=dict)
    segments: Mapping[int, set[str]] = field(default_factory=dict)
    tags: Mapping[str, Mapping[int, Value]] = field(default_factory=dict)
    told: Mapping[int, bytes] = field(default_factory=dict)
    clear: Mapping[tuple[int, bytes], str] = field(default_factory=dict)


def shown_id(raw: bytes) -> str:
    """Return the id of a fact as receivers get it."""
    return f"msg_{show_id(raw)}"


def ready(
    tx: Tx, world: World, row: DestinationRow, items: Sequence[Item], now: int
) -> list[Leaving]:
    """Return how each item leaves, in their order.

    Left behind is what changed nothing that the field map names, and who is not (or not any more)
    among the people that the destination gets.
    """
    to = row.settings
    sources = to.sources
    people = _read(tx, world, row, items, sources)
    leaving: list[Leaving] = []
    told: dict[int, Told] = {}
    for item in items:
        me = people.present.get(item.profile_id, item.profile_id)
        fact, kept = _fact(world, row, item, me, people, sources, told, now)
        reveals = fact is not None and _reveals(to, sources, item)
        leaving.append(Leaving(item, me, fact, kept, reveals))
    return leaving


def _fact(  # noqa: PLR0913, PLR0917 - one item and all that was read for the batch
    world: World,
    row: DestinationRow,
    item: Item,
    me: int,
    people: _People,
    sources: Mapping[str, Source],
    told: dict[int, Told],
    now: int,
) -> tuple[Outgoing | None, bytes]:
    """Return one item as it leaves, and what is then to be kept as told."""
    to = row.settings
    profile = people.profiles.get(me)
    is_gone = profile is None and item.kind not in {"erasure", "suppression"}
    is_out = to.segment and not item.is_for_everybody and (
        to.segment not in people.segments.get(me, set())
    )  # fmt: skip
    if is_gone or is_out:
        return None, b""
    fields = _fields(sources, profile, people)
    names = {theirs: fields[theirs] for theirs, one in sources.items()
             if one.names_person and fields.get(theirs) is not None}  # fmt: skip
    kind, kept = _TYPES.get(item.kind, ""), b""
    if item.kind == "profile":
        before = told.get(me) or read_told(people.told.get(me, b""))
        after = before.with_fields(_hashes(world, row, fields), now - ECHO, now)
        if after.says == before.says:
            return None, b""
        kind = "profile.changed" if before.says else "profile.created"
        told[me], kept = after, after.raw
        data: dict[str, Any] = {k: v for k, v in fields.items() if k not in names}
    else:
        data = _data(to, item, me, people)
    identifiers = {
        one.name: fields[theirs]
        for theirs, one in sources.items()
        if one.kind == "identifier" and fields.get(theirs)
    }
    fact = Outgoing(
        id=shown_id(item_id(row.brand_id, row.name, item)),
        type=kind,
        profile=show_profile_id(me) if me else "",
        at=item.at,
        names=names,
        data=data,
        event=item.name if item.kind == "event" else "",
        kind=str(item.data.get("call", "")),
        identifiers=identifiers,
    )
    return fact, kept


def _data(to: Destination, item: Item, me: int, people: _People) -> dict[str, Any]:
    """Return what a fact says besides whom it is about."""
    said = dict(item.data)
    said.pop("call", None)
    if item.kind == "merged":
        return {"from": show_profile_id(said["from"])}
    if item.kind != "event":
        return said
    properties = said.get("properties", {})
    if to.properties:
        shown = {
            theirs: _revealed(properties[ours], me, people)
            for theirs, ours in to.properties.items()
            if ours in properties
        }
    else:
        shown = {name: _without_tokens(value) for name, value in properties.items()
                 if token_of(value) is None}  # fmt: skip
    return {"properties": shown}


def _revealed(value: Any, me: int, people: _People) -> Any:  # a property's value
    """Return a value in the clear; what the vault does not hold is nothing."""
    token = token_of(value)
    return _without_tokens(value) if token is None else people.clear.get((me, token))


def _without_tokens(value: Any) -> Any:  # a property's value
    """Return a value without what stands for personal values inside it."""
    if isinstance(value, dict):
        return {k: _without_tokens(v) for k, v in value.items() if token_of(v) is None}
    if isinstance(value, list):
        return [_without_tokens(one) for one in value if token_of(one) is None]
    return value


def _fields(
    sources: Mapping[str, Source], profile: ProfileRow | None, people: _People
) -> dict[str, Any]:
    """Return their name -> value of everything that the map names, as it is now."""
    if profile is None:
        return {}
    return {theirs: _value(source, profile, people) for theirs, source in sources.items()}


def _value(source: Source, profile: ProfileRow, people: _People) -> Any:  # any JSON
    """Return the value of one source."""
    me = profile.profile_id
    if source.kind == "id":
        return show_profile_id(me)
    if source.kind == "identifier":
        keys = people.identifiers.get(me, {}).get(source.name, ())
        clear = (people.clear.get((me, key)) for key in keys)
        values = sorted({normalise(source.identifier, one) or one for one in clear if one})
        return values[0] if values else None
    if source.kind == "trait":
        held = profile.traits.get(source.name)
        return None if held is None else _revealed(held[0], me, people)
    if source.kind == "consent":
        return people.consents.get(me, {}).get((source.name, source.purpose))
    if source.kind == "segment":
        return source.name in people.segments.get(me, set())
    if source.kind == "tag":
        return people.tags.get(source.name, {}).get(me)
    return show_instant(
        profile.first_seen_at if source.kind == "first_seen" else profile.last_seen_at
    )


def _hashes(world: World, row: DestinationRow, fields: Mapping[str, Any]) -> dict[str, bytes]:
    """Return a keyed hash of each field's value; when a person was last seen is no change."""
    seen = {theirs for theirs, one in row.settings.sources.items() if one.kind == "last_seen"}
    return {
        theirs: field_hash(world, row.brand_id, row.name, theirs, value)
        for theirs, value in fields.items()
        if theirs not in seen
    }


def field_hash(world: World, brand_id: int, name: str, theirs: str, value: object) -> bytes:
    """Return the keyed hash of a field's value, as what was told is kept."""
    written = msgspec.json.encode(value).decode()
    return world.secrets.token(brand_id, f"destination {name} {theirs}", written)[:8]


def _reveals(to: Destination, sources: Mapping[str, Source], item: Item) -> bool:
    """Say whether a personal value may be in a fact."""
    if any(one.kind == "identifier" for one in sources.values()):
        return True
    if item.kind == "profile":
        return any(one.kind == "trait" for one in sources.values())
    return item.kind == "event" and bool(to.properties)


def _read(
    tx: Tx, world: World, row: DestinationRow, items: Sequence[Item], sources: Mapping[str, Source]
) -> _People:
    """Return all that is known of the batch's people, a question a noun."""
    brand_id, kinds = row.brand_id, {one.kind for one in sources.values()}
    present = tx.people.present(brand_id, {one.profile_id for one in items if one.profile_id})
    ids = sorted(set(present.values()))
    people = _People(present, tx.people.profiles(brand_id, ids))
    if "identifier" in kinds:
        wanted = {one.name for one in sources.values() if one.kind == "identifier"}
        held = tx.people.identifiers(brand_id, ids)
        for me, found in held.items():
            by_type: dict[str, list[bytes]] = {}
            for each, _ in found:
                if each.type.word in wanted:
                    by_type.setdefault(each.type.word, []).append(each.key)
            people.identifiers = {**people.identifiers, me: by_type}
    if "consent" in kinds:
        people.consents = tx.people.consents(brand_id, ids)
    if row.settings.segment or "segment" in kinds:
        people.segments = tx.segments.of_profiles(brand_id, ids)
    people.tags = {
        one.name: _tag_values(world, brand_id, one.name, ids)
        for one in sources.values()
        if one.kind == "tag"
    }
    if "profiles" in row.settings.sends:
        people.told = tx.destinations.told(brand_id, row.name, ids)
    tokens: dict[int, set[bytes]] = {}
    for me, token in _tokens(row.settings, items, sources, people):
        tokens.setdefault(me, set()).add(token)
    people.clear = tx.vault.reveal(brand_id, tokens) if tokens else {}
    return people


def _tokens(
    to: Destination, items: Sequence[Item], sources: Mapping[str, Source], people: _People
) -> Iterator[tuple[int, bytes]]:
    """Yield (profile, token) of the personal values that the map names."""
    traits = {one.name for one in sources.values() if one.kind == "trait"}
    for me, profile in people.profiles.items():
        for name in traits & set(profile.traits):
            if (token := token_of(profile.traits[name][0])) is not None:
                yield me, token
        for keys in people.identifiers.get(me, {}).values():
            yield from ((me, key) for key in keys)
    for item in items:
        me = people.present.get(item.profile_id, item.profile_id)
        properties = item.data.get("properties", {}) if to.properties else {}
        for ours in to.properties.values():
            if (token := token_of(properties.get(ours))) is not None:
                yield me, token


def _tag_values(world: World, brand_id: int, tag: str, ids: Sequence[int]) -> dict[int, Value]:
    """Return the values of a tag that people have."""
    if not ids:
        return {}
    table = world.warehouse.population(brand_id).tag(tag)
    now = world.clock.now()
    found = world.warehouse.run(table.filter(table.profile_id.isin(list(ids))))
    values: dict[int, Value] = {}
    for one in found.to_pylist():
        ends = one["expires_at"]
        if ends is None or from_datetime(ends.replace(tzinfo=UTC)) > now:
            value = one["value"]
            values[one["profile_id"]] = msgspec.json.decode(value) if value else None
    return values
