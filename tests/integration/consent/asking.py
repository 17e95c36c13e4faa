"""What tests of consent share: a brand's document, people who sign up, and links in messages."""

from __future__ import annotations

import re

from tests.integration.outbox import Recorder
from tests.integration.people import BRAND, NOW

from huiliu.ports.documents import Document
from huiliu.ports.people import ConsentRow
from huiliu.ports.world import World
from huiliu.services.addresses import address_key
from huiliu.services.consent import Proof, Taken, Who, Wish, grant

PERMISSION = """\
huiliu: 1
kind: permission
slug: default
name: {en: Permission}
brand: {en: Sunny, zh-CN: 晴日}
contact: help@sunny.example
topics:
  sales: {name: {en: Sales, zh-CN: 促销}}
  news: {name: {en: New things, zh-CN: 新品}, about: {en: Twice a month}}
keywords:
  main: {stop: [basta], help: [hours]}
"""


def put_permission(world: World, source: str = PERMISSION) -> None:
    """Store how the brand asks."""
    with world.store.system() as tx:
        tx.documents.put(Document(BRAND, "permission", "default", 0, "live", source, NOW, "test"))


def sign_up(
    world: World,
    email: str = "greta@shop.example",
    country: str = "DE",
    key: str = "1",
    **more: str,
) -> tuple[Taken, ...]:
    """Say yes to e-mail on a form, as somebody whom nobody knows yet."""
    proof = Proof(
        "form", jurisdiction=country, text_version="form/join@3", text_locale="de",
        source="form:join", evidence={"page": "/join"}, ip="203.0.113.7", user_agent="Phone/1",
    )  # fmt: skip
    who = Who(names={"anonymousId": f"anon-{key}", "traits": {"email": email, **more}})
    with world.store.system() as tx:
        return grant(tx, world, BRAND, who, [Wish("email", address=email)], proof, "form", key)


def holder(world: World, address: str, channel: str = "email") -> int:
    """Return who holds an address; 0 = nobody."""
    key = address_key(world, BRAND, channel, address)
    with world.store.system() as tx:
        return tx.people.resolve(BRAND, [key]).get(key, 0)


def ledger(world: World, profile_id: int) -> list[ConsentRow]:
    """Return a person's ledger, oldest first."""
    with world.store.system() as tx:
        return tx.people.consent_history(BRAND, profile_id)[::-1]


def state(world: World, profile_id: int, channel: str = "email", purpose: str = "marketing") -> str:
    """Return where a person stands now, or ""."""
    with world.store.system() as tx:
        held = tx.people.consents(BRAND, [profile_id], world.clock.now())[profile_id]
    return held.get((channel, purpose), "")


def link_in(recorder: Recorder, path: str) -> str:
    """Return the path of a link in the message that was sent last."""
    found = re.search(rf"https://huiliu\.example(/{path}/[\w-]+)", recorder.sent[-1].parts["text"])
    assert found is not None
    return found[1]
