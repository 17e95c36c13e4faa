"""A connected fake shop: notices over HTTP, the loops by hand, and what the log says in the end."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec import structs
from tests.integration.asgi import AsgiClient

from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes.shops import FAKE_SHOPS, Delivery, FakeShop
from huiliu.ports.shop_store import QUEUE, ShopKey
from huiliu.ports.world import World
from huiliu.services.connect_shop import NewShop, connect_shop
from huiliu.services.follow_shop_notices import follow_shop_notices
from huiliu.services.list_shops import ShopView, notice_url, show_shop
from huiliu.services.reconcile_shops import reconcile_shops
from huiliu.settings import load
from huiliu.sources.shops import PLATFORMS
from huiliu.stores.clock import SimulatedClock
from huiliu.web.app import create_app

BRAND = 1
MINUTE = 60_000_000


class Street:
    """One fake shop, connected, with a door for its notices and hands for the loops."""

    def __init__(self, world: World, clock: SimulatedClock, fake: FakeShop, http: AsgiClient):
        """Hold the parts."""
        self.world, self.clock, self.fake, self.http = world, clock, fake, http
        self.key: ShopKey = (BRAND, fake.name, "main")

    def deliver(self, deliveries: Sequence[Delivery]) -> list[int]:
        """Send notices over HTTP and return the statuses."""
        if PLATFORMS[self.fake.name].has_queue:
            self.fake.queue += deliveries
            return [200] * len(deliveries)
        path = notice_url(self.world, self.key).removeprefix(self.world.public_url)
        return [
            self.http.request(
                one.method, path + one.query, content=one.body, headers=dict(one.headers)
            ).status_code
            for one in deliveries
        ]

    def follow(self) -> int:
        """Follow notices until none is due."""
        n = 0
        while done := follow_shop_notices(self.world, 50):
            n += done
        return n

    def pull(self) -> None:
        """Take what lies in the platform's queue, where it has one, and nothing else."""
        if PLATFORMS[self.fake.name].has_queue:
            with self.world.store.system() as tx:
                for poll in tx.shops.polls(self.key):
                    due = 0 if poll.kind == QUEUE else self.clock.now() + 60 * MINUTE
                    tx.shops.save_poll(self.key, structs.replace(poll, due_at=due))
            while self.fake.queue:
                reconcile_shops(self.world, 1)

    def poll(self) -> int:
        """Take pages until no poll is due."""
        n = 0
        while reconcile_shops(self.world, 1):
            n += 1
            assert n < 500
        return n

    def later(self, micros: int) -> None:
        """Let time pass."""
        self.clock.set(self.world.clock.now() + micros)

    @property
    def view(self) -> ShopView:
        """Return the connection as pages show it."""
        return show_shop(self.world, self.key)

    def count(self, what: str) -> int:
        """Return how often something was counted."""
        return self.view.counts.get(what, (0, 0))[0]

    def told(self) -> dict[str, list[str]]:
        """Return order -> names of its events in the log, in order of the log."""
        found: dict[str, list[str]] = {}
        with self.world.store.system() as tx:
            events = tx.log.read(0, 0, 10_000)
        for event in events:
            if not event.name.startswith("$"):
                properties = msgspec.json.decode(event.body).get("properties", {})
                found.setdefault(str(properties.get("order_id")), []).append(event.name)
        return found

    def known(self) -> dict[str, set[str]]:
        """Return order -> names of its events, without those that the platform tells by chance."""
        hidden = self.fake.cannot_tell
        return {order: set(names) - hidden for order, names in self.told().items()}

    def must(self) -> dict[str, set[str]]:
        """Return order -> what must be told of it."""
        fake = self.fake
        return {fake.told_id(one.id): fake.truth(one) for one in fake.orders.values()}

    def wander(self, chance: random.Random, n: int) -> list[Delivery]:
        """Let things happen in the shop and return the notices, shuffled, repeated, some lost."""
        sent: list[Delivery] = []
        for _ in range(n):
            self.later(chance.randrange(1, 4) * MINUTE)
            orders = list(self.fake.orders.values())
            if not orders or chance.random() < 0.3:
                self.fake.order(buyer=chance.randrange(1, 4))
            else:
                self.fake.happen(chance.choice(orders))
            sent += self.fake.take()
        kept = [one for one in sent if chance.random() < 0.7]
        kept += [chance.choice(kept) for _ in range(len(kept) // 3) if kept]
        chance.shuffle(kept)
        return kept


@contextmanager
def street(world: World, clock: SimulatedClock, folder: Path, platform: str) -> Iterator[Street]:
    """Open a street with one connected fake shop."""
    outbound = HttpOutbound(HostRule.parse("127.0.0.1"))
    opened = replace(world, outbound=outbound, shops=PLATFORMS)
    try:
        with (
            FAKE_SHOPS[platform](now=clock.now) as fake,
            AsgiClient(create_app(opened, load(folder, {}))) as http,
        ):
            found = Street(opened, clock, fake, http)
            connect_shop(opened, BRAND, NewShop(platform, "main", fake.config))
            fake.notice_url = notice_url(opened, found.key)
            yield found
    finally:
        outbound.close()
