"""The views that every engine offers, as unbound Ibis tables, and the population they make."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import ibis

from huiliu.warehouses.populations import population
from huiliu.warehouses.remembered import remembered

__all__ = ["VIEWS", "compiled", "population", "view"]

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
    "tags": {
        "brand_id": "int16", "tag": "string", "profile_id": "int64", "value": "json",
        "set_at": _TIME, "expires_at": _TIME,
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


def view(name: str) -> ibis.Table:
    """Return an unbound view; an unknown name is a programmer's fault."""
    return ibis.table(dict(VIEWS[name]), name=name)


@remembered
def compiled(expression: ibis.Expr) -> str:
    """Return the SQL of an expression in DuckDB's words."""
    return str(ibis.to_sql(expression.as_table(), dialect="duckdb"))
