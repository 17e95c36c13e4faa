"""Connects shops: fields checked before they are sealed, and tried before they are trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY
from huiliu.ports.shop_store import QUEUE, ShopKey, ShopState
from huiliu.ports.shops import Platform, Scope, Session, ShopConnection, ShopField
from huiliu.ports.world import World
from huiliu.services.ask_shop import ask_shop

__all__ = [
    "STATUSES",
    "NewShop",
    "connect_shop",
    "map_statuses",
    "platform_named",
    "poll_shop",
    "remove_shop",
    "shop_state",
    "switch_shop",
    "test_shop",
]

#: The words that a platform's own can be mapped to; "" = it says nothing about the order.
STATUSES: Final = (
    "", "created", "paid", "shipped", "out_for_delivery", "delivered", "cancelled", "refunded",
)  # fmt: skip
_LONGEST_VALUE: Final = 8_192
_MOST_WORDS: Final = 100
#: How far back a shop is read when it is connected, at the most.
_MOST_DAYS: Final = 3_650


@dataclass(frozen=True, slots=True)
class NewShop:
    """What an operator enters."""

    platform: str
    name: str
    config: Mapping[str, str]
    #: "" = the platform's own rule.
    scope: str = ""
    statuses: Mapping[str, str] = field(default_factory=dict)
    #: Orders that changed in so many days before are read too, as history.
    days_back: int = 0


def connect_shop(world: World, brand_id: int, new: NewShop) -> ShopConnection:
    """Store or replace a connection, sealed; raise BadInput with everything that is wrong.

    Secrets that are left empty keep what was stored.
    """
    platform = platform_named(world, new.platform)
    now = world.clock.now()
    key = (brand_id, platform.name, new.name)
    with world.store.transaction(brand_id) as tx:
        before = tx.shops.state(key, lock=True)
        config = _config(platform, new.config, before)
        problems = _problems(world, platform, new, config)
        if problems:
            raise BadInput(tuple(problems))
        made = ShopConnection(
            brand_id, platform.name, new.name, config,
            statuses=dict(new.statuses) or (before.connection.statuses if before else {}),
            scope=new.scope or (before.connection.scope if before else platform.scope),
            connected_at=before.connection.connected_at if before else now,
        )  # fmt: skip
        kinds = (*platform.kinds, *((QUEUE,) if platform.has_queue else ()))
        tx.shops.put(made, kinds, now - new.days_back * DAY)
    return made


def remove_shop(world: World, key: ShopKey) -> None:
    """Forget a connection; what was told of its orders stays. Raise NotFound."""
    with world.store.transaction(key[0]) as tx:
        tx.shops.remove(key)


def switch_shop(world: World, key: ShopKey, *, is_on: bool) -> None:
    """Go on with a shop, or leave it alone; what changes meanwhile is found by the next poll."""
    with world.store.transaction(key[0]) as tx:
        tx.shops.switch(key, is_on=is_on)


def poll_shop(world: World, key: ShopKey) -> None:
    """Let a shop be looked through now; raise NotFound."""
    shop_state(world, key)
    with world.store.transaction(key[0]) as tx:
        tx.shops.hurry_polls(key, world.clock.now())


def map_statuses(world: World, key: ShopKey, statuses: Mapping[str, str]) -> None:
    """Say what the platform's words mean in this shop; raise BadInput or NotFound.

    Only what differs from the platform's usual meaning is kept.
    """
    platform = platform_named(world, key[1])
    problems = _status_problems(statuses)
    if problems:
        raise BadInput(tuple(problems))
    own = {word: to for word, to in statuses.items() if platform.statuses.get(word) != to}
    with world.store.transaction(key[0]) as tx:
        tx.shops.map_statuses(key, own)


def test_shop(world: World, key: ShopKey) -> str:
    """Ask the shop who it is and return its answer; raise ShopFailed or NotFound."""
    state = shop_state(world, key)
    said = ask_shop(world, state, _who)
    with world.store.transaction(key[0]) as tx:
        tx.shops.worked(key, world.clock.now())
    return said


def shop_state(world: World, key: ShopKey) -> ShopState:
    """Return a connection and how it fares; raise NotFound."""
    with world.store.transaction(key[0]) as tx:
        found = tx.shops.state(key)
    if found is None or key[1] not in world.shops:
        raise NotFound("shop", f"{key[1]}/{key[2]}")
    return found


def platform_named(world: World, name: str) -> Platform:
    """Return a platform; raise BadInput that names those there are."""
    found = world.shops.get(name)
    if found is None:
        known = ", ".join(sorted(world.shops))
        raise BadInput((Problem("platform", text("shops.unknown", name=name, known=known)),))
    return found


def _who(platform: Platform, session: Session) -> str:
    """Ask a platform for the name of its shop."""
    return platform.test(session)


def _config(
    platform: Platform, given: Mapping[str, str], before: ShopState | None
) -> dict[str, str]:
    """Return the fields with their defaults, and with the secrets that were not entered anew."""
    kept = before.connection.config if before else {}
    config = {name: value.strip() for name, value in given.items() if value.strip()}
    for one in platform.fields:
        if one.name not in config:
            value = kept.get(one.name, "") if one.is_secret else one.default
            if value:
                config[one.name] = value
    return config


def _problems(
    world: World, platform: Platform, new: NewShop, config: Mapping[str, str]
) -> list[Problem]:
    """Return everything that is wrong with a new connection."""
    found: list[Problem] = []
    if not is_slug(new.name):
        found.append(Problem("name", text("shops.name")))
    if new.scope and new.scope not in set(Scope):
        found.append(Problem("scope", text("shops.one_of", known=", ".join(Scope))))
    if not 0 <= new.days_back <= _MOST_DAYS:
        found.append(Problem("days_back", text("shops.days_back", most=_MOST_DAYS)))
    known = {one.name for one in platform.fields}
    found += [
        Problem(name, text("shops.no_field", known=", ".join(sorted(known))))
        for name in config
        if name not in known
    ]
    for one in platform.fields:
        found += _field_problems(world, one, config.get(one.name, ""))
    return [*found, *_status_problems(new.statuses), *platform.problems(config)]


def _field_problems(world: World, one: ShopField, value: str) -> list[Problem]:
    """Return what is wrong with one field."""
    if not value:
        return [Problem(one.name, text("shops.needed"))] if one.is_needed else []
    if len(value) > _LONGEST_VALUE or "\0" in value:
        return [Problem(one.name, text("shops.too_long", limit=_LONGEST_VALUE))]
    if one.kind == "url" and (said := world.outbound.problem(value)):
        return [Problem(one.name, text("shops.bad_url", cause=said))]
    if one.options and value not in one.options:
        return [Problem(one.name, text("shops.one_of", known=", ".join(one.options)))]
    return []


def _status_problems(statuses: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with an operator's words."""
    if len(statuses) > _MOST_WORDS:
        return [Problem("statuses", text("shops.most_words", most=_MOST_WORDS))]
    return [
        Problem(f"statuses.{word}", text("shops.one_of", known=", ".join(filter(None, STATUSES))))
        for word, to in statuses.items()
        if to not in STATUSES or not word.strip() or len(word) > 80 or "\0" in word
    ]
