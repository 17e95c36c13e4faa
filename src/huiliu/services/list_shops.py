"""Shows connected shops: how each fares, what waits, how far it was read, what its words mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import show_instant
from huiliu.ports.shop_store import Poll, ShopKey, ShopState
from huiliu.ports.shops import Platform, ShopField
from huiliu.ports.world import World

__all__ = [
    "ShopView",
    "StatusRow",
    "as_fields",
    "list_platforms",
    "list_shops",
    "notice_url",
    "show_shop",
]


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One word of a platform, and what it means in a shop."""

    word: str
    #: "" = it says nothing.
    means: str
    #: What it means to the platform; None = only the operator knows this word.
    usually: str | None
    #: Orders that stand at it now.
    n_orders: int


@dataclass(frozen=True, slots=True)
class ShopView:
    """One connection as pages, the API and the command line show it: no secrets."""

    platform: Platform
    state: ShopState
    #: Where the platform sends its notices to.
    url: str
    #: Fields without secrets; of a secret only whether it is there.
    fields: Sequence[tuple[ShopField, str]]
    #: taken, repeated, refused_signature, found ... -> (how often, when last).
    counts: Mapping[str, tuple[int, int]]
    backlog: int
    #: When the oldest waiting notice came; 0 = none waits.
    oldest_at: int
    polls: Sequence[Poll]
    statuses: Sequence[StatusRow]

    @property
    def key(self) -> ShopKey:
        """Return what it is known by."""
        return self.state.key

    @property
    def n_refused(self) -> int:
        """Return how many requests were not let in."""
        return sum(n for what, (n, _) in self.counts.items() if what.startswith("refused_"))


def list_platforms(world: World) -> list[Platform]:
    """Return every kind of shop, in the table's order."""
    return list(world.shops.values())


def list_shops(world: World, brand_id: int) -> list[ShopView]:
    """Return the brand's connections by platform and name."""
    with world.store.transaction(brand_id) as tx:
        states = [one for one in tx.shops.states(brand_id) if one.key[1] in world.shops]
        counts, backlogs = tx.shops.counts(brand_id), tx.shops.backlogs(brand_id)
        return [
            _view(
                world, one, counts.get(one.key, {}), backlogs.get(one.key, (0, 0)),
                tx.shops.polls(one.key), tx.shops.words(one.key),
            )
            for one in states
        ]  # fmt: skip


def show_shop(world: World, key: ShopKey) -> ShopView:
    """Return one connection; raise NotFound."""
    for one in list_shops(world, key[0]):
        if one.key == key:
            return one
    raise NotFound("shop", f"{key[1]}/{key[2]}")


def as_fields(found: ShopView) -> dict[str, object]:
    """Return a connection as JSON shows it."""
    state = found.state
    return {
        "platform": found.platform.name,
        "name": state.connection.name,
        "evidence": found.platform.evidence.value,
        "scope": str(state.connection.scope),
        "notices": found.url,
        "is_on": state.is_on,
        "fault": state.fault,
        "response": state.response,
        "rests_until": _shown_at(state.rests_until),
        "last_answer_at": _shown_at(state.worked_at),
        "last_notice_at": _shown_at(state.noticed_at),
        "waiting": found.backlog,
        "waiting_since": _shown_at(found.oldest_at),
        "fields": {one.name: value for one, value in found.fields if value},
        "counts": {what: n for what, (n, _) in found.counts.items()},
        "polls": [
            {
                "kind": poll.kind, "reached": _shown_at(poll.reached),
                "polled_at": _shown_at(poll.polled_at), "refused": poll.response,
            }
            for poll in found.polls
        ],
        "statuses": [
            {"word": row.word, "means": row.means, "usually": row.usually, "orders": row.n_orders}
            for row in found.statuses
        ],
    }  # fmt: skip


def notice_url(world: World, key: ShopKey) -> str:
    """Return the address that a platform sends a connection's notices to."""
    brand_id, platform, name = key
    door = name if brand_id == 1 else f"{brand_id}.{name}"
    return f"{world.public_url.rstrip('/')}/v1/shops/{platform}/{door}/notices"


def _view(
    world: World,
    state: ShopState,
    counts: Mapping[str, tuple[int, int]],
    backlog: tuple[int, int],
    polls: Sequence[Poll],
    words: Mapping[str, int],
) -> ShopView:
    """Return a connection as it is shown."""
    platform = world.shops[state.connection.platform]
    own = state.connection.statuses
    known = dict.fromkeys((*platform.statuses, *own, *words))
    return ShopView(
        platform, state, notice_url(world, state.key),
        [(one, _shown(one, state)) for one in platform.fields],
        counts, backlog[0], backlog[1], polls,
        [
            StatusRow(
                word, own.get(word, platform.statuses.get(word, "")),
                platform.statuses.get(word), words.get(word, 0),
            )
            for word in known
        ],
    )  # fmt: skip


def _shown_at(at: int) -> str | None:
    """Return an instant as ISO 8601; None for never."""
    return show_instant(at) if at else None


def _shown(one: ShopField, state: ShopState) -> str:
    """Return a field's value; of a secret only that it is there."""
    value = state.connection.value(one.name)
    return ("…" if value else "") if one.is_secret else value
