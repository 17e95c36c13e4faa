"""Fills a brand through its public door, so that every page has something true to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from huiliu.kernel.times import HOUR, MINUTE, show_instant
from huiliu.ports.world import World
from huiliu.services.add_user import NewUser, add_user
from huiliu.services.advance import advance
from huiliu.services.apply_journey import apply_journey
from huiliu.services.apply_segment import apply_segment
from huiliu.services.apply_tag import apply_tags, shipped
from huiliu.services.apply_template import apply_template
from huiliu.services.create_key import create_key
from huiliu.services.dispatch import dispatch
from huiliu.services.project import project
from huiliu.services.refresh_tags import refresh_tags
from huiliu.stores.clock import SimulatedClock

BRAND = 1
PASSWORD = "correct horse battery"
N_PEOPLE = 24
CITIES = ("上海", "北京", "杭州", "成都")

TEMPLATE = """\
huiliu: 1
kind: template
slug: late-apology
name: {zh-CN: 发货延迟致歉, en: Late shipment}
channel: email
class: marketing
locales:
  zh-CN:
    subject: "{{ person.name }}，抱歉让您久等了"
    text: "订单 {{ event.order_id }} 即将发出 {{ unsubscribe_url }}"
"""
JOURNEY = """\
huiliu: 1
kind: journey
slug: order-care
name:
  zh-CN: 订单关怀：付款后未发货
  en: "Order care: paid but not shipped"
entry:
  event: Order Paid
  key: order_id
exit_when:
  - event: Order Shipped
start: cool-off
nodes:
  cool-off:
    type: wait
    for: 1h
    next: big-order
  big-order:
    type: branch
    ways:
      - where: [{property: total, above: 150}]
        next: apologise
    else: done
  apologise:
    type: send
    template: late-apology
    next: wait-again
  wait-again:
    type: wait
    for: 2d
    next: done
  done:
    type: exit
"""
SEGMENT = """\
huiliu: 1
kind: segment
slug: shanghai-buyers
name:
  zh-CN: 上海付款用户
  en: Buyers in Shanghai
where:
  all:
    - {trait: city, is: 上海}
    - {did: Order Paid, within: 30d}
"""


@dataclass(frozen=True, slots=True)
class Brand:
    """What the tests need to know of the brand."""

    world: World
    clock: SimulatedClock
    url: str


def add_users(world: World) -> None:
    """Let one user of each role sign in."""
    for name, role, locale in (
        ("林晓", "admin", "zh-CN"), ("Mei", "marketer", "en"), ("Vera", "viewer", "en"),
    ):  # fmt: skip
        add_user(world, BRAND, NewUser(f"{role}@shop.example", name, PASSWORD, role, locale))


def live(brand: Brand) -> None:
    """Let people come, buy, and be written to, or not."""
    world = brand.world
    _, key = create_key(world, BRAND, "官网 SDK", "collect")
    apply_template(world, BRAND, TEMPLATE, "test")
    apply_journey(world, BRAND, JOURNEY, "test")
    now = world.clock.now()
    calls = [call for number in range(N_PEOPLE) for call in _person(number, now)]
    calls.append({"type": "track", "userId": "u-1", "event": ""})
    _post(brand.url, key, calls)
    while project(world):
        pass
    apply_segment(world, BRAND, SEGMENT, "test")
    brand.clock.advance(HOUR + MINUTE)
    for _ in range(4):
        advance(world)
        dispatch(world)
        project(world)
    world.warehouse.catch_up(180)
    apply_tags(
        world, BRAND, list(shipped(world, BRAND, ["revenue", "value-score"]).values()), "test"
    )
    refresh_tags(world, BRAND, ["revenue"])


def _person(number: int, now: int) -> Sequence[dict[str, object]]:
    """Return what one person does: half of them agree to e-mail."""
    user = f"u-{number}"
    at = show_instant(now - MINUTE)
    calls: list[dict[str, object]] = [
        {
            "type": "identify", "userId": user, "timestamp": at,
            "traits": {
                "email": f"person{number}@shop.example", "phone": f"+86138001380{number:02}",
                "name": f"用户{number}", "city": CITIES[number % 4], "member_level": "金卡",
            },
        },
        {
            "type": "track", "userId": user, "event": "Order Paid", "timestamp": at,
            "properties": {"order_id": f"A-{number}", "total": 60 + 20 * number, "currency": "CNY"},
        },
    ]  # fmt: skip
    if number % 2:
        granted = {"channel": "email", "purpose": "marketing"}
        calls.insert(1, {"type": "track", "userId": user, "event": "Consent Granted",
                         "timestamp": at, "properties": granted})  # fmt: skip
    return calls


def _post(url: str, key: str, calls: Sequence[dict[str, object]]) -> None:
    """Send calls as a server would."""
    for nth, call in enumerate(calls):
        call["messageId"] = f"m-{nth}"
    answer = httpx.post(f"{url}/v1/batch", json={"batch": list(calls)}, auth=(key, ""), timeout=120)
    answer.raise_for_status()
