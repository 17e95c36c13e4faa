"""What people write back: a word may end a consent, give it back, confirm it, or ask for help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import HOUR, MINUTE
from huiliu.messages.keywords import meaning_of
from huiliu.messages.permission import Permission
from huiliu.messages.shipped import answer_template
from huiliu.messages.will import ANSWERING
from huiliu.ports.channel import ChannelAccount, Receipt
from huiliu.ports.messages import MessageRow, QueuedMessage
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import address_key
from huiliu.services.consent import Proof, Who, Wish, country_of, grant, withdraw
from huiliu.services.double_opt_in import accept_waiting, pending
from huiliu.services.message_events import internal_event
from huiliu.services.own_tasks import open_own_task
from huiliu.services.own_templates import own_template
from huiliu.services.permission import permission
from huiliu.services.suppress import suppress

__all__ = ["take_reply"]

#: A bare letter is an answer to marketing for this long.
_ANSWERS_FOR: Final = 72 * HOUR
#: An answer that cannot go at once is none. Source: 47 CFR 64.1200(a)(12): within five minutes.
_ANSWER_WITHIN: Final = 5 * MINUTE
#: Where nobody expects an answer to a refusal, and each costs.
_QUIET_COUNTRIES: Final = frozenset({"CN", ""})
_CHINESE: Final = frozenset({"CN", "HK", "MO", "TW", ""})
_LAST: Final = 20


@dataclass(frozen=True, slots=True)
class _Reply:
    """A reply, and what is known of who wrote it."""

    account: ChannelAccount
    wish: Wish
    key: bytes
    #: 0 = nobody we know.
    profile_id: int
    country: str
    asks: Permission
    #: The marketing message that it may answer.
    last: MessageRow | None
    meaning: str
    now: int
    #: What makes it one: the provider's id of it, for it may be brought again; else the instant.
    said: object


def take_reply(world: World, account: ChannelAccount, reply: Receipt) -> None:
    """Act on what a person wrote back; the words themselves are not kept."""
    now = world.clock.now()
    brand_id, channel = account.brand_id, account.channel
    key = address_key(world, brand_id, channel, reply.address)
    wish = Wish(channel, address=reply.address)
    country = country_of(wish)
    with world.store.system() as tx:
        profile_id = tx.people.resolve(brand_id, [key]).get(key, 0)
        last = _last_marketing(tx, brand_id, profile_id, channel, now)
        asks = permission(tx, world, brand_id)
        meaning = meaning_of(
            reply.response, answers_marketing=last is not None, country=country,
            own=asks.words_of(account.name),
        )  # fmt: skip
        found = _Reply(
            account, wish, key, profile_id, country, asks, last, meaning, now,
            reply.provider_id or now,
        )  # fmt: skip
        _answer(tx, world, found)
        _act(tx, world, found)


def _act(tx: Tx, world: World, reply: _Reply) -> None:
    """Write what a reply changes; the log comes last."""
    brand_id, now = reply.account.brand_id, reply.now
    events: list[NewEvent] = []
    if reply.meaning == "stop" and reply.country != "CN":
        events = suppress(tx, brand_id, [reply.key], "stopped", now, source=reply.account.name)
    elif reply.meaning == "stop" and not reply.profile_id:
        events = suppress(tx, brand_id, [reply.key], "opted_out", now, source=reply.account.name)
    if not reply.profile_id:
        tx.log.append(events)
        return
    who, same = Who(reply.profile_id), ("reply", reply.key, reply.said)
    proof = Proof(
        "keyword", jurisdiction=reply.country, source=f"account:{reply.account.name}",
        evidence=_answered(reply.last),
    )  # fmt: skip
    # Addresses are listed before the log is locked, by everybody.
    if reply.meaning == "stop":
        withdraw(tx, world, brand_id, who, [reply.wish], proof, *same)
    elif reply.meaning == "start":
        grant(tx, world, brand_id, who, [reply.wish], proof, *same)
    elif reply.meaning == "yes":
        _confirm(tx, world, reply)
    tx.log.append([_told(reply), *events])


def _confirm(tx: Tx, world: World, reply: _Reply) -> None:
    """Let a yes that waits count; a yes that nobody asked for means nothing."""
    rows = tx.people.consent_history(reply.account.brand_id, reply.profile_id)
    waiting = pending(rows, reply.account.channel, reply.now)
    if waiting is not None:
        evidence = {"reply_to": reply.account.name}
        accept_waiting(tx, world, reply.profile_id, waiting, evidence)


def _last_marketing(
    tx: Tx, brand_id: int, profile_id: int, channel: str, now: int
) -> MessageRow | None:
    """Return the marketing message of this channel that a reply may answer."""
    if not profile_id:
        return None
    for row in tx.messages.of_profile(brand_id, profile_id, _LAST):
        queued = row.queued
        is_recent = row.sent_at > now - _ANSWERS_FOR
        if queued.channel == channel and queued.message_class != "service" and is_recent:
            return row
    return None


def _answered(last: MessageRow | None) -> dict[str, Value]:
    """Return which message a reply answers, as evidence."""
    return {} if last is None else {"message_id": last.queued.message_id.hex()}


def _told(reply: _Reply) -> NewEvent:
    """Return the event that somebody wrote back."""
    last = reply.last
    properties: dict[str, Value] = {
        "channel": reply.account.channel,
        "account": reply.account.name,
        "meaning": reply.meaning,
        "message_id": last.queued.message_id.hex() if last else "",
        "journey": last.queued.journey if last else "",
        "template": last.queued.template if last else "",
    }
    return internal_event(
        reply.account.brand_id, reply.profile_id, "Message Replied", properties, reply.now,
        "reply", reply.key, reply.said,
    )  # fmt: skip


def _answer(tx: Tx, world: World, reply: _Reply) -> None:
    """Queue what is answered to a keyword, at most once an hour; ask a person about the unclear."""
    if not reply.profile_id:
        return
    if reply.meaning == "unclear":
        _ask_staff(tx, reply)
        return
    if reply.meaning not in {"stop", "start", "help"} or reply.meaning in reply.asks.silent:
        return
    is_quiet = reply.country in _QUIET_COUNTRIES and reply.meaning not in reply.asks.replies
    if reply.meaning == "stop" and is_quiet:
        return
    brand_id, channel, now = reply.account.brand_id, reply.account.channel, reply.now
    source = answer_template(
        reply.meaning, channel, reply.asks, is_chinese=reply.country in _CHINESE
    )
    slug = next(line[6:] for line in source.splitlines() if line.startswith("slug: "))
    held = own_template(tx, world, brand_id, slug, source)
    number = digest("answer", brand_id, channel, reply.key, reply.meaning, now // HOUR)
    inputs = msgspec.json.encode({"event": {"name": "Message Replied"}, "key": ""})
    tx.messages.queue([
        QueuedMessage(
            brand_id, number, reply.profile_id, "", 0, number, ANSWERING, channel, slug,
            held.version, "service", now, now + _ANSWER_WITHIN, now, b"", inputs,
        )
    ])  # fmt: skip


def _ask_staff(tx: Tx, reply: _Reply) -> None:
    """Have a person read what may be a refusal. Source: 47 CFR 64.1200(a)(10), reasonable means."""
    said = text("consent.task.unclear", account=reply.account.name)
    link = f"/people/{show_profile_id(reply.profile_id)}/consent"
    key = ("unclear reply", reply.key, reply.said)
    open_own_task(tx, reply.account.brand_id, said, link, *key, now=reply.now)
