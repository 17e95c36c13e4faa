"""A brand that sends in-app messages, and clients that fetch them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from tests.integration.outbox import put_template, queue, someone, with_providers
from tests.integration.people import BRAND

from huiliu.channels import make_providers
from huiliu.kernel.events import IdentifierType
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.services.inapp_cards import StoredCards
from huiliu.services.inapp_sync import Synced, sync
from huiliu.services.inapp_tokens import person_token, read_token
from huiliu.services.inapp_told import read_told, tell

POPUP = """\
huiliu: 1
kind: template
slug: weekend
name: {en: Weekend, zh-CN: 周末}
channel: inapp
class: marketing
locales:
  zh-CN:
    type: popup
    title: "{{ person.name }}，周末好物"
    text: 满 199 减 30
    button: 去看看
    url: https://shop.example/sale
    trigger: page /cart*; after 5s
"""
NEWS = """\
huiliu: 1
kind: template
slug: news
name: {en: News}
channel: inapp
class: service
locales:
  zh-CN:
    type: inbox
    title: 订单 {{ event.order_id }} 已发货
    text: 预计明天送达
"""


def shop(world: World, *, account: Mapping[str, str] | None = None) -> World:
    """Wire a brand whose in-app channel is open."""
    cards = StoredCards(world.store, world.secrets, world.zone)
    provider = make_providers(world.clock, cards=cards)["inapp"]
    made = with_providers(world, provider)
    if account is not None:
        with world.store.system() as tx:
            given = ChannelAccount(BRAND, "inapp", "main", dict(account), provider="inapp")
            tx.channels.put(given, world.clock.now())
    put_template(made, POPUP)
    put_template(made, NEWS)
    return made


def laid(world: World, profile: int, template: str = "weekend", **changed: object) -> bytes:
    """Send one in-app message to a person and return its id."""
    given = {"channel": "inapp", **changed}
    if template == "news":
        given.setdefault("message_class", "service")
    message = queue(world, profile, template, **given)
    while dispatch(world):
        pass
    return message


def token_of(world: World, profile: int) -> str:
    """Return a token in a person's name."""
    return person_token(world, BRAND, profile_id=profile)[0]


def seen(world: World, profile: int, **asked: Any) -> Synced:
    """Return what a client of a person is told."""
    bearer = read_token(world, BRAND, token_of(world, profile))
    assert bearer is not None
    return sync(world, BRAND, bearer, **asked)


def cards(synced: Synced) -> list[dict[str, Any]]:
    """Return the cards of an answer that has any."""
    assert synced.told is not None
    found: Any = synced.told["cards"]
    return list(found)


def titles(world: World, profile: int) -> Sequence[str]:
    """Return the titles of all that a person is shown."""
    return [card["title"] for card in cards(seen(world, profile))]


def happened(world: World, profile: int, message: bytes, what: str, name: str = "1") -> int:
    """Tell what a person did with a card, as a client does; return how much of it was new."""
    bearer = read_token(world, BRAND, token_of(world, profile))
    assert bearer is not None
    body = {"events": [{"id": name, "message": message.hex(), "what": what,
                        "url": "https://shop.example/sale"}]}  # fmt: skip
    return tell(world, BRAND, bearer, read_told(body, BRAND, world.clock.now()))


def visitor_of(world: World) -> int:
    """Return somebody of whom only a browser's id is known."""
    return someone(world, "", known_as=IdentifierType.ANONYMOUS_ID, email="")


def with_zone(world: World, zone: str) -> World:
    """Return the world in another zone."""
    return dataclasses.replace(world, zone=zone)
