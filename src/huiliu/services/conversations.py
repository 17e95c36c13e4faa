"""Takes in what people write, on whatever channel: consent first, then keywords, then staff.

What was said is an event in the log, its words in the vault; the projector puts it into the
person's conversation. So a message that is brought twice is one, and nobody has to be known before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from msgspec import structs

from huiliu.kernel.events import IdentifierType, NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import show_instant
from huiliu.messages.channels import CHANNELS
from huiliu.messages.desk import said_in
from huiliu.ports.channel import ChannelAccount, Receipt
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.desk import desk
from huiliu.services.ingest import accept
from huiliu.services.kept_words import keep_words, subject_of, written_token
from huiliu.services.message_events import internal_event
from huiliu.services.note_conversations import HEARD
from huiliu.services.queue_answer import locales_of
from huiliu.services.replies import Obeyed, Reply, obey

__all__ = ["KINDS", "Said", "Taken", "take", "take_reply"]

#: What people send.
KINDS: Final = ("text", "image", "voice", "video", "place", "link", "file")
_LONGEST: Final = 10_000
_LONGEST_TITLE: Final = 300
#: What a person may answer without that somebody has to look.
_DONE: Final = frozenset({"stop", "start"})
#: Identifiers that are a person's trait as well: there they can be answered.
_TRAITS: Final = frozenset({IdentifierType.PHONE, IdentifierType.EMAIL})


@dataclass(frozen=True, slots=True)
class Said:
    """One message that a person wrote to the brand."""

    brand_id: int
    channel: str
    #: The account that it came by; "" = the channel has none.
    account: str = ""
    #: "" = there are none: it is a picture.
    words: str = ""
    #: What makes it this message to whoever brought it; a repeat changes nothing. "" = each is new.
    message_id: str = ""
    #: Where it came from: a number, an e-mail address, an openid.
    address: str = ""
    #: Who wrote it, where that is known for sure; 0 = whoever has the address.
    profile_id: int = 0
    #: One of KINDS.
    what: str = "text"
    #: The subject line.
    title: str = ""
    #: The official account, mini-program or APP.
    app: str = ""
    #: When it was written; 0 = now.
    at: int = 0
    #: Whoever brings it can hand an answer back at once.
    passive: bool = False
    #: Only its own word says who wrote it.
    is_claim: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message."""

    #: To be said at once by who brought it passively; "" = nothing.
    answer: str = ""
    #: stop, start, help, yes, unclear or other.
    meaning: str = "other"
    #: Of the desk's document, which answered by itself; "" = none.
    keyword: str = ""
    #: Somebody of the staff has to look.
    opens: bool = False
    #: False: nobody can be named by such an address.
    is_taken: bool = True


def take(world: World, said: Said) -> Taken:
    """Take in one message; what it changes is durable when this returns.

    Raises:
        NotFound: the profile is gone.
        Unavailable: nothing can be stored now; it has to be brought again.
    """
    now = world.clock.now()
    same = said.message_id or str(now)
    with world.store.system() as tx:
        told = Reply(
            said.brand_id, said.channel, said.account, said.words, said.address, said.profile_id,
            now, same, not said.is_claim,
        )  # fmt: skip
        obeyed = obey(tx, world, told)
        taken = _judge(tx, world, said, obeyed)
        properties = {
            "channel": said.channel, "account": said.account or None, "app": said.app or None,
            "what": said.what if said.what in KINDS else "file", "meaning": obeyed.meaning,
            "keyword": taken.keyword or None, "opens": taken.opens,
            "passive": said.passive or None, "claim": said.is_claim or None,
        }  # fmt: skip
        if said.profile_id:
            _of_profile(tx, world, said, properties, same, now)
            return taken
        is_taken = _of_address(tx, world, said, properties, same, now, not obeyed.profile_id)
        return taken if is_taken else Taken(is_taken=False)


def take_reply(world: World, account: ChannelAccount, reply: Receipt) -> None:
    """Take in what a person wrote back to an account."""
    take(
        world,
        Said(
            account.brand_id, account.channel, account.name, reply.response, reply.provider_id,
            reply.address, at=reply.at, app=account.config.get("app", ""),
        ),
    )  # fmt: skip


def _judge(tx: Tx, world: World, said: Said, obeyed: Obeyed) -> Taken:
    """Return what is answered at once, and whether somebody has to look."""
    meaning = obeyed.meaning
    if meaning in _DONE:
        answer = text(f"conversations.obeyed.{meaning}") if said.passive else None
        locale = _locales(tx, said, obeyed)[0]
        shown = "en" if locale.startswith("en") else "zh-CN"
        return Taken(render(answer, shown) if answer else "", meaning)
    if meaning == "yes" and obeyed.is_confirmed:
        return Taken(meaning=meaning)
    found = desk(tx, world, said.brand_id).answer_to(said.words, said.channel)
    if found is None:
        return Taken(meaning=meaning, opens=True)
    answered = said_in(found.text, _locales(tx, said, obeyed)) if said.passive else ""
    # What may be a refusal is read by somebody, whatever else it asks for.
    return Taken(answered, meaning, found.slug, found.opens or meaning == "unclear")


def _locales(tx: Tx, said: Said, obeyed: Obeyed) -> tuple[str, ...]:
    """Return the languages in which somebody is answered."""
    person = obeyed.profile_id
    profiles = tx.people.profiles(said.brand_id, [person]) if person else {}
    return locales_of(profiles.get(person), said.channel)


def _of_profile(
    tx: Tx, world: World, said: Said, properties: Mapping[str, Value], same: str, now: int
) -> None:
    """Write what somebody said who is known for sure."""
    brand_id = said.brand_id
    present = tx.people.present(brand_id, [said.profile_id]).get(said.profile_id, said.profile_id)
    words = keep_words(tx, world, brand_id, present, said.words[:_LONGEST])
    title = keep_words(tx, world, brand_id, present, said.title[:_LONGEST_TITLE])
    told = {
        **{name: value for name, value in properties.items() if value is not None},
        "comment": written_token(words) or None, "subject_note": written_token(title) or None,
    }  # fmt: skip
    event: NewEvent = internal_event(
        brand_id, present, HEARD, told, now, said.channel, said.account, said.profile_id, same
    )
    subject = subject_of(brand_id, present) if words or title else None
    tx.log.append([structs.replace(event, subject=subject)])


def _of_address(  # noqa: PLR0913, PLR0917 - one message, and what was found out about it
    tx: Tx,
    world: World,
    said: Said,
    properties: Mapping[str, Value],
    same: str,
    now: int,
    is_new: bool,
) -> bool:
    """Write what whoever has an address said; False = such an address names nobody."""
    channel = CHANNELS.get(said.channel)
    kind = channel.identifier if channel is not None else None
    if kind is None or not said.address:
        return False
    # Known by a hash: what a provider calls a message may be anything.
    number = digest("said", said.channel, said.account, said.address, same).hex()
    named: dict[str, Any] = {
        "context": {"traits": {kind.word: said.address}},
        # No later than it arrived, and none of what the sender's clock makes of it.
        "timestamp": show_instant(min(said.at or now, now)),
    }
    told = {name: value for name, value in properties.items() if value is not None}
    told |= {"comment": said.words[:_LONGEST], "subject_note": said.title[:_LONGEST_TITLE]}
    calls = [
        {
            "type": "track", "event": HEARD, "messageId": f"said:{number}",
            "properties": {name: value for name, value in told.items() if value != ""}, **named,
        }
    ]  # fmt: skip
    if is_new and kind in _TRAITS:
        # Who writes for the first time is to be answered where they wrote.
        traits = {kind.word: said.address}
        who = {"type": "identify", "messageId": f"said:{number}:who", "traits": traits, **named}
        calls.insert(0, who)
    done = accept(tx, world, said.brand_id, calls, received_at=now, historical=False, own=(HEARD,))
    return not done.problems
