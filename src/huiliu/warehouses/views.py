"""The views that every engine offers, as unbound Ibis tables, and the population they make."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.warehouses.cells import JsonCell

__all__ = ["VIEWS", "compiled", "held", "population", "view"]

_TIME: Final = "timestamp(6)"

#: Column names and types of each view, in the order in which they are shown.
VIEWS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "events": {
        "brand_id": "int16", "position": "int64", "event": "string", "kind": "string",
        "profile_id": "int64", "occurred_at": _TIME, "received_at": _TIME,
        "properties": "json", "channel": "string", "name": "string",
    },
    "profiles": {
        "brand_id": "int16", "profile_id": "int64", "first_seen_at": _TIME, "traits": "json",
    },
    "trait_changes": {
        "brand_id": "int16", "profile_id": "int64", "trait": "string", "value": "json",
        "set_at": _TIME,
    },
    "identities": {
        "brand_id": "int16", "profile_id": "int64", "type": "string", "identifier": "string",
        "first_seen_at": _TIME,
    },
    "orders": {
        "brand_id": "int16", "order_id": "string", "profile_id": "int64", "status": "string",
        "created_at": _TIME, "paid_at": _TIME, "shipped_at": _TIME, "delivered_at": _TIME,
        "promised_at": _TIME, "total": "decimal(18, 3)", "currency": "string",
    },
    "messages": {
        "brand_id": "int16", "message_id": "string", "profile_id": "int64", "channel": "string",
        "template": "string", "journey": "string", "status": "string", "reason": "string",
        "sent_at": _TIME,
    },
    "memberships": {
        "brand_id": "int16", "segment": "string", "profile_id": "int64", "since": _TIME,
    },
    "journey_steps": {
        "brand_id": "int16", "run_id": "string", "journey": "string", "version": "int32",
        "profile_id": "int64", "node": "string", "visit": "int32", "occurred_at": _TIME,
        "what": "string", "details": "json",
    },
})  # fmt: skip

#: The facts below the views, as far as populations read them.
_FACTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "present": {"brand_id": "int16", "profile_id": "int64"},
    "latest_traits": {
        "brand_id": "int16", "profile_id": "int64", "trait": "string", "value": "json",
    },
    "present_events": {
        "brand_id": "int16", "profile_id": "int64", "name": "string", "occurred_at": _TIME,
        "properties": "json",
    },
    "people": {
        "brand_id": "int16", "profile_id": "int64", "replay_at": _TIME,
    },
    "traits": {
        "brand_id": "int16", "profile_id": "int64", "trait": "string", "value": "json",
        "rank": "decimal(38, 0)", "replay_at": _TIME,
    },
    "events": {
        "brand_id": "int16", "name": "string", "profile_id": "int64", "occurred_at": _TIME,
        "replay_at": _TIME, "properties": "json",
    },
    "identity_map": {
        "brand_id": "int16", "from_profile": "int64", "to_profile": "int64",
    },
})  # fmt: skip


def view(name: str) -> ibis.Table:
    """Return an unbound view; an unknown name is a programmer's fault."""
    return ibis.table(dict(VIEWS[name]), name=name)


def held(name: str, rows: ibis.Table | pa.Table) -> ibis.Table:
    """Return the unbound table of rows that are held under a name."""
    schema = ibis.Schema.from_pyarrow(rows.schema) if isinstance(rows, pa.Table) else rows.schema()
    return ibis.table(schema, name=name, catalog="scratch", database="main")


def compiled(expression: ibis.Expr) -> str:
    """Return the SQL of an expression in DuckDB's words."""
    return str(ibis.to_sql(expression.as_table(), dialect="duckdb"))


def population(brand_id: int, at: int | None) -> Tables:
    """Return a brand's people, their latest traits and their events, now or as of an instant."""
    return _present(brand_id) if at is None else _as_of(brand_id, at)


@lru_cache(maxsize=64)
def _present(brand_id: int) -> Tables:
    """Return a brand's people as they are now."""
    people, traits, events = (
        fact.filter(fact.brand_id == brand_id)
        for fact in map(_fact, ("present", "latest_traits", "present_events"))
    )
    return Tables(people, lambda name: traits.filter(traits.trait == name), events, JsonCell)


def _as_of(brand_id: int, at: int) -> Tables:
    """Return what the replay had met by an instant, under the profiles that are present today."""
    people, events = (_known(name, brand_id, at) for name in ("people", "events"))
    traits = _known("traits", brand_id, at)

    def trait(name: str) -> ibis.Table:
        """Return the latest value of one trait."""
        rows = traits.filter(traits.trait == name)
        return rows.group_by("profile_id").agg(value=rows.value.argmax(rows["rank"]))

    return Tables(people.select("profile_id").distinct(), trait, events, JsonCell)


def _known(name: str, brand_id: int, at: int) -> ibis.Table:
    """Return the facts that were known at an instant, under present profiles."""
    facts = _fact(name)
    facts = facts.filter(facts.brand_id == brand_id, facts.replay_at <= moment_literal(at))
    merged = _fact("identity_map")
    merged = merged.filter(merged.brand_id == brand_id).select("from_profile", "to_profile")
    joined = facts.left_join(merged, facts.profile_id == merged.from_profile)
    present = ibis.coalesce(joined.to_profile, joined.profile_id)
    return joined.mutate(profile_id=present).drop("from_profile", "to_profile")


def _fact(name: str) -> ibis.Table:
    """Return an unbound table of facts."""
    return ibis.table(dict(_FACTS[name]), name=name, database="facts")
