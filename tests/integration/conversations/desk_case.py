"""A brand with accounts on the channels that people write on, and what tests ask of it."""

from __future__ import annotations

from tests.integration.outbox import Recorder, with_providers
from tests.integration.people import BRAND, project_all

from huiliu.ports.channel import ChannelAccount, Receipt
from huiliu.ports.conversations import ConversationRow, LineRow
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.services.receive import take_in

DESK = """\
huiliu: 1
kind: desk
slug: default
name: {en: Desk, zh-CN: 客服}
answer_within: 30m
close_after: 2d
hold_marketing: {conversation: 24h, dispute: 14d}
quick_replies:
- id: size
  text: {zh-CN: 请查看尺码表, en: Please look at the size table}
keywords:
- id: hours
  words: [营业时间, opening hours]
  match: contains
  text: {zh-CN: 每天九点到二十一点, en: Nine to nine every day}
- id: human
  words: [转人工]
  channels: [wechat]
  text: {zh-CN: 马上为您转接}
  opens: true
"""


def with_desk(world: World, *channels: str, source: str = DESK) -> tuple[World, Recorder]:
    """Return the world with a desk and an account `main` on each channel, all of one recorder."""
    recorders = [Recorder(channel) for channel in channels or ("sms",)]
    with world.store.system() as tx:
        at = world.clock.now()
        tx.documents.put(Document(BRAND, "desk", "default", 0, "live", source, at, "test"))
    return with_providers(world, *recorders), recorders[0]


def account_of(world: World, channel: str = "sms") -> ChannelAccount:
    """Return the account `main` of a channel."""
    with world.store.system() as tx:
        return next(one for one in tx.channels.accounts(BRAND) if one.channel == channel)


def text_in(world: World, address: str, words: str, number: str = "mo-1") -> None:
    """Let an SMS come in as a provider reports it, and project what it tells."""
    reply = Receipt("sms", "main", number, "reply", words, address)
    take_in(world, account_of(world), [reply])
    project_all(world)


def send_all(world: World) -> None:
    """Project and send until nothing is left that may go now."""
    project_all(world)
    while dispatch(world):
        project_all(world)


def conversation(world: World, profile_id: int) -> ConversationRow | None:
    """Return how things stand with a person."""
    with world.store.system() as tx:
        return tx.conversations.get(BRAND, profile_id)


def lines(world: World, profile_id: int) -> list[tuple[LineRow, str]]:
    """Return a person's lines, oldest first, each with its words."""
    with world.store.system() as tx:
        rows = tx.conversations.lines(BRAND, profile_id, 100)
        tokens = {row.token for row in rows if row.token}
        clear = tx.vault.reveal(BRAND, {profile_id: tokens}) if tokens else {}
    return [(row, clear.get((profile_id, row.token), "")) for row in reversed(rows)]


def owner(world: World, address: str, channel: str = "sms") -> int:
    """Return who has an address; 0 = nobody."""
    from huiliu.services.addresses import address_key

    key = address_key(world, BRAND, channel, address)
    with world.store.system() as tx:
        return tx.people.resolve(BRAND, [key]).get(key, 0)
