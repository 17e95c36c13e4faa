"""A small made-up shop in an in-memory engine, and its events as plain Python for the oracles."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from huiliu.kernel.documents import dump
from huiliu.kernel.times import DAY, HOUR, MINUTE, as_datetime
from huiliu.metrics.purchases import line_rows, purchase_rows
from huiliu.tags import Computed, Ground, Keep, Tag, parse_tag
from huiliu.warehouses.load import prepare, tell_orders_again
from huiliu.warehouses.populations import population
from huiliu.warehouses.views import compiled

__all__ = ["NOW", "ZONE", "Happening", "Order", "Shop", "draw_shop", "opened", "tag", "value_of"]

#: 2026-11-22T04:00:00Z: a Sunday noon in Shanghai.
NOW = 1_795_320_000_000_000
ZONE = "Asia/Shanghai"
BRAND = 1

_CATEGORIES = ("面霜", "精华", "防晒", "口红")
_CHANNELS = ("app", "wechat", "douyin", None)


@dataclass(frozen=True)
class Happening:
    """One event as it lies in the warehouse."""

    profile_id: int
    name: str
    at: int
    properties: Mapping[str, Any] = field(default_factory=dict)
    channel: str | None = "app"
    kind: str = "track"
    replay_at: int = 0


@dataclass(frozen=True)
class Order:
    """One purchase, as the oracles see it."""

    profile_id: int
    order_id: str
    paid_at: int
    total: float
    discount: float
    has_coupon: bool
    category: str | None
    channel: str | None
    currency: str | None
    lines: Sequence[Mapping[str, Any]]


@dataclass
class Shop:
    """Events and people; and the engine that holds the same."""

    happenings: list[Happening]
    connection: duckdb.DuckDBPyConnection
    #: from -> to, of merged profiles.
    merged: Mapping[int, int] = field(default_factory=dict)
    #: slug -> profile -> value, handed in as stored tags.
    tags: dict[str, dict[int, Any]] = field(default_factory=dict)
    #: profile, value (None = cleared) and instant of every change of the tag `flicker`.
    changes: list[tuple[int, Any, int]] = field(default_factory=list)
    currency: str = "CNY"
    zone: str = ZONE
    _n: int = 0

    def events(self, *names: str, at: int | None = None) -> dict[int, list[Happening]]:
        """Return each present person's events of some names in their order."""
        found: dict[int, list[Happening]] = defaultdict(list)
        for one in self.happenings:
            if (names and one.name not in names) or (at is not None and one.replay_at > at):
                continue
            found[self.merged.get(one.profile_id, one.profile_id)].append(one)
        return {who: sorted(rows, key=lambda row: row.at) for who, rows in found.items()}

    def orders(self, at: int | None = None) -> dict[int, list[Order]]:
        """Return each person's standing purchases, by payment."""
        told: dict[str, list[Happening]] = defaultdict(list)
        for rows in self.events(
            "Order Created", "Order Paid", "Order Cancelled", "Order Refunded", at=at
        ).values():
            for row in rows:
                told[row.properties["order_id"]].append(row)
        found: dict[int, list[Order]] = defaultdict(list)
        for order_id, rows in told.items():
            rows.sort(key=self.happenings.index)
            paid = [row.at for row in rows if row.name == "Order Paid"]
            if not paid or any(row.name in {"Order Cancelled", "Order Refunded"} for row in rows):
                continue
            last: dict[str, Any] = {}
            for row in rows:
                last |= {key: value for key, value in row.properties.items() if value is not None}
                if row.channel not in {None, "server"} and "channel" not in row.properties:
                    last["channel"] = row.channel
            lines = last.get("products", [])
            who = self.merged.get(rows[-1].profile_id, rows[-1].profile_id)
            first = lines[0].get("category") if lines else None
            found[who].append(
                Order(
                    who, order_id, min(paid), float(last.get("total", 0)),
                    float(last.get("discount", 0)), "coupon" in last,
                    last.get("category", first), last.get("channel"), last.get("currency"), lines,
                )
            )  # fmt: skip
        for orders in found.values():
            orders.sort(key=lambda order: (order.paid_at, order.order_id))
        return found

    def run(self, expression: ibis.Table) -> pa.Table:
        """Return the rows of an expression."""
        return self.connection.sql(compiled(expression)).to_arrow_table()

    def keep(self, rows: ibis.Table | pa.Table) -> ibis.Table:
        """Hold rows under a fresh name."""
        self._n += 1
        name = f"held_{self._n}"
        if isinstance(rows, pa.Table):
            self.connection.register("brought", rows)
            self.connection.execute(f"create table {name} as select * from brought")
            self.connection.unregister("brought")
        else:
            self.connection.execute(f"create table {name} as {compiled(rows)}")
        schema = self.connection.sql(f"select * from {name} limit 0").to_arrow_table().schema
        return ibis.table(ibis.Schema.from_pyarrow(schema), name=name)

    def ground(self, at: int | None = None) -> Ground:
        """Return what recipes read."""
        tables = population(BRAND, at)
        handed = {slug: self._stored(slug, values) for slug, values in self.tags.items()}
        tables = replace(tables, tag=lambda slug: handed[slug], tags=self._changes())
        purchases = self.keep(purchase_rows(tables))
        lines = self.keep(line_rows(tables, purchases))
        return Ground(tables, purchases, lines, self.zone, self.currency)

    def compute(self, tag: Tag, at: int | None = None, now: int = NOW) -> dict[int, Any]:
        """Return everybody's value of a tag."""
        return self.computed(tag, at, now)[0]

    def computed(
        self, tag: Tag, at: int | None = None, now: int = NOW
    ) -> tuple[dict[int, Any], Mapping[str, Any]]:
        """Return everybody's value of a tag, and what was published."""
        steps = tag.recipe.compute(self.ground(at), now)
        answer: object = None
        while True:
            try:
                wish = steps.send(answer)
            except StopIteration as done:
                made: Computed = done.value
                break
            if isinstance(wish, Keep):
                answer = self.keep(wish.rows)
            elif isinstance(wish, tuple):
                answer = tuple(self.run(one) for one in wish)
            else:
                answer = self.run(wish)
        rows = made.values if isinstance(made.values, pa.Table) else self.run(made.values)
        profiles = rows["profile_id"].to_pylist()
        assert len(profiles) == len(set(profiles)), "a person has two values"
        pairs = zip(profiles, rows["value"].to_pylist(), strict=True)
        return {who: value for who, value in pairs if value is not None}, made.published

    def _changes(self) -> ibis.Table:
        """Return the history of `flicker`."""
        times = [as_datetime(at).replace(tzinfo=None) for _, _, at in self.changes]
        values = [None if value is None else json.dumps(value) for _, value, _ in self.changes]
        rows = self.keep(pa.table({
            "profile_id": pa.array([who for who, _, _ in self.changes], pa.int64()),
            "tag": pa.array(["flicker"] * len(times), pa.string()),
            "value": pa.array(values, pa.string()),
            "set_at": pa.array(times, pa.timestamp("us")),
        }))  # fmt: skip
        return rows.mutate(value=rows.value.cast("json"))

    def _stored(self, slug: str, values: Mapping[int, Any]) -> ibis.Table:
        """Return values of another tag as the warehouse holds them."""
        table = pa.table({
            "profile_id": pa.array(list(values), pa.int64()),
            "value": pa.array([json.dumps(one, ensure_ascii=False) for one in values.values()],
                              pa.string()),
        })  # fmt: skip
        rows = self.keep(table)
        null = ibis.null("timestamp(6)")
        return rows.mutate(value=rows.value.cast("json"), set_at=null, expires_at=null)


def tag(type_: str, value: Mapping[str, Any], slug: str = "t") -> Tag:
    """Return a tag of a recipe that is known to be good."""
    found = parse_tag(source(type_, value, slug))
    assert isinstance(found, Tag), found
    return found


def source(type_: str, value: Mapping[str, Any], slug: str = "t") -> str:
    """Return the YAML of a tag."""
    return dump({
        "huiliu": 1, "kind": "tag", "slug": slug, "name": {"en": slug},
        "definition": {"en": "A test."}, "type": type_, "value": dict(value),
    })  # fmt: skip


def value_of(written: str) -> Mapping[str, Any]:
    """Return the recipe of a tag's YAML."""
    from huiliu.kernel.documents import load

    found = load(written).tree["value"]
    assert isinstance(found, dict)
    return found


@contextmanager
def opened(
    happenings: Sequence[Happening], merged: Mapping[int, int] | None = None
) -> Iterator[Shop]:
    """Lend a shop whose engine holds these events, in this order in the log."""
    merged = merged or {}
    rows = [replace(one, replay_at=one.replay_at or one.at) for one in happenings]
    with duckdb.connect(":memory:") as connection:
        connection.execute("set threads = 2")
        prepare(connection)
        _fill(connection, rows, merged)
        yield Shop(rows, connection, merged)


def _fill(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[Happening], merged: Mapping[int, int]
) -> None:
    """Put events, people and merges into the warehouse's own tables."""
    times = [as_datetime(row.at).replace(tzinfo=None) for row in rows]
    replays = [as_datetime(row.replay_at).replace(tzinfo=None) for row in rows]
    table = pa.table({
        "brand_id": pa.array([BRAND] * len(rows), pa.int16()),
        "position": pa.array(range(len(rows)), pa.int64()),
        "event": [row.name for row in rows], "name": [row.name for row in rows],
        "kind": [row.kind for row in rows],
        "profile_id": pa.array([row.profile_id for row in rows], pa.int64()),
        "occurred_at": pa.array(times, pa.timestamp("us")),
        "received_at": pa.array(replays, pa.timestamp("us")),
        "replay_at": pa.array(replays, pa.timestamp("us")),
        "flags": pa.array([0] * len(rows), pa.int16()),
        "properties": [json.dumps(row.properties, ensure_ascii=False) for row in rows],
        "channel": pa.array([row.channel for row in rows], pa.string()),
    })  # fmt: skip
    connection.register("made", table)
    connection.execute("insert into facts.events by name select * from made")
    tell_orders_again(connection)
    connection.execute(
        "insert into facts.people by name select brand_id, profile_id,"
        " min(occurred_at) as first_seen_at, min(replay_at) as replay_at from made group by all"
    )
    connection.unregister("made")
    for gone, into in merged.items():
        connection.execute("insert into facts.identity_map values (?, ?, ?)", [BRAND, gone, into])
    connection.execute(
        "insert into facts.present select distinct brand_id, profile_id from facts.people"
        " where profile_id not in (select from_profile from facts.identity_map)"
    )


def draw_shop(seed: int, n_people: int = 60, n_days: int = 400) -> list[Happening]:
    """Draw a shop's life: orders of every kind, reading, watching, and repeats."""
    dice = random.Random(seed)
    found: list[Happening] = []
    for who in range(1, n_people + 1):
        fondness = dice.choice([0, 0.3, 0.8])
        for nth in range(dice.choice([0, 0, 1, 1, 2, 3, 5, 9])):
            found += _order(dice, who, f"o{who}-{nth}", n_days, fondness)
        for _ in range(dice.randrange(12)):
            at = NOW - dice.randrange(n_days * DAY // MINUTE) * MINUTE
            name = dice.choice(["Product Viewed", "Article Read", "Live Viewed", "Scene Viewed"])
            properties: dict[str, Any] = {"category": dice.choice(_CATEGORIES)}
            if dice.random() < 0.3:
                properties = {"score": dice.randrange(1, 6), "vip": dice.random() < 0.5}
            found.append(Happening(who, name, at, properties, dice.choice(_CHANNELS)))
    dice.shuffle(found)
    return [replace(one, replay_at=one.at + dice.choice([0, 0, HOUR, 3 * DAY])) for one in found]


def _order(
    dice: random.Random, who: int, order_id: str, n_days: int, fondness: float
) -> list[Happening]:
    """Draw one order and what became of it."""
    at = NOW - dice.randrange(n_days * DAY // MINUTE) * MINUTE
    lines = [
        {"product_id": f"p{dice.randrange(20)}", "category": dice.choice(_CATEGORIES),
         "price": dice.randrange(1, 900) / 10, "quantity": dice.randrange(1, 4)}
        for _ in range(dice.randrange(4))
    ]  # fmt: skip
    total = dice.choice([9.9, 19.9, dice.randrange(1, 5000) / 10])
    money: dict[str, Any] = {"order_id": order_id, "total": total}
    money["currency"] = dice.choice(["CNY"] * 9 + ["USD"])
    if dice.random() < fondness:
        money["discount"] = dice.choice([1, 5.5, 20])
    elif dice.random() < 0.1:
        money["coupon"] = "SPRING"
    if dice.random() < 0.3:
        money["channel"] = dice.choice(["pos", "app"])
    channel = dice.choice([*_CHANNELS, "server"])
    made = [Happening(who, "Order Created", at - 5 * MINUTE, {**money, "products": lines}, channel)]
    if dice.random() < 0.95:
        made.append(Happening(who, "Order Paid", at, money, channel))
    if dice.random() < 0.1:
        made.append(Happening(who, "Order Paid", at + HOUR, money, channel))
    if dice.random() < 0.1:
        name = dice.choice(["Order Refunded", "Order Cancelled"])
        made.append(Happening(who, name, at + DAY, {"order_id": order_id}, "server"))
    return made
