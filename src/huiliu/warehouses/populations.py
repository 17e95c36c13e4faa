"""The population that conditions read: one brand's people and facts as unbound Ibis tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import ibis

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.ports.replay import Past
from huiliu.warehouses.cells import JsonCell

__all__ = ["past", "population"]

_TIME: Final = "timestamp(6)"
_RANK: Final = "decimal(38, 0)"
#: A rank is occurred_at times this, and the position.
_RANKS: Final = 1 << 56

#: The facts below the views, as far as populations read them.
_FACTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "present": {"brand_id": "int16", "profile_id": "int64"},
    "latest_traits": {
        "brand_id": "int16", "profile_id": "int64", "trait": "string", "value": "json",
    },
    "present_events": {
        "brand_id": "int16", "profile_id": "int64", "name": "string", "kind": "string",
        "occurred_at": _TIME, "position": "int64", "properties": "json", "channel": "string",
    },
    "present_order_told": {
        "brand_id": "int16", "profile_id": "int64", "name": "string", "occurred_at": _TIME,
        "position": "int64", "order_id": "string", "total": "float64", "discount": "float64",
        "coupon": "boolean", "category": "string", "channel": "string", "currency": "string",
        "refund": "float64", "is_part": "boolean",
    },
    "people": {
        "brand_id": "int16", "profile_id": "int64", "first_seen_at": _TIME, "replay_at": _TIME,
    },
    "traits": {
        "brand_id": "int16", "profile_id": "int64", "trait": "string", "value": "json",
        "rank": _RANK, "replay_at": _TIME,
    },
    "events": {
        "brand_id": "int16", "name": "string", "kind": "string", "profile_id": "int64",
        "occurred_at": _TIME, "position": "int64", "replay_at": _TIME, "properties": "json",
        "channel": "string", "device": "json",
    },
    "identity_map": {
        "brand_id": "int16", "from_profile": "int64", "to_profile": "int64",
    },
    "identities": {
        "brand_id": "int16", "profile_id": "int64", "type": "string", "identifier": "string",
        "replay_at": _TIME,
    },
    "suppressions": {
        "brand_id": "int16", "identifier": "string", "suppressed": "boolean",
        "position": "int64", "replay_at": _TIME,
    },
    "touches": {
        "brand_id": "int16", "profile_id": "int64", "first_channel": "string",
        "first_rank": _RANK, "last_channel": "string", "last_rank": _RANK, "device": "json",
        "device_rank": _RANK,
    },
    "tag_values": {
        "brand_id": "int16", "tag": "string", "profile_id": "int64", "value": "json",
        "set_at": _TIME, "expires_at": _TIME,
    },
    "latest_tags": {
        "brand_id": "int16", "tag": "string", "profile_id": "int64", "value": "json",
        "set_at": _TIME, "expires_at": _TIME,
    },
    "journey_steps": {
        "brand_id": "int16", "run_id": "string", "journey": "string", "profile_id": "int64",
        "node": "string", "occurred_at": _TIME, "what": "string", "step_id": "int64",
        "stands_at": "string",
    },
})  # fmt: skip

#: What whoever computes tags holds for the recipes (services/refresh_tags).
_PURCHASES: Final = MappingProxyType({
    "profile_id": "int64", "order_id": "string", "paid_at": _TIME, "total": "float64",
    "discount": "float64", "category": "string", "channel": "string", "currency": "string",
})  # fmt: skip

#: What a run does last.
_ENDS: Final = ("exited", "goal", "ended")


def population(brand_id: int, at: int | None) -> Tables:
    """Return a brand's people and all that conditions ask about them, now or as of an instant."""
    return _present(brand_id) if at is None else _as_of(brand_id, at)


@lru_cache(maxsize=64)
def past(brand_id: int) -> Past:
    """Return a brand's facts, each with the moment at which virtual time meets it."""
    people, traits, identifiers = (
        _under_present(_of_brand(name, brand_id), brand_id)
        for name in ("people", "traits", "identities")
    )
    events = _of_brand("events", brand_id)
    events = _under_present(events.filter(events.profile_id.notnull()), brand_id)
    tags = _under_present(_of_brand("tag_values", brand_id), brand_id)
    suppressions = _of_brand("suppressions", brand_id)
    steps = _of_brand("journey_steps", brand_id)
    of = ibis.literal(_RANKS, type=_RANK)
    return Past(
        people=people.group_by("profile_id").agg(replay_at=people.replay_at.min()),
        events=events.select(
            "profile_id", "replay_at", "position", "name", "kind", "occurred_at",
            value=events.properties.cast("string"),
        ),
        traits=traits.select(
            "profile_id", "replay_at",
            position=(traits["rank"] % of).cast("int64"),
            name=traits.trait,
            occurred_at=(traits["rank"].cast("float64") / float(_RANKS)).floor().cast("int64"),
            value=traits.value.cast("string"),
        ),
        identifiers=identifiers.select(
            "profile_id", "replay_at", name=identifiers.type, value=identifiers.identifier
        ),
        tags=tags.select(
            "profile_id", "expires_at", replay_at=tags.set_at, name=tags.tag,
            value=tags.value.cast("string"),
        ),
        suppressions=suppressions.select(
            "replay_at", "position", "suppressed", value=suppressions.identifier
        ),
        runs=steps.select("journey", "run_id").distinct(),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _present(brand_id: int) -> Tables:
    """Return a brand's people as they are now."""
    people, traits, events = (
        _of_brand(name, brand_id) for name in ("present", "latest_traits", "present_events")
    )
    tags = _under_present(_of_brand("tag_values", brand_id), brand_id)
    latest = _of_brand("latest_tags", brand_id)
    steps = _under_present(_of_brand("journey_steps", brand_id), brand_id)
    identifiers = _under_present(_of_brand("identities", brand_id), brand_id)
    touches = _under_present(_of_brand("touches", brand_id), brand_id)
    seen = _under_present(_of_brand("people", brand_id), brand_id)
    return Tables(
        people=people,
        trait=lambda name: traits.filter(traits.trait == name),
        events=events,
        cell=JsonCell,
        identifiers=identifiers.select("profile_id", "type", "identifier"),
        suppressions=_suppressed(_of_brand("suppressions", brand_id)),
        touches=_folded_touches(touches),
        touches_of_ids=_of_brand("touches", brand_id),
        tag=lambda slug: _standing(latest.filter(latest.tag == slug), brand_id),
        tags=tags.select("profile_id", "tag", "value", "set_at", "expires_at"),
        runs=lambda slug: _runs(_of_brand("journey_steps", brand_id), slug, brand_id),
        steps=steps.select("profile_id", "run_id", "journey", "node", "what", "occurred_at"),
        purchases=ibis.table(dict(_PURCHASES), name="purchases"),
        order_told=_of_brand("present_order_told", brand_id),
        seen=seen.select("profile_id", "first_seen_at"),
    )


def _as_of(brand_id: int, at: int) -> Tables:
    """Return what the replay had met by an instant, under the profiles that are present today.

    Tags are those of the refreshes until then, runs are where their steps until then left them.
    """
    people, events, traits, identifiers = (
        _known(name, brand_id, at) for name in ("people", "events", "traits", "identities")
    )
    events = events.filter(events.profile_id.notnull())
    moment = moment_literal(at)
    suppressions = _of_brand("suppressions", brand_id)
    changes = _of_brand("tag_values", brand_id)
    changes = changes.filter(changes.set_at <= moment)
    steps = _of_brand("journey_steps", brand_id)
    steps = steps.filter(steps.occurred_at <= moment)

    def trait(name: str) -> ibis.Table:
        """Return the latest value of one trait."""
        rows = traits.filter(traits.trait == name)
        return rows.group_by("profile_id").agg(value=rows.value.argmax(rows["rank"]))

    def tag(slug: str) -> ibis.Table:
        """Return the values of one tag that stood."""
        rows = changes.filter(changes.tag == slug)
        rows = rows.mutate(last=rows.set_at.max().over(ibis.window(group_by="profile_id")))
        rows = rows.filter(rows.set_at == rows["last"], rows.value.notnull()).drop("last")
        return _standing(rows, brand_id)

    return Tables(
        people=people.select("profile_id").distinct(),
        trait=trait,
        events=events,
        cell=JsonCell,
        identifiers=identifiers.select("profile_id", "type", "identifier"),
        suppressions=_suppressed(suppressions.filter(suppressions.replay_at <= moment)),
        touches=_touches_of(events),
        touches_of_ids=_of_brand("touches", brand_id),
        tag=tag,
        tags=_under_present(changes, brand_id).select(
            "profile_id", "tag", "value", "set_at", "expires_at"
        ),
        runs=lambda slug: _runs(steps, slug, brand_id),
        steps=_under_present(steps, brand_id).select(
            "profile_id", "run_id", "journey", "node", "what", "occurred_at"
        ),
        purchases=ibis.table(dict(_PURCHASES), name="purchases"),
    )


def _known(name: str, brand_id: int, at: int) -> ibis.Table:
    """Return the facts that were known at an instant, under present profiles."""
    facts = _of_brand(name, brand_id)
    return _under_present(facts.filter(facts.replay_at <= moment_literal(at)), brand_id)


def _under_present(facts: ibis.Table, brand_id: int) -> ibis.Table:
    """Return facts under present profiles; `came_with` keeps the id that they came with."""
    merged = _of_brand("identity_map", brand_id).select("from_profile", "to_profile")
    joined = facts.left_join(merged, facts.profile_id == merged.from_profile)
    present = ibis.coalesce(joined.to_profile, joined.profile_id)
    return joined.mutate(came_with=joined.profile_id, profile_id=present).drop(
        "from_profile", "to_profile"
    )


def _suppressed(changes: ibis.Table) -> ibis.Table:
    """Return the addresses whose last change put them on the list."""
    last = changes.group_by("identifier").agg(
        suppressed=changes.suppressed.argmax(changes.position)
    )
    return last.filter(last.suppressed).select("identifier")


def _folded_touches(rows: ibis.Table) -> ibis.Table:
    """Return the touches of present profiles out of those of their ids."""
    return rows.group_by("profile_id").agg(
        first_channel=rows.first_channel.argmin(rows.first_rank),
        last_channel=rows.last_channel.argmax(rows.last_rank),
        device=rows.device.argmax(rows.device_rank),
    )


def _touches_of(events: ibis.Table) -> ibis.Table:
    """Return the touches of present profiles out of their own events."""
    told = events.filter(
        events.kind != "internal", events.channel.notnull() | events.device.notnull()
    )
    order = ibis.struct({"at": told.occurred_at, "position": told.position})
    return told.group_by("profile_id").agg(
        first_channel=told.channel.argmin(order, where=told.channel.notnull()),
        last_channel=told.channel.argmax(order, where=told.channel.notnull()),
        device=told.device.argmax(order, where=told.device.notnull()),
    )


def _standing(rows: ibis.Table, brand_id: int) -> ibis.Table:
    """Return the one value of a tag that stands for each present profile.

    The youngest of all ids of a person; of equally young ones that of the person who stayed.
    """
    found = _under_present(rows, brand_id)
    own = found.came_with == found.profile_id
    order = ibis.struct({"at": found.set_at, "own": own, "id": found.came_with})
    # As one value: an aggregate passes over nulls, and an expiry may be null.
    whole = ibis.struct({
        "value": found.value, "set_at": found.set_at, "expires_at": found.expires_at,
    })  # fmt: skip
    kept = found.group_by("profile_id").agg(kept=whole.argmax(order))
    return kept.select(
        "profile_id",
        value=kept.kept["value"],
        set_at=kept.kept["set_at"],
        expires_at=kept.kept["expires_at"],
    )


def _runs(steps: ibis.Table, slug: str, brand_id: int) -> ibis.Table:
    """Return the runs of one journey as their steps tell them, under whom they began with."""
    rows = steps.filter(steps.journey == slug)
    runs = rows.group_by("run_id").agg(
        profile_id=rows.profile_id.argmin(rows.step_id),
        entered_at=rows.occurred_at.min(where=rows.what == "entered"),
        ended_at=rows.occurred_at.max(where=rows.what.isin(_ENDS)),
        node=rows.stands_at.argmax(rows.step_id),
    )
    return _under_present(runs, brand_id).drop("came_with")


def _of_brand(name: str, brand_id: int) -> ibis.Table:
    """Return the facts of one brand."""
    fact = _fact(name)
    return fact.filter(fact.brand_id == brand_id)


def _fact(name: str) -> ibis.Table:
    """Return an unbound table of facts."""
    return ibis.table(dict(_FACTS[name]), name=name, database="facts")
