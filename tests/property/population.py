"""Puts made-up people into an empty warehouse in memory, and asks both readers about them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import ibis
import pyarrow as pa
from tests.property.oracle_people import Person

from huiliu.conditions import Condition, compile_condition
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import EventFact, Facts
from huiliu.warehouses.load import prepare
from huiliu.warehouses.views import population

__all__ = ["compiled", "facts_of", "load", "opened"]


@contextmanager
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend an empty warehouse in memory."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        prepare(connection)
        yield connection


def facts_of(person: Person) -> Facts:
    """Return what the Python reader knows of a person."""
    events: dict[str, list[EventFact]] = {}
    for row in sorted(person.events, key=lambda row: row[:2]):
        name = canonical_name(row.name)
        fact = EventFact(name, row.at, row.position, row.properties)
        events.setdefault(name, []).append(fact)
    return Facts(person.profile_id, person.traits, events)


def load(engine: duckdb.DuckDBPyConnection, people: Sequence[Person]) -> None:
    """Put the people's facts into the warehouse's tables, in the order of their ids."""
    for table in ("present", "people", "latest_traits", "traits", "events", "identity_map"):
        engine.execute(f"delete from facts.{table}")
    engine.executemany(
        "insert into facts.people values (1, ?, make_timestamp(0), make_timestamp(0))",
        [[one.profile_id] for one in people],
    )
    engine.execute("insert into facts.present select brand_id, profile_id from facts.people")
    traits = [
        [one.profile_id, name, json.dumps(value, ensure_ascii=False)]
        for one in people
        for name, value in one.traits.items()
    ]
    if traits:
        engine.executemany(
            "insert into facts.traits select 1, ?, ?, json_extract(?, '$'), 1, make_timestamp(0)",
            traits,
        )
    engine.execute("insert into facts.latest_traits select * exclude (replay_at) from facts.traits")
    events = [
        [row.position, row.name, canonical_name(row.name), one.profile_id, row.at,
         json.dumps(row.properties, ensure_ascii=False)]
        for one in people
        for row in one.events
    ]  # fmt: skip
    if events:
        engine.executemany(
            "insert into facts.events (brand_id, position, event, name, profile_id, kind,"
            " occurred_at, received_at, replay_at, flags, properties)"
            " select 1, ?, ?, ?, ?, 'track', make_timestamp(?::bigint), make_timestamp(0),"
            " make_timestamp(0), 0, json_extract(?, '$')",
            events,
        )


def compiled(
    engine: duckdb.DuckDBPyConnection, condition: Condition, now: int, at: int | None = None
) -> set[int]:
    """Return who meets the condition by the Ibis reader on DuckDB."""
    expression = compile_condition(condition, population(1, at), now)
    rows: pa.Table = engine.sql(ibis.to_sql(expression, dialect="duckdb")).to_arrow_table()
    found = rows["profile_id"].to_pylist()
    assert len(found) == len(set(found)), "a profile is there once"
    return set(found)
