"""A store with a till, as tests sell in it: products, a programme of points, a key, a client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.integration.asgi import AsgiClient
from tests.integration.people import BRAND, project_all
from tests.integration.rewards.coupons import coupon, promotion, put

from huiliu.catalogue.product import Draft
from huiliu.channels.outbound import HostRule
from huiliu.payments import Desk, make_payments
from huiliu.ports.outbound import CLOSED, Outbound
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.find_by_barcode import put_barcode
from huiliu.services.ingest import accept
from huiliu.services.put_products import put_products
from huiliu.settings import load
from huiliu.web.app import create_app

__all__ = [
    "CREAM", "PHONE", "POINTS", "SALE", "SOAP", "member", "promoted", "shop", "taking_money",
    "till",
]  # fmt: skip

#: Numbers under GS1's prefix for tests, with their check digits.
CREAM, SOAP = "6901234567892", "6901234500004"
PHONE = "13800138000"
POINTS = """
huiliu: 1
kind: points
slug: default
name: {en: Points, zh-CN: 积分}
value: {amount: 0.01, currency: CNY}
earn:
  - {id: store-order, on: Order Paid, channels: [store],
     per: {amount: 2, currency: CNY}, points: 1.5}
  - {id: gift, on: Gifted, points: 500}
"""
#: Two creams at 150 and a soap at 20: 320 yuan.
SALE: dict[str, Any] = {
    "store": "S01", "terminal": "T1", "business_date": "2026-11-22", "receipt": "0001",
    "lines": [{"barcode": CREAM, "quantity": 2}, {"barcode": SOAP}],
}  # fmt: skip


def shop(world: World) -> None:
    """Put two products with bar codes into the catalogue."""
    said: list[tuple[str, str, int, tuple[str, ...]]] = [
        ("cream", "面霜", 15_000, ("care", "face")), ("soap", "香皂", 2_000, ("care", "body")),
    ]  # fmt: skip
    drafts = [
        Draft(one, names={"zh-CN": name, "en": one.title()}, price=price, currency="CNY",
              category=category)
        for one, name, price, category in said
    ]  # fmt: skip
    put_products(world, BRAND, drafts, "api")
    put_barcode(world, BRAND, CREAM, "cream", "", "ada")
    put_barcode(world, BRAND, SOAP, "soap", "", "ada")


def promoted(world: World) -> None:
    """Make 40 off 300 live for everybody, and 20 off 100 by the code HELLO40."""
    put(
        world,
        promotion("autumn", by="everyone"),
        promotion("hello-off").replace("spend: 300, amount: 40", "spend: 100, amount: 20"),
        coupon(of="hello-off"),
    )


def member(world: World, points: int = 0) -> None:
    """Let somebody with a phone be known, and give them points in steps of 500."""
    calls: list[dict[str, object]] = [
        {"type": "identify", "messageId": "who", "userId": "ada", "traits": {"phone": PHONE}}
    ]
    calls += [
        {"type": "track", "messageId": f"gift-{nth}", "userId": "ada", "event": "Gifted"}
        for nth in range(points // 500)
    ]
    with world.store.system() as tx:
        accept(tx, world, BRAND, calls, received_at=world.clock.now(), historical=False)
    project_all(world)


def taking_money(world: World, outbound: Outbound = CLOSED) -> World:
    """Return a world in which money can be taken."""
    desk = Desk(world.clock, outbound, world.secrets, world.public_url)
    return replace(world, payments=make_payments(desk), outbound=outbound)


def hosts(*allowed: str) -> HostRule:
    """Return a rule that lets these hosts be called."""
    return HostRule.parse(",".join(allowed))


@contextmanager
def till(world: World, folder: Path) -> Iterator[AsgiClient]:
    """Give a client with a till's key."""
    _, key = create_key(world, BRAND, "till", "pos")
    with AsgiClient(create_app(world, load(folder, {})), (key, "")) as client:
        yield client
