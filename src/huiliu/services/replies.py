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

__all__ = ["Obeyed", "Reply", "obey"]

#: A bare letter is an answer to marketing for this long.
_ANSWERS_FOR: Final = 72 * HOUR
#: An answer that cannot go at once is none. Source: 47 CFR 64.1200(a)(12): within five minutes.
_ANSWER_WITHIN: Final = 5 * MINUTE
#: Where nobody expects an answer to a refusal, and each costs.
_QUIET_COUNTRIES: Final = frozenset({"CN", ""})
#: The one channel on which a keyword is answered by a message of its own.
_ANSWERED: Final = "sms"
_CHINESE: Final = frozenset({"CN", "HK", "MO", "TW", ""})
_LAST: Final = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody wrote, as far as their consent is concerned."""

    brand_id: int
    channel: str
    #: The account's name; "" = of a channel that needs none.
    account: str
    words: str
    #: Where it came from; "" = only the profile is known.
    address: str
    #: The person who is known to have written; 0 = whoever has the address.
    profile_id: int
    now: int
    #: What makes it one: the provider's id of it, for it may be brought again; else the instant.
    said: object
    #: It is proved that they wrote it: only then a yes is theirs.
    is_proved: bool = True


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What a reply meant."""

    #: stop, start, help, yes, unclear or other.
    meaning: str
    #: 0 = nobody we know.
    profile_id: int
    #: It was a yes that we had asked for.
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class _Reply:
    """A reply, and what is known of who wrote it."""

    told: Reply
    wish: Wish
    key: bytes
    #: 0 = nobody we know.
    profile_id: int
    country: str
    asks: Permission
    #: The marketing message that it may answer.
    last: MessageRow | None
    meaning: str

    @property
    def same(self) -> tuple[object, ...]:
        """Return what makes it this reply."""
        return ("reply", self.key or self.profile_id, self.told.said)


def obey(tx: Tx, world: World, told: Reply) -> Obeyed:
    """Act on a word that ends a consent, gives it, confirms it or asks for help.

    The words themselves are not kept here.
    """
    brand_id, channel, now = told.brand_id, told.channel, told.now
    key = address_key(world, brand_id, channel, told.address) if told.address else b""
    wish = Wish(channel, address=told.address)
    country = country_of(wish)
    profile_id = told.profile_id
    if not profile_id and key:
        profile_id = tx.people.resolve(brand_id, [key]).get(key, 0)
    last = _last_marketing(tx, brand_id, profile_id, channel, now)
    asks = permission(tx, world, brand_id)
    meaning = meaning_of(
        told.words, answers_marketing=last is not None, country=country,
        own=asks.words_of(told.account),
    )  # fmt: skip
    if meaning in {"start", "yes"} and not told.is_proved:
        # Anybody can write somebody's name below a letter: a yes has to come from themselves.
        meaning = "other"
    found = _Reply(told, wish, key, profile_id, country, asks, last, meaning)
    _answer(tx, world, found)
    return Obeyed(meaning, profile_id, _act(tx, world, found))


def _act(tx: Tx, world: World, reply: _Reply) -> bool:
    """Write what a reply changes, the log last; say whether it confirmed what we had asked."""
    told = reply.told
    brand_id, now = told.brand_id, told.now
    events: list[NewEvent] = []
    if reply.meaning == "stop" and reply.key:
        # By the law of most countries a refusal by SMS ends every message to the number.
        is_total = told.channel == "sms" and reply.country != "CN"
        if is_total or not reply.profile_id:
            reason = "stopped" if is_total else "opted_out"
            events = suppress(tx, brand_id, [reply.key], reason, now, source=told.account)
    if not reply.profile_id:
        tx.log.append(events)
        return False
    who = Who(reply.profile_id)
    proof = Proof(
        "keyword", jurisdiction=reply.country, source=f"account:{told.account}",
        evidence=_answered(reply.last),
    )  # fmt: skip
    # Addresses are listed before the log is locked, by everybody.
    is_confirmed = False
    if reply.meaning == "stop":
        withdraw(tx, world, brand_id, who, [reply.wish], proof, *reply.same)
    elif reply.meaning == "start":
        grant(tx, world, brand_id, who, [reply.wish], proof, *reply.same)
    elif reply.meaning == "yes":
        is_confirmed = _confirm(tx, world, reply)
    tx.log.append([_told(reply), *events])
    return is_confirmed


def _confirm(tx: Tx, world: World, reply: _Reply) -> bool:
    """Let a yes that waits count; a yes that nobody asked for means nothing."""
    rows = tx.people.consent_history(reply.told.brand_id, reply.profile_id)
    waiting = pending(rows, reply.told.channel, reply.told.now)
    if waiting is None:
        return False
    evidence = {"reply_to": reply.told.account}
    accept_waiting(tx, world, reply.profile_id, waiting, evidence)
    return True


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
        "channel": reply.told.channel,
        "account": reply.told.account,
        "meaning": reply.meaning,
        "message_id": last.queued.message_id.hex() if last else "",
        "journey": last.queued.journey if last else "",
        "template": last.queued.template if last else "",
    }
    return internal_event(
        reply.told.brand_id, reply.profile_id, "Message Replied", properties, reply.told.now,
        *reply.same,
    )  # fmt: skip


def _answer(tx: Tx, world: World, reply: _Reply) -> None:
    """Queue what is answered to a keyword, at most once an hour; ask a person about the unclear."""
    # Elsewhere there is the conversation, and whoever brought the words may answer at once.
    if not reply.profile_id or reply.told.channel != _ANSWERED:
        return
    if reply.meaning == "unclear":
        _ask_staff(tx, reply)
        return
    if reply.meaning not in {"stop", "start", "help"} or reply.meaning in reply.asks.silent:
        return
    is_quiet = reply.country in _QUIET_COUNTRIES and reply.meaning not in reply.asks.replies
    if reply.meaning == "stop" and is_quiet:
        return
    brand_id, channel, now = reply.told.brand_id, reply.told.channel, reply.told.now
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
    said = text("consent.task.unclear", account=reply.told.account)
    link = f"/conversations/{show_profile_id(reply.profile_id)}"
    key = ("unclear reply", *reply.same[1:])
    open_own_task(tx, reply.told.brand_id, said, link, *key, now=reply.told.now)
