"""What is new in the story of an order, and the Segment calls that tell it. Pure.

Known is known by name and part, so whatever order notices and polls come in, each thing is told
once; an older story says nothing, and a later one takes nothing back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from huiliu.governance.normalisation import normalise
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.facts import Value
from huiliu.kernel.times import show_instant
from huiliu.ports.shop_store import Told
from huiliu.ports.shops import CHECKOUT, ORDER, Buyer, Happening, Scope, ShopConnection, Story

__all__ = ["News", "Sign", "news"]

#: The property that names a thing of a kind.
_ID_OF: Final = {ORDER: "order_id", CHECKOUT: "checkout_id"}
#: Bytes -> 16 bytes that only this instance can make of them, and always the same.
Sign: TypeAlias = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told of one thing, and what is then told of it."""

    #: Segment calls of what happened before the shop was connected: history.
    past: Sequence[Mapping[str, object]]
    #: Segment calls of the rest.
    present: Sequence[Mapping[str, object]]
    told: Told


def news(story: Story, told: Told, connection: ShopConnection, sign: Sign) -> News | None:
    """Return what a story adds to what was told, or None where it is older than that."""
    if story.version < told.version:
        return None
    fresh = [one for one in story.happenings if _mark(one) not in told.names]
    contact = _contact(story.buyer, connection)
    seen = sign(repr(sorted(contact.items())).encode()) if contact else told.buyer
    person = _person(story, connection, sign)
    calls: list[tuple[int, Mapping[str, object]]] = []
    if contact and seen != told.buyer and (fresh or told.names):
        at = fresh[0].at if fresh else story.version
        number = _id(story, connection, f"buyer {seen.hex()}", sign)
        calls.append((at, _identify(person, contact, number, at)))
    calls += [
        (one.at, _track(story, one, connection, _id(story, connection, _mark(one), sign), person))
        for one in fresh
    ]
    names = told.names | {_mark(one) for one in fresh}
    return News(
        past=[call for at, call in calls if at < connection.connected_at],
        present=[call for at, call in calls if at >= connection.connected_at],
        told=Told(story.version, story.status or told.status, story.word, names, seen),
    )


def _mark(one: Happening) -> str:
    """Return under what a happening is remembered."""
    return f"{one.name}#{one.part}".replace("\n", " ") if one.part else one.name


def _track(
    story: Story,
    one: Happening,
    connection: ShopConnection,
    number: str,
    person: Mapping[str, object],
) -> dict[str, object]:
    """Return the call of one happening."""
    properties: dict[str, Value] = {
        # A platform whose ids are those of one shop only gives one that is the brand's.
        _ID_OF.get(story.kind, f"{story.kind}_id"): story.id,
        **story.properties,
        **one.properties,
        "platform": connection.platform,
        "shop": connection.name,
        "usage_scope": str(connection.scope),
    }
    return {
        "type": "track",
        "event": one.name,
        "messageId": number,
        "timestamp": show_instant(one.at),
        "properties": properties,
        **person,
    }


def _identify(
    person: Mapping[str, object], contact: Mapping[str, str], number: str, at: int
) -> dict[str, object]:
    """Return the call that says how the buyer can be reached about the order."""
    return {
        "type": "identify",
        "messageId": number,
        "timestamp": show_instant(at),
        "traits": dict(contact),
        **person,
    }


def _person(story: Story, connection: ShopConnection, sign: Sign) -> dict[str, object]:
    """Return who it is about: the platform's id of the buyer, and names that reach further.

    The id is not written as it is: buyers know theirs and can count to those of others, and with
    a browser's key they could say that somebody else's is a name of their own.
    """
    shop = f"{connection.platform}:{connection.name}"
    buyer = f"buyer {story.buyer.id}" if story.buyer.id else f"{story.kind} {story.id}"
    number = sign(f"person {connection.brand_id}:{shop}:{buyer}".encode()).hex()
    contact = _contact(story.buyer, connection)
    names = {
        "wechat_openid": story.buyer.openid,
        "wechat_unionid": story.buyer.unionid,
        "phone": contact.get("phone", ""),
        "email": contact.get("email", ""),
    }
    return {
        "anonymousId": f"{shop}:{number}",
        "context": {
            "channel": connection.platform,
            "externalIds": [{"type": of, "id": known} for of, known in names.items() if known],
        },
    }


def _contact(buyer: Buyer, connection: ShopConnection) -> dict[str, str]:
    """Return the contact data that may be kept, in their normal form; masked ones are none."""
    if connection.scope == Scope.PLATFORM:
        return {}
    # A masked number still reads as a shorter one, so masks are looked for in what was written.
    phone, email, name = (
        "" if "*" in written else written.strip()
        for written in (buyer.phone, buyer.email, buyer.name)
    )
    found = {
        "phone": normalise(IdentifierType.PHONE, phone, buyer.country or "CN"),
        "email": normalise(IdentifierType.EMAIL, email),
        "name": name,
    }
    return {of: value for of, value in found.items() if value}


def _id(story: Story, connection: ShopConnection, what: str, sign: Sign) -> str:
    """Return the message id by which a repeat is known.

    Nobody else can tell it beforehand: a browser's key could send something under it first, and
    what the shop says would be taken for the repeat.
    """
    named = f"{connection.platform}:{connection.name}:{story.kind}:{story.id}:{what}"
    return f"shop:{sign(f'message {connection.brand_id}:{named}'.encode()).hex()}"
