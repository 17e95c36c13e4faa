"""One real order: webhook over HTTP, fetch, events, and a journey that it begins and ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.integration.journeys import put_journey, rows
from tests.integration.people import project_all
from tests.integration.shops.shopping import MINUTE, Street, street

from huiliu.kernel.events import IdentifierType
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.calls import parse_calls
from huiliu.services.connect_shop import NewShop, connect_shop, map_statuses
from huiliu.services.ingest import preparer, write
from huiliu.stores.clock import SimulatedClock

UNPAID = """huiliu: 1
kind: journey
slug: unpaid-reminder
name: {zh-CN: 催付, en: Unpaid reminder}
entry: {event: Order Created, key: order_id}
exit_when: [{event: Order Paid}, {event: Order Cancelled}]
nodes:
  patience: {type: wait, for: 10m, next: remind}
  remind: {type: send, channel: email, template: unpaid, class: service, next: done}
  done: {type: exit}
"""


@pytest.fixture
def shop(world: World, clock: SimulatedClock, tmp_path: Path) -> Iterator[Street]:
    """Give a street with one connected Shopify shop."""
    with street(world, clock, tmp_path, "shopify") as found:
        yield found


def told_properties(shop: Street, name: str) -> dict[str, object]:
    """Return the properties of the one event of a name."""
    with shop.world.store.system() as tx:
        [event] = [one for one in tx.log.read(0, 0, 1000) if one.name == name]
    found: dict[str, object] = msgspec.json.decode(event.body)["properties"]
    return found


def test_an_order_is_reminded_of_until_it_is_paid(shop: Street) -> None:
    """Fake Shopify -> signed webhook -> fetch -> Order Created, Order Paid -> the journey ends."""
    put_journey(shop.world, UNPAID)
    paid, unpaid = shop.fake.order(buyer=1), shop.fake.order(buyer=2)
    assert set(shop.deliver(shop.fake.take())) == {200}
    shop.follow()
    project_all(shop.world)

    shop.later(5 * MINUTE)
    paid.paid_at = shop.clock.now()
    shop.fake.changed(paid, "paid")
    shop.deliver(shop.fake.take())
    shop.follow()
    project_all(shop.world)
    shop.later(6 * MINUTE)
    advance(shop.world)

    assert rows(shop.world, "select key, state, reason from journey_runs order by key") == [
        (paid.id, "exited", "Order Paid"),
        (unpaid.id, "ended", "completed"),
    ]
    assert rows(shop.world, "select template from messages") == [("unpaid",)]


def test_nobody_else_uses_up_the_ids_of_what_a_shop_tells(shop: Street) -> None:
    """Who knows an order's number and a browser's key cannot make its events look like repeats."""
    order = shop.fake.order(buyer=1)
    junk = [
        {"type": "track", "event": "Junk", "userId": "eve",
         "messageId": f"shop:shopify:main:order:{order.id}:{name}"}
        for name in ("Order Created", "Order Paid")
    ]  # fmt: skip
    batch, _ = parse_calls(msgspec.json.encode({"batch": junk}))
    prepared = preparer(shop.world, 1).prepare(batch, shop.clock.now())
    with shop.world.store.system() as tx:
        write(tx, shop.world.secrets, [prepared])

    shop.deliver(shop.fake.take())
    shop.follow()

    assert shop.told()[order.id] == ["Order Created"]


def test_the_person_is_known_by_phone_and_the_shops_own_id(shop: Street) -> None:
    """Contact data are in the vault, sealed; the log and the ledger hold none of them."""
    order = shop.fake.order(buyer=7)
    shop.deliver(shop.fake.take())
    shop.follow()
    project_all(shop.world)
    key = shop.world.secrets.identifier_key(1, int(IdentifierType.PHONE), order.buyer.phone)
    with shop.world.store.system() as tx:
        person = tx.people.resolve(1, [key])[key]
        events = tx.log.read(0, 0, 100)

    assert person
    everything = b"".join(event.body for event in events)
    for value in (order.buyer.phone, order.buyer.email, order.buyer.name):
        assert value.encode() not in everything
    assert rows(shop.world, "select count(distinct profile_id) from identities") == [(1,)]
    ledger = rows(shop.world, "select row_to_json(s)::text from shop_stories s")
    assert order.buyer.email not in str(ledger)
    [(in_clear,)] = rows(
        shop.world, "select position('hush'::bytea in sealed) from shop_connections"
    )
    assert in_clear == 0


def test_events_carry_what_a_message_about_an_order_needs(shop: Street) -> None:
    """Total, lines, tracking, and where they come from."""
    order = shop.fake.order(n_lines=2)
    order.paid_at = shop.clock.now()
    shop.fake.happen(order)
    while not order.parcels:
        shop.fake.happen(order)
        assert order.state != "refunded"
    shop.deliver(shop.fake.take())
    shop.follow()
    paid, shipped = told_properties(shop, "Order Paid"), told_properties(shop, "Order Shipped")

    assert (paid["order_id"], paid["total"], paid["currency"]) == (
        order.id, order.total / 100, "USD",
    )  # fmt: skip
    assert (paid["platform"], paid["shop"], paid["usage_scope"]) == ("shopify", "main", "any")
    assert len(paid["products"]) == 2  # type: ignore[arg-type] # a list
    assert shipped["tracking_number"] == order.parcels[0].tracking_number


def test_contact_data_of_a_platform_that_forbids_it_are_not_even_kept(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """With the scope `platform` nobody can be written to, and nobody is merged by phone."""
    with street(world, clock, tmp_path, "shopify") as shop:
        connect_shop(shop.world, 1, NewShop("shopify", "main", shop.fake.config, "platform"))
        shop.fake.order()
        shop.deliver(shop.fake.take())
        shop.follow()
        project_all(shop.world)

        types = rows(shop.world, "select distinct type from identities")
        assert types == [(int(IdentifierType.ANONYMOUS_ID),)]


def test_a_word_can_mean_something_else_in_a_shop(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """WooCommerce's `completed` is shipped, until an operator says that it is delivered."""
    with street(world, clock, tmp_path, "woocommerce") as shop:
        for means in ("shipped", "delivered"):
            map_statuses(shop.world, shop.key, {"completed": means})
            order = shop.fake.order()
            order.paid_at = shop.clock.now()
            while not order.parcels:
                shop.fake.happen(order)
                assert order.state != "refunded"
            shop.deliver(shop.fake.take())
            shop.follow()
        told = shop.told()

        assert [names[-1] for names in told.values()] == ["Order Shipped", "Order Delivered"]


def test_orders_from_before_the_connection_are_history(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """They are read, and begin no journey."""
    with street(world, clock, tmp_path, "shopify") as shop:
        put_journey(shop.world, UNPAID)
        shop.fake.order()
        shop.later(2 * 24 * 60 * MINUTE)
        new = NewShop("shopify", "second", shop.fake.config, days_back=7)
        connect_shop(shop.world, 1, new)
        shop.poll()
        project_all(shop.world)

        # Once by the shop that was connected before, once by the one that was not.
        assert rows(shop.world, "select count(*) from journey_runs") == [(0,)]
        found = rows(shop.world, "select count(*) from event_log where flags & 1 = 1")
        assert found[0][0]
